//! The header row: names in any order and case, unknown columns left alone.

use super::Cell;
use super::rows::Row;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Where a column stands, if the file has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Column(Option<usize>);

impl Column {
    /// Its index.
    pub const fn index(self) -> Option<usize> {
        self.0
    }
}

/// The names of a file's columns.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// Lower-case name to first index. Names are looked up for every cell of some tables; the usual hasher took a tenth
    /// of their time, and nobody gains by names that collide in a header of his own.
    names: HashMap<String, usize, FixedState>,
    count: usize,
    /// The cells of a file of fixed width; nothing else has any.
    layout: &'static [Cell],
}

impl Header {
    /// Reads the header row. Names are canonical in lower case with `_` for blanks, dashes and dots; of two columns
    /// with one name the first counts.
    pub fn of(row: &Row<'_>) -> Self {
        let mut names = HashMap::with_hasher(FixedState::default());
        for index in 0..row.len() {
            names.entry(canonical(&row.text(index))).or_insert(index);
        }
        names.remove("");
        let count = (0..row.len()).rev().find(|cell| !row.cell(*cell).is_empty()).map_or(0, |last| last + 1);
        Self { names, count, layout: &[] }
    }

    /// The columns of a fixed layout.
    pub fn fixed(layout: &'static [Cell]) -> Self {
        let names = layout.iter().enumerate().map(|(index, cell)| (cell.name.to_owned(), index)).collect();
        Self { names, count: layout.len(), layout }
    }

    /// The cells of a file of fixed width, in order; of any other file none.
    pub const fn layout(&self) -> &'static [Cell] {
        self.layout
    }

    /// Count of cells that a row must have (blank names at the end are not counted).
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no name at all.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The column with this name.
    pub fn column(&self, name: &str) -> Column {
        Column(self.names.get(name).copied())
    }

    /// The first of these names that the file has.
    pub fn any(&self, names: &[&str]) -> Column {
        Column(names.iter().find_map(|name| self.names.get(*name).copied()))
    }

    /// Columns `stem1`, `stem2`, … as far as the file has them, at most `limit`.
    pub fn series(&self, stem: &str, limit: usize) -> Vec<Column> {
        (1..=limit)
            .map(|number| self.column(&format!("{stem}{number}")))
            .take_while(|c| c.0.is_some())
            .collect()
    }

    /// Whether the file has one of these names.
    pub fn has(&self, names: &[&str]) -> bool {
        self.any(names).0.is_some()
    }

    /// Whether the file has one name of each alternative.
    pub fn has_all(&self, alternatives: &[&[&str]]) -> bool {
        alternatives.iter().all(|names| self.has(names))
    }
}

/// `Claim Start-Date` is `claim_start_date`.
pub(crate) fn canonical(name: &str) -> String {
    let name = name.trim().trim_matches('"').trim();
    name.chars()
        .map(|c| if matches!(c, ' ' | '-' | '.') { '_' } else { c.to_ascii_lowercase() })
        .filter(|c| *c != '\u{FEFF}')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::rows::Rows;

    #[test]
    fn names_are_found_in_any_case_order_and_spelling() {
        let bytes = "\"Claim Start-Date\", MEMBER_ID ,claim_id,claim_id,,\n".as_bytes();
        let mut rows = Rows::new(bytes, b',');
        let header = Header::of(&rows.next_row().unwrap().unwrap().unwrap());
        assert_eq!(header.column("claim_start_date").index(), Some(0));
        assert_eq!(header.any(&["person_id", "member_id"]).index(), Some(1));
        assert_eq!(header.column("claim_id").index(), Some(2));
        assert_eq!(header.len(), 4);
        assert!(!header.has(&[""]));
    }
}
