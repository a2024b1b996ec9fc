//! The facts as a day sees them: parts of claims joined to their headers, visits told by messages standing in for
//! claims that are on their way.

use super::Policy;
use crate::adt::{self, Visit};
use crate::claim::{ClaimVersion, part};
use crate::day::Day;
use crate::facts::MemberFacts;
use std::borrow::Cow;

/// The facts with everything that is no whole claim made into claims, or left out. Facts that need nothing of it, the
/// common case, are the same facts. Settling again changes nothing.
pub fn settled<'f>(facts: &'f MemberFacts, as_of: Day, policy: Policy<'_>) -> Cow<'f, MemberFacts> {
    let parts = facts.claims.iter().any(ClaimVersion::is_part);
    if facts.adt.is_empty() && !parts {
        return Cow::Borrowed(facts);
    }
    let mut claims = if parts { part::joined(&facts.claims, as_of) } else { facts.claims.clone() };
    let provisional = awaiting_claims(facts, &claims, as_of, policy);
    claims.extend(provisional.iter().map(adt::claim_of));
    Cow::Owned(MemberFacts { claims, adt: Vec::new(), ..facts.clone() })
}

/// The visits told by messages that no claim speaks for yet and that have not expired.
pub(super) fn awaiting_claims(
    facts: &MemberFacts,
    claims: &[ClaimVersion],
    as_of: Day,
    policy: Policy<'_>,
) -> Vec<Visit> {
    let rules = &policy.criteria.adt;
    if !rules.counts || facts.adt.is_empty() {
        return Vec::new();
    }
    let known = || claims.iter().filter(|claim| claim.received <= as_of);
    let mut visits = adt::visits(&facts.adt, as_of);
    visits.retain(|visit| {
        rules.expires(visit) >= as_of
            && !known().any(|claim| adt::confirms(claim, visit, rules, policy.tables))
    });
    visits
}
