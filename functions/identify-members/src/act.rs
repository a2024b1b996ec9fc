//! What a decision causes: a case is opened, an open case learns of it, somebody is asked.

use crate::Ports;
use crate::decider::{Decided, Decider};
use crate::identify::Identify;
use crate::reentry::Entry;
use crate::view::View;
use icm_contract::pack;
use icm_domain::case::event::{CaseEvent, EventKind, Exclusion, Invalidation};
use icm_domain::case::hear;
use icm_domain::case::open::{Opening, open, open_at_members_request};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::reason::ReviewReason;
use icm_domain::case::{apply, state::Case};
use icm_domain::decision::DecisionKind;
use icm_domain::decision::exclusion::spoke_after;
use icm_domain::ids::ActorId;
use icm_ports::{CaseRecord, Clock, Commit, Head, Moment, Pack, PackKey, Result};

/// Adds to the commit what the changed decision causes.
pub(crate) async fn on_decision<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    (head, decided): (&Head, &Decided),
    entry: Entry,
    now: Moment,
    commit: &mut Commit,
) -> Result<()> {
    if let Entry::Ask(ended) = entry {
        let ask = vec![EventKind::ReviewRaised(ReviewReason::Reentry)];
        return tell(identify, *ended, ask, now, commit).await;
    }
    let record = identify.ports.case(&view.home, identify.decider.program()).await?;
    let open_record = record.as_ref().filter(|record| record.case.is_open());
    match (open_record, decided.outcome().decision.identifies()) {
        (None, true) if entry == Entry::Open => open_case(identify, view, decided, record, now, commit),
        (Some(record), true) => {
            let mut events = vec![EventKind::TriggerReconfirmed];
            if !record.case.coverage.covered {
                events.insert(0, EventKind::CoverageConfirmed { facts_version: commit.head.version.0 });
            }
            let record = record.clone().about(Particulars::of(&view.facts, now.day()));
            tell(identify, record, events, now, commit).await?;
        }
        (Some(record), false) => {
            let facts_version = commit.head.version.0;
            let covered = view.facts.covering(now.day(), now.day()).is_some();
            let again = covered && !record.case.coverage.covered;
            // Coverage came back, though the reason for the case has passed: whoever is served stays served.
            let mut events: Vec<EventKind> =
                again.then_some(EventKind::CoverageConfirmed { facts_version }).into_iter().collect();
            events.extend(retraction(identify, view, (head, decided), &record.case, facts_version, now));
            tell(identify, record.clone(), events, now, commit).await?;
        }
        // Not identified any more: whether a case that somebody ended is begun anew is no question now.
        (None, false) => {
            if let Some(ended) = record.filter(in_question) {
                let moot = EventKind::TriggerInvalidated(Invalidation::NoLongerMeetsCriteria);
                tell(identify, ended, vec![moot], now, commit).await?;
            }
        }
        (None, true) => {}
    }
    Ok(())
}

fn in_question(record: &CaseRecord) -> bool {
    record.case.reviews.contains(&ReviewReason::Reentry)
}

/// Opens a case and queues it. A refusal (an opt-out of an earlier case that the member has not taken back) leaves the
/// decision as it is; cool-downs have been judged by the decision.
fn open_case<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    decided: &Decided,
    previous: Option<CaseRecord>,
    now: Moment,
    commit: &mut Commit,
) {
    let Some(triggered) = decided.triggered.clone().filter(|_| identify.decider.opens_cases()) else {
        return;
    };
    let program = identify.decider.program().clone();
    let before: Option<&Case> = previous.as_ref().map(|record| &record.case);
    let opening = Opening {
        id: identify.ids.case(&view.home, &program, before.map(|case| &case.id)),
        member: view.home.clone(),
        program,
        terms: triggered.terms,
        priority: triggered.priority,
        participation: triggered.participation,
        facts_version: commit.head.version.0,
        co_managers: triggered.co_managers,
        details: Some(hear::details(&view.facts, now.day())),
        at: now,
    };
    // The decision identifies in spite of an earlier "no" only where the member has spoken since.
    let own_word = before
        .and_then(|case| case.closed.as_ref())
        .is_some_and(|closed| spoke_after(&view.facts, closed.at.day(), decided.record.as_of));
    let opened =
        if own_word { open_at_members_request(opening, before) } else { open(opening, before, None) };
    let Ok(case) = opened else { return };
    let about = Particulars::of(&view.facts, now.day());
    commit.add_opening(case.clone(), about.clone(), previous, now);
    let event = event(commit, EventKind::Queued, now);
    let opened = CaseRecord::of(case, 1, now).about(about);
    // A required program waits for its notice: the case stays identified.
    if let Ok(transition) = apply(&opened.case, &event) {
        commit.add_transition(&opened, &event, transition, Vec::new(), &[]);
    }
}

/// Applies events to an open case, one after the other; what the machine refuses is recorded.
pub(crate) async fn tell<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    mut record: CaseRecord,
    events: Vec<EventKind>,
    now: Moment,
    commit: &mut Commit,
) -> Result<()> {
    for kind in events {
        let event = event(commit, kind, now);
        // What is refused here is a repetition (already confirmed, already known): nothing to record.
        let Ok(transition) = apply(&record.case, &event) else { continue };
        let outbox = if transition.cancellations.is_empty() {
            Vec::new()
        } else {
            identify.ports.effects(&commit.member).await?
        };
        let packs = packs(commit, &transition.facts);
        let next = CaseRecord::of(transition.case.clone(), record.lines + 1, now).about(record.about.clone());
        commit.add_transition(&record, &event, transition, packs, &outbox);
        record = next;
    }
    Ok(())
}

/// What an open case learns when the member is not identified any more; none: nothing that concerns a case.
fn retraction<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    (head, decided): (&Head, &Decided),
    case: &Case,
    facts_version: u64,
    now: Moment,
) -> Option<EventKind> {
    let outcome = decided.outcome();
    match outcome.decision {
        DecisionKind::Excluded => match outcome.reason.as_str() {
            "DECEASED" => Some(EventKind::MemberDied),
            "NOT_ELIGIBLE" => {
                let last_day = decided.covered_until.unwrap_or_else(|| now.day().plus(-1));
                Some(EventKind::CoverageLost { last_day, facts_version })
            }
            "HOSPICE" => Some(EventKind::ExclusionFound(Exclusion::Hospice)),
            "LTC_RESIDENT" => Some(EventKind::ExclusionFound(Exclusion::LtcResident)),
            "INCARCERATED" => Some(EventKind::ExclusionFound(Exclusion::Incarcerated)),
            "OTHER_PLAN_MANAGES" => Some(EventKind::ExclusionFound(Exclusion::OtherProgram)),
            // The member's "no" counts for this case as well, whoever tells it (FACTS §5.4). Else a cool-down, a clinician's
            // word, an age: never contacted, the case is withdrawn; contacted, a person looks.
            _ => Some(match hear::opt_out(case, &view.facts, decided.record.as_of) {
                Some(scope) => EventKind::OptedOut(scope),
                None => EventKind::TriggerInvalidated(Invalidation::NoLongerMeetsCriteria),
            }),
        },
        DecisionKind::NotTriggered
        | DecisionKind::ReferOther
        | DecisionKind::ManagedOk
        | DecisionKind::ManagedTooSoon
        | DecisionKind::EscalateToCurrentManager
        | DecisionKind::IdentifiedInternalOnly => {
            Some(EventKind::TriggerInvalidated(invalidation(identify, view, head, decided)))
        }
        DecisionKind::AlreadyOpen | DecisionKind::IdentifiedIcm | DecisionKind::IdentifiedIcmComanage => None,
    }
}

/// Decided again for the earlier day: when today's facts no longer identify even then, the facts were taken back;
/// otherwise time has passed (FACTS V05).
fn invalidation<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    head: &Head,
    decided: &Decided,
) -> Invalidation {
    let day = head.as_of.unwrap_or(decided.record.as_of);
    let then = identify.decider.decide(&view.facts, day);
    if then.outcome().decision.identifies() {
        Invalidation::NoLongerMeetsCriteria
    } else {
        Invalidation::ClaimReversed
    }
}

/// An event that this function makes; its key names the commit and the kind, so that it is recognised when repeated.
fn event(commit: &Commit, kind: EventKind, now: Moment) -> CaseEvent {
    CaseEvent {
        key: format!("decision:{}:{}", commit.head.version.0, kind.id()).into(),
        actor: ActorId::new("system:identify-members"),
        occurred: now,
        recorded: now,
        kind,
    }
}

pub(crate) fn packs(commit: &Commit, facts: &[icm_domain::facts::Fact]) -> Vec<Pack> {
    let encoded = pack::encode(&commit.member, facts);
    let pack = |held: pack::EncodedPack| Pack {
        key: PackKey::new(held.key),
        bytes: held.bytes,
        expires: held.expires,
    };
    encoded.into_iter().map(pack).collect()
}
