//! Small cells: a report that is cut by who people are does not print counts from which one could tell who they are.

use crate::table::Cell;

/// Counts from 1 to this are withheld (the cell-size policy of the Centers for Medicare & Medicaid Services: nothing
/// below 11).
pub const WITHHELD_MAX: u64 = 10;

/// What stands in the place of a withheld count.
pub const WITHHELD: &str = "1-10";

/// What stands in the place of a count that would give a withheld one away.
pub const COVERED: &str = "withheld";

/// Withholds what is small among the groups of one cut. Where a single group would be left out, it could be found by
/// subtraction from the total: then the next smallest group is withheld with it.
pub fn withhold(counts: &[u64]) -> Vec<Cell> {
    let small = |count: u64| (1..=WITHHELD_MAX).contains(&count);
    let alone = counts.iter().filter(|count| small(**count)).count() == 1;
    let second = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| alone && **count > WITHHELD_MAX)
        .min_by_key(|(_, count)| **count)
        .map(|(at, _)| at);
    let cell = |(at, count): (usize, &u64)| {
        if small(*count) {
            Cell::text(WITHHELD)
        } else if second == Some(at) {
            Cell::text(COVERED)
        } else {
            Cell::Count(*count)
        }
    };
    counts.iter().enumerate().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_are_withheld_and_none_and_many_are_not() {
        assert_eq!(
            withhold(&[0, 1, 10, 11]),
            [Cell::Count(0), Cell::text(WITHHELD), Cell::text(WITHHELD), Cell::Count(11)]
        );
    }

    #[test]
    fn a_single_small_group_cannot_be_found_by_subtraction() {
        assert_eq!(
            withhold(&[400, 3, 20, 90]),
            [Cell::Count(400), Cell::text(WITHHELD), Cell::text(COVERED), Cell::Count(90)]
        );
        assert_eq!(withhold(&[3]), [Cell::text(WITHHELD)]);
    }
}
