//! Missed follow-up after stays and emergency visits (FACTS §1.9): each a flag for the care manager, none a trigger.
//! Claims come late: a gap of the last weeks may be a claim on its way, so a gap names its last day.

use super::{Bill, Person, Service, Utilization};
use crate::code::Code;
use crate::day::{Day, Window};
use serde::Serialize;

/// The follow-up measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Measure {
    /// After a stay for mental illness.
    Fuh,
    /// After an emergency visit for mental illness or self-harm.
    Fum,
    /// After an emergency visit for substance use or overdose. Sensitive (FACTS §7).
    Fua,
    /// After any stay.
    Trc,
}

/// Whether the follow-up took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FollowUp {
    /// Within the window.
    Done,
    /// Not yet, and the window is open.
    Open,
    /// The window is over without one.
    Missed,
}

/// One index event with its follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Gap {
    /// The measure.
    pub measure: Measure,
    /// Day of the discharge or visit.
    pub index: Day,
    /// Last day of the window.
    pub until: Day,
    /// What happened.
    pub follow_up: FollowUp,
}

/// Principal mental illness (FACTS §1.9: F20-F99 without substance use), or self-harm among `all`.
fn mental(principal: Option<&Code>, mut all: impl Iterator<Item = Code>) -> bool {
    let illness = |dx: &Code| dx.starts_with("F") && !dx.starts_with("F0") && !dx.starts_with("F1");
    let self_harm = |dx: Code| {
        ["X71", "X72", "X73", "X74", "X75", "X76", "X77", "X78", "X79", "X8", "T1491"]
            .iter()
            .any(|prefix| dx.starts_with(prefix))
    };
    principal.is_some_and(illness) || all.any(self_harm)
}

fn substance(dx: &Code) -> bool {
    dx.starts_with("F1") && !dx.starts_with("F17")
}

/// Overdose: poisoning by narcotics, sedatives, stimulants.
fn overdose(dx: &Code) -> bool {
    ["T40", "T42", "T436", "T51"].iter().any(|prefix| dx.starts_with(prefix))
}

/// All gaps whose index lies in the last 120 days, by index day.
pub fn gaps(utilization: &Utilization<'_>, person: Person, as_of: Day) -> Vec<Gap> {
    let recent = Window::ending(as_of, 120);
    let mut found = Vec::new();
    for stay in utilization.stays.iter().filter(|stay| recent.contains(stay.discharge)) {
        let age = person.age(stay.discharge).unwrap_or(99);
        if age >= 6 && mental(stay.principal.as_ref(), std::iter::empty()) {
            let with = |service: &Service<'_>| {
                visit(service) && mental(service.claim.head.principal_dx(), std::iter::empty())
            };
            found.push(gap(Measure::Fuh, utilization, (stay.discharge, 1, 30), as_of, with));
        }
        if age >= 18 {
            found.push(gap(Measure::Trc, utilization, (stay.discharge, 1, 30), as_of, visit));
        }
    }
    for event in utilization.ed_visits.iter().filter(|event| recent.contains(event.date)) {
        let age = person.age(event.date).unwrap_or(99);
        let Some(first) = utilization.services_at(&event.services).next() else { continue };
        let head = first.claim.head;
        let of_event = |service: &Service<'_>| service.claim.head.claim_id == head.claim_id;
        if age >= 6 && mental(head.principal_dx(), head.icd10().copied()) {
            let with = |service: &Service<'_>| {
                visit(service)
                    && !of_event(service)
                    && mental(service.claim.head.principal_dx(), std::iter::empty())
            };
            found.push(gap(Measure::Fum, utilization, (event.date, 0, 30), as_of, with));
        }
        if age >= 13 && (head.principal_dx().is_some_and(substance) || head.icd10().any(overdose)) {
            let with = |service: &Service<'_>| {
                visit(service) && !of_event(service) && service.claim.head.icd10().any(substance)
            };
            found.push(gap(Measure::Fua, utilization, (event.date, 0, 30), as_of, with));
        }
    }
    found.sort_unstable_by_key(|gap| (gap.index, gap.measure));
    found
}

/// A visit that can close a gap: a professional service outside hospital and emergency department.
fn visit(service: &Service<'_>) -> bool {
    let elsewhere = |pos: Code| !["21", "23", "41", "42", "51", "81"].iter().any(|code| pos == *code);
    service.bill == Bill::None && service.claim.lines().any(|line| line.pos.is_none_or(elsewhere))
}

fn gap(
    measure: Measure,
    utilization: &Utilization<'_>,
    (index, first, last): (Day, i32, i32),
    as_of: Day,
    closes: impl Fn(&Service<'_>) -> bool,
) -> Gap {
    let window = Window { first: index.plus(first), last: index.plus(last) };
    let done = utilization.services.iter().any(|service| window.contains(service.from()) && closes(service));
    let follow_up = match (done, as_of > window.last) {
        (true, _) => FollowUp::Done,
        (false, false) => FollowUp::Open,
        (false, true) => FollowUp::Missed,
    };
    Gap { measure, index, until: window.last, follow_up }
}
