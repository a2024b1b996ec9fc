//! Outreach: attempts, stops, reversals of the trigger, id changes.

use super::life::{Life, contacts, names, place, start};
use crate::case::event::{DropReason, EventKind, Invalidation, OptOutScope};
use crate::case::open::open;
use crate::case::reason::{CloseReason, PendReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::state::{Delivery, HandOver};
use crate::case::status::Status;
use crate::case::transition::LedgerNote;
use crate::facts::{Channel, ClosureKind, Fact, Model, PreferenceKind};
use crate::outreach::attempt::{Outcome, Phone};

fn in_outreach() -> Life {
    Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1")
}

#[test]
fn v05_a_reversed_trigger_withdraws_a_case_that_was_never_contacted_and_cancels_its_task() {
    let mut life = in_outreach();
    let task = life.plans(Channel::Call);
    let done = life.does(EventKind::TriggerInvalidated(Invalidation::ClaimReversed));
    assert_eq!(life.case.status, Status::Withdrawn);
    assert_eq!(life.case.closed.as_ref().unwrap().ending.reason, CloseReason::ClaimReversed);
    assert_eq!(done.cancellations[0].target, task);
    assert!(done.cancellations[0].with.sequence > 1);
    assert_eq!(done.facts, [], "a withdrawal is no cool-down");
}

#[test]
fn v05_a_member_who_was_contacted_is_never_dropped_by_a_reversal() {
    let mut life = in_outreach();
    life.calls(Outcome::LeftMessage);
    life.does(EventKind::TriggerInvalidated(Invalidation::ClaimReversed));
    assert_eq!(life.case.status, Status::Outreach);
    assert_eq!(life.case.reviews, [ReviewReason::TriggerReversed]);
    let plan = life.scheduled(Channel::Call);
    assert_eq!(life.refused(EventKind::OutreachScheduled(plan)), Refusal::UnderReview);
    life.does(EventKind::TriggerReconfirmed);
    life.plans(Channel::Call);
}

#[test]
fn v05_an_enrolled_member_stays_and_the_reversal_is_noted_for_reports() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    let done = life.does(EventKind::TriggerInvalidated(Invalidation::ClaimReversed));
    assert_eq!((life.case.status, life.case.trigger_invalidated), (Status::Active, Some(life.now.day())));
    assert!(done.effects.is_empty() && done.cancellations.is_empty());
}

#[test]
fn a_ringing_phone_alone_does_not_count_as_contacted() {
    let mut life = in_outreach();
    life.calls(Outcome::NoAnswer);
    life.does(EventKind::TriggerInvalidated(Invalidation::ClaimReversed));
    assert_eq!(life.case.status, Status::Withdrawn);
}

#[test]
fn a_conversation_engages_and_voids_the_rest_of_the_cadence() {
    let mut life = in_outreach();
    let letter = life.plans(Channel::Letter);
    let done = life.calls(Outcome::ReachedMember);
    assert_eq!(life.case.status, Status::Engaged);
    assert_eq!(done.cancellations[0].target, letter);
    assert_eq!(life.case.contact.last_two_way, Some(life.now));
}

#[test]
fn a_wrong_number_is_remembered_for_everybody_and_searched_for() {
    let mut life = in_outreach();
    let done = life.calls(Outcome::Disconnected);
    let phone = Phone::parse("312-555-0100").unwrap();
    assert_eq!(life.case.contact.unusable, std::slice::from_ref(&phone));
    assert!(done.ledger.contains(&LedgerNote::Unusable(phone)));
    assert_eq!(names(&done.effects), ["INTERNAL_TASK"]);
}

#[test]
fn a_stop_request_stops_calls_and_texts_at_once_and_is_no_decline() {
    let mut life = in_outreach();
    let text = life.plans(Channel::Text);
    let done = life.calls(Outcome::RequestedStop);
    assert_eq!(life.case.status, Status::Outreach);
    assert_eq!(done.cancellations[0].target, text);
    let no = |what: &PreferenceKind| matches!(what, PreferenceKind::ChannelConsent { allowed: false, .. });
    let refused = |fact: &Fact| matches!(fact, Fact::Preference(preference) if no(&preference.what));
    assert_eq!(done.facts.iter().filter(|fact| refused(fact)).count(), 2);
    let call = life.scheduled(Channel::Call);
    assert_eq!(life.refused(EventKind::OutreachScheduled(call)), Refusal::ChannelNotAllowed);
    life.plans(Channel::Letter);
}

#[test]
fn a_reported_death_stops_everything_until_a_person_confirms() {
    let mut life = in_outreach();
    life.plans(Channel::Letter);
    let done = life.calls(Outcome::DeceasedReported);
    assert_eq!(life.case.status, Status::OnHold);
    assert_eq!(done.cancellations.len(), 1);
    assert_eq!(life.refused(EventKind::Resumed), Refusal::UnderReview);
    let done = life.does(EventKind::MemberDied);
    assert_eq!((life.case.status, contacts(&done)), (Status::Withdrawn, 0));
}

#[test]
fn a_task_is_worked_once_and_a_dropped_one_is_planned_again() {
    let mut life = in_outreach();
    let task = life.plans(Channel::Call);
    assert_eq!(life.refused(EventKind::OutreachScheduled(life.scheduled(Channel::Call))), Refusal::TaskOpen);
    let reason = DropReason::Expired;
    life.does(EventKind::TaskDropped { task: task.clone(), reason });
    assert_eq!(life.case.contact.step, 0);
    let attempt = life.attempt(Some(task), Channel::Call, Outcome::NoAnswer);
    assert_eq!(life.refused(EventKind::AttemptRecorded(attempt)), Refusal::Repeated);
}

#[test]
fn an_outcome_that_its_channel_cannot_have_is_refused() {
    let mut life = in_outreach();
    let attempt = life.attempt(None, Channel::Letter, Outcome::Busy);
    assert_eq!(life.refused(EventKind::AttemptRecorded(attempt)), Refusal::Inconsistent);
}

#[test]
fn unreachable_closes_with_a_recommendation_of_the_community_model() {
    let mut life = in_outreach();
    let done = life.does(EventKind::OutreachExhausted);
    assert_eq!(life.case.status, Status::UnableToContact);
    assert_eq!(life.case.closed.as_ref().unwrap().ending.next_model, Some(Model::M6));
    assert_eq!(names(&done.effects), ["INTERNAL_TASK"]);
    assert!(
        matches!(&done.facts[..], [Fact::Closure(closure)] if closure.kind == ClosureKind::UnableToContact)
    );
}

#[test]
fn an_id_change_in_the_middle_of_outreach_keeps_the_case_its_attempts_and_its_task() {
    let mut life = in_outreach();
    life.calls(Outcome::NoAnswer);
    let task = life.plans(Channel::Letter);
    let done = life.does(EventKind::MemberIdChanged { to: "M2".into() });
    assert_eq!(life.case.status, Status::Outreach);
    assert_eq!((life.case.member.as_str(), life.case.member_before[0].as_str()), ("M2", "M1"));
    assert_eq!((life.case.contact.attempts, done.cancellations.len()), (1, 0));
    assert_eq!(life.case.open_tasks[0].effect, task);
    assert_eq!(life.refused(EventKind::MemberIdChanged { to: "M2".into() }), Refusal::Repeated);
}

#[test]
fn a_stop_in_the_last_call_counts_even_after_the_case_has_ended() {
    let mut life = in_outreach();
    life.does(EventKind::OutreachExhausted);
    let attempt = life.attempt(None, Channel::Call, Outcome::RequestedStop);
    let done = life.does(EventKind::AttemptRecorded(attempt));
    assert_eq!(life.case.status, Status::UnableToContact);
    assert_eq!((done.facts.len(), done.ledger.len()), (2, 1));
    let done = life.does(EventKind::OptedOut(OptOutScope::PlanWide));
    let permanent = |fact: &Fact| matches!(fact, Fact::Closure(it) if it.kind == ClosureKind::DoNotContact);
    assert!(done.facts.iter().any(permanent));
}

#[test]
fn a_repeated_command_is_refused_and_changes_nothing() {
    let life = in_outreach();
    let event = life.events.last().unwrap();
    assert_eq!(crate::case::apply(&life.case, event).unwrap_err(), Refusal::Repeated);
}

#[test]
fn a_case_can_wait_for_data_and_come_back() {
    let mut life = in_outreach();
    life.does(EventKind::Pended(PendReason::Data));
    assert_eq!((life.case.status, &life.case.place), (Status::Pended(PendReason::Data), &None));
    life.does(EventKind::PendEnded);
    life.does(EventKind::Admitted { place: place("T1"), wave: "W2".into() });
    assert_eq!(life.case.status, Status::Outreach);
}

#[test]
fn a_new_case_follows_the_cool_down_and_remembers_what_the_member_refused() {
    let mut life = in_outreach();
    life.calls(Outcome::RequestedStop);
    let opening = || {
        super::life::opening(
            life.case.terms.clone(),
            crate::case::required::Participation::Voluntary,
            start().plus_days(90),
        )
    };
    assert_eq!(open(opening(), Some(&life.case), None).unwrap_err(), Refusal::PreviousOpen);
    life.does(EventKind::OutreachExhausted);
    let opening = super::life::opening(
        life.case.terms.clone(),
        crate::case::required::Participation::Voluntary,
        start().plus_days(90),
    );
    let ends = opening.at.day();
    assert_eq!(open(opening.clone(), Some(&life.case), Some(ends.plus(1))).unwrap_err(), Refusal::CoolDown);
    let next = open(opening, Some(&life.case), Some(ends)).unwrap();
    assert_eq!((next.previous, next.status), (Some(life.case.id.clone()), Status::Identified));
    assert!(!next.contact.allows(Channel::Call) && next.contact.attempts == 0);
}
