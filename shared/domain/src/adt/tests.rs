use super::*;
use crate::claim::{Action, ClaimKind, ClaimVersion, Line};
use crate::code::Code;
use crate::facts::{AdtEvent, AdtKind};
use crate::ids::{ClaimId, SourceId};
use crate::moment::Moment;
use crate::tables::Tables;
use proptest::prelude::*;

fn day(count: i32) -> Day {
    Day::from_count(count)
}

/// A message sent at `hour` of day `on`.
fn event(what: AdtKind, class: &'static str, on: i32, hour: i64) -> AdtEvent {
    AdtEvent {
        received: day(on),
        facility: "HOSP".into(),
        visit: "V1".into(),
        what,
        class: Some(Code::literal(class)),
        admit_type: None,
        sent: Some(Moment::start_of(day(on)).plus_hours(hour)),
        admit: None,
        discharge: None,
        control_id: format!("{on}-{hour}").into(),
    }
}

fn one(events: &[AdtEvent]) -> Visit {
    let found = visits(events, day(1000));
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

#[test]
fn an_emergency_visit_that_leads_to_a_stay_is_one_stay() {
    let arrived = event(AdtKind::Visit, "E", 100, 1);
    let admitted = event(AdtKind::Visit, "I", 100, 5);
    let left = AdtEvent { discharge: Some(day(104)), ..event(AdtKind::Discharge, "I", 104, 9) };
    let visit = one(&[left.clone(), admitted.clone(), arrived.clone()]);
    assert_eq!((visit.setting, visit.admit, visit.discharge), (Setting::Inpatient, day(100), Some(day(104))));
    assert_eq!(visit.discharge_told, Some(day(104)));
    assert_eq!(visits(std::slice::from_ref(&arrived), day(100))[0].setting, Setting::Emergency);
    assert_eq!(visits(&[arrived, admitted, left], day(103))[0].discharge, None, "not known yet");
}

#[test]
fn a_cancelled_admission_is_none_until_it_is_one_again() {
    let admitted = event(AdtKind::Visit, "I", 100, 1);
    let cancelled = event(AdtKind::CancelAdmit, "I", 100, 2);
    let update = event(AdtKind::Update, "I", 100, 3);
    let again = event(AdtKind::Visit, "I", 100, 4);
    assert!(visits(&[update.clone(), cancelled.clone(), admitted.clone()], day(200)).is_empty());
    assert_eq!(one(&[update, cancelled, admitted, again]).admit, day(100));
}

#[test]
fn a_cancelled_discharge_leaves_the_member_in_hospital() {
    let admitted = event(AdtKind::Visit, "I", 100, 1);
    let left = event(AdtKind::Discharge, "I", 103, 1);
    let not_left = event(AdtKind::CancelDischarge, "I", 103, 2);
    let visit = one(&[admitted, left.clone(), not_left]);
    assert_eq!((visit.discharge, visit.discharge_told), (None, None));
    assert_eq!(claim_of(&visit).discharge_status, Some(Code::literal("30")));
    assert_eq!(one(&[left]).admit, day(103), "of which only the discharge is known");
}

#[test]
fn what_was_told_and_taken_back_is_known_and_what_is_told_again_is_told_anew() {
    let admitted = event(AdtKind::Visit, "I", 100, 1);
    let left = |hour| AdtEvent { discharge: Some(day(103)), ..event(AdtKind::Discharge, "I", 103, hour) };
    let not_left = event(AdtKind::CancelDischarge, "I", 103, 2);
    let moved = AdtEvent { discharge: Some(day(104)), ..event(AdtKind::Update, "I", 104, 1) };
    let back = |events: &[AdtEvent]| {
        let back = taken_back(events, day(200)).into_iter();
        back.map(|back| (back.discharge, back.on, back.retold)).collect::<Vec<_>>()
    };
    assert_eq!(back(&[admitted.clone(), left(1)]), []);
    let events = [admitted.clone(), left(1), not_left, left(3)];
    assert_eq!(back(&events), [(true, day(103), 0)]);
    assert_eq!((one(&events).discharge, one(&events).retold), (Some(day(103)), 1));
    assert_eq!(back(&[admitted.clone(), left(1), moved]), [(true, day(103), 0)], "another day");
    let cancelled = event(AdtKind::CancelAdmit, "I", 103, 5);
    let events = [admitted, left(1), cancelled.clone(), cancelled];
    assert_eq!(back(&events), [(true, day(103), 0), (false, day(100), 0)]);
}

#[test]
fn visits_without_a_number_are_told_apart_by_their_admission() {
    let blank = |what, on, admit| AdtEvent { visit: "".into(), admit, ..event(what, "I", on, 1) };
    let events = [
        blank(AdtKind::Visit, 100, Some(day(100))),
        blank(AdtKind::Discharge, 103, None),
        blank(AdtKind::Visit, 150, Some(day(150))),
    ];
    let found = visits(&events, day(200));
    assert_eq!(
        found.iter().map(|v| (v.admit, v.discharge)).collect::<Vec<_>>(),
        [(day(100), Some(day(103))), (day(150), None)]
    );
}

#[test]
fn outpatients_and_maternity_are_no_visits_here() {
    for class in ["O", "P", "R", "B", "N"] {
        assert!(visits(&[event(AdtKind::Visit, class, 100, 1)], day(200)).is_empty(), "{class}");
    }
}

fn bill(kind: ClaimKind, bill_type: Option<&'static str>, on: i32) -> ClaimVersion {
    let dates = (day(on), day(on + 3));
    let mut claim = ClaimVersion::new(SourceId::from("plan"), ClaimId::from("C"), kind, day(on + 30), dates);
    claim.bill_type = bill_type.map(Code::literal);
    claim
}

#[test]
fn a_claim_of_the_same_setting_within_a_day_confirms_also_when_it_is_void() {
    let (rules, tables) = (AdtRules::default(), Tables::default());
    let stay = one(&[event(AdtKind::Visit, "I", 100, 1)]);
    let visit = one(&[event(AdtKind::Visit, "E", 100, 1)]);
    let by = |claim: &ClaimVersion, visit: &Visit| confirms(claim, visit, &rules, &tables);
    let inpatient = bill(ClaimKind::Institutional, Some("111"), 101);
    assert!(by(&inpatient, &stay) && by(&inpatient, &visit));
    assert!(by(&ClaimVersion { action: Action::Void, ..inpatient.clone() }, &stay));
    assert!(!by(&bill(ClaimKind::Institutional, Some("111"), 102), &stay), "two days apart");
    assert!(!by(&bill(ClaimKind::Institutional, Some("131"), 100), &stay), "a laboratory is no stay");
    assert!(
        !by(&ClaimVersion { action: Action::Remit, ..inpatient }, &stay),
        "a remittance makes no utilization"
    );
    let mut doctor = bill(ClaimKind::Professional, None, 100);
    assert!(!by(&doctor, &visit));
    doctor.lines = vec![Line { pos: Some(Code::literal("23")), ..Line::default() }];
    assert!(by(&doctor, &visit) && !by(&doctor, &stay));
}

#[test]
fn facilities_are_compared_where_both_are_numbers_of_one_kind() {
    let (rules, tables) = (AdtRules::default(), Tables::default());
    let numbered = AdtEvent { facility: "1234567893".into(), ..event(AdtKind::Visit, "I", 100, 1) };
    let (named, numbered) = (one(&[event(AdtKind::Visit, "I", 100, 1)]), one(&[numbered]));
    let other = ClaimVersion {
        facility: Some("1000000001".into()),
        ..bill(ClaimKind::Institutional, Some("111"), 100)
    };
    assert!(confirms(&other, &named, &rules, &tables));
    assert!(!confirms(&other, &numbered, &rules, &tables));
}

#[test]
fn a_visit_expires_so_many_days_after_its_end() {
    let rules = AdtRules::default();
    let admitted = event(AdtKind::Visit, "I", 100, 1);
    assert_eq!(rules.expires(&one(std::slice::from_ref(&admitted))), day(190));
    assert_eq!(rules.expires(&one(&[admitted, event(AdtKind::Discharge, "I", 110, 1)])), day(200));
}

proptest! {
    #[test]
    fn order_and_repetition_of_messages_change_nothing(
        script in proptest::collection::vec((0..5_usize, 0..4_i32, 0..24_i64, 0..3_usize), 1..8),
        turns in 0..8_usize,
    ) {
        let kinds = [AdtKind::Visit, AdtKind::Discharge, AdtKind::CancelAdmit, AdtKind::CancelDischarge, AdtKind::Update];
        let classes = ["I", "E", "O"];
        let events: Vec<AdtEvent> =
            script.iter().map(|(what, on, hour, class)| event(kinds[*what], classes[*class], 100 + on, *hour)).collect();
        let mut shuffled = [events.clone(), events.clone()].concat();
        let turns = turns % shuffled.len();
        shuffled.rotate_left(turns);
        shuffled.reverse();
        prop_assert_eq!(visits(&events, day(200)), visits(&shuffled, day(200)));
    }
}
