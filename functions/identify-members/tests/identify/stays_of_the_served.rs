//! Claims alone tell of an admission or discharge of a member in service: whoever serves hears of it once, whichever way
//! it came first, and outsiders hear only what may leave the payer (FACTS §7, ruling 20; DESIGN D8).
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use crate::support::{TODAY, claim, coverage, deliver, event, function_sharing, member, stay, visit, void};
use icm_domain::adt::AdtRules;
use icm_domain::case::effect::{Due, EffectKind, TaskKind, UpdateKind};
use icm_domain::case::event::AcuteKind;
use icm_domain::case::state::{Assignment, Stage};
use icm_domain::case::status::Status;
use icm_domain::claim::ClaimVersion;
use icm_domain::code::Code;
use icm_domain::facts::{AdtEvent, AdtKind, Consent, ConsentKind, Fact};
use icm_domain::ids::{EffectId, VendorId};
use icm_domain::moment::Moment;
use icm_ports::{CaseRecord, Commit, EffectStatus, MemberCommit};
use icm_testkit::{Fault, Gate, World, run, run_until_stuck};

/// Days ago on which service began, after the two stays that identified the member.
const SERVED_SINCE: i32 = 40;

/// A member whom a vendor serves.
fn served() -> World {
    let world = World::new();
    run(deliver(world.open(), vec![coverage(), stay("c1", 90), stay("c2", 60)]));
    let held = world.state().members.get(&member()).cloned().unwrap();
    let (_, record) = held.cases.into_iter().next().unwrap();
    let since = TODAY.plus(-SERVED_SINCE);
    let mut case = record.case.clone();
    (case.status, case.start) = (Status::Active, Some(since));
    case.assignment = Some(Assignment {
        vendor: VendorId::new("V1"),
        offer: EffectId::new("offer"),
        offered: Moment::start_of(since),
        stage: Stage::Serving,
        warned: false,
        resent: false,
        escalated: false,
        inbox: icm_domain::vendor::sequence::Inbox::default(),
    });
    let mut commit = Commit::of_head(member(), &held.head, held.head.clone());
    commit.cases.push(CaseRecord { case, ..record });
    run(world.open().commit(&commit)).unwrap();
    world
}

/// What the vendor was told, and how often a person was asked to follow up within two business days.
fn told(world: &World) -> (Vec<UpdateKind>, usize) {
    let held = world.state().members.get(&member()).cloned().unwrap();
    let mut updates = Vec::new();
    let mut tasks = 0;
    for effect in held.effects.values() {
        if let EffectKind::UpdateVendor { vendor, change, taken_back: None } = &effect.effect.what {
            assert_eq!(vendor.as_str(), "V1");
            updates.push(*change);
        }
        if let EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, due, .. } = &effect.effect.what {
            assert_eq!(*due, Due::BusinessDays(2));
            tasks += 1;
        }
    }
    (updates, tasks)
}

/// A stay of three days, its claim known on the day of discharge.
fn quick(id: &str, days_ago: i32) -> ClaimVersion {
    let mut quick = claim(id, days_ago);
    quick.received = quick.thru;
    quick
}

fn of(claim: ClaimVersion) -> Fact {
    Fact::Claim(Box::new(claim))
}

fn message(what: AdtKind, days_ago: i32) -> Fact {
    let day = TODAY.plus(-days_ago);
    Fact::Adt(AdtEvent {
        admit: (what == AdtKind::Visit).then_some(day),
        control_id: days_ago.to_string().into(),
        ..visit(what, day, 10)
    })
}

#[test]
fn a_claim_of_a_fresh_discharge_is_told_once_however_often_it_comes() {
    let world = served();
    assert_eq!(told(&world), (vec![], 0), "what identified the member is no news");
    for _ in 0..2 {
        run(deliver(world.open(), vec![of(quick("c3", 6))]));
        assert_eq!(told(&world), (vec![UpdateKind::Discharged], 1));
    }
    let mut corrected = quick("c4", 6);
    corrected.replaces = Some("c3".into());
    corrected.frequency = Code::new("7");
    corrected.action = icm_domain::claim::Action::Replace;
    run(deliver(world.open(), vec![of(corrected)]));
    assert_eq!(told(&world), (vec![UpdateKind::Discharged], 1), "a correction is no new stay");
}

#[test]
fn an_interim_bill_tells_the_admission_and_the_last_bill_the_discharge() {
    let world = served();
    let mut interim = quick("c3", 5);
    interim.bill_type = Code::bill_type("112");
    interim.discharge_status = Code::two_digits("30");
    run(deliver(world.open(), vec![of(interim)]));
    assert_eq!(told(&world), (vec![UpdateKind::Admitted], 1));
    let mut last = quick("c4", 3);
    last.admit = Some(TODAY.plus(-5));
    last.bill_type = Code::bill_type("114");
    run(deliver(world.open(), vec![of(last)]));
    assert_eq!(told(&world), (vec![UpdateKind::Admitted, UpdateKind::Discharged], 2));
}

#[test]
fn an_old_discharge_is_news_only_when_nobody_knew_of_the_stay() {
    let world = served();
    run(deliver(world.open(), vec![stay("c3", 25)]));
    assert_eq!(told(&world), (vec![UpdateKind::Discharged], 1), "claims are late");
    run(deliver(world.open(), vec![stay("late", 25)]));
    assert_eq!(told(&world), (vec![UpdateKind::Discharged], 1));
    run(deliver(world.open(), vec![stay("before", 50), stay("long_ago", 390)]));
    assert_eq!(told(&world), (vec![UpdateKind::Discharged], 1), "from before the service began");
}

#[test]
fn a_stay_that_a_message_told_makes_no_second_task_and_its_claim_lets_the_vendor_know() {
    let world = served();
    run(deliver(world.open(), vec![message(AdtKind::Visit, 5)]));
    assert_eq!(told(&world), (vec![], 1), "messages stay inside");
    run(deliver(world.open(), vec![message(AdtKind::Discharge, 2)]));
    assert_eq!(told(&world), (vec![], 2));
    for _ in 0..2 {
        run(deliver(world.open(), vec![of(quick("c3", 5))]));
        assert_eq!(told(&world), (vec![UpdateKind::Discharged], 2));
    }
}

#[test]
fn a_stay_that_may_not_leave_is_followed_up_inside_until_a_consent_lets_it_out() {
    let world = served();
    let mut detox = quick("c3", 5);
    detox.part2 = Some(true);
    run(deliver(world.open(), vec![of(detox)]));
    assert_eq!(told(&world), (vec![], 1));
    let consent = Consent {
        kind: ConsentKind::Part2Tpo,
        from: TODAY.plus(-1),
        thru: None,
        received: TODAY.plus(-1),
        revoked: false,
        scope: None,
    };
    run(deliver(world.open(), vec![Fact::Consent(consent)]));
    assert_eq!(told(&world), (vec![UpdateKind::Discharged], 1));
}

#[test]
fn a_void_a_death_and_a_birth_are_no_news() {
    let world = served();
    run(deliver(world.open(), vec![stay("c3", 20), void("c3", 20)]));
    assert_eq!(told(&world), (vec![], 0));
    let mut birth = quick("c5", 6);
    birth.dx = vec![Code::new("O80").unwrap()];
    run(deliver(world.open(), vec![of(birth)]));
    let mut died = quick("c4", 14);
    died.discharge_status = Code::two_digits("20");
    run(deliver(world.open(), vec![of(died)]));
    assert_eq!(told(&world), (vec![], 0));
}

#[test]
fn a_discharge_that_is_taken_back_and_told_again_is_followed_up_again() {
    let world = served();
    run(deliver(world.open(), vec![message(AdtKind::Visit, 5), message(AdtKind::Discharge, 3)]));
    assert_eq!(told(&world), (vec![], 1));
    run(deliver(world.open(), vec![message(AdtKind::CancelDischarge, 2)]));
    run(deliver(world.open(), vec![message(AdtKind::Discharge, 1)]));
    let held = world.state().members.get(&member()).cloned().unwrap();
    let open = held.effects.values().filter(|effect| {
        let task =
            matches!(&effect.effect.what, EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, .. });
        task && effect.status != EffectStatus::Cancelled
    });
    let discharges = held.cases.values().flat_map(|record| &record.case.contact.acute);
    let latest = discharges.filter(|note| note.kind == AcuteKind::Discharged).map(|note| note.on).max();
    assert_eq!(latest, Some(TODAY.plus(-1)));
    assert!(open.count() >= 1, "the discharge that stands is followed up");
}

/// What the vendor was told to be none, and the discharge from which a first contact is due.
fn unsaid(world: &World) -> (Vec<AcuteKind>, Option<i32>) {
    let held = world.state().members.get(&member()).cloned().unwrap();
    let unsaid = held.effects.values().filter_map(|effect| {
        let EffectKind::UpdateVendor { change: UpdateKind::Contact, taken_back, .. } = effect.effect.what
        else {
            return None;
        };
        taken_back
    });
    let mut cases = held.cases.values();
    let discharged = cases.find_map(|record| record.case.contact.discharged);
    (unsaid.collect(), discharged.map(|day| TODAY.since(day)))
}

#[test]
fn a_discharge_that_is_taken_back_is_none_any_more_for_the_case() {
    let world = served();
    run(deliver(world.open(), vec![message(AdtKind::Visit, 5), message(AdtKind::Discharge, 3)]));
    assert_eq!(unsaid(&world), (vec![], Some(3)));
    for _ in 0..2 {
        run(deliver(world.open(), vec![message(AdtKind::CancelDischarge, 2)]));
        assert_eq!(unsaid(&world), (vec![], None), "what stayed inside is unsaid inside");
    }
    run(deliver(world.open(), vec![message(AdtKind::Discharge, 1)]));
    assert_eq!(unsaid(&world), (vec![], Some(1)));
}

#[test]
fn a_vendor_that_was_told_of_a_discharge_hears_once_that_it_was_none() {
    let world = served();
    let shared = AdtRules { leaves_the_payer: true, ..AdtRules::default() };
    let deliver = |told: Vec<Fact>| run(function_sharing(world.open(), shared).handle(event(&[told])));
    deliver(vec![message(AdtKind::Visit, 5), message(AdtKind::Discharge, 3)]);
    assert_eq!(told(&world), (vec![UpdateKind::Discharged], 1));
    for _ in 0..2 {
        deliver(vec![message(AdtKind::CancelDischarge, 2)]);
        assert_eq!(unsaid(&world), (vec![AcuteKind::Discharged], None));
    }
    deliver(vec![message(AdtKind::Discharge, 1)]);
    assert_eq!(unsaid(&world), (vec![AcuteKind::Discharged], Some(1)));
    // In between the member was in hospital again.
    assert_eq!(told(&world).0, [UpdateKind::Discharged, UpdateKind::Admitted, UpdateKind::Discharged]);
}

#[test]
fn a_discharge_whose_claim_is_voided_is_none_any_more_and_its_task_is_called_back() {
    let world = served();
    run(deliver(world.open(), vec![of(quick("c3", 6))]));
    assert_eq!(unsaid(&world), (vec![], Some(3)));
    for _ in 0..2 {
        run(deliver(world.open(), vec![void("c3", 6)]));
        assert_eq!(unsaid(&world), (vec![AcuteKind::Discharged], None));
    }
    let held = world.state().members.get(&member()).cloned().unwrap();
    let open = held.effects.values().filter(|effect| {
        let what = &effect.effect.what;
        let task = matches!(what, EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, .. });
        task && effect.status != EffectStatus::Cancelled
    });
    assert_eq!(open.count(), 0, "nobody calls about a stay that was none");
}

#[test]
fn a_corrected_claim_of_the_same_stay_unsays_nothing() {
    let world = served();
    run(deliver(world.open(), vec![of(quick("c3", 6))]));
    let mut corrected = quick("c4", 6);
    corrected.replaces = Some("c3".into());
    corrected.frequency = Code::new("7");
    corrected.action = icm_domain::claim::Action::Replace;
    run(deliver(world.open(), vec![of(corrected)]));
    assert_eq!(unsaid(&world), (vec![], Some(3)));
}

#[test]
fn what_a_claim_says_too_is_not_unsaid_by_a_message() {
    let world = served();
    let shared = AdtRules { leaves_the_payer: true, ..AdtRules::default() };
    let deliver = |told: Vec<Fact>| run(function_sharing(world.open(), shared).handle(event(&[told])));
    deliver(vec![message(AdtKind::Visit, 6), message(AdtKind::Discharge, 3), of(quick("c3", 6))]);
    deliver(vec![message(AdtKind::CancelDischarge, 2)]);
    assert_eq!(unsaid(&world), (vec![], Some(3)));
}

#[test]
fn a_crash_at_any_call_tells_the_vendor_once() {
    let claim = || vec![of(quick("c3", 6))];
    let calls = {
        let world = served();
        let ports = world.ports(Gate::open());
        run(deliver(ports.clone(), claim()));
        ports.gate.calls().len()
    };
    assert!(calls > 5);
    for call in 0..calls {
        for fault in [Fault::CrashBefore, Fault::CrashAfter] {
            let world = served();
            let gate = Gate::with_fault(call, fault.clone());
            assert!(run_until_stuck(deliver(world.ports(gate), claim())).is_none());
            run(deliver(world.open(), claim()));
            assert_eq!(told(&world), (vec![UpdateKind::Discharged], 1), "call {call}, {fault:?}");
        }
    }
}
