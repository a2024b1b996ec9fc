//! Whole numbers counted, so that medians and percentiles of a whole population need little memory and are exact.

use std::collections::BTreeMap;

/// Counts of whole numbers: days, minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    counts: BTreeMap<u32, u64>,
    total: u64,
}

impl Spread {
    /// Counts one.
    pub fn add(&mut self, value: u32) {
        *self.counts.entry(value).or_default() += 1;
        self.total += 1;
    }

    /// How many were counted.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// How many are at most `value`.
    pub fn up_to(&self, value: u32) -> u64 {
        self.counts.range(..=value).map(|(_, count)| count).sum()
    }

    /// The smallest value that at least `percent` of those counted do not exceed (nearest rank); none without any.
    pub fn percentile(&self, percent: u8) -> Option<u64> {
        let rank = (self.total * u64::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        self.counts.iter().find_map(|(value, count)| {
            seen += count;
            (seen >= rank).then_some(u64::from(*value))
        })
    }
}

/// A share in whole percent, rounded; none of nothing.
pub fn percent(part: u64, of: u64) -> Option<u64> {
    (of > 0).then(|| (part * 100 + of / 2) / of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        let mut spread = Spread::default();
        assert_eq!(spread.percentile(50), None);
        for value in [9, 1, 3, 3, 40] {
            spread.add(value);
        }
        assert_eq!(spread.percentile(50), Some(3));
        assert_eq!(spread.percentile(90), Some(40));
        assert_eq!(spread.up_to(3), 3);
    }

    #[test]
    fn shares_are_rounded_and_nothing_has_none() {
        assert_eq!(percent(2, 3), Some(67));
        assert_eq!(percent(0, 0), None);
    }
}
