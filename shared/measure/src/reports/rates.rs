//! Utilization per 1,000 and amounts per member per month, of all covered members by month (FACTS §9).
//!
//! Of everybody, not of those in the program: a line of people who were chosen at their worst falls by itself, and would
//! be read as a saving (see [`crate::evaluation`]).

use super::cut::lob;
use super::{Counted, MONTHS, Setting};
use crate::evaluation::Use;
use crate::table::{Cell, Report, Table};
use icm_domain::day::Month;
use icm_domain::money::Cents;
use std::collections::BTreeMap;

pub(super) const NAME: &str = "utilization";

/// Months after which few claims are still to come (FACTS §9: at least three).
const RUN_OUT_MONTHS: i32 = 3;

/// Rates while members are counted.
#[derive(Default)]
pub(super) struct Rates {
    months: BTreeMap<(&'static str, Month), Use>,
}

impl Rates {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        for month in months(counted.setting) {
            let used = counted.member.usage.within(month.first_day(), month.last_day());
            for group in ["all", lob(&counted.member.traits)] {
                sum(self.months.entry((group, month)).or_default(), used);
            }
        }
    }

    pub(super) fn report(&self, setting: &Setting) -> Report {
        let says = [
            "All covered members, whether in a program or not. Per 1,000 = events / member-months × 12,000; allowed \
             amount per member per month in cents; a member-month is 30.4375 covered days.",
            "Claims come late: the latest three months are not complete and will rise. Earlier months are counted anew \
             each time.",
            "Members in a program are not shown by month: they were chosen at their worst, and the fall that follows is \
             no saving. See the evaluation.",
        ];
        let columns = [
            ("lob", "Line of business"),
            ("month", "Month"),
            ("complete", "Claims complete"),
            ("member_months", "Member-months"),
            ("ed", "ED visits"),
            ("ed_per_1000", "ED visits per 1,000 a year"),
            ("stays", "Stays"),
            ("stays_per_1000", "Stays per 1,000 a year"),
            ("allowed_cents", "Allowed, cents"),
            ("pmpm_cents", "Allowed per member per month, cents"),
        ];
        let mut table = Table::new("months", "By line of business and month", &columns).lines(
            "month",
            "lob",
            "ed_per_1000",
        );
        let frozen = setting.today().month().plus(-RUN_OUT_MONTHS);
        for ((group, month), used) in &self.months {
            let complete = if *month < frozen { "yes" } else { "no" };
            table.row([
                Cell::from(*group),
                Cell::text(month.to_string()),
                Cell::from(complete),
                Cell::Count(member_months(used)),
                Cell::Count(u64::from(used.ed_visits)),
                per_1000(used.ed_visits, used).into(),
                Cell::Count(u64::from(used.stays)),
                per_1000(used.stays, used).into(),
                Cell::Count(used.allowed.0.max(0).unsigned_abs()),
                pmpm(used).into(),
            ]);
        }
        Report::new(NAME, "Utilization", &says).with(table)
    }
}

/// The whole months before the present one.
fn months(setting: &Setting) -> impl Iterator<Item = Month> {
    let now = setting.today().month();
    (1..=MONTHS).rev().map(move |back| now.plus(-back))
}

pub(super) fn sum(into: &mut Use, used: Use) {
    into.covered_days += used.covered_days;
    into.ed_visits += used.ed_visits;
    into.stays += used.stays;
    into.allowed += used.allowed;
}

/// Covered days as member-months of 30.4375 days, rounded.
pub(super) fn member_months(used: &Use) -> u64 {
    (u64::from(used.covered_days) * 10_000 + 304_375 / 2) / 304_375
}

/// Events per 1,000 members a year, rounded; none without a covered day.
pub(super) fn per_1000(events: u32, used: &Use) -> Option<u64> {
    let days = u64::from(used.covered_days) * 10_000;
    (days > 0).then(|| (u64::from(events) * 12_000 * 304_375 + days / 2) / days)
}

/// Allowed cents per member-month, rounded; none without a covered day.
fn pmpm(used: &Use) -> Option<u64> {
    let Cents(cents) = used.allowed;
    let days = i128::from(used.covered_days) * 10_000;
    if days == 0 {
        return None;
    }
    u64::try_from((i128::from(cents) * 304_375 + days / 2) / days).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_the_formulas_of_the_field() {
        // A thousand members for a year: 365,250 days, 12,000 member-months.
        let year = Use { covered_days: 365_250, ed_visits: 420, stays: 75, allowed: Cents(600_000_000) };
        assert_eq!(member_months(&year), 12_000);
        assert_eq!(per_1000(year.ed_visits, &year), Some(420));
        assert_eq!(per_1000(year.stays, &year), Some(75));
        assert_eq!(pmpm(&year), Some(50_000));
        assert_eq!(pmpm(&Use::default()), None);
    }
}
