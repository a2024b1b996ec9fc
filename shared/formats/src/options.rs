//! What the caller says about a file that the file does not say itself.

use icm_domain::day::Day;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::SourceId;

/// Which day counts as the day of receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Receipt {
    /// As the source states it, else by the default policy (the methods of [`ReadOptions`]).
    #[default]
    AsStated,
    /// This day for every fact of the file (`--received ingest`).
    Ingest(Day),
}

/// Options of a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// The feed, for files that do not name one (Tuva rows name theirs in `data_source`).
    pub source: SourceId,
    /// Day of receipt.
    pub receipt: Receipt,
    /// Line of business of coverage whose source states none that is known.
    pub lob: LineOfBusiness,
}

impl ReadOptions {
    /// Options for a feed: receipt dates as stated, coverage commercial where the source states no line of business.
    pub fn new(source: SourceId) -> Self {
        Self { source, receipt: Receipt::AsStated, lob: LineOfBusiness::Commercial }
    }

    /// Day of receipt of a claim whose source states none: the paid date if it is not before the through date, else
    /// the through date. File and ingest dates are not receipt dates, unless [`Receipt::Ingest`] says so.
    pub fn claim_received(&self, paid: Option<Day>, thru: Day) -> Day {
        self.received(paid.filter(|paid| *paid >= thru).unwrap_or(thru))
    }

    /// Day of receipt of a fact whose source may state none: none when neither the source nor the caller says one.
    pub fn received_if_known(&self, stated: Option<Day>) -> Option<Day> {
        match self.receipt {
            Receipt::AsStated => stated,
            Receipt::Ingest(day) => Some(day),
        }
    }

    /// Day of receipt of a fact whose source states `stated` (or whose natural day is `stated`).
    pub fn received(&self, stated: Day) -> Day {
        match self.receipt {
            Receipt::AsStated => stated,
            Receipt::Ingest(day) => day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_received_when_paid_but_never_before_it_ended() {
        let day = Day::from_count;
        let mut options = ReadOptions::new(SourceId::from("feed"));
        assert_eq!(options.claim_received(Some(day(20)), day(10)), day(20));
        assert_eq!(options.claim_received(Some(day(10)), day(10)), day(10));
        assert_eq!(options.claim_received(Some(day(9)), day(10)), day(10));
        assert_eq!(options.claim_received(None, day(10)), day(10));
        options.receipt = Receipt::Ingest(day(99));
        assert_eq!(options.claim_received(Some(day(20)), day(10)), day(99));
    }
}
