//! Avoidable emergency visits: AHRQ PQE 01-05 (FACTS §1.7). Never shown to members or vendors as a judgement.

use super::{EdVisit, Person, Utilization};
use crate::code::Code;
use crate::day::Window;
use crate::facts::Sex;
use crate::tables::Tables;

/// The diagnoses of one visit: those of its institutional claim, else of its first professional one.
struct Diagnoses {
    principal: Option<Code>,
    all: Vec<Code>,
}

impl Diagnoses {
    fn of(visit: &EdVisit, utilization: &Utilization<'_>) -> Self {
        let head = utilization.services_at(&visit.services).next().map(|service| service.claim.head);
        Self {
            principal: head.and_then(|claim| claim.principal_dx().copied()),
            all: head.into_iter().flat_map(|claim| claim.icd10().copied()).collect(),
        }
    }
}

/// The visits of the window that are PQE visits: positions among `utilization.ed_visits`. A back-pain visit counts
/// from the second one in the window on: what happened before it changes nothing (FACTS §0).
pub fn pqe_visits(
    utilization: &Utilization<'_>,
    person: Person,
    window: Window,
    tables: &Tables,
) -> Vec<usize> {
    let mut found = Vec::new();
    let Some(birth) = person.birth else { return found };
    let mut back_pain_before = false;
    for (at, visit) in utilization.ed_visits.iter().enumerate() {
        if !window.contains(visit.date) {
            continue;
        }
        let rules = Rules {
            dx: Diagnoses::of(visit, utilization),
            age: visit.date.age_from(birth),
            days_old: visit.date.since(birth),
            sex: person.sex,
            tables,
        };
        let back = rules.back_pain();
        let again = back && back_pain_before;
        if rules.dental() || rules.chronic() || rules.acute() || rules.asthma() || again {
            found.push(at);
        }
        back_pain_before |= back;
    }
    found
}

struct Rules<'t> {
    dx: Diagnoses,
    age: i32,
    days_old: i32,
    sex: Option<Sex>,
    tables: &'t Tables,
}

impl Rules<'_> {
    fn first(&self, set: &str) -> bool {
        self.dx.principal.is_some_and(|dx| self.tables.in_set(set, &dx))
    }

    fn any(&self, set: &str) -> bool {
        self.dx.all.iter().any(|dx| self.tables.in_set(set, dx))
    }

    /// PQE 01: non-traumatic dental.
    fn dental(&self) -> bool {
        self.age >= 5 && self.first("PQE:DentalVisit") && !self.any("PQE:TraumaToFace")
    }

    /// PQE 02: chronic conditions.
    fn chronic(&self) -> bool {
        let direct = ["PQE:HeartFailure", "PQE:COPD", "PQE:Asthma", "PQE:DMSTCX", "PQE:CKD"]
            .iter()
            .any(|set| self.first(set));
        let lungs = self.first("PQE:LowerRespInfection") && (self.any("PQE:COPD") || self.any("PQE:Asthma"));
        self.age >= 40 && (direct || lungs)
    }

    /// PQE 03: acute conditions, older than three months and under 65.
    fn acute(&self) -> bool {
        if self.days_old <= 90 || self.age >= 65 {
            return false;
        }
        let cellulitis = self.first("PQE:Cellulitis") && !self.any("PQE:Diabetes");
        let cystitis = self.sex == Some(Sex::Female)
            && (18..=34).contains(&self.age)
            && self.first("PQE:UTI_NONCX")
            && !self.any("PQE:QE03EXC_UTM");
        let infection = || self.first("PQE:UpperRespInfection") || self.first("PQE:Influenza");
        (cellulitis || cystitis || infection()) && !self.any("PQE:Immunocompromised")
    }

    /// PQE 04: asthma from 5 to 39.
    fn asthma(&self) -> bool {
        let direct = self.first("PQE:Asthma") || (self.first("PQE:QE4Bronchitis") && self.any("PQE:Asthma"));
        let exclusions = ["PQE:CysticFibrosis", "PQE:RespiratoryAnomalies", "PQE:QE4EXC_PNEUMONIA"];
        (5..=39).contains(&self.age) && direct && !exclusions.iter().any(|set| self.any(set))
    }

    /// A back-pain visit without a reason for alarm.
    fn back_pain(&self) -> bool {
        let alarms = [
            "PQE:BPExcludeCES",
            "PQE:BPExcludeCancer",
            "PQE:BPExcludeFever",
            "PQE:BPExcludeUTI",
            "PQE:TraumaF",
        ];
        self.age >= 18 && self.first("PQE:BACKPAIN") && !alarms.iter().any(|set| self.any(set))
    }
}
