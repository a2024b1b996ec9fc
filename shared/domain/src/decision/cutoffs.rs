//! Cost cut-offs of rule R9: a versioned table of percentiles by line of business and half-year (DESIGN D1).

use crate::day::Day;
use crate::facts::LineOfBusiness;
use crate::money::Cents;
use serde::{Deserialize, Serialize};

/// Oldest table that is still used: its last half-year ended at most this many days before.
const TABLE_AGE_MAX: i32 = 184;

/// The 95th percentile of the allowed amount of one line of business in one half-year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cutoff {
    /// Line of business.
    pub lob: LineOfBusiness,
    /// First day of the half-year.
    pub from: Day,
    /// Last day of the half-year.
    pub thru: Day,
    /// The cut-off.
    pub p95: Cents,
    /// Members it was computed over.
    pub members: u64,
}

/// A version of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cutoffs {
    /// Version, named by every decision made with it.
    pub version: String,
    /// Rows.
    pub rows: Vec<Cutoff>,
}

impl Cutoffs {
    /// The latest and the previous half-year known at `as_of`; none when the table does not cover them, so that the
    /// rule is not evaluated.
    pub fn halves(&self, lob: LineOfBusiness, as_of: Day) -> Option<[&Cutoff; 2]> {
        let mut known: Vec<&Cutoff> =
            self.rows.iter().filter(|row| row.lob == lob && row.thru <= as_of).collect();
        known.sort_by_key(|row| row.thru);
        let (latest, previous) = (known.pop()?, known.pop()?);
        (as_of.since(latest.thru) <= TABLE_AGE_MAX).then_some([latest, previous])
    }

    /// The next day on which another half-year is the latest, or the table has become too old.
    pub(super) fn next_change(&self, as_of: Day) -> Option<Day> {
        let days = self.rows.iter().flat_map(|row| [row.thru, row.thru.plus(TABLE_AGE_MAX + 1)]);
        days.filter(|day| *day > as_of).min()
    }
}
