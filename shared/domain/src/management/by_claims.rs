//! Evidence of management from claims: recency and dose of each rule (FACTS §3.2, rulings 16-18).

use super::{Absence, EPISODE_GAP_DAYS, Finding, earliest};
use crate::criteria::Criteria;
use crate::day::{Day, Month};
use crate::facts::Model;
use crate::tables::{ManagedCode, Marks, RecencyRule, Tables};
use crate::utilization::{Bill, Service, Utilization};

/// One dated piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The model.
    pub model: Model,
    /// The day.
    pub date: Day,
    /// The recency rule of its code.
    pub rule: RecencyRule,
    /// Whether its manager is exclusive.
    pub exclusive: bool,
    /// Position of the service.
    pub service: usize,
}

/// All evidence not later than `as_of`, sorted by model and day.
pub fn collect(utilization: &Utilization<'_>, as_of: Day, tables: &Tables) -> Vec<Evidence> {
    let mut found = Vec::new();
    for (at, service) in utilization.services.iter().enumerate() {
        if service.marks.has(Marks::MANAGED) {
            by_lines(at, service, tables, &mut found);
        }
        if service.bill == Bill::HomeHealth {
            by_bill(at, service, tables, &mut found);
        }
    }
    found.retain(|evidence| evidence.date <= as_of);
    found.sort_unstable();
    found.dedup();
    found
}

fn evidence(entry: ManagedCode, date: Day, service: usize) -> Evidence {
    Evidence { model: entry.model, date, rule: entry.rule, exclusive: entry.exclusive, service }
}

fn by_lines(at: usize, service: &Service<'_>, tables: &Tables, found: &mut Vec<Evidence>) {
    for line in service.claim.lines() {
        let Some(code) = &line.hcpcs else { continue };
        let date = line.from.unwrap_or(service.from());
        found.extend(tables.managed(code).map(|entry| evidence(entry, date, at)));
    }
}

/// A home-health bill covers visits from its first to its last day.
fn by_bill(at: usize, service: &Service<'_>, tables: &Tables, found: &mut Vec<Evidence>) {
    let Some(bill) = &service.claim.head.bill_type else { return };
    for entry in tables.managed_by_bill(bill) {
        let lines = service.claim.lines().filter_map(|line| line.from);
        let mut dates: Vec<Day> = lines.collect();
        if dates.is_empty() {
            dates.extend([service.from(), service.thru()]);
        }
        found.extend(dates.into_iter().map(|date| evidence(entry, date, at)));
    }
}

/// Activity and dose by one rule, and when time alone ends them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Track {
    active: bool,
    dosed: bool,
    expires: Option<Day>,
    discharge: Option<Day>,
}

/// What the claims say about one model; none without evidence.
pub fn assess(
    all: &[Evidence],
    model: Model,
    utilization: &Utilization<'_>,
    as_of: Day,
    criteria: &Criteria,
) -> Option<Finding> {
    let start = all.partition_point(|evidence| evidence.model < model);
    let own = all.get(start..)?;
    let own = own.get(..own.partition_point(|evidence| evidence.model == model))?;
    let last = own.last()?.date;
    let begun = episode_start(own);
    let mut best = Track::default();
    let mut exclusive = false;
    for rule in [
        RecencyRule::Monthly,
        RecencyRule::Tcm30,
        RecencyRule::Act,
        RecencyRule::CaseManagement,
        RecencyRule::Community,
        RecencyRule::HomeHealth,
    ] {
        let dates = distinct_dates(own, rule);
        if dates.is_empty() {
            continue;
        }
        let track = track(rule, &dates, utilization, as_of, criteria);
        let excludes = |e: &Evidence| e.rule == rule && e.exclusive && e.date >= begun;
        exclusive |= track.active && own.iter().any(excludes);
        // A model with two recency rules takes the better (ruling 16).
        let (active, dosed) = (best.active, best.dosed).max((track.active, track.dosed));
        best = Track {
            active,
            dosed,
            expires: earliest(best.expires, track.expires),
            discharge: track.discharge.or(best.discharge),
        };
    }
    let first = best.discharge.filter(|_| best.active).unwrap_or(begun);
    Some(Finding {
        active: best.active,
        dosed: best.dosed,
        exclusive,
        start: Some(first.min(begun)),
        last: Some(last),
        discharge: best.discharge,
        absence: (!best.active).then_some(Absence::Lapsed),
        expires: best.expires,
        services: own.iter().filter(|e| e.date >= begun).map(|evidence| evidence.service).collect(),
        ..Finding::none(model)
    })
}

fn distinct_dates(own: &[Evidence], rule: RecencyRule) -> Vec<Day> {
    let mut dates: Vec<Day> = own.iter().filter(|e| e.rule == rule).map(|evidence| evidence.date).collect();
    dates.dedup();
    dates
}

/// First evidence after a gap of more than 120 days (FACTS §3.2).
fn episode_start(own: &[Evidence]) -> Day {
    let mut start = own.first().map_or(Day::from_count(0), |evidence| evidence.date);
    let mut before = start;
    for evidence in own {
        if evidence.date.since(before) > EPISODE_GAP_DAYS {
            start = evidence.date;
        }
        before = evidence.date;
    }
    start
}

fn track(
    rule: RecencyRule,
    dates: &[Day],
    utilization: &Utilization<'_>,
    as_of: Day,
    criteria: &Criteria,
) -> Track {
    match rule {
        RecencyRule::Monthly => monthly(dates, as_of, criteria),
        RecencyRule::Tcm30 => transition(dates, utilization, as_of),
        RecencyRule::Act => counted(dates, as_of, (4, 60), (4, 60)),
        RecencyRule::CaseManagement => counted(dates, as_of, (1, 60), (3, 90)),
        RecencyRule::Community => counted(dates, as_of, (2, 60), (6, 90)),
        RecencyRule::HomeHealth => counted(dates, as_of, (1, 30), (1, 30)),
    }
}

/// Billed months: active by one in the current or the three months before, dosed by two of the last four completed.
fn monthly(dates: &[Day], as_of: Day, criteria: &Criteria) -> Track {
    let mut months: Vec<Month> = dates.iter().map(|date| date.month()).collect();
    months.dedup();
    let now = as_of.month();
    let active = months.iter().any(|month| (0..criteria.active_lookback_months).contains(&now.since(*month)));
    let completed = months.iter().filter(|month| (1..=4).contains(&now.since(**month))).count();
    Track {
        active,
        dosed: completed >= criteria.dose_months_required,
        expires: active.then(|| now.plus(1).first_day()),
        discharge: None,
    }
}

/// So many dates in so many days, for activity and for dose.
fn counted(dates: &[Day], as_of: Day, active: (usize, i32), dose: (usize, i32)) -> Track {
    let within = |days: i32| dates.iter().filter(|date| as_of.since(**date) < days).count();
    let (active_now, dosed) = (within(active.1) >= active.0, within(dose.1) >= dose.0);
    let leaves = |days: i32| dates.iter().map(|date| date.plus(days)).find(|day| *day > as_of);
    Track {
        active: active_now,
        dosed,
        expires: earliest(
            leaves(active.1).filter(|_| active_now),
            leaves(dose.1).filter(|_| active_now || dosed),
        ),
        discharge: None,
    }
}

/// Transitional care: thirty days from the claim, and lapsed once the day after the 31st from the discharge is past
/// (FACTS §3.2, ruling 16). The discharge is the latest within thirty days before the claim, else the claim's day.
fn transition(dates: &[Day], utilization: &Utilization<'_>, as_of: Day) -> Track {
    let Some(claim) = dates.last().copied() else { return Track::default() };
    let discharge = discharge_before(claim, utilization);
    let active = as_of.since(claim) < 30 && as_of <= discharge.plus(31);
    let ends = claim.plus(30).min(discharge.plus(32));
    Track { active, dosed: active, expires: active.then_some(ends), discharge: Some(discharge) }
}

/// The latest stay discharged on or before `day` and less than thirty days before it, else `day` (ruling 26).
pub(super) fn discharge_before(day: Day, utilization: &Utilization<'_>) -> Day {
    let discharges = utilization.stays.iter().map(|stay| stay.discharge);
    discharges.filter(|discharge| (0..30).contains(&day.since(*discharge))).max().unwrap_or(day)
}
