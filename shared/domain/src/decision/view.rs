//! One view of a member's facts: everything known, or only what may be shared (ruling 20).

use super::{Counts, Policy, Rule};
use crate::adt;
use crate::claim::ClaimVersion;
use crate::claim::family::resolve;
use crate::day::{Day, Window};
use crate::facts::{Availability, LineOfBusiness, MemberFacts, Profile, RosterRow};
use crate::management::{Finding, findings};
use crate::tables::{Marks, Tables};
use crate::utilization::{Person, Utilization, conditions, cost, medication, pqe, pqi};
use std::cell::OnceCell;

/// Utilization and management of one member, as one view of the facts shows them.
#[derive(Debug)]
pub struct View<'a> {
    /// Visits and stays.
    pub utilization: Utilization<'a>,
    /// Which stays are PQI-90 admissions, by position.
    pub pqi: Vec<bool>,
    /// Which ED visits are PQE visits, by position.
    pub pqe: Vec<usize>,
    /// Roster rows in view.
    pub rosters: Vec<&'a RosterRow>,
    /// What other programs do.
    pub findings: Vec<Finding>,
    /// The person.
    pub person: &'a Profile,
    as_of: Day,
    lob: Option<LineOfBusiness>,
    policy: Policy<'a>,
    smi: OnceCell<bool>,
    chronic: OnceCell<u16>,
    meds: OnceCell<u16>,
}

/// What a view leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// What 42 CFR Part 2 labels protect (ruling 20).
    pub part2: bool,
    /// Visits told by messages alone, which no claim speaks for yet.
    pub provisional: bool,
}

impl LeftOut {
    fn hides(self, version: &ClaimVersion, tables: &Tables) -> bool {
        (self.part2 && is_part2(version, tables)) || (self.provisional && adt::is_provisional(version))
    }
}

/// Whether a claim version comes from a 42 CFR Part 2 source: as stated, else by its billing (FACTS §7, ruling 20).
pub fn is_part2(version: &ClaimVersion, tables: &Tables) -> bool {
    version.part2.unwrap_or_else(|| {
        let specialty = ["261QR0405X", "324500000X"];
        let billed = |line: &crate::claim::Line| {
            [&line.rev, &line.hcpcs].into_iter().flatten().any(|code| tables.marks(code).has(Marks::PART2))
        };
        version.taxonomy.is_some_and(|code| specialty.iter().any(|taxonomy| code == *taxonomy))
            || version.lines.iter().any(billed)
    })
}

impl<'a> View<'a> {
    /// Builds a view from the settled facts ([`super::settled`]) known at `as_of`.
    pub fn new(
        facts: &'a MemberFacts,
        person: &'a Profile,
        as_of: Day,
        policy: Policy<'a>,
        left_out: LeftOut,
    ) -> Self {
        let tables = policy.tables;
        let known = |version: &&ClaimVersion| {
            version.received <= as_of
                && (facts.retractions.is_empty() || !facts.retracted(version, as_of))
                && !left_out.hides(version, tables)
        };
        let versions: Vec<&ClaimVersion> = facts.claims.iter().filter(known).collect();
        let who = Person { birth: person.birth, sex: person.sex };
        let utilization = Utilization::of(resolve(&versions), who, policy.criteria, tables);
        let in_view = |row: &&RosterRow| row.received <= as_of && !(left_out.part2 && row.part2);
        let rosters: Vec<&RosterRow> = facts.rosters.iter().filter(in_view).collect();
        let pqi =
            utilization.stays.iter().map(|s| pqi::is_pqi(s, &utilization.services, who, tables)).collect();
        let year = Window::ending(as_of, policy.criteria.windows.long);
        let pqe = pqe::pqe_visits(&utilization, who, year, tables);
        let findings = findings(&utilization, &rosters, as_of, policy.criteria, tables);
        Self {
            utilization,
            pqi,
            pqe,
            rosters,
            findings,
            person,
            as_of,
            lob: facts.lob(as_of),
            policy,
            smi: OnceCell::new(),
            chronic: OnceCell::new(),
            meds: OnceCell::new(),
        }
    }

    /// Serious mental illness: as stated, else from claims (ruling 11).
    pub fn smi(&self) -> bool {
        let derive = || conditions::smi(&self.utilization.services, self.as_of);
        self.person.smi.unwrap_or_else(|| *self.smi.get_or_init(derive))
    }

    /// Count of chronic conditions: as stated, else from claims.
    pub fn chronic(&self) -> u16 {
        let derive = || conditions::chronic_count(&self.utilization.services, self.as_of);
        self.person.chronic.unwrap_or_else(|| *self.chronic.get_or_init(derive))
    }

    /// Count of concurrent medications: as stated, else from claims.
    pub fn meds(&self) -> u16 {
        let derive = || medication::concurrent_drugs(&self.utilization.services, self.as_of);
        self.person.meds.unwrap_or_else(|| *self.meds.get_or_init(derive))
    }

    /// Counts of the events in the windows ending at `as_of`; with `since` only of events on or after that day
    /// (for a readmission both the index and the readmission, ruling 16).
    pub fn counts(&self, since: Option<Day>) -> Counts {
        let windows = &self.policy.criteria.windows;
        let [long, mid, recent] =
            [windows.long, windows.mid, windows.recent].map(|days| Window::ending(self.as_of, days));
        let kept = |day: Day| since.is_none_or(|first| day >= first);
        let mut counts = Counts::default();
        for (stay, pqi) in self.utilization.stays.iter().zip(&self.pqi) {
            if stay.triggers() && kept(stay.admit) {
                counts.stays180 += u32::from(mid.contains(stay.admit));
                counts.stays365 += u32::from(long.contains(stay.admit));
                counts.pqi365 += u32::from(*pqi && long.contains(stay.admit));
            }
        }
        for (at, visit) in self.utilization.ed_visits.iter().enumerate() {
            if kept(visit.date) {
                counts.ed90 += u32::from(recent.contains(visit.date));
                counts.ed180 += u32::from(mid.contains(visit.date));
                counts.ed365 += u32::from(long.contains(visit.date));
                counts.pqe365 += u32::from(long.contains(visit.date) && self.pqe.contains(&at));
            }
        }
        let mut readmitted: Vec<usize> = Vec::new();
        for readmission in &self.utilization.readmissions {
            let counted = mid.contains(readmission.admit) && kept(readmission.index_admit);
            if counted && !readmitted.contains(&readmission.stay) {
                readmitted.push(readmission.stay);
            }
        }
        counts.readmit180 = u32::try_from(readmitted.len()).unwrap_or(u32::MAX);
        counts
    }

    /// The rules that are met by these counts (FACTS §2.2); `since` as in [`View::counts`].
    pub fn rules(&self, counts: &Counts, since: Option<Day>) -> Vec<Rule> {
        let criteria = self.policy.criteria;
        let t = &criteria.triggers;
        let met = |rule: Rule| match rule {
            Rule::R1 => counts.stays180 >= t.r1_stays180,
            Rule::R2 => counts.stays365 >= t.r2_stays365,
            Rule::R3 => counts.ed365 >= t.r3_ed365 && counts.ed90 >= t.r3_ed90,
            Rule::R4 => counts.ed180 >= t.r4_ed180,
            Rule::R5 => counts.stays180 >= t.r5_stays180 && counts.ed180 >= t.r5_ed180,
            Rule::R6 => counts.stays365 >= t.r6_stays365 && self.smi(),
            Rule::R7 => {
                counts.readmit180 >= t.r7_readmit180
                    && (self.chronic() >= t.r7_chronic || self.meds() >= t.r7_meds)
            }
            Rule::R8 => counts.pqi365 >= t.r8_pqi365,
            Rule::R9 => self.cost_persists(since).unwrap_or(false),
            Rule::R10 => counts.pqe365 >= t.r10_pqe365,
        };
        Rule::ALL.into_iter().filter(|rule| !criteria.disabled_rules.contains(rule) && met(*rule)).collect()
    }

    /// Whether a model is to be had where the member lives; none: nothing is known.
    pub(super) fn offers(&self, model: crate::facts::Model, as_of: Day) -> Option<bool> {
        let rows = &self.policy.tables.availability;
        Availability::offered(rows, model, self.person.county.as_deref(), self.lob, as_of)
    }

    /// R9: the allowed amount reaches the cut-off in both half-years; none where no table covers them.
    pub fn cost_persists(&self, since: Option<Day>) -> Option<bool> {
        let halves = self.policy.cutoffs?.halves(self.lob?, self.as_of)?;
        let reaches = |half: &super::Cutoff| {
            let window = Window { first: half.from, last: half.thru };
            cost::allowed_in(&self.utilization.services, window, since) >= half.p95
        };
        Some(halves.iter().all(|half| reaches(half)))
    }
}
