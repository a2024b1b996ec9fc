//! Acute and observation stays (FACTS §1.3, §1.4, rulings 5-11).

use super::{Bill, Person, Service};
use crate::code::Code;
use crate::criteria::Criteria;
use crate::day::Day;
use crate::tables::{Marks, Tables};

/// Whether a stay is an inpatient one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StayKind {
    /// At least one leg is a hospital inpatient bill.
    Acute,
    /// Observation only.
    Observation,
}

/// One stay after merging interim bills, corrections and transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// First admission day.
    pub admit: Day,
    /// Last discharge day.
    pub discharge: Day,
    /// Acute or observation.
    pub kind: StayKind,
    /// Planned, from the first leg (ruling 10).
    pub planned: bool,
    /// Principal diagnosis of the first leg (ruling 10).
    pub principal: Option<Code>,
    /// Admission type of the first leg.
    pub admit_type: Option<Code>,
    /// Point of origin of the first leg.
    pub admit_source: Option<Code>,
    /// Discharge status of the last leg.
    pub status: Option<Code>,
    /// Pregnancy, childbirth, puerperium (ruling 11).
    pub maternity: bool,
    /// Newborn (ruling 11).
    pub newborn: bool,
    /// Indexes of the services that are its legs, in order; the first is the one that the stay takes its facts from.
    pub legs: Vec<usize>,
}

impl Stay {
    /// A stay that triggers may count: unplanned, neither maternity nor newborn (FACTS §2.2).
    pub const fn triggers(&self) -> bool {
        !self.planned && !self.maternity && !self.newborn
    }
}

/// One bill of a stay, before merging.
struct Leg {
    at: usize,
    admit: Day,
    discharge: Day,
    acute: bool,
    still_patient: bool,
}

/// Builds the stays of one member.
pub fn stays(services: &[Service<'_>], person: Person, criteria: &Criteria, tables: &Tables) -> Vec<Stay> {
    let mut legs: Vec<Leg> =
        (0..services.len()).filter_map(|at| leg(services, at, criteria, tables)).collect();
    legs.sort_by_key(|leg| {
        let number = services.get(leg.at).map(|service| service.claim.head.claim_id.as_str());
        (leg.admit, !leg.acute, leg.discharge, number)
    });
    let mut groups: Vec<Vec<Leg>> = Vec::new();
    for leg in legs {
        let same = groups.iter_mut().rev().find(|group| continues(services, group, &leg, criteria));
        match same {
            Some(group) => group.push(leg),
            None => groups.push(vec![leg]),
        }
    }
    let mut stays: Vec<Stay> = merge_touching(groups, criteria)
        .iter()
        .filter_map(|group| stay_of(services, group, person, tables))
        .collect();
    stays.sort_by_key(|stay| (stay.admit, stay.discharge));
    stays
}

/// The stay that a bill is part of, if any (FACTS §1.3, ruling 5: observation on outpatient bills only).
fn leg(services: &[Service<'_>], at: usize, criteria: &Criteria, tables: &Tables) -> Option<Leg> {
    let service = services.get(at)?;
    let head = service.claim.head;
    let rehab = service.marks.has(Marks::REHAB) && !criteria.count_rehab_as_stay;
    match service.bill {
        Bill::AcuteInpatient if !rehab => {
            let admit = head.admit.unwrap_or(head.from);
            let discharge = head.discharge.unwrap_or(head.thru).max(admit);
            let still_patient = head.discharge_status.is_some_and(|status| status == "30");
            Some(Leg { at, admit, discharge, acute: true, still_patient })
        }
        Bill::Outpatient if service.marks.has(Marks::OBSERVATION) && criteria.count_observation_as_stay => {
            let dates = || service.dates_of(tables, Marks::OBSERVATION);
            let admit = dates().map(|(first, _)| first).min()?;
            let discharge = dates().map(|(_, last)| last).max()?.max(admit);
            Some(Leg { at, admit, discharge, acute: false, still_patient: false })
        }
        Bill::AcuteInpatient
        | Bill::InpatientAncillary
        | Bill::OtherInpatient
        | Bill::Dialysis
        | Bill::Hospice
        | Bill::HomeHealth
        | Bill::Outpatient
        | Bill::None => None,
    }
}

/// Whether a bill continues a stay: it touches one of its bills, or the stay's last bill says "still a patient"
/// (status 30) at the same facility, also when a middle bill is missing (ruling 6). Two claims that name no facility
/// are taken to be of one.
fn continues(services: &[Service<'_>], stay: &[Leg], later: &Leg, criteria: &Criteria) -> bool {
    if stay.iter().any(|leg| touches(leg.discharge, later.admit, criteria)) {
        return true;
    }
    let facility =
        |leg: &Leg| services.get(leg.at).and_then(|service| service.claim.head.facility.as_deref());
    let last = stay.iter().max_by_key(|leg| (leg.discharge, leg.admit));
    last.is_some_and(|last| {
        last.acute && later.acute && last.still_patient && facility(last) == facility(later)
    })
}

/// Transfer rule: a gap of 0 or 1 calendar days is one stay, at any facility; overlaps are too (FACTS §1.3).
const fn touches(discharge: Day, admit: Day, criteria: &Criteria) -> bool {
    admit.since(discharge) <= criteria.transfer_gap_days
}

/// Merges groups that came to touch each other through a bill added later.
fn merge_touching(mut groups: Vec<Vec<Leg>>, criteria: &Criteria) -> Vec<Vec<Leg>> {
    groups.sort_by_key(|group| group.iter().map(|leg| leg.admit).min());
    let mut merged: Vec<Vec<Leg>> = Vec::with_capacity(groups.len());
    for group in groups {
        let admit = group.iter().map(|leg| leg.admit).min();
        let last = merged.last_mut().filter(|before| {
            before
                .iter()
                .map(|leg| leg.discharge)
                .max()
                .zip(admit)
                .is_some_and(|(d, a)| touches(d, a, criteria))
        });
        match last {
            Some(before) => before.extend(group),
            None => merged.push(group),
        }
    }
    merged
}

fn stay_of(services: &[Service<'_>], legs: &[Leg], person: Person, tables: &Tables) -> Option<Stay> {
    let first = services.get(legs.iter().min_by_key(|leg| (leg.admit, !leg.acute))?.at)?.claim.head;
    let last = services.get(legs.iter().max_by_key(|leg| (leg.discharge, leg.admit))?.at)?.claim.head;
    let admit = legs.iter().map(|leg| leg.admit).min()?;
    let principal = first.principal_dx().copied();
    let elective = first.admit_type.is_some_and(|kind| kind == "3");
    let any_dx = |test: &dyn Fn(&Code) -> bool| {
        legs.iter().filter_map(|leg| services.get(leg.at)).any(|s| s.claim.head.icd10().any(test))
    };
    Some(Stay {
        admit,
        discharge: legs.iter().map(|leg| leg.discharge).max()?,
        kind: if legs.iter().any(|leg| leg.acute) { StayKind::Acute } else { StayKind::Observation },
        planned: elective || principal.is_some_and(|dx| tables.in_set("PLANNED_DX", &dx)),
        principal,
        admit_type: first.admit_type,
        admit_source: first.admit_source,
        status: last.discharge_status,
        maternity: principal.is_some_and(|dx| is_maternity(&dx)),
        newborn: any_dx(&|dx| dx.starts_with("Z38")) || is_perinatal(principal, person, admit),
        legs: legs.iter().map(|leg| leg.at).collect(),
    })
}

/// Ruling 11: principal O00-O9A, Z37 or Z39.
fn is_maternity(dx: &Code) -> bool {
    dx.starts_with("O") || dx.starts_with("Z37") || dx.starts_with("Z39")
}

/// Ruling 11: principal P00-P96 before day 29 of life.
fn is_perinatal(principal: Option<Code>, person: Person, admit: Day) -> bool {
    let young = person.birth.is_some_and(|birth| admit.since(birth) < 29);
    young
        && principal.is_some_and(|dx| dx.starts_with("P") && dx.as_str().get(1..3).is_some_and(|n| n <= "96"))
}
