//! The recommended model of who meets no trigger (FACTS §4), each criterion at its edges.

use crate::member::{
    as_of, decided, emergency, facts_of, person, policy, recorded, stayed, two_stays, visit,
};
use icm_domain::criteria::Criteria;
use icm_domain::decision::{DecisionKind, Policy, Standing, decide};
use icm_domain::facts::{Availability, MemberFacts, Model};
use icm_domain::management::Absence;
use serde_json::{Value, json};

fn none() -> Value {
    json!([])
}

/// The recommended model of a member with two chronic conditions and these claims.
fn recommended(claims: &[Value]) -> Model {
    of(&person(&json!({ "chronic": 2, "meds": 2, "smi": false }), claims, &none()))
}

fn of(facts: &MemberFacts) -> Model {
    let decision = decided(facts);
    assert_eq!(decision.kind, DecisionKind::NotTriggered, "{}", decision.reason);
    decision.recommended.model
}

fn office(days: i32) -> Value {
    visit(days, "11", &["Z000"])
}

#[test]
fn chronic_conditions_belong_to_the_practice_that_knows_the_member() {
    assert_eq!(recommended(&[office(364)]), Model::M1A);
    assert_eq!(recommended(&[office(365)]), Model::M4, "the last visit is over a year old");
    assert_eq!(recommended(&[visit(9, "50", &["Z000"])]), Model::M1A, "a federally qualified centre");
    assert_eq!(recommended(&[visit(9, "12", &["Z000"])]), Model::M4, "a visit at home names no practice");
    let one = person(&json!({ "chronic": 1, "meds": 2, "smi": false }), &[office(9)], &none());
    assert_eq!(of(&one), Model::M4, "one condition");
    let mut known = person(&json!({ "chronic": 2, "meds": 2, "smi": false }), &[], &none());
    known.profiles.iter_mut().for_each(|profile| profile.pcp = Some("practice".into()));
    assert_eq!(of(&known), Model::M1A, "attributed without a visit");
}

#[test]
fn who_is_no_longer_quiet_needs_more_than_the_practice() {
    let with = |extra: &[Value]| recommended(&[&[office(9)], extra].concat());
    assert_eq!(with(&[stayed(300, 2, &["K859"])]), Model::M1A, "one stay");
    assert_eq!(with(&[stayed(300, 2, &["K859"]), stayed(90, 2, &["K859"])]), Model::M4, "two stays");
    let visits = |count: i32| (0..count).map(|n| emergency(40 + 80 * n, "R079")).collect::<Vec<_>>();
    assert_eq!(with(&visits(3)), Model::M1A);
    assert_eq!(with(&visits(4)), Model::M4);
}

#[test]
fn three_days_with_a_behavioural_clinic_in_half_a_year_make_its_client() {
    let seen = |days: &[i32], dx: &[&str]| {
        let claims: Vec<Value> = days.iter().map(|day| visit(*day, "53", dx)).collect();
        recommended(&claims)
    };
    assert_eq!(seen(&[10, 60, 179], &["F603"]), Model::M1B);
    assert_eq!(seen(&[10, 60, 180], &["F603"]), Model::M4, "the third is too old");
    assert_eq!(seen(&[10, 60], &["F603"]), Model::M4);
    assert_eq!(seen(&[10, 60, 179], &["Z000", "F603"]), Model::M4, "not the principal diagnosis");
    let twice = [visit(10, "53", &["F603"]), visit(10, "53", &["F603", "Z000"]), visit(60, "53", &["F603"])];
    assert_eq!(recommended(&twice), Model::M4, "two claims of one day are one day");
}

#[test]
fn mild_behavioural_needs_belong_to_primary_care() {
    assert_eq!(recommended(&[visit(364, "11", &["Z000", "F329"]), stayed(90, 1, &["K859"])]), Model::M1A);
    let busy = [stayed(300, 2, &["K859"]), stayed(90, 2, &["K859"])];
    let with = |extra: &[Value]| recommended(&[&busy[..], extra].concat());
    assert_eq!(with(&[visit(364, "11", &["Z000", "F329"])]), Model::M2);
    assert_eq!(with(&[visit(365, "11", &["Z000", "F329"]), office(9)]), Model::M4, "over a year ago");
    assert_eq!(with(&[visit(9, "12", &["Z000", "F329"])]), Model::M4, "nobody in primary care");
    let psychiatric = [stayed(300, 2, &["K859"]), stayed(90, 2, &["F329"]), office(9)];
    assert_eq!(recommended(&psychiatric), Model::M4, "a psychiatric stay is not mild");
}

#[test]
fn serious_mental_illness_with_a_medical_need_belongs_to_the_team() {
    let ill = |chronic: u32, claims: &[Value]| {
        of(&person(&json!({ "chronic": chronic, "meds": 2, "smi": true }), claims, &none()))
    };
    assert_eq!(ill(2, &[]), Model::M3);
    assert_eq!(ill(1, &[]), Model::M4);
    assert_eq!(ill(1, &[stayed(300, 2, &["F329"])]), Model::M3, "a psychiatric stay");
    assert_eq!(ill(1, &[stayed(300, 2, &["K859"])]), Model::M4, "another stay");
    let three = [10, 60, 170].map(|day| visit(day, "53", &["F603"]));
    assert_eq!(ill(1, &three), Model::M4, "a clinic's client without serious illness only");
}

#[test]
fn many_providers_and_drugs_need_coordination() {
    let billed = |providers: &[&str], meds: u32| {
        let claims: Vec<Value> = (0..).zip(providers).map(|(n, _)| visit(10 + n, "22", &["Z000"])).collect();
        let mut facts = person(&json!({ "chronic": 1, "meds": meds, "smi": false }), &claims, &none());
        for (claim, provider) in facts.claims.iter_mut().zip(providers) {
            claim.billing_npi = Some((*provider).into());
        }
        of(&facts)
    };
    assert_eq!(billed(&["1", "2", "3"], 5), Model::M5);
    assert_eq!(billed(&["1", "2", "3"], 4), Model::M4);
    assert_eq!(billed(&["1", "2", "2"], 5), Model::M4, "two providers");
}

#[test]
fn social_needs_and_programs_that_could_not_reach_call_for_community_workers() {
    assert_eq!(recommended(&[visit(364, "12", &["Z000", "Z590"])]), Model::M6);
    assert_eq!(recommended(&[visit(365, "12", &["Z000", "Z590"])]), Model::M4);
    assert_eq!(recommended(&[visit(9, "12", &["Z000", "Z610"])]), Model::M4, "Z61 is not of the range");
    let unreached = |models: &[&str]| {
        let row = |model: &&str| json!({ "model": model, "status": "unreachable", "as_of": "2026-06-25" });
        of(&facts_of(&[], &models.iter().map(row).collect()))
    };
    assert_eq!(unreached(&["M1A", "M2"]), Model::M6);
    assert_eq!(unreached(&["M1A"]), Model::M4);
}

#[test]
fn a_recent_discharge_with_a_high_lace_score_needs_a_transition() {
    // Five days (4), acute (3), diabetes (1), so many emergency visits before.
    let after = |ended: i32, visits: i32| {
        let stay = stayed(ended + 5, 5, &["K859", "E119"]);
        let before = (0..visits).map(|n| emergency(ended + 20 + 10 * n, "R079"));
        recommended(&std::iter::once(stay).chain(before).collect::<Vec<_>>())
    };
    assert_eq!(after(29, 2), Model::M7);
    assert_eq!(after(30, 2), Model::M4, "thirty days ago");
    assert_eq!(after(29, 1), Model::M4, "nine points");
}

#[test]
fn lace_counts_days_urgency_conditions_and_visits() {
    let lace = |days: i32, visits: &[i32]| {
        let visits = visits.iter().map(|day| emergency(day + 20 + days, "R079"));
        let claims: Vec<Value> = std::iter::once(stayed(10 + days, days, &["K859"])).chain(visits).collect();
        recorded(&facts_of(&claims, &none())).lace
    };
    let by_days = [(0, 4), (1, 5), (2, 6), (3, 7), (4, 8), (6, 8), (7, 9), (13, 9), (14, 11)];
    for (days, score) in by_days {
        assert_eq!(
            lace(days, &[]),
            Some(score),
            "{days} days, three points for urgency, one for a condition"
        );
    }
    assert_eq!(lace(1, &[10, 20, 30]), Some(8));
    assert_eq!(lace(1, &[10, 20, 30, 40, 50]), Some(9), "at most four");
    assert_eq!(lace(1, &[170, 171]), Some(6), "the six months before the admission");
    let mut planned = stayed(11, 1, &["K859"]);
    planned.as_object_mut().unwrap().insert("admit_type".into(), "3".into());
    assert_eq!(recorded(&facts_of(&[planned], &none())).lace, Some(2), "not urgent");
    let ill = |chronic: u32| {
        recorded(&person(&json!({ "chronic": chronic }), &[stayed(11, 1, &["K859"])], &none())).lace
    };
    assert_eq!((ill(3), ill(4), ill(9)), (Some(7), Some(9), Some(9)));
}

#[test]
fn what_failed_was_declined_or_is_not_to_be_had_is_not_recommended() {
    let with = |rows: Value| of(&person(&json!({ "chronic": 2, "smi": false }), &[office(9)], &rows));
    let row = |status: &str| json!([{ "model": "M1A", "status": status, "as_of": "2026-06-25" }]);
    assert_eq!(with(row("declined")), Model::M4);
    assert_eq!(with(row("ended")), Model::M4);
    assert_eq!(with(row("unreachable")), Model::M1A);
    let gone = json!([{ "model": "M1A", "status": "enrolled", "as_of": "2026-06-25", "available": false }]);
    assert_eq!(with(gone), Model::M4);
    let other = json!([{ "model": "M2", "status": "declined", "as_of": "2026-06-25" }]);
    assert_eq!(with(other), Model::M1A);
}

/// A triggered member with a social need, decided where community workers have so many places.
fn in_county(places: Option<u32>, prefer_other_models: bool) -> (DecisionKind, String, Option<Absence>) {
    let mut tables = policy().tables.clone();
    let row = |places| Availability { received: None, model: Model::M6, county: None, lob: None, places };
    tables.availability = places.map(row).into_iter().collect();
    let criteria = Criteria { prefer_other_models, ..Criteria::default() };
    let claims: Vec<Value> = two_stays().into_iter().chain([visit(9, "12", &["Z000", "Z590"])]).collect();
    let policy = Policy { criteria: &criteria, tables: &tables, cutoffs: None };
    let decision = decide(&facts_of(&claims, &none()), &Standing::default(), as_of(), policy);
    (decision.kind, decision.reason, decision.full.absence.map(|absent| absent.what))
}

#[test]
fn another_model_is_preferred_only_where_the_criteria_say_so_and_it_is_to_be_had() {
    assert_eq!(in_county(None, true), (DecisionKind::ReferOther, "M6".to_owned(), Some(Absence::NoEvidence)));
    assert_eq!(in_county(Some(3), true).0, DecisionKind::ReferOther);
    assert_eq!(in_county(Some(0), true).0, DecisionKind::IdentifiedIcm);
    assert_eq!(in_county(None, false).0, DecisionKind::IdentifiedIcm);
}

#[test]
fn nobody_is_engaged_because_the_fitting_program_is_not_to_be_had() {
    assert_eq!(in_county(Some(0), false).2, Some(Absence::NotAvailable));
    assert_eq!(in_county(Some(1), false).2, Some(Absence::NoEvidence));
    assert_eq!(in_county(None, false).2, Some(Absence::NoEvidence));
}

#[test]
fn triggered_members_are_recommended_to_the_program_and_managed_ones_to_their_manager() {
    assert_eq!(decided(&facts_of(&two_stays(), &none())).recommended.model, Model::M8);
    let row = json!([{ "model": "M5", "status": "enrolled", "as_of": "2026-06-25", "start": "2026-06-01" }]);
    assert_eq!(decided(&facts_of(&two_stays(), &row)).recommended.model, Model::M5);
}
