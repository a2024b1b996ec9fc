//! The decision record: everything that the issue asks of it is there, and what is cited cannot go.

use crate::member::{as_of, back, decided, emergency, facts_of, recorded, stay, stayed, two_stays};
use icm_domain::day::Day;
use icm_domain::decision::priority::{Persistence, Tier};
use icm_domain::decision::{DecisionKind, Rule};
use icm_domain::facts::{Closure, ClosureKind, Model, Override, OverrideKind, Referral, ReferralSource};
use icm_domain::ids::ActorId;
use icm_domain::management::Absence;
use serde_json::{Value, json};

fn change(what: OverrideKind) -> Override {
    Override {
        received: as_of().plus(-5),
        what,
        reason: "CLINICAL".into(),
        until: as_of().plus(20),
        by: ActorId::from("ops:rn"),
    }
}

fn referral() -> Referral {
    Referral { received: as_of().plus(-9), by: ReferralSource::Provider, reason: "NEED".into() }
}

#[test]
fn the_record_names_its_versions_its_clauses_and_its_facts() {
    let record = recorded(&facts_of(&two_stays(), &json!([])));
    assert_eq!((record.decision, record.as_of), (DecisionKind::IdentifiedIcm, as_of()));
    assert_eq!((&*record.versions.criteria, &*record.versions.criteria_version), ("icm-core", "2026.1"));
    assert_eq!(record.versions.tables, "shipped-2026.1");
    assert!(!record.fact_set.is_empty());
    let rules: Vec<Rule> = record.clauses.iter().map(|clause| clause.rule).collect();
    assert!(Rule::ALL.iter().all(|rule| rules.contains(rule)), "{rules:?}");
    let first = record.clauses.first().unwrap();
    assert_eq!((first.what, first.value, first.threshold, first.met), ("stays180", Some(2), 2, true));
    let cited: Vec<&str> = record.cited.claims.iter().map(|claim| claim.claim_id.as_str()).collect();
    assert_eq!(cited, ["s1", "s2"]);
    assert!(record.near_misses.iter().any(|miss| miss.starts_with("one short of R2")), "{record:?}");
    assert_eq!(record.flip.as_deref(), Some("without the claim of 2026-02-10: NOT_TRIGGERED"));
    assert_eq!(record.priority.map(|place| place.tier), Some(Tier::Standard));
}

#[test]
fn near_misses_name_what_is_one_short_and_what_holds_the_member() {
    let misses = |facts: &_| recorded(facts).near_misses;
    let one = misses(&facts_of(&[stay("s1", "2026-05-20", false)], &json!([])));
    assert_eq!(one, ["one short of R1_IP2_180 (stays180 1 of 2)"]);
    assert_eq!(misses(&facts_of(&[], &json!([]))), [""; 0]);
    let mut held = facts_of(&two_stays(), &json!([]));
    let (date, received) = (as_of().plus(-9), as_of().plus(-9));
    held.closures.push(Closure { kind: ClosureKind::OptOutPermanent, date, received });
    assert!(misses(&held).contains(&"meets 1 rules, held by COOLDOWN_OPT_OUT_PERMANENT".to_owned()));
    let row = |contacts: Value| {
        json!([{
            "model": "M5", "status": "enrolled", "as_of": "2026-06-25", "start": "2026-01-01",
            "contacts": contacts,
        }])
    };
    let failing = misses(&facts_of(&two_stays(), &row(json!(["2026-05-20", "2026-06-20"]))));
    assert!(failing.contains(&"in M5 since 2026-01-01, fails on R1_IP2_180".to_owned()), "{failing:?}");
    let quiet = facts_of(&[stayed(170, 1, &["K859"]), stayed(160, 1, &["K859"])], &row(json!([])));
    let quiet = misses(&quiet);
    assert!(quiet.contains(&"in M5 since 2026-01-01, without the dose".to_owned()), "{quiet:?}");
}

#[test]
fn the_smallest_change_is_found_in_either_direction() {
    let flip = |facts: &_| recorded(facts).flip;
    let one = facts_of(&[stay("s1", "2026-05-20", false)], &json!([]));
    assert_eq!(flip(&one).as_deref(), Some("one more unplanned stay: IDENTIFIED_ICM"));
    let two = facts_of(&[emergency(20, "R079"), emergency(40, "R079")], &json!([]));
    assert_eq!(flip(&two).as_deref(), Some("two more unplanned stays: IDENTIFIED_ICM"));
    let mut ended = facts_of(&two_stays(), &json!([]));
    ended.coverage.iter_mut().for_each(|span| span.thru = Some(as_of().plus(-1)));
    assert_eq!(flip(&ended).as_deref(), Some("coverage on this day: IDENTIFIED_ICM"));
    let withheld: Vec<Value> = vec![stay("p1", "2026-02-10", true), stay("p2", "2026-05-20", true)];
    let wanted = "consent to share substance-use treatment records: IDENTIFIED_ICM";
    let found = flip(&facts_of(&withheld, &json!([]))).unwrap();
    assert!(found == wanted || found.starts_with("without the claim"), "{found}");
}

#[test]
fn the_finding_names_the_program_and_its_last_day() {
    let row = json!([{
        "model": "M1A", "status": "ended", "as_of": "2026-06-25", "start": "2026-01-01", "end": "2026-06-15",
    }]);
    let record = recorded(&facts_of(&two_stays(), &row));
    assert_eq!((record.finding, record.finding_model), (Some(Absence::Lapsed), Some(Model::M1A)));
    assert!(record.finding_last.is_some());
    let considered = record.alternatives.iter().find(|other| other.model == Model::M1A).unwrap();
    assert_eq!(considered.hindrance, Some(Absence::Lapsed));
    assert!(record.cited.rosters.iter().any(|row| row.model == Model::M1A), "its row is cited");
}

#[test]
fn a_program_that_is_not_active_engages_nobody_whatever_it_billed_before() {
    let contact = |days: i32| {
        json!({
            "id": format!("t{days}"), "received": back(days), "from": back(days), "thru": back(days),
            "cpt": ["T1016"], "pos": "12", "dx": ["F603"],
        })
    };
    let managed = |days: &[i32]| {
        let claims: Vec<Value> =
            two_stays().into_iter().chain(days.iter().map(|day| contact(*day))).collect();
        let record = recorded(&facts_of(&claims, &json!([])));
        record.managed.iter().map(|m| (m.finding.active, m.finding.dosed)).collect::<Vec<_>>()
    };
    assert_eq!(managed(&[60, 70, 80]), [(false, false)]);
    assert_eq!(managed(&[59, 70, 80]), [(true, true)]);
    assert_eq!(managed(&[59, 70]), [(true, false)]);
}

#[test]
fn a_declined_or_missing_program_speaks_against_itself() {
    let row = |status: &str, available: bool| json!([{ "model": "M2", "status": status, "as_of": "2026-06-25", "available": available }]);
    let hindrance = |rows: Value| {
        let record = recorded(&facts_of(&two_stays(), &rows));
        record.alternatives.iter().find(|other| other.model == Model::M2).and_then(|other| other.hindrance)
    };
    assert_eq!(hindrance(row("declined", true)), Some(Absence::OfferedDeclined));
    assert_eq!(hindrance(row("enrolled", false)), Some(Absence::NotAvailable));
    assert_eq!(hindrance(json!([])), None);
}

#[test]
fn a_referral_that_opened_the_checks_is_cited_and_one_beside_a_trigger_is_not() {
    let mut facts = facts_of(&[], &json!([]));
    facts.referrals.push(referral());
    let record = recorded(&facts);
    assert_eq!(record.reason, "REFERRAL");
    let by: Vec<ReferralSource> = record.cited.referrals.iter().map(|row| row.by).collect();
    assert_eq!(by, [ReferralSource::Provider]);
    let mut triggered = facts_of(&two_stays(), &json!([]));
    triggered.referrals.push(referral());
    assert!(recorded(&triggered).cited.referrals.is_empty());
}

#[test]
fn an_override_is_cited_where_it_decides() {
    let with = |claims: &[Value], what| {
        let mut facts = facts_of(claims, &json!([]));
        facts.overrides.push(change(what));
        let record = recorded(&facts);
        (record.reason, record.cited.overrides.iter().map(|row| row.what).collect::<Vec<_>>())
    };
    let excluded = with(&two_stays(), OverrideKind::Exclude);
    assert_eq!(excluded, ("CLINICIAN_EXCLUDED".to_owned(), vec![OverrideKind::Exclude]));
    let included = with(&[], OverrideKind::Include);
    assert_eq!(included, ("CLINICIAN_INCLUDED".to_owned(), vec![OverrideKind::Include]));
    assert_eq!(with(&two_stays(), OverrideKind::Include).1, []);
}

#[test]
fn the_earlier_closure_that_holds_is_cited() {
    let mut facts = facts_of(&two_stays(), &json!([]));
    let closed = |days: i32| Closure {
        kind: ClosureKind::Declined,
        date: as_of().plus(-days),
        received: as_of().plus(-days),
    };
    facts.closures = vec![closed(400), closed(100)];
    let dates: Vec<Day> = recorded(&facts).cited.closures.iter().map(|row| row.date).collect();
    assert_eq!(dates, [as_of().plus(-100)]);
}

/// Ruling 20: the tier is told to vendors, so it may not show what may not be shared.
#[test]
fn the_place_of_an_outcome_that_leaves_is_that_of_the_shareable_view() {
    let mut claims = two_stays();
    claims.extend([stay("p1", "2026-04-01", true), stay("p2", "2026-06-29", true)]);
    let withheld = decided(&facts_of(&claims, &json!([])));
    assert_eq!(withheld.kind, DecisionKind::IdentifiedIcm);
    assert_eq!(withheld.priority.map(|place| place.tier), Some(Tier::Standard));
    let open: Vec<Value> = two_stays()
        .into_iter()
        .chain([stay("p1", "2026-04-01", false), stay("p2", "2026-06-29", false)])
        .collect();
    assert_eq!(decided(&facts_of(&open, &json!([]))).priority.map(|place| place.tier), Some(Tier::Critical));
}

#[test]
fn substance_use_that_may_be_shared_makes_it_persistent() {
    let persistence = |dx: &str, days: &[&str]| {
        let visit = |day: &&str| json!({ "id": day, "received": day, "from": day, "thru": day, "cpt": ["99213"], "pos": "11", "dx": [dx] });
        let claims: Vec<Value> = two_stays().into_iter().chain(days.iter().map(visit)).collect();
        decided(&facts_of(&claims, &json!([]))).priority.map(|place| place.persistence)
    };
    let (one, two) = (["2026-03-01"], ["2026-03-01", "2026-04-01"]);
    assert_eq!(persistence("F1120", &two), Some(Persistence::Persistent));
    assert_eq!(persistence("F1120", &one), Some(Persistence::Usual));
    assert_eq!(persistence("F17210", &two), Some(Persistence::Usual), "nicotine is none");
}
