//! The day on which time alone may change the outcome of a triggered member (DESIGN D5). It is a function of the
//! facts, not of the day of asking, so that a redelivery commits nothing.

use super::{Conclusion, Policy, View};
use crate::day::Day;

/// The earliest such day after `as_of`.
pub(super) fn next(view: &View<'_>, conclusion: &Conclusion, as_of: Day, policy: Policy<'_>) -> Option<Day> {
    let windows = &policy.criteria.windows;
    let stays = view.utilization.stays.iter().filter(|stay| stay.triggers());
    let stay_days = stays.flat_map(|stay| [stay.admit.plus(windows.mid), stay.admit.plus(windows.long)]);
    let visit_days = view
        .utilization
        .ed_visits
        .iter()
        .flat_map(|visit| [windows.recent, windows.mid, windows.long].map(|days| visit.date.plus(days)));
    let management = view.findings.iter().filter_map(|finding| finding.expires);
    let graces = view.findings.iter().filter(|finding| finding.active).filter_map(|finding| finding.start);
    let reviews = conclusion.judged.iter().filter_map(|judged| judged.review);
    let cooldown = conclusion.cooldown.and_then(|cooldown| cooldown.until);
    stay_days
        .chain(visit_days)
        .chain(management)
        .chain(graces.map(|start| start.plus(policy.criteria.grace_days)))
        .chain(reviews)
        .chain(cooldown)
        .filter(|day| *day > as_of)
        .min()
}
