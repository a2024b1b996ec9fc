//! What a member used, by day: the source of rates by month and of the windows of an evaluation.

use crate::evaluation::Use;
use icm_domain::day::Day;
use icm_domain::decision::{LeftOut, Policy, View, settled};
use icm_domain::facts::MemberFacts;
use icm_domain::money::Cents;
use icm_domain::utilization::cost;

/// Visits, stays, amounts and coverage by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Days of ED visits that did not lead to a stay.
    pub ed_visits: Vec<Day>,
    /// Admission days of acute and observation stays.
    pub stays: Vec<Day>,
    /// Allowed amounts by first service day.
    pub allowed: Vec<(Day, Cents)>,
    /// Covered spans, in order and apart from each other; both days included.
    pub covered: Vec<(Day, Day)>,
}

impl Usage {
    /// From everything known about a member on `as_of`; what happened before `first` is left out. Stays are all acute
    /// and observation stays, planned and maternity ones too: this measures use, not triggers.
    pub fn of(facts: &MemberFacts, first: Day, as_of: Day, policy: Policy<'_>) -> Self {
        let settled = settled(facts, as_of, policy);
        let person = settled.person(as_of);
        let view = View::new(&settled, &person, as_of, policy, LeftOut::default());
        let used = &view.utilization;
        let kept = |day: &Day| first <= *day && *day <= as_of;
        Self {
            ed_visits: used.ed_visits.iter().map(|visit| visit.date).filter(kept).collect(),
            stays: used.stays.iter().map(|stay| stay.admit).filter(kept).collect(),
            allowed: used
                .services
                .iter()
                .map(|service| (service.from(), cost::allowed(service)))
                .filter(|(day, amount)| kept(day) && *amount != Cents::ZERO)
                .collect(),
            covered: covered(facts, first, as_of),
        }
    }

    /// What was used in `[first, last]`.
    pub fn within(&self, first: Day, last: Day) -> Use {
        let inside = |day: &Day| first <= *day && *day <= last;
        let count =
            |days: &[Day]| u32::try_from(days.iter().filter(|day| inside(day)).count()).unwrap_or(u32::MAX);
        Use {
            covered_days: self
                .covered
                .iter()
                .map(|(from, thru)| overlap((*from, *thru), (first, last)))
                .sum(),
            ed_visits: count(&self.ed_visits),
            stays: count(&self.stays),
            allowed: self.allowed.iter().filter(|(day, _)| inside(day)).map(|(_, amount)| *amount).sum(),
        }
    }
}

/// Days that two spans share, ends included.
fn overlap(one: (Day, Day), other: (Day, Day)) -> u32 {
    u32::try_from(one.1.min(other.1).since(one.0.max(other.0)) + 1).unwrap_or(0)
}

/// The covered days as spans.
fn covered(facts: &MemberFacts, first: Day, as_of: Day) -> Vec<(Day, Day)> {
    let mut spans: Vec<(Day, Day)> = Vec::new();
    for offset in 0..=as_of.since(first) {
        let day = first.plus(offset);
        if facts.covering(day, as_of).is_none() {
            continue;
        }
        match spans.last_mut() {
            Some((_, thru)) if day.since(*thru) == 1 => *thru = day,
            _ => spans.push((day, day)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_takes_its_own_days_and_no_others() {
        let day = Day::from_count;
        let usage = Usage {
            ed_visits: vec![day(9), day(10), day(19), day(20)],
            stays: vec![day(15)],
            allowed: vec![(day(12), Cents(500)), (day(30), Cents(9))],
            covered: vec![(day(0), day(11)), (day(18), day(99))],
        };
        let expected = Use { covered_days: 4, ed_visits: 2, stays: 1, allowed: Cents(500) };
        assert_eq!(usage.within(day(10), day(19)), expected);
    }
}
