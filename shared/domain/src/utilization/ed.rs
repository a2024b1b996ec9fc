//! Emergency visits (FACTS §1.2, ruling 5).

use super::{Bill, Service, Stay, StayKind};
use crate::criteria::Criteria;
use crate::day::Day;
use crate::tables::{Marks, Tables};
use std::collections::BTreeMap;

/// One emergency visit: one person, one date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdVisit {
    /// The date.
    pub date: Day,
    /// Indexes of its services; institutional ones first, then professional ones, each in claim order.
    pub services: Vec<usize>,
}

/// The emergency visits that did not lead to a stay, and those that did.
pub fn visits(
    services: &[Service<'_>],
    stays: &[Stay],
    criteria: &Criteria,
    tables: &Tables,
) -> (Vec<EdVisit>, Vec<EdVisit>) {
    let marks = if criteria.count_0456_as_ed { Marks::ED | Marks::URGENT_CARE } else { Marks::ED };
    let mut dates: BTreeMap<Day, Vec<usize>> = BTreeMap::new();
    for (at, service) in services.iter().enumerate() {
        if service.bill == Bill::Outpatient
            && service.marks.has(marks)
            && let Some((date, _)) = service.dates_of(tables, marks).min()
        {
            dates.entry(date).or_default().push(at);
        }
    }
    let institutional: Vec<Day> = dates.keys().copied().collect();
    for (at, date) in professional_dates(services, tables, marks) {
        // A professional claim dated D or D+1 joins the institutional visit dated D; there is no chaining.
        let joined = [date, date.plus(-1)].into_iter().find(|day| institutional.binary_search(day).is_ok());
        let indexes = dates.entry(joined.unwrap_or(date)).or_default();
        if !indexes.contains(&at) {
            indexes.push(at);
        }
    }
    let all = dates.into_iter().map(|(date, services)| EdVisit { date, services });
    all.partition(|visit| !stays.iter().any(|stay| absorbs(stay, visit.date, criteria)))
}

/// An ED visit on the day before an admission or on any day of the stay belongs to the stay (FACTS §1.2 (b)).
/// Only acute and observation stays absorb (ruling 9); observation only where it counts as a stay.
fn absorbs(stay: &Stay, date: Day, criteria: &Criteria) -> bool {
    let counted = stay.kind == StayKind::Acute || criteria.count_observation_as_stay;
    counted && date >= stay.admit.plus(-criteria.ed_admit_gap_days) && date <= stay.discharge
}

/// Professional claims with emergency lines: each date once. Place of service 23 or the emergency codes.
fn professional_dates(services: &[Service<'_>], tables: &Tables, marks: Marks) -> Vec<(usize, Day)> {
    let mut found = Vec::new();
    for (at, service) in services.iter().enumerate() {
        if service.bill != Bill::None {
            continue;
        }
        for line in service.claim.lines() {
            let emergency = line.pos.is_some_and(|pos| pos == "23")
                || line.hcpcs.is_some_and(|code| tables.marks(&code).has(marks));
            let date = line.from.unwrap_or(service.from());
            if emergency && !found.contains(&(at, date)) {
                found.push((at, date));
            }
        }
    }
    found
}
