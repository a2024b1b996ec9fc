//! Why nobody is engaged (rulings 19 and 31).

use crate::day::Day;
use crate::facts::Model;
use crate::management::{Absence, Finding};

/// The finding of absence: the first that applies of LAPSED, OFFERED_DECLINED, UNREACHABLE_BY, NOT_AVAILABLE,
/// NO_EVIDENCE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absent {
    /// What was found.
    pub what: Absence,
    /// The model that it concerns.
    pub model: Option<Model>,
    /// Last evidence of it.
    pub last: Option<Day>,
}

impl Absent {
    /// From all findings, none of which is active.
    pub fn of(findings: &[Finding]) -> Self {
        let found = findings.iter().filter_map(|f| f.absence.map(|what| (what, f.model, f.last)));
        let first = found.min_by_key(|(what, model, last)| (*what, std::cmp::Reverse(*last), *model));
        match first {
            Some((what, model, last)) => Self { what, model: Some(model), last },
            None => Self { what: Absence::NoEvidence, model: None, last: None },
        }
    }

    /// Where nothing else is known, that no fitting model is to be had where the member lives says why.
    #[must_use]
    pub fn or_not_offered(self, model: Option<Model>) -> Self {
        match (self.what, model) {
            (Absence::NoEvidence, Some(_)) => Self { what: Absence::NotAvailable, model, last: None },
            _ => self,
        }
    }
}
