//! Unplanned readmissions within thirty days, all causes (FACTS §1.5, rulings 8 and 9).

use super::Stay;
use crate::criteria::Criteria;
use crate::day::Day;

/// A readmission and the stay it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readmission {
    /// Index (position among the stays) of the discharge.
    pub index_stay: usize,
    /// Position of the readmission among the stays.
    pub stay: usize,
    /// Discharge day of the index.
    pub index_discharge: Day,
    /// Admission day of the index.
    pub index_admit: Day,
    /// Admission day of the readmission.
    pub admit: Day,
}

/// For each index stay the first unplanned admission within the window, also after a planned one.
/// A planned stay may be an index. Stays are sorted by admission.
pub fn readmissions(stays: &[Stay], criteria: &Criteria) -> Vec<Readmission> {
    let mut found = Vec::new();
    for (index_stay, index) in stays.iter().enumerate() {
        if !is_index(index) {
            continue;
        }
        let later = stays.iter().enumerate().skip(index_stay + 1);
        let first = later
            .filter(|(_, stay)| stay.triggers())
            .find(|(_, stay)| stay.admit > index.discharge)
            .filter(|(_, stay)| stay.admit.since(index.discharge) <= criteria.windows.readmit);
        if let Some((stay, readmitted)) = first {
            found.push(Readmission {
                index_stay,
                stay,
                index_discharge: index.discharge,
                index_admit: index.admit,
                admit: readmitted.admit,
            });
        }
    }
    found
}

/// Any stay except death, same-day, and maternity (ruling 9); 02 with nothing joined, and 07, are an index.
fn is_index(stay: &Stay) -> bool {
    let died = stay.status.is_some_and(|status| ["20", "40", "41", "42"].iter().any(|code| status == *code));
    !died && stay.admit != stay.discharge && !stay.maternity
}
