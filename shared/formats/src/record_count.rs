//! What became of the records of a read: every record that was read gave facts, waits, is quarantined, or was left out by
//! a named rule, and none is in two of these.
//!
//! A record is a claim (the rows of a table that make one claim together; a row that a rule leaves out is a record of its
//! own), a member of an 834, a resource, a message, a row of any other table, or the whole file where it is refused as
//! one. A record may give several facts.

use crate::item::Item;

/// Records by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Gave at least one fact.
    pub used: u64,
    /// Wait until the member of their claim is known (an 835 that names none).
    pub parked: u64,
    /// Cannot be used; each said with file, record, position, field and reason.
    pub quarantined: u64,
    /// Left out by a named rule.
    pub ignored: u64,
}

impl Records {
    /// Records read.
    pub const fn read(&self) -> u64 {
        self.used + self.parked + self.quarantined + self.ignored
    }
}

/// Counts the records of one or several files from what is read, in order.
#[derive(Clone, Debug, Default)]
pub struct RecordCount {
    records: Records,
    /// File and record of the last item: what a record yields comes together.
    last: Option<(usize, u64)>,
}

impl RecordCount {
    /// Takes what was read next, from the file with this index. What comes without a member counts as used until
    /// [`RecordCount::park`] says otherwise.
    pub fn take(&mut self, file: usize, item: &Item) {
        let (place, count) = match item {
            Item::Fact { place, .. } | Item::Availability { place, .. } => (place, &mut self.records.used),
            Item::Problem(problem) if problem.reason.is_note() => return,
            Item::Problem(problem) => (&problem.place, &mut self.records.quarantined),
            Item::Ignored { place, .. } => (place, &mut self.records.ignored),
        };
        let here = Some((file, place.record));
        if self.last != here {
            *count += 1;
            self.last = here;
        }
    }

    /// Notes that so many records that were taken wait for the member of their claim.
    pub const fn park(&mut self, records: u64) {
        self.records.used = self.records.used.saturating_sub(records);
        self.records.parked += records;
    }

    /// The count so far.
    pub const fn records(&self) -> Records {
        self.records
    }
}
