//! The hash of the facts that a decision was made from (D3: the same facts, day and versions give the same bytes).

use crate::member::{as_of, facts_of, stay, two_stays};
use icm_domain::decision::fingerprint::fact_set;
use icm_domain::facts::{Closure, ClosureKind, MemberFacts, Referral, ReferralSource};
use serde_json::json;

fn member() -> MemberFacts {
    let row = json!([{ "model": "M2", "status": "enrolled", "as_of": "2026-06-25" }]);
    facts_of(&two_stays(), &row)
}

#[test]
fn order_and_repetition_do_not_change_it() {
    let hash = fact_set(&member(), as_of());
    let mut turned = member();
    turned.claims.reverse();
    turned.claims.extend(member().claims);
    turned.rosters.extend(member().rosters);
    assert_eq!((fact_set(&turned, as_of()), hash.len()), (hash, 32));
}

#[test]
fn every_kind_of_fact_changes_it_once_it_is_known() {
    let today = as_of();
    let changed = |change: &dyn Fn(&mut MemberFacts)| {
        let mut other = member();
        change(&mut other);
        let same_as = |day| fact_set(&other, day) == fact_set(&member(), day);
        (same_as(today), same_as(today.plus(-1)))
    };
    let more = facts_of(&[stay("s3", "2026-06-30", false)], &json!([])).claims;
    assert_eq!(changed(&|facts| facts.claims.extend(more.clone())), (false, true), "claims");
    assert!(!changed(&|facts| facts.coverage.clear()).0, "coverage");
    assert!(!changed(&|facts| facts.profiles.clear()).0, "profiles");
    let row = json!([{ "model": "M5", "status": "enrolled", "as_of": "2026-06-30" }]);
    let rows = facts_of(&[], &row).rosters;
    assert_eq!(changed(&|facts| facts.rosters.extend(rows.clone())), (false, true), "rosters");
    let closure = Closure { kind: ClosureKind::Declined, date: today, received: today };
    assert_eq!(changed(&|facts| facts.closures.push(closure)), (false, true), "closures");
    let referral = Referral { received: today, by: ReferralSource::Member, reason: "NEED".into() };
    assert_eq!(changed(&|facts| facts.referrals.push(referral.clone())), (false, true), "referrals");
}
