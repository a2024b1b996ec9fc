//! The place in the queue, component by component (FACTS §2.3).

use crate::member::{as_of, decided, emergency, person, stayed, visit};
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use serde_json::{Value, json};

fn place(stated: &Value, claims: &[Value]) -> Priority {
    decided(&person(stated, claims, &json!([]))).priority.unwrap()
}

fn usual() -> Value {
    json!({ "chronic": 1, "meds": 2, "smi": false })
}

fn stays(began: &[i32]) -> Vec<Value> {
    began.iter().map(|days| stayed(*days, 1, &["K859"])).collect()
}

fn visits(days: &[i32]) -> Vec<Value> {
    days.iter().map(|days| emergency(*days, "R079")).collect()
}

#[test]
fn four_stays_or_ten_visits_are_critical() {
    let tier = |claims: &[Value]| place(&usual(), claims).tier;
    assert_eq!(tier(&stays(&[179, 140, 100, 60])), Tier::Critical);
    assert_eq!(tier(&stays(&[180, 140, 100, 60])), Tier::High, "three in 180 days");
    assert_eq!(tier(&stays(&[140, 100])), Tier::Standard);
    assert_eq!(tier(&visits(&[5, 20, 35, 50, 65, 80, 95, 110, 125, 179])), Tier::Critical);
    assert_eq!(tier(&visits(&[5, 20, 35, 50, 65, 80, 95, 110, 125, 180])), Tier::Standard);
}

#[test]
fn a_readmission_or_a_discharge_of_this_week_is_high() {
    let tier = |began: &[i32]| place(&usual(), &stays(began)).tier;
    assert_eq!(tier(&[140, 110]), Tier::High, "29 days after the discharge");
    assert_eq!(tier(&[140, 108]), Tier::Standard, "31 days after");
    assert_eq!(tier(&[140, 8]), Tier::High, "discharged seven days ago");
    assert_eq!(tier(&[140, 9]), Tier::Standard, "eight days ago");
}

#[test]
fn events_in_four_months_persist_and_those_of_one_month_may_be_one_episode() {
    let persistence = |days: &[i32]| place(&usual(), &visits(days)).persistence;
    assert_eq!(persistence(&[5, 35, 70, 100, 101]), Persistence::Persistent);
    assert_eq!(persistence(&[5, 35, 36, 70, 71]), Persistence::Usual, "three months");
    let stayed = |began: &[i32]| place(&usual(), &stays(began)).persistence;
    assert_eq!(stayed(&[90, 60]), Persistence::OneTimeSuspect, "thirty days apart");
    assert_eq!(stayed(&[91, 60]), Persistence::Usual, "thirty-one");
    let ill = json!({ "chronic": 1, "meds": 2, "smi": true });
    assert_eq!(place(&ill, &stays(&[90, 60])).persistence, Persistence::Persistent);
}

#[test]
fn avoidable_use_no_primary_care_and_many_drugs_are_signs_that_help_changes_something() {
    let missing = |stated: &Value, claims: &[Value]| place(stated, claims).not_impactable;
    let (few, many) = (usual(), json!({ "chronic": 1, "meds": 10, "smi": false }));
    let seen = |days: i32| visit(days, "11", &["Z000"]);
    let with = |extra: Value| stays(&[140, 60]).into_iter().chain([extra]).collect::<Vec<_>>();
    assert_eq!(missing(&few, &with(seen(179))), 3, "none of the three");
    assert_eq!(missing(&few, &with(seen(180))), 2, "the last visit is over half a year old");
    assert_eq!(missing(&few, &with(visit(9, "22", &["Z000"]))), 2, "a hospital's clinic is no primary care");
    assert_eq!(missing(&many, &with(seen(9))), 2);
    let nine = json!({ "chronic": 1, "meds": 9, "smi": false });
    assert_eq!(missing(&nine, &with(seen(9))), 3);
    let heart = [stayed(140, 1, &["I5023"]), stayed(60, 1, &["K859"]), seen(9)];
    assert_eq!(missing(&few, &heart), 2, "an avoidable stay");
    let tooth = [stays(&[140, 60]), vec![emergency(20, "K047"), seen(9)]].concat();
    assert_eq!(missing(&few, &tooth), 2, "an avoidable visit");
    let all = [stayed(140, 1, &["I5023"]), stayed(60, 1, &["K859"])];
    assert_eq!(missing(&many, &all), 0);
}

#[test]
fn who_waits_longest_is_told_by_the_oldest_event_of_the_year() {
    let since = |began: &[i32]| place(&usual(), &stays(began)).waiting_since;
    assert_eq!(since(&[364, 140, 60]), as_of().plus(-364));
    assert_eq!(since(&[365, 140, 60]), as_of().plus(-140));
}

#[test]
fn members_without_a_trigger_have_no_place() {
    assert_eq!(decided(&person(&usual(), &stays(&[60]), &json!([]))).priority, None);
}
