//! The switches of the criteria: each changes what it names.

use crate::member::{as_of, back, emergency, facts_of, policy, stayed};
use icm_domain::criteria::{CountDenied, Criteria};
use icm_domain::decision::{Counts, Policy, Rule, Standing, decide};
use serde_json::{Value, json};

fn counts(criteria: &Criteria, claims: &[Value]) -> Counts {
    let policy = Policy { criteria, ..policy() };
    decide(&facts_of(claims, &json!([])), &Standing::default(), as_of(), policy).counts
}

fn with(mut claim: Value, key: &str, value: Value) -> Value {
    claim.as_object_mut().unwrap().insert(key.into(), value);
    claim
}

#[test]
fn urgent_care_observation_and_rehabilitation_count_where_they_are_switched_on() {
    let shipped = Criteria::default();
    let urgent = [with(emergency(9, "R079"), "rev", json!(["0456"]))];
    assert_eq!(counts(&shipped, &urgent).ed180, 0);
    assert_eq!(counts(&Criteria { count_0456_as_ed: true, ..shipped.clone() }, &urgent).ed180, 1);
    let observed = [with(emergency(9, "R079"), "rev", json!(["0450", "0762"]))];
    let told =
        |criteria: &Criteria| (counts(criteria, &observed).stays180, counts(criteria, &observed).ed180);
    assert_eq!(told(&shipped), (1, 0));
    assert_eq!(told(&Criteria { count_observation_as_stay: false, ..shipped.clone() }), (0, 1));
    let rehab = [with(stayed(40, 20, &["K859"]), "rev", json!(["0118"]))];
    assert_eq!(counts(&shipped, &rehab).stays180, 0);
    assert_eq!(counts(&Criteria { count_rehab_as_stay: true, ..shipped }, &rehab).stays180, 1);
}

#[test]
fn pended_and_denied_claims_count_as_the_criteria_say() {
    let shipped = Criteria::default();
    let pended = [with(stayed(40, 2, &["K859"]), "state", json!("pended"))];
    assert_eq!(counts(&shipped, &pended).stays180, 1);
    assert_eq!(counts(&Criteria { include_provisional: false, ..shipped.clone() }, &pended).stays180, 0);
    let denied = [with(stayed(40, 2, &["K859"]), "state", json!("denied"))];
    assert_eq!(counts(&shipped, &denied).stays180, 1);
    assert_eq!(counts(&Criteria { count_denied: CountDenied::None, ..shipped }, &denied).stays180, 0);
}

#[test]
fn gaps_and_windows_are_those_of_the_criteria() {
    let shipped = Criteria::default();
    let apart = [stayed(40, 2, &["K859"]), stayed(36, 2, &["K859"])];
    assert_eq!(counts(&shipped, &apart).stays180, 2, "two days between");
    assert_eq!(counts(&Criteria { transfer_gap_days: 2, ..shipped.clone() }, &apart).stays180, 1);
    let before = [emergency(42, "R079"), stayed(40, 2, &["K859"])];
    assert_eq!(counts(&shipped, &before).ed180, 1, "two days before");
    assert_eq!(counts(&Criteria { ed_admit_gap_days: 2, ..shipped.clone() }, &before).ed180, 0);
    let mut short = shipped;
    short.windows.mid = 36;
    assert_eq!(counts(&short, &apart).stays180, 0);
}

#[test]
fn a_rule_that_is_switched_off_is_not_met() {
    let twice = [stayed(140, 2, &["K859"]), stayed(40, 2, &["K859"])];
    let rules = |criteria: &Criteria| {
        let policy = Policy { criteria, ..policy() };
        decide(&facts_of(&twice, &json!([])), &Standing::default(), as_of(), policy).triggers
    };
    assert_eq!(rules(&Criteria::default()), [Rule::R1]);
    assert_eq!(rules(&Criteria { disabled_rules: vec![Rule::R1], ..Criteria::default() }), []);
    assert_eq!(back(0), "2026-06-30");
}
