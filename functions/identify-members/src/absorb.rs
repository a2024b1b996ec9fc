//! Several ids of one person that were decided about one by one, before anybody knew that they are one person: one
//! decision, one timer and one open case remain, under one id (DESIGN D2; FACTS §6.2, code 5).

use crate::Ports;
use crate::decider::Decider;
use crate::identify::Identify;
use crate::view::View;
use icm_domain::case::apply;
use icm_domain::case::event::{CaseEvent, EventKind};
use icm_domain::case::reason::{CloseReason, Ending, ReviewReason};
use icm_domain::case::status::Phase;
use icm_domain::case::transition::LedgerNote;
use icm_domain::ids::{ActorId, MemberId};
use icm_ports::{CaseRecord, Clock, Commit, Head, Moment, Result};

/// Takes decision, timer and open case off the other ids, and their touches over into the shared ledger of the home.
/// True: something was committed, so everything is to be read again.
pub(crate) async fn absorb<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
) -> Result<bool> {
    if let Some(commit) = with_all_touches(view) {
        identify.ports.commit(&commit).await?;
        return Ok(true);
    }
    let mut changed = false;
    for (id, head) in view.heads.iter().filter(|(id, head)| **id != view.home && head.version.0 > 0) {
        let Some(commit) = taken_off(identify, view, id, head).await? else { continue };
        identify.ports.commit(&commit).await?;
        changed = true;
    }
    Ok(changed)
}

/// The commit that leaves nothing to act on under another id; none when nothing is left there.
async fn taken_off<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    id: &MemberId,
    head: &Head,
) -> Result<Option<Commit>> {
    let record = identify.ports.case(id, identify.decider.program()).await?;
    let asked = |record: &CaseRecord| record.case.reviews.contains(&ReviewReason::DuplicateCase);
    let open = record.filter(|record| record.case.is_open() && !asked(record));
    let idle = Head { outcome: None, review: None, ledger: Vec::new(), ..head.clone() };
    if idle == *head && open.is_none() {
        return Ok(None);
    }
    let mut commit = Commit::of_head(id.clone(), head, idle);
    commit.guards.push((view.home.clone(), view.head().version));
    if let Some(record) = open {
        end(identify, &record, &mut commit, identify.clock.now()).await?;
    }
    Ok(Some(commit))
}

/// Ends the other case, which the one at home goes on for. Nobody is taken from a vendor without a person: an enrolled
/// case is put before one, and so is whatever software may not end.
async fn end<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    record: &CaseRecord,
    commit: &mut Commit,
    now: Moment,
) -> Result<()> {
    let close = EventKind::Closed(Ending::of(CloseReason::MemberIdChanged));
    let ask = EventKind::ReviewRaised(ReviewReason::DuplicateCase);
    let kinds = if record.case.phase() == Phase::BeforeEnrolment { vec![close, ask] } else { vec![ask] };
    for kind in kinds {
        let event = CaseEvent {
            key: format!("same-person:{}:{}", commit.head.version.0, kind.id()).into(),
            actor: ActorId::new("system:identify-members"),
            occurred: now,
            recorded: now,
            kind,
        };
        if let Ok(transition) = apply(&record.case, &event) {
            let outbox = identify.ports.effects(&commit.member).await?;
            commit.add_transition(record, &event, transition, Vec::new(), &outbox);
            return Ok(());
        }
    }
    Ok(())
}

/// Caps on contacts are the person's: the home's ledger takes over the touches of all ids, before they are taken off
/// there; a crash in between repeats nothing.
fn with_all_touches(view: &View) -> Option<Commit> {
    let head = view.head();
    let others = view.heads.iter().filter(|(id, _)| **id != view.home).flat_map(|(_, head)| &head.ledger);
    let new: Vec<LedgerNote> = others.filter(|note| !head.ledger.contains(note)).cloned().collect();
    if new.is_empty() || head.version.0 == 0 {
        return None;
    }
    let mut all = head.clone();
    all.ledger.extend(new);
    all.trim_ledger();
    Some(Commit::of_head(view.home.clone(), &head, all))
}
