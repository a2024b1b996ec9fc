//! Coverage, holds, consent, enrolment by the four placements, dose, reviews, leads.

use super::life::{Life, consent, names, place};
use crate::case::effect::{EffectKind, NoticeTo, TaskKind, UpdateKind};
use crate::case::event::{AcuteKind, EventKind, Exclusion, OptOutScope, Verdict};
use crate::case::reason::{CloseReason, Ending, HoldReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::state::{CoManager, Delivery, HandOver, Lead};
use crate::case::status::Status;
use crate::facts::{ClosureKind, Fact, Model};
use crate::vendor::reply::{ContactMode, Report};

fn team() -> Life {
    Life::new(Delivery::PayerTeam, HandOver::Enrolment)
}

fn lost(life: &Life) -> EventKind {
    EventKind::CoverageLost { last_day: life.now.day().plus(-1), facts_version: 8 }
}

#[test]
fn v09_lost_coverage_holds_sixty_days_and_then_ends_the_enrolment() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    let done = life.does(lost(&life));
    assert_eq!(life.case.status, Status::OnHold);
    assert!(matches!(
        &done.effects[0].what,
        EffectKind::UpdateVendor { change: UpdateKind::CoverageEnded, .. }
    ));
    assert_eq!(life.later(60).refused(EventKind::HoldExpired), Refusal::TooEarly);
    let done = life.later(1).does(EventKind::HoldExpired);
    assert_eq!(life.case.status, Status::Disenrolled);
    assert_eq!(life.case.closed.as_ref().unwrap().ending.reason, CloseReason::EligLost);
    assert!(names(&done.effects).contains(&"RECALL_VENDOR"));
}

#[test]
fn coverage_that_comes_back_returns_the_case_to_where_it_was() {
    let mut life = team().enrolled("T1");
    life.does(lost(&life));
    assert_eq!(life.refused(EventKind::Resumed), Refusal::NoCoverage);
    life.later(30).does(EventKind::CoverageConfirmed { facts_version: 9 });
    assert_eq!((life.case.status, life.case.hold.is_none()), (Status::Enrolled, true));
    let stale = EventKind::CoverageConfirmed { facts_version: 8 };
    assert_eq!(life.refused(stale), Refusal::Repeated);
}

#[test]
fn nobody_is_enrolled_without_consent_coverage_and_a_place() {
    let enrol = |version| EventKind::Enrolled {
        to: "T1".into(),
        start: super::life::day("2026-06-02"),
        facts_version: version,
    };
    let mut life = team().admitted("T1");
    assert_eq!(life.refused(enrol(7)), Refusal::NotInThisStatus);
    life.does(EventKind::ConsentRecorded(consent(life.now)));
    assert_eq!(life.refused(enrol(6)), Refusal::NoCoverage, "seen on older facts");
    let other =
        EventKind::Enrolled { to: "T2".into(), start: super::life::day("2026-06-02"), facts_version: 7 };
    assert_eq!(life.refused(other), Refusal::NoPlace);
    life.does(enrol(7));
    assert_eq!(life.case.status, Status::Enrolled);
}

/// The route of one case: its effects at enrolment, without notices.
fn route(delivery: Delivery) -> (Vec<&'static str>, Vec<TaskKind>) {
    let mut life = Life::new(delivery, HandOver::Enrolment).consented("X");
    let enrolled = EventKind::Enrolled { to: "X".into(), start: life.now.day(), facts_version: 7 };
    let done = life.does(enrolled);
    let to_pcp = |what: &EffectKind| matches!(what, EffectKind::Notice { to: NoticeTo::Pcp, .. });
    assert!(done.effects.iter().any(|effect| to_pcp(&effect.what)), "providers are told");
    let tasks = done.effects.iter().filter_map(|effect| {
        if let EffectKind::InternalTask { task, .. } = effect.what { Some(task) } else { None }
    });
    (names(done.effects.iter().filter(|effect| !to_pcp(&effect.what))), tasks.collect())
}

#[test]
fn one_case_under_the_four_placements_takes_four_routes() {
    assert_eq!(route(Delivery::PayerTeam).1, [TaskKind::TakeMember, TaskKind::CarePlan]);
    assert_eq!(route(Delivery::Embedded).1, [TaskKind::EmbeddedTakeMember, TaskKind::CarePlan]);
    assert_eq!(route(Delivery::Practice), (vec!["OFFER_VENDOR"], vec![]));
    assert_eq!(route(Delivery::External), (vec!["OFFER_VENDOR"], vec![]));
}

#[test]
fn a_practice_may_answer_by_a_person_only_when_it_was_not_offered_on_a_queue() {
    let mut life = Life::new(Delivery::Practice, HandOver::Enrolment).enrolled("P1");
    assert_eq!(life.refused(EventKind::TeamAccepted { by: "ops:bob".into() }), Refusal::WrongDelivery);
}

#[test]
fn a_team_of_the_payer_takes_serves_and_graduates_a_member() {
    let mut life = team().enrolled("T1");
    life.does(EventKind::TeamAccepted { by: "ops:bob".into() });
    life.does(EventKind::ServiceStarted { on: life.now.day() });
    life.later(90).does(EventKind::Closed(Ending::of(CloseReason::GoalsMet)));
    assert_eq!(life.case.status, Status::Graduated);
    let done = life.case.closure_fact().unwrap();
    assert_eq!((done.kind, done.date), (ClosureKind::Graduated, life.now.day()));
}

#[test]
fn thirty_days_without_two_way_contact_raise_a_review_and_a_contact_settles_it() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    assert_eq!(life.later(30).refused(EventKind::DoseLapsed), Refusal::TooEarly);
    life.later(1).does(EventKind::DoseLapsed);
    assert_eq!(life.case.reviews, [ReviewReason::DoseLapsed]);
    let contact = |two_way| Report::ContactCompleted { minutes: 20, mode: ContactMode::Phone, two_way };
    life.hears("V1", contact(false));
    assert_eq!(life.case.reviews, [ReviewReason::DoseLapsed]);
    life.hears("V1", contact(true));
    assert_eq!(life.case.reviews, []);
}

#[test]
fn a_discharge_of_an_active_member_reaches_the_vendor_and_a_person_within_two_business_days() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    let on = life.now.day();
    let done = life.does(EventKind::AcuteEvent {
        kind: AcuteKind::Discharged,
        on,
        admitted: None,
        inside: false,
        afresh: false,
    });
    assert_eq!(names(&done.effects), ["UPDATE_VENDOR", "INTERNAL_TASK"]);
}

#[test]
fn a_discharge_that_only_messages_tell_reaches_a_person_and_no_vendor() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    let on = life.now.day();
    let done = life.does(EventKind::AcuteEvent {
        kind: AcuteKind::Discharged,
        on,
        admitted: None,
        inside: true,
        afresh: false,
    });
    assert_eq!(names(&done.effects), ["INTERNAL_TASK"]);
    assert_eq!(life.case.contact.discharged, Some(on));
}

#[test]
fn an_exclusion_ends_outreach_but_never_an_enrolment() {
    let mut life = team().admitted("T1");
    life.does(EventKind::ExclusionFound(Exclusion::Hospice));
    assert_eq!(life.case.status, Status::Withdrawn);
    let mut life = team().enrolled("T1");
    life.does(EventKind::ExclusionFound(Exclusion::Hospice));
    assert_eq!((life.case.status, &life.case.reviews[..]), (Status::Enrolled, &[ReviewReason::Excluded][..]));
}

#[test]
fn a_reason_code_is_refused_where_it_does_not_apply() {
    let mut life = team().admitted("T1");
    let close = |reason| EventKind::Closed(Ending::of(reason));
    assert_eq!(life.refused(close(CloseReason::GoalsMet)), Refusal::ReasonNotApplicable);
    let mut machine = super::life::event("m1", life.now, close(CloseReason::SafetyConcern));
    machine.actor = "system:sweep".into();
    assert_eq!(crate::case::apply(&life.case, &machine).unwrap_err(), Refusal::NeedsPerson);
    life.does(close(CloseReason::MovedOutOfArea));
    assert_eq!(life.case.status, Status::Withdrawn);
}

#[test]
fn a_hold_that_is_too_long_goes_to_a_person_who_may_let_it_go_on() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    life.does(EventKind::Held(HoldReason::InFacility));
    assert_eq!(life.refused(EventKind::Held(HoldReason::MemberRequest)), Refusal::OnHold);
    life.later(61).does(EventKind::HoldExpired);
    assert_eq!(life.case.status, Status::Review);
    life.does(EventKind::Reviewed(Verdict::Continue));
    assert_eq!(life.case.status, Status::Active);
}

#[test]
fn a_death_seen_on_a_claim_holds_the_calls_until_a_person_has_checked() {
    let mut life = team().admitted("T1");
    life.plans(crate::facts::Channel::Call);
    let done = life.does(EventKind::Held(HoldReason::DeathReported));
    assert_eq!((life.case.status, done.cancellations.len()), (Status::OnHold, 1));
    assert_eq!(life.case.reviews, [ReviewReason::DeathReported]);
    assert_eq!(life.refused(EventKind::Held(HoldReason::Appeal)), Refusal::Inconsistent);
}

#[test]
fn there_is_never_a_second_lead() {
    let mut life = team().enrolled("T1");
    life.does(EventKind::TeamAccepted { by: "ops:bob".into() });
    let second = EventKind::LeadAssigned(Lead::Person("ops:eve".into()));
    assert_eq!(life.refused(second.clone()), Refusal::LeadExists);
    let vendor = EventKind::LeadAssigned(Lead::Vendor("V1".into()));
    assert_eq!(life.refused(vendor.clone()), Refusal::LeadExists);
    life.does(EventKind::LeadReleased);
    assert_eq!(life.refused(vendor), Refusal::NotYourCase);
    life.does(second);
}

#[test]
fn a_co_manager_is_told_and_never_leads() {
    let mut life = team().admitted("T1");
    let manager = CoManager { model: Model::M1A, program: "PRACTICE-9".into() };
    let done = life.does(EventKind::CoManagerAdded(manager.clone()));
    assert!(matches!(&done.effects[0].what, EffectKind::Notice { to: NoticeTo::CurrentManager, .. }));
    assert_eq!(life.case.lead, None);
    assert_eq!(life.refused(EventKind::CoManagerAdded(manager)), Refusal::Repeated);
}

#[test]
fn an_enrolled_member_who_opts_out_is_recalled_and_never_approached_again() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    let done = life.does(EventKind::OptedOut(OptOutScope::Program));
    assert_eq!(life.case.status, Status::Disenrolled);
    assert!(names(&done.effects).contains(&"RECALL_VENDOR"));
    let permanent =
        |fact: &Fact| matches!(fact, Fact::Closure(it) if it.kind == ClosureKind::OptOutPermanent);
    assert!(done.facts.iter().any(permanent));
}

#[test]
fn a_member_who_comes_back_lifts_the_own_opt_out() {
    let mut life = team().admitted("T1");
    life.does(EventKind::OptedOut(OptOutScope::Program));
    let again = || {
        super::life::opening(
            life.case.terms.clone(),
            crate::case::required::Participation::Voluntary,
            life.now,
        )
    };
    assert_eq!(crate::case::open::open(again(), Some(&life.case), None).unwrap_err(), Refusal::OptedOut);
    let case = crate::case::open::open_at_members_request(again(), Some(&life.case)).unwrap();
    assert_eq!((case.status, case.contact.opted_out), (Status::Identified, false));
}

#[test]
fn sixty_days_of_waiting_go_to_a_person_with_reason_capacity() {
    let mut life = team().queued();
    assert_eq!(life.later(59).refused(EventKind::WaitedTooLong), Refusal::TooEarly);
    let done = life.later(1).does(EventKind::WaitedTooLong);
    assert_eq!(done.entry.reason.as_deref(), Some("CAPACITY"));
    let ending = Ending { reason: CloseReason::Capacity, next_model: Some(Model::M6) };
    life.does(EventKind::Reviewed(Verdict::Close(ending)));
    assert_eq!(life.case.status, Status::ReferredOther);
}

#[test]
fn revoked_consent_ends_the_enrolment() {
    let mut life = team().enrolled("T1");
    life.does(EventKind::ConsentRevoked);
    assert_eq!(life.case.status, Status::Disenrolled);
    assert_eq!(life.case.closed.unwrap().ending.reason, CloseReason::DeclinedAfterEnroll);
}

#[test]
fn nobody_without_coverage_is_admitted() {
    let mut life = team().queued();
    life.does(lost(&life));
    let admit = EventKind::Admitted { place: place("T1"), wave: "W1".into() };
    assert_eq!(life.refused(admit), Refusal::NotInThisStatus);
}

#[test]
fn replaying_the_events_rebuilds_the_state() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    life.does(lost(&life));
    let first = Life::new(Delivery::External, HandOver::Enrolment).case;
    assert_eq!(crate::case::replay(first, &life.events), Ok(life.case));
}

#[test]
fn a_case_survives_its_stored_form() {
    let life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    let text = serde_json::to_string(&life.case).unwrap();
    assert_eq!(serde_json::from_str::<crate::case::state::Case>(&text).unwrap(), life.case);
    let event = serde_json::to_string(life.events.last().unwrap()).unwrap();
    assert_eq!(
        &serde_json::from_str::<crate::case::event::CaseEvent>(&event).unwrap(),
        life.events.last().unwrap()
    );
}
