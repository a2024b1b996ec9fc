//! The decision record: every clause with its value and threshold, who else manages, what was cited, what was
//! considered, how near it was, and the smallest change that would flip it.

mod cited;

pub use cited::{Cited, CitedClaim, CitedClosure, CitedOverride, CitedReferral, CitedRow};

use super::priority::Priority;
use super::{
    Counts, Cutoffs, Decision, DecisionKind, Judged, LeftOut, Policy, Rule, Standing, View, arbiter,
    evidence, fingerprint, flip, settled,
};
use crate::day::Day;
use crate::facts::{MemberFacts, Model};
use crate::management::{Absence, Finding};
use crate::utilization::{Person, Stay, gaps};
use serde::Serialize;

/// Encoding version of the record.
pub const RECORD_VERSION: u32 = 1;

/// One comparison of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// The rule.
    pub rule: Rule,
    /// What is compared.
    pub what: &'static str,
    /// Its value; none: not evaluated (no table).
    pub value: Option<u64>,
    /// The threshold.
    pub threshold: u64,
    /// Whether the value reaches it.
    pub met: bool,
}

/// Another program, as it was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Managed {
    /// The evidence.
    #[serde(flatten)]
    pub finding: Finding,
    /// Its meaning; none where it is not active.
    pub verdict: Option<&'static str>,
    /// The day on which it is judged again.
    pub review: Option<Day>,
    /// Rules met after the ramp: what it fails on.
    pub failing_on: Vec<Rule>,
}

/// The versions that a decision was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Versions {
    /// Criteria id.
    pub criteria: String,
    /// Criteria version.
    pub criteria_version: String,
    /// Code tables.
    pub tables: String,
    /// Cost cut-offs, where there are any.
    pub cutoffs: Option<String>,
}

/// Why a decision was made, in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Encoding version.
    pub v: u32,
    /// The day for which it was made.
    pub as_of: Day,
    /// Hash of the facts.
    pub fact_set: String,
    /// Versions.
    pub versions: Versions,
    /// Decision.
    pub decision: DecisionKind,
    /// Reason.
    pub reason: String,
    /// Rules met.
    pub triggers: Vec<Rule>,
    /// Rules met in the view that may be shared, where it differs from the full one.
    pub shareable_triggers: Option<Vec<Rule>>,
    /// Counts.
    pub counts: Counts,
    /// Every clause of every rule.
    pub clauses: Vec<Clause>,
    /// Other programs.
    pub managed: Vec<Managed>,
    /// Why nobody is engaged.
    pub finding: Option<Absence>,
    /// The model that the finding is about.
    pub finding_model: Option<Model>,
    /// The last evidence of that model: LAPSED since.
    pub finding_last: Option<Day>,
    /// Recommended model, why, and amount of service.
    pub recommended: (Model, &'static str, String),
    /// The models of the continuum that were considered: those that fit, and those that speak against themselves.
    pub alternatives: Vec<arbiter::Alternative>,
    /// Place in the queue, component by component (FACTS §2.3); only for members who meet a trigger.
    pub priority: Option<Priority>,
    /// Cited claims, roster rows, referrals, overrides and earlier closures.
    #[serde(flatten)]
    pub cited: Cited,
    /// Near misses, in words.
    pub near_misses: Vec<String>,
    /// The smallest change that would flip the decision, in words.
    pub flip: Option<String>,
    /// Follow-up after stays and visits: done, open, missed (FACTS §1.9).
    pub follow_up: Vec<gaps::Gap>,
    /// LACE score of the latest stay that ended in the last 30 days (FACTS §2.1).
    pub lace: Option<u32>,
    /// The day on which time alone may change the outcome.
    pub next_review: Option<Day>,
}

/// Writes the record of a decision made from these facts.
pub fn record(
    received: &MemberFacts,
    standing: &Standing,
    as_of: Day,
    policy: Policy<'_>,
    decision: &Decision,
) -> Record {
    let facts = &*settled(received, as_of, policy);
    let person = facts.person(as_of);
    let view = View::new(facts, &person, as_of, policy, LeftOut::default());
    let clauses = clauses(&view, &decision.counts, policy);
    let cited = evidence::minimal(facts, standing, as_of, policy, decision);
    let absent = decision.full.absence;
    Record {
        v: RECORD_VERSION,
        as_of,
        fact_set: fingerprint::fact_set(received, as_of),
        versions: versions(policy),
        decision: decision.kind,
        reason: decision.reason.clone(),
        triggers: decision.triggers.clone(),
        shareable_triggers: decision.shareable.as_ref().map(|view| view.triggers.clone()),
        counts: decision.counts,
        managed: decision.findings.iter().map(|finding| managed(finding, &decision.full.judged)).collect(),
        finding: absent.map(|absent| absent.what),
        finding_model: absent.and_then(|absent| absent.model),
        finding_last: absent.and_then(|absent| absent.last),
        recommended: (
            decision.recommended.model,
            decision.recommended.why,
            decision.recommended.service.clone(),
        ),
        alternatives: arbiter::alternatives(&view, &decision.full.counts, as_of),
        priority: decision.priority,
        near_misses: flip::near_misses(decision, &clauses),
        flip: flip::smallest((received, facts), standing, as_of, policy, decision, &cited),
        cited: Cited::of(facts, &cited, policy),
        follow_up: gaps::gaps(&view.utilization, Person { birth: person.birth, sex: person.sex }, as_of),
        lace: recent_stay(&view, as_of).map(|stay| arbiter::lace(stay, &view, view.chronic())),
        next_review: decision.next_review,
        clauses,
    }
}

/// The latest stay that ended in the last 30 days.
fn recent_stay<'v>(view: &'v View<'_>, as_of: Day) -> Option<&'v Stay> {
    view.utilization.stays.iter().rfind(|stay| (0..30).contains(&as_of.since(stay.discharge)))
}

fn versions(policy: Policy<'_>) -> Versions {
    Versions {
        criteria: policy.criteria.id.clone(),
        criteria_version: policy.criteria.version.clone(),
        tables: policy.tables.version.to_string(),
        cutoffs: policy.cutoffs.map(|table: &Cutoffs| table.version.clone()),
    }
}

fn managed(finding: &Finding, judged: &[Judged]) -> Managed {
    let own = judged.iter().find(|j| j.finding.model == finding.model);
    Managed {
        finding: finding.clone(),
        verdict: own.map(|j| j.verdict.id()),
        review: own.and_then(|j| j.review),
        failing_on: own.map(|j| j.failing_on.clone()).unwrap_or_default(),
    }
}

/// Every clause of every rule that is switched on (FACTS §2.2).
fn clauses(view: &View<'_>, counts: &Counts, policy: Policy<'_>) -> Vec<Clause> {
    let t = &policy.criteria.triggers;
    let row = |rule, what, value: u32, threshold: u32| Clause {
        rule,
        what,
        value: Some(u64::from(value)),
        threshold: u64::from(threshold),
        met: value >= threshold,
    };
    let cost = view.cost_persists(None);
    let all = vec![
        row(Rule::R1, "stays180", counts.stays180, t.r1_stays180),
        row(Rule::R2, "stays365", counts.stays365, t.r2_stays365),
        row(Rule::R3, "ed365", counts.ed365, t.r3_ed365),
        row(Rule::R3, "ed90", counts.ed90, t.r3_ed90),
        row(Rule::R4, "ed180", counts.ed180, t.r4_ed180),
        row(Rule::R5, "stays180", counts.stays180, t.r5_stays180),
        row(Rule::R5, "ed180", counts.ed180, t.r5_ed180),
        row(Rule::R6, "stays365", counts.stays365, t.r6_stays365),
        row(Rule::R6, "smi", u32::from(view.smi()), 1),
        row(Rule::R7, "readmit180", counts.readmit180, t.r7_readmit180),
        row(Rule::R7, "chronic", u32::from(view.chronic()), u32::from(t.r7_chronic)),
        row(Rule::R7, "meds", u32::from(view.meds()), u32::from(t.r7_meds)),
        row(Rule::R8, "pqi365", counts.pqi365, t.r8_pqi365),
        Clause {
            rule: Rule::R9,
            what: "half_years_above_p95",
            value: cost.map(|met| if met { 2 } else { 0 }),
            threshold: 2,
            met: cost == Some(true),
        },
        row(Rule::R10, "pqe365", counts.pqe365, t.r10_pqe365),
    ];
    all.into_iter().filter(|clause| !policy.criteria.disabled_rules.contains(&clause.rule)).collect()
}
