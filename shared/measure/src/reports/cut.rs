//! By what a report is cut, and its rows where small cells are withheld.

use crate::member::Traits;
use crate::spread::Spread;
use crate::table::{Cell, Table};
use crate::withhold::withhold;
use std::collections::BTreeMap;

/// A way to cut a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cut {
    /// Everybody.
    All,
    /// Line of business.
    Lob,
    /// Preferred language.
    Language,
    /// County.
    County,
    /// Race or ethnicity, where held.
    RaceEthnicity,
}

/// What stands for a trait that is not known.
pub(super) const NOT_HELD: &str = "not held";

impl Cut {
    const ALL: [Self; 5] = [Self::All, Self::Lob, Self::Language, Self::County, Self::RaceEthnicity];

    /// The spelling of reports.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Lob => "line of business",
            Self::Language => "language",
            Self::County => "county",
            Self::RaceEthnicity => "race or ethnicity",
        }
    }

    /// Whether the groups are of people as they are, so that small cells are withheld.
    pub(super) const fn is_demographic(self) -> bool {
        matches!(self, Self::Language | Self::County | Self::RaceEthnicity)
    }

    fn group(self, traits: &Traits) -> Box<str> {
        let held = match self {
            Self::All => return "all".into(),
            Self::Lob => return lob(traits).into(),
            Self::Language => &traits.language,
            Self::County => &traits.county,
            Self::RaceEthnicity => &traits.race_ethnicity,
        };
        held.clone().unwrap_or_else(|| NOT_HELD.into())
    }

    /// The groups that a member belongs to: one of each cut.
    pub(super) fn groups(traits: &Traits) -> impl Iterator<Item = Group> + '_ {
        Self::ALL.into_iter().map(|cut| (cut, cut.group(traits)))
    }
}

/// The line of business as reports spell it.
pub(super) fn lob(traits: &Traits) -> &'static str {
    traits.lob.map_or(NOT_HELD, icm_domain::facts::LineOfBusiness::id)
}

/// A group of a cut.
pub(super) type Group = (Cut, Box<str>);

/// The sentence about small cells.
pub(super) const SMALL_CELLS: &str = "Cut by language, county, race or ethnicity, counts from 1 to 10 are withheld, \
     and the next smallest group with a single one that could else be found by subtraction.";

/// Rows of `N` counts per group, small cells withheld column by column within each cut.
pub(super) fn counted_rows<const N: usize>(
    table: &mut Table,
    groups: &BTreeMap<Group, [u64; N]>,
    extra: impl Fn(&[u64; N], bool) -> Vec<Cell>,
) {
    for cut in Cut::ALL {
        let own: Vec<(&Group, &[u64; N])> = groups.iter().filter(|((of, _), _)| *of == cut).collect();
        let columns: Vec<Vec<Cell>> = (0..N)
            .map(|at| {
                let counts: Vec<u64> = own.iter().filter_map(|(_, row)| row.get(at).copied()).collect();
                if cut.is_demographic() {
                    withhold(&counts)
                } else {
                    counts.into_iter().map(Cell::Count).collect()
                }
            })
            .collect();
        for (at, ((cut, group), counts)) in own.iter().enumerate() {
            let cells = columns.iter().filter_map(|column| column.get(at).cloned());
            let open = !cut.is_demographic() || columns.iter().all(|column| is_count(column.get(at)));
            let row = [Cell::from(cut.id()), Cell::text(group.as_ref())].into_iter().chain(cells);
            table.row(row.chain(extra(counts, open)));
        }
    }
}

fn is_count(cell: Option<&Cell>) -> bool {
    matches!(cell, Some(Cell::Count(_)))
}

/// The groups of one cut: how many, median and 90th percentile. Where the count is withheld, so are they.
pub(super) fn spread_cells(cut: Cut, groups: &[&Spread]) -> Vec<[Cell; 3]> {
    let totals: Vec<u64> = groups.iter().map(|spread| spread.total()).collect();
    let counts =
        if cut.is_demographic() { withhold(&totals) } else { totals.into_iter().map(Cell::Count).collect() };
    let cells = |(spread, count): (&&Spread, Cell)| match count {
        Cell::Count(_) => [count, spread.percentile(50).into(), spread.percentile(90).into()],
        Cell::Text(_) | Cell::Figure(_) | Cell::Absent => [count, Cell::Absent, Cell::Absent],
    };
    groups.iter().zip(counts).map(cells).collect()
}
