//! Minimal evidence: the claims, roster rows, referrals, overrides and earlier closures that a decision rests on:
//! dropping any cited row changes the outcome or a clause value. Found by removal: a row that can go without a change
//! goes.

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
    /// Positions among the referrals: one that opened the checks without a trigger.
    pub referrals: Vec<usize>,
    /// Positions among the clinicians' overrides: one that holds or includes the member.
    pub overrides: Vec<usize>,
    /// Positions among the ends of earlier cases: one whose cool-down holds, or that answered a referral.
    pub closures: Vec<usize>,
}

/// The rows of one kind.
type Rows = fn(&mut Evidence) -> &mut Vec<usize>;

/// Every kind of row, in the order in which removal is tried.
const KINDS: [Rows; 5] =
    [|e| &mut e.claims, |e| &mut e.rosters, |e| &mut e.referrals, |e| &mut e.overrides, |e| &mut e.closures];

impl Evidence {
    /// Everything known at `as_of`.
    fn all(facts: &MemberFacts, as_of: Day) -> Self {
        let known = |at: &usize| facts.claims.get(*at).is_some_and(|version| version.received <= as_of);
        Self {
            claims: (0..facts.claims.len()).filter(known).collect(),
            rosters: (0..facts.rosters.len()).collect(),
            referrals: (0..facts.referrals.len()).collect(),
            overrides: (0..facts.overrides.len()).collect(),
            closures: (0..facts.closures.len()).collect(),
        }
    }

    /// How many rows.
    fn count(&self) -> usize {
        let Self { claims, rosters, referrals, overrides, closures } = self;
        [claims, rosters, referrals, overrides, closures].iter().map(|rows| rows.len()).sum()
    }
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
    let mut trial = Trial { facts, kept: Evidence::all(facts, as_of) };
    let holds = |trial: &Trial<'_>| upheld(&decide(&trial.subset(), standing, as_of, policy)) == target;
    trial.halve(&holds);
    // To a fixed point: the need for one row may go with another.
    loop {
        let before = trial.kept.count();
        trial.drop_each(&holds);
        if trial.kept.count() == before {
            return trial.kept;
        }
    }
}

struct Trial<'a> {
    facts: &'a MemberFacts,
    kept: Evidence,
}

/// The rows at these positions.
fn picked<T: Clone>(rows: &[T], at: &[usize]) -> Vec<T> {
    at.iter().filter_map(|at| rows.get(*at).cloned()).collect()
}

impl Trial<'_> {
    /// The facts with only the rows of the trial; what is no row of evidence stays.
    fn subset(&self) -> MemberFacts {
        let (facts, kept) = (self.facts, &self.kept);
        MemberFacts {
            claims: picked(&facts.claims, &kept.claims),
            rosters: picked(&facts.rosters, &kept.rosters),
            retractions: facts.retractions.clone(),
            coverage: facts.coverage.clone(),
            profiles: facts.profiles.clone(),
            consents: facts.consents.clone(),
            preferences: facts.preferences.clone(),
            closures: picked(&facts.closures, &kept.closures),
            referrals: picked(&facts.referrals, &kept.referrals),
            overrides: picked(&facts.overrides, &kept.overrides),
            adt: Vec::new(),
            aliases: Vec::new(),
        }
    }

    /// Removes large blocks of claims first: most of a history is beside the point.
    fn halve(&mut self, holds: &dyn Fn(&Self) -> bool) {
        let mut block = self.kept.claims.len() / 2;
        while block > 1 {
            let mut at = 0;
            while at < self.kept.claims.len() {
                let end = (at + block).min(self.kept.claims.len());
                let removed: Vec<usize> = self.kept.claims.drain(at..end).collect();
                if !holds(self) {
                    self.kept.claims.splice(at..at, removed);
                    at = end;
                }
            }
            block /= 2;
        }
    }

    fn drop_each(&mut self, holds: &dyn Fn(&Self) -> bool) {
        for rows in KINDS {
            for at in (0..rows(&mut self.kept).len()).rev() {
                let removed = rows(&mut self.kept).remove(at);
                if !holds(self) {
                    rows(&mut self.kept).insert(at, removed);
                }
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
