//! After the end of a case: whoever is reached late is answered for, a person decides whether service begins anew, and
//! nobody is called meanwhile (FACTS §5.4, §6.1; FIELD §3.3).

use super::life::{Life, answers, contacts, event};
use crate::case::apply;
use crate::case::effect::{AnswerVerdict, EffectKind, TaskKind};
use crate::case::event::{DropReason, EventKind, Invalidation, OptOutScope, Verdict};
use crate::case::next_step::{NextStep, StepKind};
use crate::case::reason::{CloseReason, Ending, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::state::{Delivery, HandOver};
use crate::case::status::Status;
use crate::case::transition::Transition;
use crate::facts::{Channel, Closure, ClosureKind, Fact, ReferralSource};
use crate::outreach::attempt::Outcome;
use crate::vendor::reply::Report;

/// Outreach has ended without a conversation.
fn unreached() -> Life {
    let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1");
    life.later(30).does(EventKind::OutreachExhausted);
    assert_eq!(life.case.status, Status::UnableToContact);
    life
}

/// What came of a call that was made before the case ended, told after.
fn late(life: &mut Life, outcome: Outcome) -> Transition {
    let attempt = life.attempt(None, Channel::Call, outcome);
    life.later(1);
    life.does(EventKind::AttemptRecorded(attempt))
}

/// The questions that a transition asks of people.
fn questions(done: &Transition) -> Vec<ReviewReason> {
    let asked = done.effects.iter().filter_map(|effect| {
        if let EffectKind::InternalTask { task: TaskKind::Review, review, .. } = &effect.what {
            return *review;
        }
        None
    });
    asked.collect()
}

fn closures(done: &Transition) -> Vec<ClosureKind> {
    let kinds = done.facts.iter().filter_map(|fact| {
        if let Fact::Closure(Closure { kind, .. }) = fact {
            return Some(*kind);
        }
        None
    });
    kinds.collect()
}

fn step(life: &Life) -> Option<StepKind> {
    NextStep::of(&life.case, None, life.now).map(|step| step.what)
}

#[test]
fn whoever_is_reached_after_the_end_is_a_persons_question_and_nobody_is_called() {
    for outcome in [Outcome::ReachedMember, Outcome::CallbackScheduled, Outcome::LanguageBarrier] {
        let mut life = unreached();
        assert_eq!(step(&life), None);
        let done = late(&mut life, outcome);
        assert_eq!(questions(&done), [ReviewReason::ReachedAfterEnd], "{outcome:?}");
        assert_eq!((contacts(&done), done.facts.len(), life.case.status), (0, 0, Status::UnableToContact));
        assert_eq!(step(&life), Some(StepKind::Review), "it stands on the worklist");
        assert_eq!(questions(&late(&mut life, outcome)), [], "asked once");
    }
    let done = late(&mut unreached(), Outcome::NoAnswer);
    assert_eq!((questions(&done), done.effects.len()), (Vec::new(), 0));
}

#[test]
fn begun_anew_it_is_the_members_own_asking_and_the_ended_case_stays_ended() {
    let mut life = unreached();
    late(&mut life, Outcome::ReachedMember);
    let done = life.does(EventKind::Reviewed(Verdict::Requeue));
    let own = |fact: &Fact| matches!(fact, Fact::Referral(said) if said.by == ReferralSource::Member);
    assert!(done.facts.iter().any(own));
    assert_eq!(life.case.closed.as_ref().unwrap().anew, Some(life.now));
    assert_eq!((life.case.status, step(&life)), (Status::UnableToContact, None));
}

#[test]
fn left_ended_it_is_answered_for_what_was_known() {
    let mut life = unreached();
    let call = life.attempt(None, Channel::Call, Outcome::ReachedMember);
    late(&mut life, Outcome::ReachedMember);
    let done = life.does(EventKind::Reviewed(Verdict::Continue));
    assert_eq!((done.facts.len(), life.case.closed.as_ref().unwrap().anew), (0, None));
    assert_eq!(questions(&life.does(EventKind::AttemptRecorded(call))), [], "a person has looked since");
    life.later(2);
    assert_eq!(questions(&late(&mut life, Outcome::ReachedMember)), [ReviewReason::ReachedAfterEnd]);
}

#[test]
fn only_a_person_answers_and_only_what_is_asked() {
    let mut life = unreached();
    assert_eq!(life.refused(EventKind::Reviewed(Verdict::Requeue)), Refusal::CaseClosed);
    late(&mut life, Outcome::ReachedMember);
    assert_eq!(life.refused(EventKind::Reviewed(Verdict::RecallAndRequeue)), Refusal::CaseClosed);
    let mut machine = event("m", life.now, EventKind::Reviewed(Verdict::Requeue));
    machine.actor = "system:review-due".into();
    assert_eq!(apply(&life.case, &machine).unwrap_err(), Refusal::NeedsPerson);
}

#[test]
fn a_no_after_the_end_counts_and_answers_the_question() {
    for (not_now, kind) in [(false, ClosureKind::Declined), (true, ClosureKind::DeclinedNotNow)] {
        let mut life = unreached();
        late(&mut life, Outcome::ReachedMember);
        let done = life.does(EventKind::ProgramDeclined { not_now });
        assert_eq!((closures(&done), step(&life)), (vec![kind], None));
    }
    let mut life = unreached();
    late(&mut life, Outcome::ReachedMember);
    life.does(EventKind::OptedOut(OptOutScope::Program));
    assert_eq!(step(&life), None);
    assert_eq!(questions(&late(&mut life, Outcome::ReachedMember)), [], "the member wants no contact");
}

#[test]
fn a_vendor_that_reaches_the_member_after_giving_up_is_refused_and_a_person_hears_of_it() {
    let says = [
        Report::Engaged,
        Report::Consented { scope: "S".into() },
        Report::OutreachAttempted { channel: Channel::Call, outcome: Outcome::ReachedMember, phone: None },
    ];
    for report in says {
        let mut life = Life::new(Delivery::External, HandOver::OutreachDelegated).queued();
        let place = super::life::place("V1");
        life.does(EventKind::Admitted { place, wave: "W1".into() });
        life.hears("V1", Report::Accepted);
        life.hears("V1", Report::Unreachable);
        assert_eq!(life.case.status, Status::UnableToContact);
        let done = life.later(3).hears("V1", report.clone());
        let late = EffectKind::AnswerReply {
            vendor: "V1".into(),
            message: "V1-3".into(),
            verdict: AnswerVerdict::Rejected(Refusal::OfferEnded),
        };
        assert_eq!(answers(&done), [&late]);
        assert_eq!(questions(&done), [ReviewReason::ReachedAfterEnd], "{report:?}");
        let no = life.later(1).hears("V1", Report::Declined { not_now: false });
        assert_eq!((closures(&no), step(&life)), (vec![ClosureKind::Declined], None));
    }
}

#[test]
fn a_death_told_after_the_end_is_confirmed_by_a_person() {
    let done = late(&mut unreached(), Outcome::DeceasedReported);
    let confirm =
        |what: &EffectKind| matches!(what, EffectKind::InternalTask { task: TaskKind::ConfirmDeath, .. });
    assert!(done.effects.iter().any(|effect| confirm(&effect.what)));
}

#[test]
fn what_came_of_a_call_that_was_given_up_counts_once() {
    for (outcome, reached) in [(Outcome::ReachedMember, true), (Outcome::RequestedStop, false)] {
        let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1");
        let task = life.plans(Channel::Call);
        life.does(EventKind::TaskDropped { task: task.clone(), reason: DropReason::NoResult });
        let attempt = life.attempt(Some(task), Channel::Call, outcome);
        life.does(EventKind::AttemptRecorded(attempt.clone()));
        assert_eq!(life.case.status == Status::Engaged, reached);
        assert_eq!(life.case.contact.allows(Channel::Call), reached);
        assert_eq!(life.refused(EventKind::AttemptRecorded(attempt)), Refusal::Repeated);
    }
    let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1");
    let foreign = life.attempt(Some("C9#000001".into()), Channel::Call, Outcome::ReachedMember);
    assert_eq!(life.refused(EventKind::AttemptRecorded(foreign)), Refusal::Repeated);
}

#[test]
fn whether_service_begins_anew_is_asked_of_an_ended_case_once_until_the_member_is_not_identified() {
    let ask = || EventKind::ReviewRaised(ReviewReason::Reentry);
    let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1");
    assert_eq!(life.refused(ask()), Refusal::NotInThisStatus, "an open case has no end to ask about");
    life.does(EventKind::Closed(Ending::of(CloseReason::DataError)));
    assert_eq!(questions(&life.does(ask())), [ReviewReason::Reentry]);
    assert_eq!(life.refused(ask()), Refusal::Repeated);
    assert_eq!(life.refused(EventKind::ReviewRaised(ReviewReason::Stalled)), Refusal::CaseClosed);
    assert_eq!(step(&life), Some(StepKind::Review));
    let moot = EventKind::TriggerInvalidated(Invalidation::NoLongerMeetsCriteria);
    life.does(moot.clone());
    assert_eq!(step(&life), None);
    assert_eq!(life.refused(moot), Refusal::CaseClosed);
    life.does(ask());
    let done = life.does(EventKind::Reviewed(Verdict::Requeue));
    assert_eq!((done.facts.len(), step(&life)), (0, None), "nobody speaks for the member");
    assert!(life.case.closed.as_ref().unwrap().anew.is_some());
}
