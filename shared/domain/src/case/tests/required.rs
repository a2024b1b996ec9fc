//! Required participation: V11 and its neighbours.

use super::life::{Life, contacts, day, opening, required, terms};
use crate::case::event::{EventKind, OptOutScope};
use crate::case::reason::{CloseReason, Ending, PendReason};
use crate::case::refusal::Refusal;
use crate::case::required::RequiredNotice;
use crate::case::state::{Delivery, HandOver};
use crate::case::status::Status;
use crate::facts::Channel;
use crate::moment::Moment;
use crate::outreach::attempt::Outcome;

fn notice() -> RequiredNotice {
    RequiredNotice {
        sent_on: day("2026-06-01"),
        hearing_deadline: day("2026-07-01"),
        effective_on: day("2026-07-02"),
        review_on: day("2027-07-02"),
    }
}

fn life() -> Life {
    let at = Moment::parse("2026-06-01T15:00:00Z").unwrap();
    let mut life = Life::of(opening(terms(Delivery::PayerTeam, HandOver::Enrolment), required(), at));
    assert_eq!(life.refused(EventKind::Queued), Refusal::NoticePeriod);
    life.does(EventKind::NoticeSent(notice()));
    life
}

fn stop(life: &mut Life) {
    let attempt = life.attempt(None, Channel::Call, Outcome::RequestedStop);
    life.does(EventKind::AttemptRecorded(attempt));
}

#[test]
fn v11_stop_calling_in_the_notice_period_stops_calls_at_once_and_the_case_stays_open_with_mail_only() {
    let mut life = life();
    assert_eq!(life.case.status, Status::Pended(PendReason::Notice));
    stop(life.later(14));
    assert_eq!(life.case.status, Status::Pended(PendReason::Notice));
    assert!(!life.case.contact.allows(Channel::Call) && !life.case.contact.allows(Channel::Text));
    assert_eq!(life.later(15).refused(EventKind::NoticePeriodEnded), Refusal::TooEarly);
    life.later(2).does(EventKind::NoticePeriodEnded);
    assert_eq!(life.case.status, Status::RequiredNonparticipating);
    for channel in [Channel::Call, Channel::Text, Channel::Visit] {
        let plan = life.scheduled(channel);
        assert_eq!(life.refused(EventKind::OutreachScheduled(plan)), Refusal::ChannelNotAllowed);
    }
    life.plans(Channel::Letter);
}

#[test]
fn v11_an_appeal_pauses_and_no_notice_period_ends_meanwhile() {
    let mut life = life();
    stop(life.later(14));
    life.does(EventKind::AppealFiled);
    assert_eq!(life.later(30).refused(EventKind::NoticePeriodEnded), Refusal::AppealPending);
    life.does(EventKind::AppealEnded { upheld: true });
    life.does(EventKind::NoticePeriodEnded);
    assert_eq!(life.case.status, Status::RequiredNonparticipating);
}

#[test]
fn an_appeal_that_succeeds_makes_the_program_voluntary() {
    let mut life = life();
    life.does(EventKind::ProgramDeclined { not_now: false });
    assert_eq!(life.case.status, Status::Pended(PendReason::Notice));
    life.does(EventKind::AppealFiled);
    life.does(EventKind::AppealEnded { upheld: false });
    assert_eq!(life.case.status, Status::Declined);
}

#[test]
fn who_does_not_object_waits_for_a_place_like_anybody() {
    let mut life = life();
    life.later(31).does(EventKind::NoticePeriodEnded);
    assert_eq!(life.case.status, Status::Queued);
}

#[test]
fn an_opt_out_of_a_required_program_leaves_only_mail_and_a_later_consent_reopens_the_way() {
    let mut life = life();
    life.later(31).does(EventKind::NoticePeriodEnded);
    let done = life.does(EventKind::OptedOut(OptOutScope::PlanWide));
    assert_eq!((life.case.status, contacts(&done)), (Status::RequiredNonparticipating, 0));
    life.does(EventKind::ConsentRecorded(super::life::consent(life.now)));
    assert_eq!(life.case.status, Status::Queued);
    assert!(!life.case.contact.opted_out);
}

#[test]
fn software_alone_never_ends_a_required_participation() {
    let life = life();
    let close = EventKind::Closed(Ending::of(CloseReason::MovedOutOfArea));
    let mut event = super::life::event("m1", life.now, close);
    event.actor = "system:sweep".into();
    assert_eq!(crate::case::apply(&life.case, &event).unwrap_err(), Refusal::NeedsPerson);
}

#[test]
fn a_notice_without_time_for_a_hearing_is_refused() {
    let at = Moment::parse("2026-06-01T15:00:00Z").unwrap();
    let mut life = Life::of(opening(terms(Delivery::PayerTeam, HandOver::Enrolment), required(), at));
    let early = RequiredNotice { effective_on: day("2026-07-01"), ..notice() };
    assert_eq!(life.refused(EventKind::NoticeSent(early)), Refusal::NoticeUnlawful);
}

#[test]
fn a_voluntary_program_has_no_notice() {
    let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment);
    assert_eq!(life.refused(EventKind::NoticeSent(notice())), Refusal::NotRequired);
    assert_eq!(life.refused(EventKind::AppealFiled), Refusal::NotRequired);
}

#[test]
fn the_review_comes_within_two_years() {
    let mut life = life();
    assert_eq!(life.refused(EventKind::RequiredReviewDue), Refusal::TooEarly);
    life.later(400).does(EventKind::RequiredReviewDue);
}
