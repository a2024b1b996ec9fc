//! What HL7 v2 messages tell is acted on in the same invocation: inside the payer, once, and taken back when they are.

use crate::support::{TODAY, coverage, deliver, end_of, event, function_sharing, member, stay, visit};
use icm_domain::adt::AdtRules;
use icm_domain::case::effect::{Due, EffectKind, TaskKind};
use icm_domain::decision::DecisionKind;
use icm_domain::facts::{AdtKind, Fact};
use icm_ports::{EffectRecord, EffectStatus};
use icm_testkit::{World, run};

/// When the messages of these tests were sent: news still, and so long ago that the claim is here.
const DAYS_AGO: i32 = 6;

/// A message about the visit, sent so many hours into its day.
fn told(what: AdtKind, hour: i64) -> Fact {
    Fact::Adt(visit(what, TODAY.plus(-DAYS_AGO), hour))
}

/// The tasks of staff and what goes to vendors, among the member's effects.
fn effects(world: &World) -> (Vec<(TaskKind, Due)>, usize) {
    let held = world.state().members.get(&member()).cloned().unwrap_or_default();
    let tasks = held.effects.values().filter_map(|effect| {
        let EffectKind::InternalTask { task, due, .. } = effect.effect.what else { return None };
        Some((task, due))
    });
    let to_vendors = held.effects.values().filter(|effect| effect.effect.what.vendor().is_some()).count();
    (tasks.collect(), to_vendors)
}

#[test]
fn an_admission_told_by_a_message_identifies_inside_the_payer_until_its_claim_comes() {
    let world = World::new();
    run(deliver(world.open(), vec![coverage(), stay("c1", 60)]));
    assert_eq!(end_of(&world).decision, Some(DecisionKind::NotTriggered));
    run(deliver(world.open(), vec![told(AdtKind::Visit, 1)]));
    let end = end_of(&world);
    assert_eq!((end.decision, end.cases), (Some(DecisionKind::IdentifiedInternalOnly), 0));
    assert_eq!(effects(&world), (vec![(TaskKind::Review, Due::BusinessDays(3))], 0));
    run(deliver(world.open(), vec![stay("c2", DAYS_AGO)]));
    let end = end_of(&world);
    assert_eq!((end.decision, end.open_cases), (Some(DecisionKind::IdentifiedIcm), 1));
}

#[test]
fn a_cancelled_admission_takes_the_decision_back() {
    let world = World::new();
    run(deliver(world.open(), vec![coverage(), stay("c1", 60), told(AdtKind::Visit, 1)]));
    assert_eq!(end_of(&world).decision, Some(DecisionKind::IdentifiedInternalOnly));
    run(deliver(world.open(), vec![told(AdtKind::CancelAdmit, 2)]));
    assert_eq!(end_of(&world).decision, Some(DecisionKind::NotTriggered));
}

#[test]
fn a_discharge_opens_one_transition_task_due_in_two_business_days_however_often_it_is_told() {
    let world = World::new();
    run(deliver(world.open(), vec![coverage(), told(AdtKind::Visit, 1)]));
    assert_eq!(effects(&world).0, []);
    for _ in 0..2 {
        run(deliver(world.open(), vec![told(AdtKind::Discharge, 20)]));
        assert_eq!(effects(&world), (vec![(TaskKind::AcuteFollowUp, Due::BusinessDays(2))], 0));
    }
    assert_eq!(end_of(&world).decision, Some(DecisionKind::NotTriggered));
}

/// Tasks called back after they went out, and tasks that never went out.
fn stopped(world: &World) -> (usize, usize) {
    let held = world.state().members.get(&member()).cloned().unwrap_or_default();
    let of = |wanted: fn(&EffectRecord) -> bool| held.effects.values().filter(|held| wanted(held)).count();
    (
        of(|held| matches!(held.effect.what, EffectKind::CancelTask { .. })),
        of(|held| held.status == EffectStatus::Cancelled),
    )
}

#[test]
fn a_cancelled_discharge_takes_its_task_back_before_and_after_it_went_out() {
    for sent in [false, true] {
        let world = World::new();
        run(deliver(world.open(), vec![coverage(), told(AdtKind::Visit, 1), told(AdtKind::Discharge, 3)]));
        assert_eq!(stopped(&world), (0, 0));
        if sent {
            let mut state = world.state();
            let held = state.members.get_mut(&member()).unwrap();
            held.effects.values_mut().for_each(|effect| effect.status = EffectStatus::Sent);
        }
        for _ in 0..2 {
            run(deliver(world.open(), vec![told(AdtKind::CancelDischarge, 4)]));
            assert_eq!(stopped(&world), if sent { (1, 0) } else { (0, 1) });
        }
        run(deliver(world.open(), vec![told(AdtKind::Discharge, 9)]));
        assert_eq!(effects(&world).0.len(), 2, "a discharge after its cancellation is followed up anew");
        assert_eq!(stopped(&world), if sent { (1, 0) } else { (0, 1) });
    }
}

#[test]
fn a_discharge_of_a_member_who_is_not_covered_asks_nobody() {
    let world = World::new();
    run(deliver(world.open(), vec![told(AdtKind::Visit, 1), told(AdtKind::Discharge, 20)]));
    assert_eq!(effects(&world), (Vec::new(), 0));
}

#[test]
fn a_program_that_says_so_acts_on_messages_at_once() {
    let world = World::new();
    let shared = AdtRules { leaves_the_payer: true, ..AdtRules::default() };
    let facts = vec![coverage(), stay("c1", 60), told(AdtKind::Visit, 1), told(AdtKind::Discharge, 20)];
    run(function_sharing(world.open(), shared).handle(event(&[facts])));
    let end = end_of(&world);
    assert_eq!((end.decision, end.open_cases), (Some(DecisionKind::IdentifiedIcm), 1));
    assert_eq!(effects(&world).0, [(TaskKind::AcuteFollowUp, Due::BusinessDays(2))]);
    let held = world.state().members.get(&member()).cloned().unwrap_or_default();
    let discharged: Vec<_> = held.cases.values().map(|record| record.case.contact.discharged).collect();
    assert_eq!(discharged, [Some(TODAY.plus(-DAYS_AGO))], "outreach is planned from the discharge");
}
