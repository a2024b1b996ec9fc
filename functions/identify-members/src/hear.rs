//! An open case hears of what facts say about its member, also when the decision stays as it is: wishes, contact details,
//! another id, a service that does not work (FACTS §3.3, §5.4).

use crate::Ports;
use crate::act;
use crate::decider::{Decided, Decider};
use crate::identify::Identify;
use crate::view::View;
use icm_domain::case::event::EventKind;
use icm_domain::case::hear::{Known, unheard};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::state::Case;
use icm_domain::day::Day;
use icm_ports::{CaseRecord, Clock, Commit, Moment, Result};

/// The stored case, when facts say something that it has not heard, or that lists do not show yet.
pub(crate) async fn waiting<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    decided: &Decided,
    as_of: Day,
) -> Result<Option<CaseRecord>> {
    if !may_be_news(view, decided) {
        return Ok(None);
    }
    let record = identify.ports.case(&view.home, identify.decider.program()).await?;
    let behind = |record: &CaseRecord| record.case.is_open() && record.about != about(view, as_of);
    Ok(record.filter(|record| behind(record) || !events(identify, view, &record.case, as_of).is_empty()))
}

/// What lists show of the member, and what decides who may take the case (FACTS §6.4).
fn about(view: &View, as_of: Day) -> Particulars {
    Particulars::of(&view.facts, as_of)
}

/// Most members have no case and never said anything: for them nothing is read.
fn may_be_news(view: &View, decided: &Decided) -> bool {
    let facts = &view.facts;
    let said = !facts.preferences.is_empty() || !facts.closures.is_empty() || facts.profiles.len() > 1;
    said || view.heads.len() > 1 || decided.triggered.is_some()
}

fn events<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    case: &Case,
    as_of: Day,
) -> Vec<EventKind> {
    let served = case.start.filter(|_| case.phase() == icm_domain::case::status::Phase::Enrolled);
    let fails = served.is_some_and(|start| identify.decider.fails(&view.facts, start, as_of));
    unheard(case, Known { facts: &view.facts, today: as_of, present: view.present(as_of), fails })
}

/// Tells the case, as this very commit leaves it.
pub(crate) async fn tell<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    stored: Option<CaseRecord>,
    as_of: Day,
    now: Moment,
    commit: &mut Commit,
) -> Result<()> {
    let program = identify.decider.program();
    let written = commit.cases.iter().rfind(|held| held.case.program == *program && !held.retired).cloned();
    let Some(record) = written.or(stored) else { return Ok(()) };
    let events = events(identify, view, &record.case, as_of);
    let record = record.about(about(view, as_of));
    act::tell(identify, record.clone(), events, now, commit).await?;
    match commit.cases.iter_mut().find(|held| held.case.id == record.case.id) {
        Some(held) => held.about = record.about,
        None => commit.cases.push(record),
    }
    Ok(())
}
