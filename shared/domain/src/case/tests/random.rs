//! Rules that hold in every state and on every move, and random lives that must keep them.

/// The rules, as sentences: each names itself when it is broken.
pub(super) mod rules {
    use crate::case::effect::EffectKind;
    use crate::case::event::{CaseEvent, EventKind};
    use crate::case::state::{Case, Lead, Stage};
    use crate::case::status::Status;
    use crate::case::transition::Transition;
    use crate::facts::Channel;

    fn rule(holds: bool, name: &'static str) -> Result<(), &'static str> {
        if holds { Ok(()) } else { Err(name) }
    }

    /// What holds in every state.
    pub(in crate::case::tests) fn holds(case: &Case) -> Result<(), &'static str> {
        let status = case.status;
        let serves = matches!(status, Status::Enrolled | Status::VendorAccepted | Status::Active);
        let taken =
            case.assignment.as_ref().filter(|it| matches!(it.stage, Stage::Accepted | Stage::Serving));
        rule(!serves || case.consent.is_some(), "nobody is enrolled without consent")?;
        rule((status == Status::OnHold) == case.hold.is_some(), "a hold is a status and a reason")?;
        let away = matches!(status, Status::OnHold | Status::Review);
        rule(away == case.resume.is_some(), "a pause knows where it returns to")?;
        let back =
            case.resume.is_none_or(|it| !it.is_terminal() && !matches!(it, Status::OnHold | Status::Review));
        rule(back, "a pause returns to an open status")?;
        let one_lead = match (&case.lead, taken) {
            (Some(Lead::Vendor(lead)), Some(it)) => *lead == it.vendor,
            (Some(Lead::Vendor(_)) | None, None) | (Some(Lead::Person(_)), _) | (None, Some(_)) => {
                !matches!(case.lead, Some(Lead::Vendor(_))) && taken.is_none()
            }
        };
        rule(one_lead, "whoever has accepted leads, and nobody else")?;
        let reaching = matches!(
            status,
            Status::Outreach
                | Status::Engaged
                | Status::Consented
                | Status::RequiredNonparticipating
                | Status::Pended(_)
        );
        rule(case.open_tasks.is_empty() || reaching, "tasks are open only while somebody is to be reached")?;
        let quiet = case.open_tasks.iter().all(|task| task.channel == Channel::Letter);
        rule(!case.contact.opted_out || quiet, "after an opt-out no call is open")?;
        let placed = matches!(status, Status::Outreach | Status::Engaged | Status::Consented) || serves;
        rule(!placed || case.place.is_some(), "who is served has a place")?;
        rule(!status.is_waiting() || case.place.is_none(), "who waits has no place")?;
        rule(!status.is_waiting() || case.waiting_since.is_some(), "who waits knows since when")?;
        rule(status.is_terminal() == case.closed.is_some(), "an ended case says why")?;
        rule(!status.is_terminal() || case.assignment.is_none(), "an ended case is with nobody")?;
        let mut tried = case.vendors_tried.clone();
        tried.sort();
        tried.dedup();
        rule(tried.len() == case.vendors_tried.len(), "no vendor is asked twice")
    }

    /// What holds on every move.
    pub(in crate::case::tests) fn moves(
        case: &Case,
        event: &CaseEvent,
        done: &Transition,
    ) -> Result<(), &'static str> {
        let next = &done.case;
        rule(!case.status.is_terminal() || next.status == case.status, "an ended case stays ended")?;
        numbered(case, done)?;
        let enters = |status: Status| matches!(status, Status::Enrolled | Status::Active);
        let enrols = enters(next.status)
            && !enters(case.status)
            && case.status != Status::OnHold
            && case.status != Status::Review
            && case.status != Status::VendorAccepted;
        rule(!enrols || next.coverage.covered, "nobody is enrolled without coverage")?;
        let to_active = next.status == Status::Active && case.status != Status::Active;
        rule(!to_active || next.coverage.covered, "no service begins without coverage")?;
        silence(case, done)?;
        let invalid = matches!(event.kind, EventKind::TriggerInvalidated(_));
        let known = case.contact.touched || case.start.is_some();
        rule(!(invalid && known) || next.is_open(), "a reversal never drops who was contacted or enrolled")?;
        let offers =
            done.effects.iter().filter(|it| matches!(it.what, EffectKind::OfferVendor { .. })).count();
        let kept = case.place.is_some() && next.place == case.place;
        rule(!kept || next.points_kept() <= case.points_kept(), "a place never costs more than before")?;
        rule(offers <= 1, "one offer at a time")?;
        rule(offers == 0 || next.assignment.is_some(), "an offer is an assignment")
    }

    /// Effects and cancels are numbered on, without gaps and repeats.
    fn numbered(case: &Case, done: &Transition) -> Result<(), &'static str> {
        let cancels = done.cancellations.iter().map(|it| &it.with);
        let mut numbers: Vec<u64> =
            done.effects.iter().chain(cancels).map(|effect| effect.sequence).collect();
        numbers.sort_unstable();
        let expected: Vec<u64> = (case.sequence + 1..=done.case.sequence).collect();
        rule(numbers == expected, "effects are numbered one by one")
    }

    /// After an opt-out, and after the end, nothing reaches out to the member or hands the member on.
    fn silence(case: &Case, done: &Transition) -> Result<(), &'static str> {
        let reaches = |what: &EffectKind| {
            let call =
                matches!(what, EffectKind::OutreachTask { channel, .. } if *channel != Channel::Letter);
            call || matches!(what, EffectKind::OfferVendor { .. })
        };
        let reaching = done.effects.iter().any(|effect| reaches(&effect.what));
        rule(!(case.contact.opted_out && done.case.contact.opted_out && reaching), "an opt-out is silent")?;
        let contact = done.effects.iter().any(|effect| effect.what.contacts_member());
        rule(!(done.case.status.is_terminal() && (contact || reaching)), "after the end nobody is contacted")
    }
}

use super::life::{consent, event, opening, place, start, terms};
use crate::case::effect::EffectKind;
use crate::case::event::{EventKind, OptOutScope, Verdict};
use crate::case::open::open;
use crate::case::reason::{HoldReason, RejectReason};
use crate::case::release::check;
use crate::case::required::Participation;
use crate::case::state::{Case, Delivery, HandOver};
use crate::case::{apply, replay};
use crate::facts::Channel;
use crate::outreach::attempt::Outcome;
use crate::vendor::reply::{Report, VendorReply};
use proptest::prelude::*;

fn any_report() -> impl Strategy<Value = Report> {
    prop_oneof![
        Just(Report::Received),
        Just(Report::Accepted),
        Just(Report::Accepted),
        Just(Report::Rejected { reason: RejectReason::NoCapacity, next: Some("V2".into()) }),
        Just(Report::OutreachAttempted {
            channel: Channel::Call,
            outcome: Outcome::ReachedMember,
            phone: None
        }),
        Just(Report::Consented { scope: "S".into() }),
        Just(Report::Enrolled { start: start().day() }),
        Just(Report::Hold { reason: HoldReason::ProviderRequest }),
        Just(Report::Resumed),
        Just(Report::Graduated),
        Just(Report::RecallConfirmed),
    ]
}

fn any_reply() -> impl Strategy<Value = EventKind> {
    (any_report(), 1_u64..8, any::<bool>()).prop_map(|(report, sequence, second)| {
        let vendor = if second { "V2" } else { "V1" };
        let message = format!("{vendor}-{sequence}").into();
        let (vendor, occurred) = (vendor.into(), start());
        EventKind::VendorReplied(VendorReply { vendor, message, sequence, answers: None, occurred, report })
    })
}

fn any_event() -> impl Strategy<Value = EventKind> {
    let team = |second: bool| if second { "V2" } else { "V1" };
    prop_oneof![
        2 => Just(EventKind::Queued),
        4 => any::<bool>().prop_map(move |second| EventKind::Admitted { place: place(team(second)), wave: "W".into() }),
        3 => Just(EventKind::ConsentRecorded(consent(start()))),
        4 => any::<bool>().prop_map(move |second| EventKind::Enrolled {
            to: team(second).into(), start: start().day(), facts_version: 9 }),
        1 => Just(EventKind::CoverageLost { last_day: start().day().plus(-1), facts_version: 9 }),
        2 => Just(EventKind::CoverageConfirmed { facts_version: 9 }),
        1 => Just(EventKind::Recalled),
        1 => Just(EventKind::Reviewed(Verdict::Requeue)),
        1 => Just(EventKind::Reviewed(Verdict::Continue)),
        1 => Just(EventKind::OptedOut(OptOutScope::Program)),
        1 => Just(EventKind::ReplyGapSkipped),
        14 => any_reply(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Early, repeated and foreign replies among everything else: the rules hold, each number of a vendor is applied
    /// at most once, and the accepted events alone rebuild the state.
    #[test]
    fn random_lives_keep_the_rules_and_replay(
        delegated: bool,
        kinds in proptest::collection::vec(any_event(), 1..60),
    ) {
        let hand_over = if delegated { HandOver::OutreachDelegated } else { HandOver::Enrolment };
        let opening = opening(terms(Delivery::External, hand_over), Participation::Voluntary, start());
        let first: Case = open(opening, None, None).unwrap();
        let mut case = first.clone();
        let mut history = Vec::new();
        let mut effects = Vec::new();
        let mut applied = std::collections::BTreeSet::new();
        for (number, kind) in kinds.into_iter().enumerate() {
            let event = event(&format!("k{number}"), start(), kind);
            let Ok(done) = apply(&case, &event) else { continue };
            prop_assert_eq!(rules::moves(&case, &event, &done), Ok(()));
            prop_assert_eq!(rules::holds(&done.case), Ok(()));
            for note in &done.replies {
                use crate::case::effect::AnswerVerdict::{Accepted, Rejected};
                if matches!(note.verdict, Accepted | Rejected(_)) {
                    prop_assert!(applied.insert((note.vendor.clone(), note.sequence)), "a number was used twice");
                }
            }
            case = done.case;
            effects.extend(done.effects);
            history.push(event);
            if case.contact.opted_out {
                for effect in &effects {
                    let hands_on = matches!(effect.what, EffectKind::OfferVendor { .. } | EffectKind::UpdateVendor { .. });
                    let reaches = hands_on || effect.what.contacts_member();
                    prop_assert!(!reaches || check(&case, effect).is_err(), "it would still leave");
                }
            }
        }
        prop_assert_eq!(replay(first, &history), Ok(case));
    }
}
