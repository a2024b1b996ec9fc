//! A table on disk, and its rows cell by cell.

use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::money::Cents;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io;
use std::path::Path;

/// A delimited file with a header.
pub(super) struct Table {
    csv: csv::Writer<File>,
    columns: usize,
    /// Cells of the row being written.
    cells: usize,
    rows: u64,
    text: String,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("columns", &self.columns)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// The names of a header from comma-separated parts.
pub(super) fn header(parts: &[&str]) -> Vec<String> {
    parts.iter().flat_map(|part| part.split(',')).map(str::to_owned).collect()
}

impl Table {
    pub(super) fn create(path: &Path, header: &[String]) -> io::Result<Self> {
        let mut csv = csv::WriterBuilder::new().buffer_capacity(1 << 18).from_path(path)?;
        csv.write_record(header)?;
        Ok(Self { csv, columns: header.len(), cells: 0, rows: 0, text: String::new() })
    }

    /// One cell of text.
    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        self.cells += 1;
        Ok(self.csv.write_field(text)?)
    }

    /// So many empty cells.
    pub(super) fn blank(&mut self, cells: usize) -> io::Result<()> {
        (0..cells).try_for_each(|_| self.text(""))
    }

    /// Empty cells up to the column with this index.
    pub(super) fn blank_to(&mut self, column: usize) -> io::Result<()> {
        self.blank(column.saturating_sub(self.cells))
    }

    /// Anything that can be shown.
    pub(super) fn shown(&mut self, value: impl fmt::Display) -> io::Result<()> {
        self.text.clear();
        write!(self.text, "{value}").map_err(io::Error::other)?;
        self.cells += 1;
        Ok(self.csv.write_field(&self.text)?)
    }

    /// A day, or nothing.
    pub(super) fn day(&mut self, day: Option<Day>) -> io::Result<()> {
        let Some(day) = day else { return self.blank(1) };
        self.shown(day)
    }

    /// A code, or nothing.
    pub(super) fn code(&mut self, code: Option<Code>) -> io::Result<()> {
        self.text(code.as_ref().map_or("", Code::as_str))
    }

    /// An amount in dollars with two decimals, or nothing.
    pub(super) fn amount(&mut self, amount: Option<Cents>) -> io::Result<()> {
        let Some(Cents(cents)) = amount else { return self.blank(1) };
        let sign = if cents < 0 { "-" } else { "" };
        let cents = cents.unsigned_abs();
        self.shown(format_args!("{sign}{}.{:02}", cents / 100, cents % 100))
    }

    /// Ends the row; cells that were not written are empty.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.blank_to(self.columns)?;
        self.cells = 0;
        self.rows += 1;
        Ok(self.csv.write_record(None::<&[u8]>)?)
    }

    /// Counts rows written elsewhere among this table's.
    pub(super) const fn count_from(&mut self, rows: u64) {
        self.rows += rows;
    }

    /// Brings the file to an end; the count of rows.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.csv.flush()?;
        Ok(self.rows)
    }
}
