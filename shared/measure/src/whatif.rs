//! What a change of criteria would do, member by member, over real or synthetic history, before it goes live (DESIGN
//! D6). The command line and the job of a store count with it.

use icm_domain::day::Day;
use icm_domain::decision::{Decision, Policy, Standing, decide};
use icm_domain::facts::{LineOfBusiness, MemberFacts, Sex};
use icm_domain::ids::MemberId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One member whose decision changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The member.
    pub member_id: MemberId,
    /// Decision and reason under the criteria in force.
    pub from: (String, String),
    /// Decision and reason under the others.
    pub to: (String, String),
    /// Why, as a code: the rules gained or lost, else the reason.
    pub why: String,
    /// Whether a clinician's override is in force: counted apart.
    pub overridden: bool,
}

/// What a population gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Members looked at.
    pub members: u64,
    /// Claim lines looked at.
    pub claim_lines: u64,
    /// Identified under both.
    pub stays: u64,
    /// Identified under the others only.
    pub enters: u64,
    /// Identified under the criteria in force only.
    pub leaves: u64,
    /// Changes of members with an override, not in the counts above.
    pub overridden: u64,
    /// Decisions under the criteria in force.
    pub decisions: BTreeMap<String, u64>,
    /// Decisions under the others.
    pub decisions_against: BTreeMap<String, u64>,
    /// Why members enter or leave.
    pub why: BTreeMap<String, u64>,
    /// Identified by group, in force and under the others: age band, sex, line of business, county.
    pub shift: BTreeMap<String, (u64, u64)>,
}

impl Tally {
    /// Adds another part of the population.
    pub fn add(&mut self, other: Self) {
        self.members += other.members;
        self.claim_lines += other.claim_lines;
        self.stays += other.stays;
        self.enters += other.enters;
        self.leaves += other.leaves;
        self.overridden += other.overridden;
        for (into, from) in
            [(&mut self.decisions, other.decisions), (&mut self.decisions_against, other.decisions_against)]
        {
            for (kind, count) in from {
                *into.entry(kind).or_default() += count;
            }
        }
        for (why, count) in other.why {
            *self.why.entry(why).or_default() += count;
        }
        for (group, (one, two)) in other.shift {
            let entry = self.shift.entry(group).or_default();
            *entry = (entry.0 + one, entry.1 + two);
        }
    }

    /// Members identified in force and under the others.
    pub const fn identified(&self) -> (u64, u64) {
        (self.stays + self.leaves, self.stays + self.enters)
    }
}

/// Decides about one member under both criteria, counts, and returns the change if there is one.
pub fn compare(
    member: &MemberId,
    facts: &MemberFacts,
    as_of: Day,
    (live, against): (Policy<'_>, Policy<'_>),
    tally: &mut Tally,
) -> Option<Change> {
    let standing = Standing::default();
    let one = decide(facts, &standing, as_of, live);
    let two = decide(facts, &standing, as_of, against);
    let overridden = facts.overrides.iter().any(|o| o.received <= as_of && as_of <= o.until);
    tally.members += 1;
    tally.claim_lines += facts.claims.iter().map(|claim| claim.lines.len() as u64).sum::<u64>();
    count(&mut tally.decisions, one.kind.id());
    count(&mut tally.decisions_against, two.kind.id());
    let (before, after) = (one.kind.identifies(), two.kind.identifies());
    if before || after {
        for group in groups(facts, as_of, &one) {
            let entry = tally.shift.entry(group).or_default();
            *entry = (entry.0 + u64::from(before), entry.1 + u64::from(after));
        }
    }
    let why = why(&one, &two);
    match (before, after, overridden) {
        (true, true, _) => tally.stays += 1,
        (true, false, false) => tally.leaves += 1,
        (false, true, false) => tally.enters += 1,
        (true, false, true) | (false, true, true) => tally.overridden += 1,
        (false, false, _) => {}
    }
    let changed = (one.kind, &one.reason) != (two.kind, &two.reason);
    if before != after && !overridden {
        count(&mut tally.why, &why);
    }
    changed.then(|| Change {
        member_id: member.clone(),
        from: (one.kind.id().to_owned(), one.reason),
        to: (two.kind.id().to_owned(), two.reason),
        why,
        overridden,
    })
}

/// One more of this kind. Only the first of a kind is copied: millions of members are counted.
fn count(counts: &mut BTreeMap<String, u64>, kind: &str) {
    match counts.get_mut(kind) {
        Some(held) => *held += 1,
        None => drop(counts.insert(kind.to_owned(), 1)),
    }
}

/// The rules gained (+) and lost (-); without any the reasons.
fn why(one: &Decision, two: &Decision) -> String {
    let gained = two
        .full
        .triggers
        .iter()
        .filter(|rule| !one.full.triggers.contains(rule))
        .map(|r| format!("+{}", r.id()));
    let lost = one
        .full
        .triggers
        .iter()
        .filter(|rule| !two.full.triggers.contains(rule))
        .map(|r| format!("-{}", r.id()));
    let rules: Vec<String> = gained.chain(lost).collect();
    if rules.is_empty() { format!("{} -> {}", one.kind.id(), two.kind.id()) } else { rules.join(" ") }
}

/// The groups that a member belongs to, for the shift of who is identified.
fn groups(facts: &MemberFacts, as_of: Day, decision: &Decision) -> Vec<String> {
    let person = facts.person(as_of);
    let age = person.birth.map(|birth| as_of.age_from(birth));
    let band = match age {
        None => "unknown",
        Some(..18) => "0-17",
        Some(18..35) => "18-34",
        Some(35..50) => "35-49",
        Some(50..65) => "50-64",
        Some(65..80) => "65-79",
        Some(80..) => "80+",
    };
    let sex = match person.sex {
        Some(Sex::Female) => "female",
        Some(Sex::Male) => "male",
        Some(Sex::Unknown) | None => "unknown",
    };
    let lob = match decision.lob {
        Some(LineOfBusiness::Medicaid) => "MEDICAID",
        Some(LineOfBusiness::MedicareAdvantage) => "MEDICARE_ADVANTAGE",
        Some(LineOfBusiness::Commercial) => "COMMERCIAL",
        None => "none",
    };
    let county = person.county.as_deref().unwrap_or("unknown");
    vec![format!("age {band}"), format!("sex {sex}"), format!("lob {lob}"), format!("county {county}")]
}
