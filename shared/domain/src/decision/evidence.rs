//! Minimal evidence: the claims and roster rows that a decision rests on (issue: dropping any cited row changes the
//! outcome or a clause value). Found by removal: a row that can go without a change goes.

use super::{Conclusion, Decision, Policy, Standing, decide, is_part2};
use crate::claim::ClaimVersion;
use crate::day::Day;
use crate::facts::{MemberFacts, RosterRow};

/// Rows that a decision rests on, by their position in the member's facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Positions among the claim versions.
    pub claims: Vec<usize>,
    /// Positions among the roster rows.
    pub rosters: Vec<usize>,
}

/// The part of a decision that evidence must hold up: outcome and clause values.
fn upheld(decision: &Decision) -> impl PartialEq + use<> {
    let clauses = |c: &Conclusion| {
        let judged: Vec<_> = c.judged.iter().map(|j| (j.finding.model, j.verdict, j.review)).collect();
        (c.kind, c.reason.clone(), c.counts, c.triggers.clone(), judged, c.absence.map(|a| (a.what, a.model)))
    };
    let shareable = decision.shareable.as_ref().map(clauses);
    (decision.kind, decision.reason.clone(), decision.triggers.clone(), clauses(&decision.full), shareable)
}

/// The minimal evidence of a decision that was made from these facts, which are settled ([`super::settled`]): visits
/// told by messages are cited as the claims that they count as.
pub fn minimal(
    facts: &MemberFacts,
    standing: &Standing,
    as_of: Day,
    policy: Policy<'_>,
    decision: &Decision,
) -> Evidence {
    let target = upheld(decision);
    let mut trial = Trial {
        facts,
        claims: (0..facts.claims.len()).filter(|at| known(facts.claims.get(*at), as_of)).collect(),
        rosters: (0..facts.rosters.len()).collect(),
    };
    let holds = |trial: &Trial<'_>| upheld(&decide(&trial.subset(), standing, as_of, policy)) == target;
    trial.halve(&holds);
    // To a fixed point: the need for one row may go with another.
    loop {
        let before = trial.claims.len() + trial.rosters.len();
        trial.drop_each(&holds);
        if trial.claims.len() + trial.rosters.len() == before {
            return Evidence { claims: trial.claims, rosters: trial.rosters };
        }
    }
}

fn known(version: Option<&ClaimVersion>, as_of: Day) -> bool {
    version.is_some_and(|version| version.received <= as_of)
}

struct Trial<'a> {
    facts: &'a MemberFacts,
    claims: Vec<usize>,
    rosters: Vec<usize>,
}

impl Trial<'_> {
    /// The facts with only the rows of the trial; everything that is no claim and no roster row stays.
    fn subset(&self) -> MemberFacts {
        let claims = self.claims.iter().filter_map(|at| self.facts.claims.get(*at).cloned()).collect();
        let rosters = self.rosters.iter().filter_map(|at| self.facts.rosters.get(*at).cloned()).collect();
        MemberFacts {
            claims,
            rosters,
            retractions: self.facts.retractions.clone(),
            coverage: self.facts.coverage.clone(),
            profiles: self.facts.profiles.clone(),
            consents: self.facts.consents.clone(),
            preferences: Vec::new(),
            closures: self.facts.closures.clone(),
            referrals: self.facts.referrals.clone(),
            overrides: self.facts.overrides.clone(),
            adt: Vec::new(),
            aliases: Vec::new(),
        }
    }

    /// Removes large blocks first: most of a history is beside the point.
    fn halve(&mut self, holds: &dyn Fn(&Self) -> bool) {
        let mut block = self.claims.len() / 2;
        while block > 1 {
            let mut at = 0;
            while at < self.claims.len() {
                let end = (at + block).min(self.claims.len());
                let removed: Vec<usize> = self.claims.drain(at..end).collect();
                if !holds(self) {
                    self.claims.splice(at..at, removed);
                    at = end;
                }
            }
            block /= 2;
        }
    }

    fn drop_each(&mut self, holds: &dyn Fn(&Self) -> bool) {
        for at in (0..self.claims.len()).rev() {
            let removed = self.claims.remove(at);
            if !holds(self) {
                self.claims.insert(at, removed);
            }
        }
        for at in (0..self.rosters.len()).rev() {
            let removed = self.rosters.remove(at);
            if !holds(self) {
                self.rosters.insert(at, removed);
            }
        }
    }
}

/// Sensitivity of a cited claim, as the record states it.
pub fn claim_sensitivity(version: &ClaimVersion, policy: Policy<'_>) -> &'static str {
    if is_part2(version, policy.tables) { "PART2" } else { "GENERAL" }
}

/// Sensitivity of a cited roster row.
pub const fn row_sensitivity(row: &RosterRow) -> &'static str {
    if row.part2 { "PART2" } else { "GENERAL" }
}
