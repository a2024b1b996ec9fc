//! What a program does about its own service when it does not work (FACTS §3.3).

use super::life::{Life, names, opening, start, terms};
use crate::case::event::{EventKind, Verdict};
use crate::case::hear::{Known, unheard};
use crate::case::reason::{CloseReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::remedy::{Remedies, Remedy, RemedyRule};
use crate::case::required::Participation;
use crate::case::state::{Delivery, HandOver};
use crate::case::status::Status;
use crate::facts::{MemberFacts, Model};
use crate::vendor::reply::{ContactMode, Report};

fn rule(remedy: Remedy, confirm: bool) -> RemedyRule {
    RemedyRule { remedy, confirm, model: (remedy == Remedy::HandUp).then_some(Model::M6) }
}

/// Served by a vendor under a program with one rule for both.
fn served(rule: RemedyRule) -> Life {
    let mut terms = terms(Delivery::External, HandOver::Enrolment);
    terms.remedies = Remedies { dose_lapsed: rule, not_working: rule };
    Life::of(opening(terms, Participation::Voluntary, start())).active("V1")
}

/// The same, silent for longer than the terms allow.
fn silent(rule: RemedyRule) -> Life {
    let mut life = served(rule);
    life.later(31).does(EventKind::DoseLapsed);
    life
}

fn decides(life: &mut Life, verdict: Verdict) -> Vec<&'static str> {
    names(&life.does(EventKind::Reviewed(verdict)).effects)
}

#[test]
fn a_remedy_is_proposed_and_a_person_confirms_it() {
    let mut life = silent(rule(Remedy::Reoffer, true));
    assert_eq!(
        (life.case.status, life.case.reviews.as_slice()),
        (Status::Active, &[ReviewReason::DoseLapsed][..])
    );
    assert_eq!(life.refused(EventKind::RemedyDue { next: Some("V2".into()) }), Refusal::NeedsPerson);
    assert_eq!(decides(&mut life, Verdict::AsProposed), ["RECALL_VENDOR"]);
    assert_eq!((life.case.status, life.case.proposal), (Status::Queued, None));
    assert_eq!(life.case.vendors_tried, ["V1".into()]);
    assert!(life.case.consent.is_some(), "the consent to the program stands");
}

#[test]
fn a_rule_without_confirmation_offers_on_only_while_somebody_else_has_a_place() {
    let mut life = silent(rule(Remedy::Reoffer, false));
    assert_eq!(life.refused(EventKind::RemedyDue { next: None }), Refusal::NoPlace);
    life.does(EventKind::RemedyDue { next: Some("V2".into()) });
    assert_eq!((life.case.status, life.case.reviews.as_slice()), (Status::Queued, &[][..]));
}

#[test]
fn what_is_taken_back_waits_for_the_payers_own_people() {
    let mut life = silent(rule(Remedy::Recall, false));
    let done = life.does(EventKind::RemedyDue { next: None });
    assert_eq!(names(&done.effects), ["RECALL_VENDOR", "INTERNAL_TASK"]);
    assert_eq!(
        (life.case.status, life.case.reviews.as_slice()),
        (Status::Review, &[ReviewReason::TakenBack][..])
    );
    decides(&mut life, Verdict::Requeue);
    assert_eq!(life.case.status, Status::Queued);
}

#[test]
fn a_hand_up_is_a_persons_and_names_the_heavier_model() {
    let mut life = served(rule(Remedy::HandUp, false));
    life.later(100).does(EventKind::TriggeredAfterRamp);
    assert_eq!(life.refused(EventKind::RemedyDue { next: None }), Refusal::NeedsPerson);
    let told = decides(&mut life, Verdict::AsProposed);
    assert_eq!(told[..2], ["INTERNAL_TASK", "RECALL_VENDOR"]);
    let ending = life.case.closed.as_ref().unwrap().ending;
    assert_eq!((ending.reason, ending.next_model), (CloseReason::TransferOtherProgram, Some(Model::M6)));
}

#[test]
fn the_heavier_of_two_proposals_stands() {
    let mut life = silent(rule(Remedy::Recall, true));
    life.case.terms.remedies.not_working = rule(Remedy::HandUp, true);
    life.does(EventKind::TriggeredAfterRamp);
    assert_eq!(life.case.proposal.map(|held| held.rule.remedy), Some(Remedy::HandUp));
}

#[test]
fn a_conversation_settles_what_silence_proposed() {
    let mut life = silent(rule(Remedy::Reoffer, true));
    life.hears("V1", Report::ContactCompleted { minutes: 20, mode: ContactMode::Phone, two_way: true });
    assert_eq!((life.case.reviews.as_slice(), life.case.proposal), (&[][..], None));
    assert_eq!(life.refused(EventKind::Reviewed(Verdict::AsProposed)), Refusal::NotInThisStatus);
}

#[test]
fn a_person_who_lets_the_service_go_on_is_not_asked_again_at_once() {
    let mut life = silent(rule(Remedy::Reoffer, true));
    decides(&mut life, Verdict::Continue);
    assert_eq!((life.case.status, life.case.proposal), (Status::Active, None));
    assert_eq!(life.refused(EventKind::DoseLapsed), Refusal::TooEarly);
    life.later(31).does(EventKind::DoseLapsed);
    decides(&mut life, Verdict::Continue);
    let facts = MemberFacts::default();
    let fails = |life: &Life| {
        let known = Known { facts: &facts, today: life.now.day(), present: None, fails: true };
        unheard(&life.case, known).contains(&EventKind::TriggeredAfterRamp)
    };
    life.later(89);
    assert!(!fails(&life));
    assert_eq!(life.refused(EventKind::TriggeredAfterRamp), Refusal::TooEarly);
    life.later(1);
    assert!(fails(&life));
    life.does(EventKind::TriggeredAfterRamp);
}

#[test]
fn a_person_may_recall_an_active_member_and_not_drop_one_of_our_own() {
    let mut life = silent(RemedyRule::default());
    assert_eq!(decides(&mut life, Verdict::RecallAndRequeue), ["RECALL_VENDOR"]);
    assert_eq!(life.case.status, Status::Queued);
    let mut own = Life::new(Delivery::PayerTeam, HandOver::Enrolment).enrolled("T1");
    own.does(EventKind::TeamAccepted { by: "ops:bob".into() });
    own.does(EventKind::ServiceStarted { on: own.now.day() });
    own.later(31).does(EventKind::DoseLapsed);
    assert_eq!(own.refused(EventKind::Reviewed(Verdict::Requeue)), Refusal::NotInThisStatus);
}
