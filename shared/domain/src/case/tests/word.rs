//! A word that was given stands: a pause that was asked for, a call that was agreed, a question that only a person can
//! answer, a service that another vendor gives.

use super::life::{Life, due_until, names};
use crate::case::event::{EventKind, Invalidation, Verdict};
use crate::case::reason::{HoldReason, RejectReason, ReviewReason};
use crate::case::state::{Delivery, FormerEnd, HandOver};
use crate::case::status::Status;
use crate::case::transition::LedgerNote;
use crate::facts::Channel;
use crate::outreach::attempt::{Attempt, Outcome, Phone};
use crate::vendor::reply::Report;
use crate::vendor::sla::SlaStep;

fn reaching() -> Life {
    Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1")
}

#[test]
fn a_pause_that_the_member_asked_for_outlasts_a_gap_in_coverage() {
    let mut life = reaching();
    let begun = life.case.contact.outreach_since.unwrap();
    life.does(EventKind::Held(HoldReason::MemberRequest));
    let until = life.case.hold.as_ref().unwrap().until;
    let last_day = life.later(10).now.day().plus(-1);
    life.does(EventKind::CoverageLost { last_day, facts_version: 8 });
    assert_eq!(life.case.hold.as_ref().map(|hold| hold.reason), Some(HoldReason::EligGap));
    life.later(5).does(EventKind::CoverageConfirmed { facts_version: 9 });
    let hold = life.case.hold.clone().unwrap();
    assert_eq!(
        (life.case.status, hold.reason, hold.until),
        (Status::OnHold, HoldReason::MemberRequest, until)
    );
    life.later(5).does(EventKind::Resumed);
    assert_eq!(life.case.status, Status::Outreach);
    assert_eq!(
        life.case.contact.outreach_since,
        Some(begun.plus(20)),
        "twenty days are none of the cadence's"
    );
}

#[test]
fn a_pause_whose_end_passed_behind_another_goes_to_a_person() {
    let mut life = reaching();
    life.does(EventKind::Held(HoldReason::InFacility));
    let last_day = life.later(50).now.day().plus(-1);
    life.does(EventKind::CoverageLost { last_day, facts_version: 8 });
    life.later(30).does(EventKind::CoverageConfirmed { facts_version: 9 });
    life.does(EventKind::HoldExpired);
    assert_eq!(
        (life.case.status, &life.case.reviews[..]),
        (Status::Review, &[ReviewReason::HoldExpired][..])
    );
}

#[test]
fn a_planned_call_waits_while_a_person_decides_whether_there_is_a_reason() {
    let mut life = reaching();
    life.calls(Outcome::LeftMessage);
    let step = life.case.contact.step;
    life.plans(Channel::Call);
    let done = life.does(EventKind::TriggerInvalidated(Invalidation::ClaimReversed));
    assert_eq!(done.cancellations.len(), 1);
    assert!(life.case.open_tasks.is_empty());
    assert_eq!(life.case.contact.step, step, "and is planned again when there is");
}

#[test]
fn a_vendor_that_never_had_the_member_ends_nobody_s_service() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).enrolled("V1");
    life.hears("V1", Report::Rejected { reason: RejectReason::NoCapacity, next: Some("V2".into()) });
    let place = super::life::place("V2");
    life.does(EventKind::Admitted { place, wave: "W2".into() });
    let (to, start) = ("V2".into(), life.now.day());
    life.does(EventKind::Enrolled { to, start, facts_version: 7 });
    let first = life.reply("V1", 2, Report::Declined { not_now: false });
    life.other_vendor();
    life.hears("V2", Report::Accepted);
    life.hears("V2", Report::Enrolled { start });
    let done = life.does(EventKind::VendorReplied(first));
    assert_eq!(life.case.status, Status::Active);
    assert_eq!(names(&done.effects), ["INTERNAL_TASK", "ANSWER_REPLY"], "a person asks");
}

#[test]
fn a_number_that_a_vendor_found_to_be_wrong_is_wrong_for_everybody() {
    let mut life = Life::new(Delivery::External, HandOver::OutreachDelegated).admitted("V1");
    life.hears("V1", Report::Accepted);
    let phone = Phone::parse("312-555-0100");
    let (channel, outcome) = (Channel::Call, Outcome::WrongNumber);
    let done = life.hears("V1", Report::OutreachAttempted { channel, outcome, phone: phone.clone() });
    assert_eq!(life.case.contact.unusable, phone.clone().into_iter().collect::<Vec<_>>());
    assert!(done.ledger.contains(&LedgerNote::Unusable(phone.unwrap())));
}

#[test]
fn a_vendor_that_took_the_member_after_our_cancel_is_asked_whether_it_let_go() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).enrolled("V1");
    for step in [SlaStep::Resend, SlaStep::Escalate, SlaStep::NextVendor] {
        life.does(EventKind::OfferClock { step, next: Some("V2".into()) });
    }
    assert_eq!(life.case.former[0].end, FormerEnd::Cancelled);
    life.hears("V1", Report::Accepted);
    assert_eq!(life.case.former[0].end, FormerEnd::Recalled);
    let asked = EventKind::NotLetGo { vendor: "V1".into() };
    assert!(due_until(&life.case, life.now.plus_days(5)).iter().any(|(_, kind)| *kind == asked));
}

#[test]
fn a_clock_that_a_person_answered_runs_again() {
    let mut life = reaching();
    life.calls(Outcome::ReachedMember);
    let stalled = EventKind::ReviewRaised(ReviewReason::Stalled);
    let (first, _) =
        due_until(&life.case, life.now.plus_days(60)).into_iter().find(|(_, kind)| *kind == stalled).unwrap();
    life.now = first;
    life.does(stalled.clone());
    life.does(EventKind::Reviewed(Verdict::Continue));
    assert_eq!(life.case.reviews, []);
    let again = due_until(&life.case, life.now.plus_days(60)).into_iter().find(|(_, kind)| *kind == stalled);
    assert_eq!(again.map(|(at, _)| at), Some(first.plus_days(14)));
    let mut queued = Life::new(Delivery::PayerTeam, HandOver::Enrolment).queued();
    queued.later(60).does(EventKind::WaitedTooLong);
    queued.does(EventKind::Reviewed(Verdict::Continue));
    let next = due_until(&queued.case, queued.now.plus_days(100));
    assert_eq!(
        next.first().map(|(_, kind)| kind.clone()),
        Some(EventKind::WaitedTooLong),
        "no one waits for ever"
    );
}

#[test]
fn an_answer_to_another_question_does_not_say_that_a_member_lives() {
    let mut life = reaching();
    life.does(EventKind::ReviewRaised(ReviewReason::RosterConflict));
    life.does(EventKind::Held(HoldReason::DeathReported));
    life.does(EventKind::Reviewed(Verdict::Continue));
    assert_eq!(
        (life.case.status, &life.case.reviews[..]),
        (Status::OnHold, &[ReviewReason::DeathReported][..])
    );
    life.does(EventKind::Reviewed(Verdict::Continue));
    assert_eq!((life.case.status, &life.case.reviews[..]), (Status::Outreach, &[][..]));
}

#[test]
fn a_call_agreed_with_a_member_who_was_reached_is_the_next_step() {
    use crate::case::next_step::{NextStep, StepKind};
    let mut life = reaching();
    life.calls(Outcome::ReachedMember);
    let at = life.now.plus_hours(24);
    let agreed =
        Attempt { call_back: Some(at), ..life.attempt(None, Channel::Call, Outcome::CallbackScheduled) };
    life.does(EventKind::AttemptRecorded(agreed));
    assert_eq!(life.case.status, Status::Engaged);
    let next = NextStep::of(&life.case, None, life.now).unwrap();
    assert_eq!((next.what, next.due), (StepKind::CallBack, at));
}
