//! Utilization from claims: emergency visits, acute and observation stays, readmissions, avoidable use, cost
//! (FACTS §1). Everything here is a pure function of the claims that count.

pub mod conditions;
pub mod cost;
pub mod ed;
pub mod gaps;
pub mod medication;
pub mod pqe;
pub mod pqi;
pub mod readmission;
pub mod stay;

use crate::claim::family::EffectiveClaim;
use crate::claim::{ClaimKind, ClaimState, Denial};
use crate::code::Code;
use crate::criteria::{CountDenied, Criteria};
use crate::day::Day;
use crate::facts::Sex;
use crate::tables::{Marks, Tables};

pub use ed::EdVisit;
pub use readmission::Readmission;
pub use stay::{Stay, StayKind};

/// A claim that counts as utilization, with the marks of its codes.
#[derive(Clone, Debug)]
pub struct Service<'a> {
    /// The resolved claim.
    pub claim: EffectiveClaim<'a>,
    /// Marks of all its lines together.
    pub marks: Marks,
    /// What kind of bill it is.
    pub bill: Bill,
}

/// What the type of bill says (FACTS §1.3, §1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bill {
    /// 11x, 41x: hospital inpatient.
    AcuteInpatient,
    /// 12x: inpatient Part B ancillary, neither visit nor stay (ruling 5).
    InpatientAncillary,
    /// 18x, 21x, 22x, 6x and the like: institutional, not acute.
    OtherInpatient,
    /// 72x: dialysis.
    Dialysis,
    /// 81x, 82x: hospice.
    Hospice,
    /// 32x-34x: home health.
    HomeHealth,
    /// Any other facility bill.
    Outpatient,
    /// Not a facility bill.
    None,
}

impl Bill {
    fn of(kind: ClaimKind, bill: Option<Code>) -> Self {
        if kind != ClaimKind::Institutional {
            return Self::None;
        }
        let Some(bill) = bill else { return Self::Outpatient };
        let prefix = bill.as_str().get(..2).unwrap_or_default();
        match prefix {
            "11" | "41" => Self::AcuteInpatient,
            "12" | "42" => Self::InpatientAncillary,
            "72" => Self::Dialysis,
            "81" | "82" => Self::Hospice,
            "32" | "33" | "34" => Self::HomeHealth,
            "15" | "16" | "17" | "18" | "21" | "22" | "25" | "26" | "27" | "28" | "31" | "45" | "46"
            | "47" | "48" | "51" | "52" => Self::OtherInpatient,
            _ if prefix.starts_with('6') => Self::OtherInpatient,
            _ => Self::Outpatient,
        }
    }
}

impl<'a> Service<'a> {
    /// Marks a resolved claim.
    pub fn new(claim: EffectiveClaim<'a>, tables: &Tables) -> Self {
        let mut marks = Marks::NONE;
        for line in claim.lines() {
            for code in [&line.rev, &line.hcpcs].into_iter().flatten() {
                marks = marks | tables.marks(code);
            }
        }
        let bill = Bill::of(claim.head.kind, claim.head.bill_type);
        Self { claim, marks, bill }
    }

    /// First service day.
    pub fn from(&self) -> Day {
        self.claim.head.from
    }

    /// Last service day.
    pub fn thru(&self) -> Day {
        self.claim.head.thru.max(self.claim.head.from)
    }

    /// Service dates of the lines that carry one of `marks`: first and last day of each; a line without dates has
    /// the claim's.
    pub fn dates_of(&self, tables: &Tables, marks: Marks) -> impl Iterator<Item = (Day, Day)> {
        let (from, thru) = (self.from(), self.thru());
        let of_line = move |line: &crate::claim::Line| {
            let first = line.from.unwrap_or(from);
            (first, line.thru.unwrap_or(if line.from.is_some() { first } else { thru }).max(first))
        };
        let carries = |line: &&crate::claim::Line| {
            [&line.rev, &line.hcpcs].into_iter().flatten().any(|code| tables.marks(code).has(marks))
        };
        let dates: Vec<(Day, Day)> = self.claim.lines().filter(carries).map(of_line).collect();
        dates.into_iter()
    }
}

/// Whether a resolved claim counts as utilization (FACTS §1.1, ruling 4).
pub fn counts(claim: &EffectiveClaim<'_>, criteria: &Criteria) -> bool {
    if matches!(claim.head.kind, ClaimKind::Dental) {
        return false;
    }
    match claim.state {
        ClaimState::Paid | ClaimState::Encounter => true,
        ClaimState::Submitted | ClaimState::Pended => criteria.include_provisional,
        ClaimState::Cancelled => false,
        ClaimState::Denied => {
            let took_place =
                !matches!(claim.denial, Some(Denial::Duplicate | Denial::Eligibility | Denial::NotRendered));
            criteria.count_denied == CountDenied::ServiceOccurred && took_place
        }
    }
}

/// The utilization of one member in one view of the claims.
#[derive(Clone, Debug)]
pub struct Utilization<'a> {
    /// Every claim that counts.
    pub services: Vec<Service<'a>>,
    /// Acute and observation stays after merging, by admission.
    pub stays: Vec<Stay>,
    /// Emergency visits that did not lead to a stay, by date.
    pub ed_visits: Vec<EdVisit>,
    /// Emergency visits that did.
    pub ed_leading_to_stay: Vec<EdVisit>,
    /// Unplanned readmissions.
    pub readmissions: Vec<Readmission>,
}

/// What of the member's person utilization depends on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Person {
    /// Birth date.
    pub birth: Option<Day>,
    /// Sex.
    pub sex: Option<Sex>,
}

impl Person {
    /// Age in whole years on a day; none without a birth date.
    pub fn age(&self, day: Day) -> Option<i32> {
        self.birth.map(|birth| day.age_from(birth))
    }
}

impl<'a> Utilization<'a> {
    /// Folds resolved claims into visits and stays.
    pub fn of(
        claims: impl IntoIterator<Item = EffectiveClaim<'a>>,
        person: Person,
        criteria: &Criteria,
        tables: &Tables,
    ) -> Self {
        let services: Vec<Service<'a>> = claims
            .into_iter()
            .filter(|claim| counts(claim, criteria))
            .map(|claim| Service::new(claim, tables))
            .collect();
        let stays = stay::stays(&services, person, criteria, tables);
        let (ed_visits, ed_leading_to_stay) = ed::visits(&services, &stays, criteria, tables);
        let readmissions = readmission::readmissions(&stays, criteria);
        Self { services, stays, ed_visits, ed_leading_to_stay, readmissions }
    }

    /// The services behind an event.
    pub fn services_at<'b>(&'b self, indexes: &'b [usize]) -> impl Iterator<Item = &'b Service<'a>> {
        indexes.iter().filter_map(|at| self.services.get(*at))
    }
}
