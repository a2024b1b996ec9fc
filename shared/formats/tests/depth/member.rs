//! Members made for these tests, in the case format.

use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::record::{Record, record};
use icm_domain::decision::{Decision, Policy, Standing, decide};
use icm_domain::facts::MemberFacts;
use icm_domain::tables::Tables;
use icm_formats::{tables, vignettes};
use serde_json::{Value, json};
use std::sync::LazyLock;

static TABLES: LazyLock<Tables> = LazyLock::new(|| tables::shipped().unwrap());
static CRITERIA: LazyLock<Criteria> = LazyLock::new(Criteria::default);

pub(crate) fn policy() -> Policy<'static> {
    Policy { criteria: &CRITERIA, tables: &TABLES, cutoffs: None }
}

pub(crate) fn as_of() -> Day {
    Day::parse("2026-06-30").unwrap()
}

/// The day so many days before the decision, as the case format writes it.
pub(crate) fn back(days: i32) -> String {
    as_of().plus(-days).to_string()
}

/// A covered adult of 58 with one chronic condition and two drugs, these claims and these roster rows.
pub(crate) fn facts_of(claims: &[Value], rosters: &Value) -> MemberFacts {
    person(&json!({ "chronic": 1, "meds": 2 }), claims, rosters)
}

/// The same with these statements about the person.
pub(crate) fn person(stated: &Value, claims: &[Value], rosters: &Value) -> MemberFacts {
    let mut member = json!({
        "dob": "1968-04-01", "lob": "COMMERCIAL", "eligibility": [["2020-01-01", "2026-12-31"]],
    });
    for (key, value) in stated.as_object().unwrap() {
        member.as_object_mut().unwrap().insert(key.clone(), value.clone());
    }
    let case = json!([{
        "id": "R", "as_of": "2026-06-30", "member": member, "claims": claims, "rosters": rosters,
    }]);
    vignettes::parse(case.to_string().as_bytes()).unwrap().first().unwrap().facts()
}

/// A stay of one day for pancreatitis, which no indicator names.
pub(crate) fn stay(id: &str, from: &str, part2: bool) -> Value {
    json!({
        "id": id, "received": from, "tob": "111", "admit": from, "from": from, "thru": from, "rev": ["0120"],
        "dx": ["K859"], "facility": "A", "status": "01", "admit_type": "1", "part2": part2,
    })
}

/// A stay that began so many days back, of so many days.
pub(crate) fn stayed(began: i32, days: i32, dx: &[&str]) -> Value {
    let mut claim = stay(&format!("stay{began}"), &back(began), false);
    let fields = claim.as_object_mut().unwrap();
    fields.insert("thru".into(), back(began - days).into());
    fields.insert("received".into(), back(began - days).into());
    fields.insert("dx".into(), json!(dx));
    claim
}

/// A visit to an emergency department so many days back.
pub(crate) fn emergency(days: i32, dx: &str) -> Value {
    json!({
        "id": format!("ed{days}"), "received": back(days), "tob": "131", "from": back(days), "thru": back(days),
        "rev": ["0450"], "dx": [dx], "facility": "A",
    })
}

/// A doctor's visit at this place of service so many days back.
pub(crate) fn visit(days: i32, pos: &str, dx: &[&str]) -> Value {
    json!({
        "id": format!("visit{days}-{}", dx.join("-")), "received": back(days), "from": back(days),
        "thru": back(days), "cpt": ["99213"], "pos": pos, "dx": dx,
    })
}

/// Two stays in 180 days: rule R1 alone.
pub(crate) fn two_stays() -> Vec<Value> {
    vec![stay("s1", "2026-02-10", false), stay("s2", "2026-05-20", false)]
}

pub(crate) fn decided(facts: &MemberFacts) -> Decision {
    decide(facts, &Standing::default(), as_of(), policy())
}

pub(crate) fn recorded(facts: &MemberFacts) -> Record {
    record(facts, &Standing::default(), as_of(), policy(), &decided(facts))
}
