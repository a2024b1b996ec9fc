//! Member-months that an invoice may rest on, per team and rate basis, with the contacts that support them. Nothing is
//! paid here.

use super::{Counted, MONTHS, Setting};
use crate::course::{Course, Service};
use crate::table::{Cell, Report, Table};
use icm_domain::day::{Day, Month};
use icm_domain::decision::priority::Tier;
use icm_domain::ids::{CaseId, VendorId};
use icm_domain::program::definition::ServiceAmount;
use icm_domain::program::team::RateBasis;
use icm_domain::vendor::reply::ContactMode;
use std::collections::BTreeMap;

pub(super) const NAME: &str = "billable";

/// Rows of the table of cases; the command line prints them of every month.
const CASES_MAX: usize = 2_000;

/// A case with one team in one month.
#[derive(Clone, Default)]
struct CaseMonth {
    days: u64,
    contacts: u64,
    two_way: u64,
    in_person: u64,
    minutes: u64,
    tier: Option<Tier>,
    dosed: bool,
}

impl CaseMonth {
    fn counts_for(&self, basis: RateBasis) -> bool {
        match basis {
            RateBasis::ActiveMonth => true,
            RateBasis::ContactMonth => self.two_way > 0,
            RateBasis::DoseMonth => self.dosed,
        }
    }
}

type Key = (Box<str>, Month, CaseId);

/// Member-months while members are counted.
#[derive(Default)]
pub(super) struct Billable {
    months: BTreeMap<Key, CaseMonth>,
}

impl Billable {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        let today = counted.setting.today();
        for course in counted.courses {
            for service in &course.services {
                let thru = service.thru.unwrap_or(today);
                let first = counted.setting.today().month().plus(-MONTHS).max(service.from.month());
                for month in (0..=thru.month().since(first)).map(|later| first.plus(later)) {
                    self.add_month(course, service, month, thru);
                }
            }
        }
    }

    fn add_month(&mut self, course: &Course<'_>, service: &Service, month: Month, thru: Day) {
        let (from, thru) = (service.from.max(month.first_day()), thru.min(month.last_day()));
        let team = service.team.as_ref().map_or("not stated", VendorId::as_str);
        let held = self.months.entry((team.into(), month, course.case.id.clone())).or_default();
        held.days += u64::from((thru.since(from) + 1).max(0).unsigned_abs());
        held.tier = Some(course.case.priority.tier);
        for contact in course.contacts.iter().filter(|one| from <= one.at.day() && one.at.day() <= thru) {
            held.contacts += 1;
            held.two_way += u64::from(contact.two_way);
            held.in_person += u64::from(contact.two_way && contact.mode == ContactMode::InPerson);
            held.minutes += u64::from(contact.minutes);
        }
        let amount =
            course.case.plan.as_ref().and_then(|plan| plan.amount.map(|amount| (plan.start, amount)));
        held.dosed = amount.is_some_and(|(start, amount)| {
            let (contacts, in_person) = asked(amount, start, month);
            held.two_way >= contacts && held.in_person >= in_person
        });
    }

    pub(super) fn report(&self, setting: &Setting) -> Report {
        let says = [
            "A member-month is one case with one team in one calendar month. Active: service ran on at least one day. \
             Contact: it ran and both sides spoke. Dose: the contacts of the care plan were made, in person and in all. \
             The column billable counts by the basis of the team's contract; without one nothing is billable.",
            "Nothing is paid here: the table of cases names what supports each member-month of this month and the last, \
             by the case's opaque id. The present month is still running.",
        ];
        Report::new(NAME, "Billable member-months", &says).with(self.teams(setting)).with(self.cases(setting))
    }

    fn teams(&self, setting: &Setting) -> Table {
        let columns = [
            ("team", "Team"),
            ("month", "Month"),
            ("tier", "Tier"),
            ("basis", "Basis of the contract"),
            ("billable", "Billable member-months"),
            ("active", "Active"),
            ("contact", "With contact"),
            ("dose", "Dose reached"),
            ("contacts", "Contacts"),
            ("two_way", "Both sides spoke"),
            ("in_person", "In person"),
            ("minutes", "Minutes"),
        ];
        let mut table =
            Table::new("teams", "By team, month and tier", &columns).lines("month", "team", "active");
        let mut sums: BTreeMap<(&str, Month, Option<Tier>), [u64; 8]> = BTreeMap::new();
        for ((team, month, _), held) in &self.months {
            let basis = basis(setting, team);
            let billable = basis.is_some_and(|basis| held.counts_for(basis));
            let counts = RateBasis::ALL.iter().map(|basis| u64::from(held.counts_for(*basis)));
            let supported = [held.contacts, held.two_way, held.in_person, held.minutes];
            let row = sums.entry((team, *month, held.tier)).or_default();
            let all = std::iter::once(u64::from(billable)).chain(counts).chain(supported);
            row.iter_mut().zip(all).for_each(|(sum, one)| *sum += one);
        }
        for ((team, month, held), counts) in sums {
            let agreed = basis(setting, team).map_or(Cell::Absent, |basis| Cell::from(basis.id()));
            let name = [Cell::from(team), Cell::text(month.to_string()), tier(held), agreed];
            table.row(name.into_iter().chain(counts.map(Cell::Count)));
        }
        table
    }

    fn cases(&self, setting: &Setting) -> Table {
        let columns = [
            ("team", "Team"),
            ("month", "Month"),
            ("case", "Case"),
            ("tier", "Tier"),
            ("billable", "Billable"),
            ("days", "Days in service"),
            ("contacts", "Contacts"),
            ("two_way", "Both sides spoke"),
            ("in_person", "In person"),
            ("minutes", "Minutes"),
        ];
        let mut table = Table::new("cases", "What supports each member-month", &columns);
        let since = setting.today().month().plus(-1);
        let recent = self.months.iter().filter(|((_, month, _), _)| *month >= since);
        for ((team, month, case), held) in recent.take(CASES_MAX) {
            let billable = match basis(setting, team).map(|basis| held.counts_for(basis)) {
                Some(true) => Cell::from("yes"),
                Some(false) => Cell::from("no"),
                None => Cell::Absent,
            };
            table.row([
                Cell::text(team.as_ref()),
                Cell::text(month.to_string()),
                Cell::text(case.as_str()),
                tier(held.tier),
                billable,
                Cell::Count(held.days),
                Cell::Count(held.contacts),
                Cell::Count(held.two_way),
                Cell::Count(held.in_person),
                Cell::Count(held.minutes),
            ]);
        }
        table
    }
}

/// Contacts that the care plan asks of a month, in all and in person: halved once the first phase is over.
fn asked(amount: ServiceAmount, start: Day, month: Month) -> (u64, u64) {
    let intensive_until = start.plus(i32::from(amount.intensive_weeks) * 7);
    let parts = if month.first_day() >= intensive_until { 2 } else { 1 };
    let of = |count: u8| u64::from(count).div_ceil(parts);
    (of(amount.contacts_per_month), of(amount.in_person_per_month))
}

fn basis(setting: &Setting, team: &str) -> Option<RateBasis> {
    setting.teams.iter().find(|held| held.id.as_str() == team)?.rate_basis
}

fn tier(tier: Option<Tier>) -> Cell {
    match tier {
        Some(Tier::Critical) => Cell::from("CRITICAL"),
        Some(Tier::High) => Cell::from("HIGH"),
        Some(Tier::Standard) => Cell::from("STANDARD"),
        None => Cell::Absent,
    }
}
