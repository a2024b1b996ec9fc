//! Access by practice: of the members that are attributed to a practice, who needs care management and who has it.

use super::Counted;
use super::cut::NOT_HELD;
use super::rates::{per_1000, sum};
use crate::course::Milestone;
use crate::evaluation::Use;
use crate::spread::{Spread, percent};
use crate::table::{Cell, Report, Table};
use icm_domain::case::status::Status;
use icm_domain::decision::DecisionKind;
use std::collections::BTreeMap;

pub(super) const NAME: &str = "access";

/// Practices shown; of more the largest.
const PRACTICES_MAX: usize = 500;

/// What is counted of one practice.
#[derive(Default)]
struct Practice {
    members: u64,
    triggered: u64,
    managed: u64,
    identified: u64,
    placed: u64,
    in_service: u64,
    waiting: u64,
    waits: Spread,
    year: Use,
}

/// Access while members are counted.
#[derive(Default)]
pub(super) struct Access {
    practices: BTreeMap<Box<str>, Practice>,
}

impl Access {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        let member = counted.member;
        let name = member.traits.practice.clone().unwrap_or_else(|| NOT_HELD.into());
        let practice = self.practices.entry(name).or_default();
        let today = counted.setting.today();
        practice.members += 1;
        let triggered = member
            .decision
            .is_some_and(|kind| !matches!(kind, DecisionKind::NotTriggered | DecisionKind::Excluded));
        practice.triggered += u64::from(triggered);
        practice.managed += u64::from(!member.managed_by.is_empty());
        practice.identified += u64::from(!counted.courses.is_empty());
        let reached = |milestone| counted.courses.iter().any(|course| course.reached(milestone).is_some());
        practice.placed += u64::from(reached(Milestone::Outreach));
        practice.in_service +=
            u64::from(counted.courses.iter().any(|course| course.case.status == Status::Active));
        for course in counted.courses {
            if let Some(since) = course.case.waiting_since {
                practice.waiting += 1;
                practice.waits.add(u32::try_from(today.since(since.day())).unwrap_or(0));
            }
        }
        sum(&mut practice.year, member.usage.within(today.plus(-364), today));
    }

    pub(super) fn report(&self) -> Report {
        let says = [
            "Members by attributed practice. Triggered: a rule of use is met. Managed: another program is active. Of 500 \
             practices at most, those with the most members.",
            "A practice knows its own members; counts by practice are not withheld.",
        ];
        let columns = [
            ("practice", "Practice"),
            ("members", "Members"),
            ("ed_per_1000", "ED visits per 1,000, last year"),
            ("triggered", "Triggered"),
            ("managed", "Managed by others"),
            ("identified", "Identified"),
            ("placed", "Given a place"),
            ("placed_share", "Given a place, % of identified"),
            ("in_service", "In service now"),
            ("waiting", "Waiting"),
            ("waiting_days", "Waiting, median days"),
        ];
        let mut table =
            Table::new("practices", "Access by practice", &columns).bars("practice", "placed_share");
        let mut sorted: Vec<(&Box<str>, &Practice)> = self.practices.iter().collect();
        sorted.sort_by_key(|(_, practice)| std::cmp::Reverse(practice.members));
        for (name, practice) in sorted.into_iter().take(PRACTICES_MAX) {
            table.row([
                Cell::text(name.as_ref()),
                Cell::Count(practice.members),
                per_1000(practice.year.ed_visits, &practice.year).into(),
                Cell::Count(practice.triggered),
                Cell::Count(practice.managed),
                Cell::Count(practice.identified),
                Cell::Count(practice.placed),
                percent(practice.placed, practice.identified).into(),
                Cell::Count(practice.in_service),
                Cell::Count(practice.waiting),
                practice.waits.percentile(50).into(),
            ]);
        }
        Report::new(NAME, "Access by practice", &says).with(table)
    }
}
