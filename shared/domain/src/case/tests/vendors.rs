//! The vendor protocol: order, repetition, cancellation, rejection, clocks, delegated outreach.

use super::life::{Life, answers, due_until, names, place};
use crate::case::effect::{AnswerVerdict, EffectKind};
use crate::case::event::{EventKind, Invalidation, OptOutScope, Verdict};
use crate::case::reason::{PendReason, RejectReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::state::{Delivery, FormerEnd, HandOver, Lead, Stage};
use crate::case::status::Status;
use crate::case::transition::Transition;
use crate::facts::{Channel, ClosureKind};
use crate::outreach::attempt::Outcome;
use crate::vendor::reply::{Report, VendorEnding};
use crate::vendor::sla::SlaStep;

fn offered() -> Life {
    Life::new(Delivery::External, HandOver::Enrolment).enrolled("V1")
}

fn delegated() -> Life {
    Life::new(Delivery::External, HandOver::OutreachDelegated).admitted("V1")
}

fn verdicts(transition: &Transition) -> Vec<AnswerVerdict> {
    transition.replies.iter().map(|note| note.verdict.clone()).collect()
}

fn rejected(reason: RejectReason, next: Option<&str>) -> Report {
    Report::Rejected { reason, next: next.map(Into::into) }
}

#[test]
fn receipt_is_not_acceptance_and_acceptance_is_not_service() {
    let mut life = offered();
    life.hears("V1", Report::Received);
    assert_eq!(life.case.status, Status::Enrolled);
    life.hears("V1", Report::Accepted);
    assert_eq!(
        (life.case.status, &life.case.lead),
        (Status::VendorAccepted, &Some(Lead::Vendor("V1".into())))
    );
    life.hears("V1", Report::Enrolled { start: life.now.day() });
    assert_eq!(life.case.status, Status::Active);
}

#[test]
fn a_duplicate_accepted_is_answered_and_does_nothing() {
    let mut life = offered();
    life.hears("V1", Report::Accepted);
    let before = life.case.status;
    let again = life.reply("V1", 1, Report::Accepted);
    let done = life.does(EventKind::VendorReplied(again));
    assert_eq!(verdicts(&done), [AnswerVerdict::AlreadySeen]);
    assert_eq!((life.case.status, names(&done.effects)), (before, vec!["ANSWER_REPLY"]));
}

#[test]
fn a_second_accepted_under_a_new_number_is_refused_as_repeated() {
    let mut life = offered();
    life.hears("V1", Report::Accepted);
    let done = life.hears("V1", Report::Accepted);
    assert_eq!(verdicts(&done), [AnswerVerdict::Rejected(Refusal::Repeated)]);
}

#[test]
fn accepted_after_our_cancellation_is_refused_and_the_vendor_is_told_to_stop() {
    let mut life = offered();
    let offer = life.case.assignment.as_ref().unwrap().offer.clone();
    let done = life.does(EventKind::OptedOut(OptOutScope::Program));
    assert_eq!(done.cancellations[0].target, offer);
    let done = life.hears("V1", Report::Accepted);
    assert_eq!(verdicts(&done), [AnswerVerdict::Rejected(Refusal::OfferEnded)]);
    assert_eq!(names(&done.effects), ["RECALL_VENDOR", "ANSWER_REPLY"]);
    assert_eq!(life.case.status, Status::Disenrolled);
    let done = life.hears("V1", Report::RecallConfirmed);
    assert_eq!(verdicts(&done), [AnswerVerdict::Accepted]);
    assert_eq!(life.case.former[0].end, FormerEnd::Confirmed);
}

#[test]
fn no_capacity_goes_to_the_queue_for_the_next_vendor_with_the_consent_kept() {
    let mut life = offered();
    life.hears("V1", rejected(RejectReason::NoCapacity, Some("V2")));
    assert_eq!((life.case.status, &life.case.place), (Status::Queued, &None));
    assert_eq!(life.case.next_vendor, Some("V2".into()));
    life.does(EventKind::Admitted { place: place("V2"), wave: "W2".into() });
    assert_eq!(life.case.status, Status::Consented);
    let start = life.now.day();
    life.does(EventKind::Enrolled { to: "V2".into(), start, facts_version: 7 });
    life.other_vendor();
    life.hears("V2", Report::Accepted);
    assert_eq!(life.case.status, Status::VendorAccepted);
}

#[test]
fn without_a_next_vendor_the_case_waits_for_capacity_and_the_same_one_is_never_asked_twice() {
    let mut life = offered();
    life.hears("V1", rejected(RejectReason::NoCapacity, Some("V1")));
    assert_eq!(life.case.status, Status::Pended(PendReason::Capacity));
    assert_eq!(
        life.case.reviews,
        [ReviewReason::VendorRejected],
        "a person hears that nobody is left to ask"
    );
    life.does(EventKind::Admitted { place: place("V1"), wave: "W2".into() });
    let start = life.now.day();
    let again = EventKind::Enrolled { to: "V1".into(), start, facts_version: 7 };
    assert_eq!(life.refused(again), Refusal::VendorTriedBefore);
}

#[test]
fn a_rejection_that_says_something_about_the_member_goes_to_a_person() {
    let mut life = offered();
    life.hears("V1", rejected(RejectReason::Safety, Some("V2")));
    assert_eq!(
        (life.case.status, &life.case.reviews[..]),
        (Status::Review, &[ReviewReason::VendorRejected][..])
    );
    life.does(EventKind::Reviewed(Verdict::Requeue));
    assert_eq!(life.case.status, Status::Queued);
}

#[test]
fn replies_out_of_order_wait_for_the_missing_one() {
    let mut life = offered();
    let enrolled = life.reply("V1", 3, Report::Enrolled { start: life.now.day() });
    let done = life.does(EventKind::VendorReplied(enrolled));
    assert_eq!((verdicts(&done), life.case.status), (vec![AnswerVerdict::Kept], Status::Enrolled));
    let accepted = life.reply("V1", 2, Report::Accepted);
    life.does(EventKind::VendorReplied(accepted));
    let received = life.reply("V1", 1, Report::Received);
    let done = life.does(EventKind::VendorReplied(received));
    assert_eq!(verdicts(&done), vec![AnswerVerdict::Accepted; 3]);
    assert_eq!(life.case.status, Status::Active);
}

#[test]
fn a_gap_that_does_not_fill_goes_to_a_person_who_may_skip_it() {
    let mut life = offered();
    let late = life.reply("V1", 2, Report::Accepted);
    life.does(EventKind::VendorReplied(late));
    assert_eq!(life.refused(EventKind::ReplyGapExpired), Refusal::TooEarly);
    life.later(1).does(EventKind::ReplyGapExpired);
    assert_eq!(life.case.reviews, [ReviewReason::SequenceGap]);
    life.does(EventKind::ReplyGapSkipped);
    assert_eq!((life.case.status, life.case.reviews.len()), (Status::VendorAccepted, 0));
}

#[test]
fn a_reply_that_is_illegal_in_its_turn_is_refused_and_does_not_block_what_follows() {
    let mut life = offered();
    let done = life.hears("V1", Report::Graduated);
    assert_eq!(verdicts(&done), [AnswerVerdict::Rejected(Refusal::NotInThisStatus)]);
    assert_eq!(answers(&done).len(), 1);
    life.hears("V1", Report::Accepted);
    assert_eq!(life.case.status, Status::VendorAccepted);
}

#[test]
fn a_vendor_cannot_touch_the_case_of_another() {
    let mut life = offered();
    let foreign = life.reply("V2", 1, Report::Accepted);
    assert_eq!(life.refused(EventKind::VendorReplied(foreign)), Refusal::NotYourCase);
}

#[test]
fn a_silent_vendor_is_warned_resent_escalated_and_passed_over() {
    let mut life = offered();
    let first = life.case.assignment.as_ref().unwrap().offer.clone();
    let clock = |step, next: Option<&str>| EventKind::OfferClock { step, next: next.map(Into::into) };
    life.does(clock(SlaStep::Warn, None));
    let done = life.does(clock(SlaStep::Resend, None));
    assert_eq!((&done.effects[0].dedup, done.effects[0].id == first), (&first, false));
    assert_eq!(life.refused(clock(SlaStep::Resend, None)), Refusal::NotInThisStatus, "once only");
    assert_eq!(life.refused(clock(SlaStep::NextVendor, Some("V2"))), Refusal::NotInThisStatus);
    life.does(clock(SlaStep::Escalate, None));
    let done = life.does(clock(SlaStep::NextVendor, Some("V2")));
    assert_eq!(done.cancellations[0].target, first);
    assert_eq!((life.case.status, &life.case.next_vendor), (Status::Queued, &Some("V2".into())));
}

#[test]
fn delegated_outreach_is_reported_step_by_step_and_enrolment_needs_the_consent() {
    let mut life = delegated();
    assert_eq!(life.case.status, Status::Outreach);
    let own = life.scheduled(Channel::Call);
    assert_eq!(life.refused(EventKind::OutreachScheduled(own)), Refusal::WrongHandOver);
    life.hears("V1", Report::Accepted);
    let start = life.now.day();
    let early = life.hears("V1", Report::Enrolled { start });
    assert_eq!(verdicts(&early), [AnswerVerdict::Rejected(Refusal::NoConsent)]);
    let done = life.hears(
        "V1",
        Report::OutreachAttempted { channel: Channel::Call, outcome: Outcome::NoAnswer, phone: None },
    );
    assert_eq!(done.ledger.len(), 1, "the shared ledger knows the vendor's touches");
    life.hears("V1", Report::Engaged);
    life.hears("V1", Report::Consented { scope: "ICM-1".into() });
    life.hears("V1", Report::Enrolled { start });
    assert_eq!(
        (life.case.status, life.case.assignment.as_ref().unwrap().stage),
        (Status::Active, Stage::Serving)
    );
}

#[test]
fn a_vendor_that_enrols_may_not_report_outreach() {
    let mut life = offered();
    life.hears("V1", Report::Accepted);
    let done = life.hears("V1", Report::Consented { scope: "X".into() });
    assert_eq!(verdicts(&done), [AnswerVerdict::Rejected(Refusal::WrongHandOver)]);
}

#[test]
fn a_decline_reported_by_the_vendor_ends_the_case_without_a_recall() {
    let mut life = delegated();
    life.hears("V1", Report::Accepted);
    let done = life.hears("V1", Report::Declined { not_now: true });
    assert_eq!(life.case.status, Status::Declined);
    assert!(!names(&done.effects).contains(&"RECALL_VENDOR"));
    assert_eq!(life.case.closed.as_ref().unwrap().closure, Some(ClosureKind::DeclinedNotNow));
}

#[test]
fn a_stop_request_to_a_former_vendor_is_honoured() {
    let mut life = offered();
    life.does(EventKind::Recalled);
    let done = life.hears("V1", Report::StopRequested);
    assert_eq!(verdicts(&done), [AnswerVerdict::Accepted]);
    assert!(!life.case.contact.allows(Channel::Call));
    assert_eq!(done.facts.len(), 2);
}

#[test]
fn a_vendor_that_lost_a_member_gives_the_case_to_a_person() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    life.hears("V1", Report::Disenrolled { reason: VendorEnding::LostToFollowUp });
    assert_eq!((life.case.status, &life.case.lead), (Status::Review, &None));
}

#[test]
fn a_death_that_a_vendor_reports_is_confirmed_by_a_person_first() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    life.hears("V1", Report::Disenrolled { reason: VendorEnding::Deceased });
    assert_eq!(life.case.status, Status::OnHold);
    life.does(EventKind::Reviewed(Verdict::Continue));
    assert_eq!(life.case.status, Status::Active);
}

#[test]
fn coverage_lost_while_an_offer_is_out_does_not_lose_the_acceptance() {
    let mut life = offered();
    let last_day = life.now.day().plus(-1);
    life.does(EventKind::CoverageLost { last_day, facts_version: 8 });
    life.hears("V1", Report::Accepted);
    assert_eq!((life.case.status, life.case.resume), (Status::OnHold, Some(Status::VendorAccepted)));
    let done = life.hears("V1", Report::Enrolled { start: life.now.day() });
    assert_eq!(verdicts(&done), [AnswerVerdict::Rejected(Refusal::NoCoverage)]);
    life.does(EventKind::CoverageConfirmed { facts_version: 9 });
    assert_eq!(life.case.status, Status::VendorAccepted);
}

#[test]
fn a_reversal_while_delegated_and_untouched_cancels_the_offer() {
    let mut life = delegated();
    let done = life.does(EventKind::TriggerInvalidated(Invalidation::ClaimReversed));
    assert_eq!(life.case.status, Status::Withdrawn);
    assert!(matches!(done.cancellations[0].with.what, EffectKind::CancelOffer { .. }));
}

#[test]
fn nobody_graduates_before_service_has_begun() {
    let mut life = offered();
    life.hears("V1", Report::Accepted);
    let done = life.hears("V1", Report::Graduated);
    assert_eq!(verdicts(&done), [AnswerVerdict::Rejected(Refusal::NotInThisStatus)]);
}

#[test]
fn a_vendor_that_could_not_reach_the_member_is_not_recalled() {
    let mut life = delegated();
    life.hears("V1", Report::Accepted);
    let done = life.hears("V1", Report::Unreachable);
    assert_eq!(life.case.status, Status::UnableToContact);
    assert_eq!(names(&done.effects), ["INTERNAL_TASK", "ANSWER_REPLY"]);
}

#[test]
fn a_decline_that_crossed_our_recall_counts() {
    let mut life = delegated();
    life.hears("V1", Report::Accepted);
    life.does(EventKind::Recalled);
    assert_eq!(life.case.status, Status::Queued);
    life.hears("V1", Report::Declined { not_now: false });
    assert_eq!(life.case.status, Status::Declined);
}

#[test]
fn a_stop_told_out_of_turn_counts_at_once() {
    let mut life = offered();
    let reply = life.reply("V1", 4, Report::StopRequested);
    let done = life.does(EventKind::VendorReplied(reply));
    assert_eq!(verdicts(&done), [AnswerVerdict::Kept], "its turn comes when the gap is filled");
    assert!(life.case.contact.refused.contains(&Channel::Call), "but nobody calls until then");
    assert!(!done.facts.is_empty(), "and every program knows");
}

#[test]
fn a_vendor_that_took_the_outreach_and_says_nothing_is_asked_about_after_two_weeks() {
    let mut life = delegated();
    life.hears("V1", Report::Received);
    life.hears("V1", Report::Accepted);
    let stalled = |days: i64| {
        due_until(&life.case, life.now.plus_days(days))
            .iter()
            .any(|(_, kind)| matches!(kind, EventKind::ReviewRaised(ReviewReason::Stalled)))
    };
    assert!(!stalled(13) && stalled(15));
}
