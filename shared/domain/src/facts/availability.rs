//! Where a model of care is to be had at all: reference data about counties, not about a member (FACTS §3.3,
//! "if even available"; ruling 28).

use super::{LineOfBusiness, Model};
use crate::day::Day;
use serde::{Deserialize, Serialize};

/// Places of a model of care, by county and line of business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Day of receipt; none: known from the beginning.
    pub received: Option<Day>,
    /// The model.
    pub model: Model,
    /// County (FIPS or name, as the plan writes it); none: everywhere.
    pub county: Option<Box<str>>,
    /// Line of business; none: all.
    pub lob: Option<LineOfBusiness>,
    /// Places; 0: there is no such program here.
    pub places: u32,
}

impl Availability {
    /// Whether the model is to be had by a member of this county and line of business, as known on `as_of`: by the row
    /// that says it most closely (county before line of business), of several the one received last. None: nothing is
    /// known, and nothing may be concluded.
    pub fn offered(
        rows: &[Self],
        model: Model,
        county: Option<&str>,
        lob: Option<LineOfBusiness>,
        as_of: Day,
    ) -> Option<bool> {
        let concerns = |row: &&Self| {
            row.model == model
                && row.received.is_none_or(|received| received <= as_of)
                && row.county.as_deref().is_none_or(|named| Some(named) == county)
                && row.lob.is_none_or(|named| Some(named) == lob)
        };
        // Two words of one day about one place: the more cautious one, whatever the order of the rows.
        let closest = |row: &&Self| {
            (row.county.is_some(), row.lob.is_some(), row.received, std::cmp::Reverse(row.places))
        };
        rows.iter().filter(concerns).max_by_key(closest).map(|row| row.places > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_and_latest_word_counts_and_silence_says_nothing() {
        let day = Day::from_count;
        let row = |county: Option<&str>, lob, received, places| Availability {
            received,
            model: Model::M1A,
            county: county.map(Into::into),
            lob,
            places,
        };
        let medicaid = Some(LineOfBusiness::Medicaid);
        let rows = [
            row(None, None, None, 5),
            row(Some("Kent"), None, None, 0),
            row(Some("Kent"), medicaid, Some(day(10)), 2),
            row(Some("Kent"), medicaid, Some(day(20)), 0),
        ];
        let at = |county, lob, on| Availability::offered(&rows, Model::M1A, county, lob, day(on));
        assert_eq!(at(Some("Wayne"), medicaid, 0), Some(true));
        assert_eq!(at(None, None, 0), Some(true));
        assert_eq!(at(Some("Kent"), None, 30), Some(false));
        assert_eq!(at(Some("Kent"), medicaid, 9), Some(false));
        assert_eq!(at(Some("Kent"), medicaid, 10), Some(true));
        assert_eq!(at(Some("Kent"), medicaid, 20), Some(false));
        assert_eq!(Availability::offered(&rows, Model::M2, Some("Kent"), medicaid, day(30)), None);
    }
}
