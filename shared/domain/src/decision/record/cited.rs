//! What a decision rests on, as its record cites it.

use crate::claim::{ClaimVersion, Line};
use crate::day::Day;
use crate::decision::Policy;
use crate::decision::evidence::{self, Evidence};
use crate::facts::{ClosureKind, MemberFacts, Model, OverrideKind, ReferralSource};
use crate::ids::{ActorId, ClaimId, RosterProgramId};
use crate::tables::Marks;
use serde::Serialize;

/// A cited claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CitedClaim {
    /// The claim's number.
    pub claim_id: ClaimId,
    /// First service day.
    pub from: Day,
    /// Last service day.
    pub thru: Day,
    /// Day of receipt.
    pub received: Day,
    /// Lines, from 1, that carry a code of the tables.
    pub lines: Vec<usize>,
    /// `GENERAL` or `PART2`.
    pub sensitivity: &'static str,
}

/// A cited roster row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CitedRow {
    /// The program that sent it.
    pub program: RosterProgramId,
    /// Its model.
    pub model: Model,
    /// The day it describes.
    pub as_of: Day,
    /// `GENERAL` or `PART2`.
    pub sensitivity: &'static str,
}

/// A cited referral: it opened the checks without a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CitedReferral {
    /// Who referred.
    pub by: ReferralSource,
    /// Day of receipt.
    pub received: Day,
    /// Neutral reason code.
    pub reason: Box<str>,
}

/// A cited override of a clinician.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CitedOverride {
    /// What it does.
    pub what: OverrideKind,
    /// Day of receipt.
    pub received: Day,
    /// Last day in force.
    pub until: Day,
    /// Why, as a code.
    pub reason: Box<str>,
    /// Who.
    pub by: ActorId,
}

/// A cited end of an earlier case: its cool-down holds (FACTS §5.4), or it answered a referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CitedClosure {
    /// How it ended.
    pub kind: ClosureKind,
    /// When.
    pub date: Day,
}

/// The rows that a decision rests on, each kind apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cited {
    /// Claims.
    pub claims: Vec<CitedClaim>,
    /// Roster rows.
    pub rosters: Vec<CitedRow>,
    /// Referrals.
    pub referrals: Vec<CitedReferral>,
    /// Overrides.
    pub overrides: Vec<CitedOverride>,
    /// Ends of earlier cases.
    pub closures: Vec<CitedClosure>,
}

impl Cited {
    /// The rows at the positions that the evidence names.
    pub fn of(facts: &MemberFacts, evidence: &Evidence, policy: Policy<'_>) -> Self {
        let rows = evidence.rosters.iter().filter_map(|at| facts.rosters.get(*at));
        let referrals = evidence.referrals.iter().filter_map(|at| facts.referrals.get(*at));
        let overrides = evidence.overrides.iter().filter_map(|at| facts.overrides.get(*at));
        let closures = evidence.closures.iter().filter_map(|at| facts.closures.get(*at));
        Self {
            claims: evidence
                .claims
                .iter()
                .filter_map(|at| facts.claims.get(*at))
                .map(|claim| cited_claim(claim, policy))
                .collect(),
            rosters: rows
                .map(|row| CitedRow {
                    program: row.program.clone(),
                    model: row.model,
                    as_of: row.as_of,
                    sensitivity: evidence::row_sensitivity(row),
                })
                .collect(),
            referrals: referrals
                .map(|row| CitedReferral { by: row.by, received: row.received, reason: row.reason.clone() })
                .collect(),
            overrides: overrides
                .map(|row| CitedOverride {
                    what: row.what,
                    received: row.received,
                    until: row.until,
                    reason: row.reason.clone(),
                    by: row.by.clone(),
                })
                .collect(),
            closures: closures.map(|row| CitedClosure { kind: row.kind, date: row.date }).collect(),
        }
    }
}

fn cited_claim(claim: &ClaimVersion, policy: Policy<'_>) -> CitedClaim {
    let telling = |line: &Line| {
        let codes = [&line.rev, &line.hcpcs].into_iter().flatten();
        line.pos.is_some_and(|pos| pos == "23")
            || codes.into_iter().any(|code| policy.tables.marks(code) != Marks::NONE)
    };
    let numbered = claim.lines.iter().zip(1..);
    CitedClaim {
        claim_id: claim.claim_id.clone(),
        from: claim.from,
        thru: claim.thru,
        received: claim.received,
        lines: numbered.filter(|(line, _)| telling(line)).map(|(_, number)| number).collect(),
        sensitivity: evidence::claim_sensitivity(claim, policy),
    }
}
