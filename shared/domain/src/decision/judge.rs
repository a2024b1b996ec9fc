//! Whether another program succeeds: engaged and working, failing, or too young to tell (FACTS §3.3, ruling 16).

use super::{Counts, Policy, Rule, View};
use crate::day::Day;
use crate::management::Finding;

/// What one model's evidence means for the decision (ruling 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Engaged and working.
    ManagedOk,
    /// Exclusive, and failing or critical.
    Escalate,
    /// Too young to judge.
    TooSoon,
    /// Failing or critical, and not exclusive.
    Comanage,
}

impl Verdict {
    /// The verdict as output spells it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::ManagedOk => "MANAGED_OK",
            Self::Escalate => "ESCALATE",
            Self::TooSoon => "MANAGED_TOO_SOON",
            Self::Comanage => "COMANAGE",
        }
    }
}

/// An active model with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The evidence.
    pub finding: Finding,
    /// Its meaning.
    pub verdict: Verdict,
    /// The day on which a young episode is judged again.
    pub review: Option<Day>,
    /// Rules met by events after the ramp: why an engaged program fails.
    pub failing_on: Vec<Rule>,
}

/// Ruling 16 for one active model.
pub(super) fn judge(
    finding: &Finding,
    view: &View<'_>,
    counts: &Counts,
    as_of: Day,
    policy: Policy<'_>,
) -> Judged {
    let criteria = policy.criteria;
    let start = finding.start.unwrap_or(as_of);
    let review =
        finding.discharge.map_or_else(|| start.plus(criteria.grace_days), |discharge| discharge.plus(31));
    let failing = if finding.exclusive { Verdict::Escalate } else { Verdict::Comanage };
    let critical = counts.stays180 >= criteria.critical.stays180 || counts.ed180 >= criteria.critical.ed180;
    let young = as_of.since(start) < criteria.grace_days || finding.discharge.is_some();
    let mut failing_on = Vec::new();
    let verdict = if young {
        if critical { failing } else { Verdict::TooSoon }
    } else {
        let ramp_end = start.plus(criteria.ramp_days);
        failing_on = view.rules(&view.counts(Some(ramp_end)), Some(ramp_end));
        let works = failing_on.is_empty() || fell_enough(view, start, as_of, policy);
        if finding.dosed && works { Verdict::ManagedOk } else { failing }
    };
    let review = (verdict == Verdict::TooSoon).then_some(review);
    Judged { finding: finding.clone(), verdict, review, failing_on }
}

/// The alternative acceptance (FACTS §3.3; off by default, ruling 16): events in the last 180 days fell by the
/// configured share against the 180 days before the start.
fn fell_enough(view: &View<'_>, start: Day, as_of: Day, policy: Policy<'_>) -> bool {
    let Some(permille) = policy.criteria.accept_fall_permille else { return false };
    let events = |from: Day, thru: Day| {
        let inside = |day: Day| from <= day && day <= thru;
        let stays =
            view.utilization.stays.iter().filter(|stay| stay.triggers() && inside(stay.admit)).count();
        u64::try_from(stays + view.utilization.ed_visits.iter().filter(|visit| inside(visit.date)).count())
            .unwrap_or(u64::MAX)
    };
    let (before, after) = (events(start.plus(-180), start.plus(-1)), events(as_of.plus(-179), as_of));
    before > 0 && after * 1000 <= before * u64::from(1000_u32.saturating_sub(permille))
}
