//! Where the models of the continuum are to be had: places by county and line of business.

use crate::person::PLACES;
use crate::random::{Random, Subject};
use icm_domain::facts::{LineOfBusiness, Model};

/// The places of one model in one county for one line of business; 0: there is no such program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// The model.
    pub model: Model,
    /// The county, as the members' profiles spell it.
    pub county: &'static str,
    /// The line of business.
    pub lob: LineOfBusiness,
    /// Places.
    pub places: u32,
}

/// Draws the places of every model, county and line of business. Small counties lack one model in three.
pub(crate) fn draw(seed: u64, members: u64) -> Vec<Availability> {
    let lobs = [LineOfBusiness::Medicaid, LineOfBusiness::MedicareAdvantage, LineOfBusiness::Commercial];
    let mut random = Random::new(seed, u64::MAX, Subject::Engagement);
    let size = u32::try_from(members / 100).unwrap_or(u32::MAX).saturating_add(5);
    let mut rows = Vec::new();
    for model in Model::ALL {
        for (weight, place) in PLACES {
            for lob in lobs {
                let missing = if weight < 8 { 330 } else { 60 };
                let places = if random.per_mille(missing) { 0 } else { size.saturating_mul(weight) / 30 + 1 };
                rows.push(Availability { model, county: place.county, lob, places });
            }
        }
    }
    rows
}
