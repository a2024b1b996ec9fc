//! Ambulatory-care-sensitive admissions: AHRQ PQI composite 90 (FACTS §1.6).
//! The sets are named by their AHRQ formats; the rules that tie them together are here.

use super::{Person, Service, Stay, StayKind};
use crate::code::Code;
use crate::tables::Tables;

/// Whether a stay is a PQI-90 admission. Observation stays never are (ruling 10); the point of origin must not be
/// a transfer (4, 5, 6); adults only, age on the admission day.
pub fn is_pqi(stay: &Stay, services: &[Service<'_>], person: Person, tables: &Tables) -> bool {
    let Some(age) = person.age(stay.admit) else { return false };
    let transfer = stay.admit_source.is_some_and(|origin| ["4", "5", "6"].iter().any(|code| origin == *code));
    if stay.kind != StayKind::Acute || age < 18 || transfer {
        return false;
    }
    let legs = || stay.legs.iter().filter_map(|at| services.get(*at)).map(|service| service.claim.head);
    let admission = Admission {
        principal: stay.principal,
        age,
        dx: legs().flat_map(|head| head.icd10().copied()).collect(),
        px: legs().flat_map(|head| head.px.iter().copied()).collect(),
        tables,
    };
    admission.medical() || admission.amputation()
}

struct Admission<'t> {
    principal: Option<Code>,
    age: i32,
    dx: Vec<Code>,
    px: Vec<Code>,
    tables: &'t Tables,
}

impl Admission<'_> {
    fn principal_in(&self, set: &str) -> bool {
        self.principal.is_some_and(|dx| self.tables.in_set(set, &dx))
    }

    fn any_dx(&self, set: &str) -> bool {
        self.dx.iter().any(|dx| self.tables.in_set(set, dx))
    }

    fn any_px(&self, set: &str) -> bool {
        self.px.iter().any(|px| self.tables.in_set(set, px))
    }

    /// The nine indicators with a principal diagnosis.
    fn medical(&self) -> bool {
        let asthma = self.principal_in("ACSASTD");
        let lungs = (self.age >= 40 && self.principal_in("ACCOPDD")) || asthma;
        let immune = || self.any_dx("IMMUNID") || self.any_px("IMMUNIP");
        let access = || self.any_dx("ACSHY2D") && self.any_px("DIALY2P");
        ["ACDIASD", "ACDIALD", "ACDIAUD"].iter().any(|set| self.principal_in(set))
            || (lungs && !self.any_dx("RESPAN"))
            || (self.principal_in("ACSHYPD") && !self.any_px("ACSCARP") && !access())
            || (self.principal_in("MRTCHFD") && !self.any_px("ACSCARP"))
            || (self.principal_in("ACSBACD") && !self.any_dx("ACSBA2D") && !immune())
            || (self.principal_in("ACSUTID") && !self.any_dx("KIDNEY") && !immune())
    }

    /// PQI 16: leg amputation with diabetes, neither trauma nor obstetric.
    fn amputation(&self) -> bool {
        self.any_px("ACSLEAP")
            && self.any_dx("ACSLEAD")
            && !self.any_dx("ACLEA2D")
            && !self.principal_in("MDC14PRINDX")
    }
}
