//! Admissions and discharges told by messages (HL7 v2 ADT), in the seconds after they happen: the open case learns of
//! them, and a discharge from a stay opens a transition task for a person, due in two business days (FACTS §3.1:
//! contact within two business days of a discharge; §4, M7).

use crate::Ports;
use crate::act::packs;
use crate::decider::{Decided, Decider};
use crate::identify::Identify;
use crate::view::View;
use icm_domain::adt::{self, Visit};
use icm_domain::case::effect::{Due, Effect, EffectKind, TaskKind};
use icm_domain::case::event::{AcuteKind, CaseEvent, EventKind};
use icm_domain::case::refusal::Refusal;
use icm_domain::case::{apply, status::Phase};
use icm_domain::day::Day;
use icm_domain::decision::DecisionKind;
use icm_domain::ids::{ActorId, EffectId};
use icm_ports::{CaseRecord, Clock, Commit, EffectRecord, Moment, Result};

/// Business days in which a discharge is followed up.
const FOLLOW_UP_BUSINESS_DAYS: u8 = 2;

/// Days for which an admission or discharge is news. What a backfill tells of last month opens no task.
const NEWS_DAYS: i32 = 7;

/// Something told that nobody has been asked to follow up yet.
pub(crate) struct News {
    kind: AcuteKind,
    on: Day,
    /// The task, and the key of the event for the case: the same for the same happening.
    id: EffectId,
}

/// What is news about a member, and not followed up yet. Members of whom no message tells cost nothing here.
pub(crate) async fn news<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    decided: &Decided,
    as_of: Day,
) -> Result<Vec<News>> {
    if view.facts.adt.is_empty() || !identify.decider.opens_cases() || nobody_follows_up(decided) {
        return Ok(Vec::new());
    }
    let stays = adt::visits(&view.facts.adt, as_of);
    let told: Vec<News> = stays
        .iter()
        .filter(|visit| visit.setting.is_stay())
        .flat_map(|visit| told(identify, view, visit, as_of))
        .collect();
    if told.is_empty() {
        return Ok(told);
    }
    let asked = identify.ports.effects(&view.home).await?;
    let case = identify.ports.case(&view.home, identify.decider.program()).await?;
    let new = |news: &News| !asked.iter().any(|held| *held.id() == news.id) && is_new_to(case.as_ref(), news);
    Ok(told.into_iter().filter(new).collect())
}

/// The admission and the discharge of a visit, as far as they are news.
fn told<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    visit: &Visit,
    as_of: Day,
) -> impl Iterator<Item = News> {
    let is_news = |day: Day| (0..NEWS_DAYS).contains(&as_of.since(day));
    let admitted = Some(visit.admit).filter(|day| visit.discharge.is_none() && is_news(*day));
    let discharged = visit.discharge.filter(|day| is_news(*day));
    let news = |kind: AcuteKind, on: Day| {
        let parts = [&*visit.facility, &*visit.number, kind.id(), &on.to_string()];
        News { kind, on, id: identify.ids.told(&view.home, identify.decider.program(), &parts) }
    };
    let admitted = admitted.map(|on| news(AcuteKind::Admitted, on));
    admitted.into_iter().chain(discharged.map(|on| news(AcuteKind::Discharged, on)))
}

/// Members whom no program serves, and members who want no contact at all.
fn nobody_follows_up(decided: &Decided) -> bool {
    let outcome = decided.outcome();
    let served = |reason: &str| reason.starts_with("COOLDOWN_") || reason.starts_with("SNOOZED_");
    outcome.decision == DecisionKind::Excluded
        && (!served(&outcome.reason) || outcome.reason == "COOLDOWN_DO_NOT_CONTACT")
}

/// An admission concerns those who serve the member; a discharge is followed up for everybody.
fn is_new_to(case: Option<&CaseRecord>, news: &News) -> bool {
    let told_before = case.is_some_and(|record| {
        let event = event(news, false, Moment::start_of(news.on));
        matches!(apply(&record.case, &event), Err(Refusal::Repeated))
    });
    let served = case.is_some_and(|record| record.case.phase() == Phase::Enrolled);
    !told_before && (served || news.kind == AcuteKind::Discharged)
}

/// Adds to the commit what the news causes: the event of the open case, and the task.
pub(crate) async fn follow_up<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    news: Vec<News>,
    now: Moment,
    commit: &mut Commit,
) -> Result<()> {
    if news.is_empty() {
        return Ok(());
    }
    let program = identify.decider.program().clone();
    let stored = identify.ports.case(&view.home, &program).await?;
    for news in news {
        // This very commit may have opened or moved the case.
        let written = commit.cases.iter().rfind(|held| held.case.program == program && !held.retired);
        let record = written.or(stored.as_ref()).filter(|record| record.case.is_open()).cloned();
        let event = event(&news, !identify.decider.shares_messages(&view.facts, now.day()), now);
        let moved = record.as_ref().and_then(|record| apply(&record.case, &event).ok().zip(Some(record)));
        let mut asked = false;
        if let Some((transition, record)) = moved {
            asked = transition
                .effects
                .iter()
                .any(|effect| matches!(effect.what, EffectKind::InternalTask { .. }));
            let packs = packs(commit, &transition.facts);
            commit.add_transition(record, &event, transition, packs, &[]);
        }
        if !asked && news.kind == AcuteKind::Discharged {
            let due = Due::BusinessDays(FOLLOW_UP_BUSINESS_DAYS);
            let what =
                EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, review: None, model: None, due };
            let sequence = commit.head.version.0;
            let effect = Effect { dedup: news.id.clone(), id: news.id, sequence, what };
            let case = record.map(|record| record.case.id);
            commit.effects.push(EffectRecord::pending(effect, program.clone(), case, now));
        }
    }
    Ok(())
}

fn event(news: &News, provisional: bool, now: Moment) -> CaseEvent {
    CaseEvent {
        key: news.id.as_str().into(),
        actor: ActorId::new("system:identify-members"),
        occurred: now,
        recorded: now,
        kind: EventKind::AcuteEvent { kind: news.kind, on: news.on, provisional },
    }
}
