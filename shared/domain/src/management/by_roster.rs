//! Evidence of management from rosters of other programs (FACTS §3.2 ROSTER, rulings 22-31).

use super::by_claims::discharge_before;
use super::{Absence, Finding, earliest};
use crate::day::Day;
use crate::facts::{Model, RosterRow, RosterStatus};
use crate::utilization::Utilization;

/// Days for which a row, and the last contact, stay fresh; the last one is inside (ruling 23).
const FRESH_DAYS: i32 = 45;
/// Days in which two contacts make the dose (FACTS §3.2).
const DOSE_DAYS: i32 = 90;

/// What the rows of one model say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The finding by rows alone.
    pub finding: Finding,
    /// The latest day on which a row ended or was declined: it closes an episode of claims (ruling 29).
    pub closed_on: Option<Day>,
    /// First and last day of which an enrolment, also a stale or ended one, is evidence.
    pub span: Option<(Day, Day)>,
    /// Whether the enrolment has contacts: only then may it set the start where claims are active.
    pub has_contacts: bool,
}

/// The row that speaks alone for each program and model: the latest `as_of`; on the same day the enrolled one, then
/// the earlier start, whatever the order in the file (ruling 24). Rows later than `as_of` are unknown (ruling 23).
pub fn speaking(rows: &[&RosterRow], as_of: Day) -> Vec<usize> {
    let known = rows.iter().enumerate().filter(|(_, row)| row.as_of <= as_of && row.model != Model::M4);
    let mut order: Vec<(usize, &RosterRow)> = known.map(|(at, row)| (at, *row)).collect();
    order.sort_by(|(_, a), (_, b)| {
        let rank = |row: &RosterRow| row.status != RosterStatus::Enrolled;
        let start = |row: &RosterRow| row.start.unwrap_or(row.as_of);
        let same = (a.model, &a.program).cmp(&(b.model, &b.program));
        same.then(b.as_of.cmp(&a.as_of))
            .then(rank(a).cmp(&rank(b)))
            .then(start(a).cmp(&start(b)))
            .then_with(|| tie_break(a, b))
    });
    order.dedup_by(|later, kept| later.1.model == kept.1.model && later.1.program == kept.1.program);
    order.into_iter().map(|(at, _)| at).collect()
}

/// A fixed order between rows that agree in everything that ruling 24 names.
fn tie_break(a: &RosterRow, b: &RosterRow) -> std::cmp::Ordering {
    (a.status, a.end, &a.contacts, a.available, a.part2).cmp(&(
        b.status,
        b.end,
        &b.contacts,
        b.available,
        b.part2,
    ))
}

/// What the speaking rows say about one model; none without rows.
pub fn assess(
    speaking: &[usize],
    rows: &[&RosterRow],
    model: Model,
    utilization: &Utilization<'_>,
    as_of: Day,
) -> Option<Rows> {
    let own = speaking.iter().filter_map(|at| rows.get(*at).map(|row| (*at, *row)));
    let said = own.filter(|(_, row)| row.model == model).map(|(at, row)| one(at, row, utilization, as_of));
    said.reduce(|mut all, next| {
        all.closed_on = all.closed_on.max(next.closed_on);
        all.span = match (all.span, next.span) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
        all.has_contacts |= next.has_contacts;
        all.finding = merge(all.finding, next.finding);
        all
    })
}

/// Rows of two programs of one model: active if either is.
fn merge(one: Finding, other: Finding) -> Finding {
    let start = match (one.active, other.active) {
        (true, false) => one.start,
        (false, true) => other.start,
        _ => earliest(one.start, other.start),
    };
    let active = one.active || other.active;
    Finding {
        model: one.model,
        active,
        dosed: one.dosed || other.dosed,
        exclusive: one.exclusive || other.exclusive,
        start,
        last: one.last.max(other.last),
        discharge: one.discharge.max(other.discharge),
        absence: if active { None } else { one.absence.into_iter().chain(other.absence).min() },
        expires: earliest(one.expires, other.expires),
        services: Vec::new(),
        rows: [one.rows, other.rows].concat(),
    }
}

fn one(at: usize, row: &RosterRow, utilization: &Utilization<'_>, as_of: Day) -> Rows {
    let nothing = Finding { rows: vec![at], ..Finding::none(row.model) };
    let absent = |absence, closed_on| Rows {
        finding: Finding {
            absence: Some(absence),
            start: row.start,
            last: Some(row.as_of),
            ..nothing.clone()
        },
        closed_on,
        span: None,
        has_contacts: false,
    };
    if !row.available {
        return absent(Absence::NotAvailable, None);
    }
    // The end day itself is still enrolled (ruling 24).
    let over = row.end.filter(|end| *end < as_of);
    let closing = Some(row.end.unwrap_or(row.as_of));
    match row.status {
        RosterStatus::Declined => absent(Absence::OfferedDeclined, closing),
        RosterStatus::Unreachable => absent(Absence::UnreachableBy, None),
        RosterStatus::Ended => was_enrolled(row, absent(Absence::Lapsed, closing), as_of),
        RosterStatus::Enrolled if over.is_some() => was_enrolled(row, absent(Absence::Lapsed, over), as_of),
        RosterStatus::Enrolled if row.start.is_some_and(|start| start > as_of) => {
            Rows { finding: nothing, closed_on: None, span: None, has_contacts: false }
        }
        RosterStatus::Enrolled if as_of.since(row.as_of) > FRESH_DAYS => {
            was_enrolled(row, absent(Absence::Lapsed, None), as_of)
        }
        RosterStatus::Enrolled if row.model == Model::M7 => transition(row, nothing, utilization, as_of),
        RosterStatus::Enrolled => enrolled(row, nothing, as_of),
    }
}

/// The distinct days of contact that count, in order (ruling 23).
fn contacts(row: &RosterRow, as_of: Day) -> Vec<Day> {
    let mut days: Vec<Day> = row.contacts.iter().copied().filter(|day| counts(row, *day, as_of)).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// First day of the row's episode (ruling 22).
fn begin(row: &RosterRow, contacts: &[Day]) -> Day {
    row.start.or(contacts.first().copied()).unwrap_or(row.as_of)
}

/// An ended or stale row was enrolment until its end, or until the day it describes.
fn was_enrolled(row: &RosterRow, absent: Rows, as_of: Day) -> Rows {
    let contacts = contacts(row, as_of);
    let start = begin(row, &contacts);
    let last = row.end.unwrap_or(row.as_of).min(as_of);
    Rows { span: Some((start, last.max(start))), has_contacts: !contacts.is_empty(), ..absent }
}

/// An enrolled, fresh row (rulings 22, 23).
fn enrolled(row: &RosterRow, nothing: Finding, as_of: Day) -> Rows {
    let contacts = contacts(row, as_of);
    let last = contacts.last().copied();
    let recent = contacts.iter().filter(|day| as_of.since(**day) < DOSE_DAYS).count();
    let dosed = last.is_some_and(|day| as_of.since(day) <= FRESH_DAYS) && recent >= 2;
    let start = begin(row, &contacts);
    let stale = row.as_of.plus(FRESH_DAYS + 1);
    // The dose ends when the last contact gets old, or when the last but one leaves the 90 days.
    let second = contacts.iter().rev().nth(1).map(|day| day.plus(DOSE_DAYS));
    let undosed = earliest(last.map(|day| day.plus(FRESH_DAYS + 1)), second).filter(|_| dosed);
    Rows {
        finding: Finding {
            active: true,
            dosed,
            exclusive: matches!(row.model, Model::M3 | Model::M8),
            start: Some(start),
            last: last.or(Some(row.as_of)),
            expires: earliest(Some(stale), earliest(undosed, row.end.map(|end| end.plus(1)))),
            ..nothing
        },
        closed_on: None,
        span: Some((start, as_of)),
        has_contacts: !contacts.is_empty(),
    }
}

fn counts(row: &RosterRow, day: Day, as_of: Day) -> bool {
    day <= as_of
        && day <= row.as_of
        && row.start.is_none_or(|start| day >= start)
        && row.end.is_none_or(|end| day <= end)
}

/// A transitions row follows the thirty days of a discharge only (ruling 26).
fn transition(row: &RosterRow, nothing: Finding, utilization: &Utilization<'_>, as_of: Day) -> Rows {
    let begun = row.start.or(row.contacts.iter().copied().filter(|day| counts(row, *day, as_of)).min());
    let discharge = discharge_before(begun.unwrap_or(row.as_of), utilization);
    let active = as_of.since(discharge) < 30;
    let finding = Finding {
        active,
        dosed: active,
        start: Some(discharge),
        last: Some(row.as_of),
        discharge: Some(discharge),
        absence: (!active).then_some(Absence::Lapsed),
        expires: active.then(|| discharge.plus(30)),
        ..nothing
    };
    Rows { finding, closed_on: None, span: Some((discharge, as_of)), has_contacts: true }
}
