//! Tables: CSV and the same with pipes, tabs or semicolons, with a header row; and files of fixed width.

pub mod cells;
pub mod header;
pub mod kind;
pub mod rows;
pub(crate) mod shapes;

pub use cells::Cells;
pub use header::{Column, Header};
pub use kind::{TableKind, recognise};
pub use rows::{Row, Rows};

use crate::input::{Input, content, first_bytes};
use crate::item::{Item, Place, Problem, Reason};
use crate::read::{Sink, broken_off};
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;

/// A table: what its rows are and how their cells are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// What its rows are.
    pub kind: TableKind,
    /// How the cells are set apart.
    pub cut: Cut,
}

/// How the cells of a row are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// By a byte; the first row names the columns.
    Delimited(u8),
    /// By position, as this layout says; there is no header row.
    Fixed(&'static [Cell]),
}

/// A column of fixed width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its name.
    pub name: &'static str,
    /// Its width in bytes.
    pub width: usize,
}

/// Opens a table and, where it has one, reads its header row.
///
/// # Errors
/// When the content cannot be read or decompressed.
pub fn open(input: &dyn Input, cut: Cut) -> io::Result<(Header, Rows<crate::input::Content<'_>>)> {
    let delimiter = match cut {
        Cut::Delimited(delimiter) => delimiter,
        Cut::Fixed(layout) => return Ok((Header::fixed(layout), Rows::fixed(content(input)?, layout))),
    };
    let mut text = content(input)?;
    if ends_in_returns(&first_bytes(input, RETURNS_BYTES)?) {
        text = BufReader::new(Box::new(Returns(text)));
    }
    let mut rows = Rows::new(text, delimiter);
    let header = rows.header_row()?.unwrap_or_default();
    Ok((header, rows))
}

/// How many bytes of a table tell how its lines end: a header row is shorter.
const RETURNS_BYTES: u64 = 16 * 1024;

/// Whether lines end in CR alone, as old spreadsheets write them.
pub(crate) fn ends_in_returns(head: &[u8]) -> bool {
    memchr::memchr2(b'\r', b'\n', head).is_some_and(|at| head.get(at) == Some(&b'\r'))
        && memchr::memchr(b'\n', head).is_none()
}

/// Lines that end in CR alone, read as if they ended in LF.
struct Returns<R>(R);

impl<R: Read> Read for Returns<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(out)?;
        let read = out.get_mut(..count).unwrap_or_default();
        read.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        Ok(count)
    }
}

/// Reads every row of a table of which each row is a record by itself.
pub(crate) fn for_each_row(
    input: &dyn Input,
    table: Table,
    sink: &mut Sink<'_>,
    mut read_row: impl FnMut(&Header, &Row<'_>, &mut Sink<'_>) -> Result<ControlFlow<()>, Malformed>,
) -> ControlFlow<()> {
    let (header, mut rows) = match open(input, table.cut) {
        Ok(opened) => opened,
        Err(error) => return broken(sink, Place::default(), &error),
    };
    require(&header, table.kind, sink)?;
    if !header.has_all(table.kind.required()) {
        return ControlFlow::Continue(());
    }
    if let Err((place, error)) = read_through(input, table.cut) {
        return broken(sink, place, &error);
    }
    loop {
        match rows.next_row() {
            Ok(None) => return ControlFlow::Continue(()),
            Ok(Some(Ok(row))) => match read_row(&header, &row, sink) {
                Ok(flow) => flow?,
                Err(malformed) => sink(malformed.at(row.place()))?,
            },
            Ok(Some(Err(problem))) => sink(Item::Problem(problem))?,
            Err(error) => return broken(sink, rows.place(), &error),
        }
    }
}

/// Reads a file of fixed width to its end: one that is truncated is refused before its first row is handed over.
fn read_through(input: &dyn Input, cut: Cut) -> Result<(), (Place, io::Error)> {
    if matches!(cut, Cut::Delimited(_)) {
        return Ok(());
    }
    let (_, mut rows) = open(input, cut).map_err(|error| (Place::default(), error))?;
    loop {
        match rows.next_row() {
            Ok(None) => return Ok(()),
            Ok(Some(_)) => {}
            Err(error) => return Err((rows.place(), error)),
        }
    }
}

/// A fact and the member that it is about.
pub(crate) type About = (MemberId, Fact);

/// Reads every row of a table of which each row says facts about one member.
pub(crate) fn facts_of_rows(
    input: &dyn Input,
    table: Table,
    sink: &mut Sink<'_>,
    read_row: impl Fn(&Cells<'_>) -> Result<Vec<About>, Malformed>,
) -> ControlFlow<()> {
    for_each_row(input, table, sink, |header, row, sink| {
        let facts = read_row(&Cells { header, row })?;
        if facts.is_empty() {
            return Ok(sink(Item::Ignored { rule: "row_says_nothing", place: row.place() }));
        }
        for (member, fact) in facts {
            let flow = sink(Item::Fact { member: Some(member), fact, place: row.place() });
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// One problem for each required column that is not there, and one for each other that decides.
pub(crate) fn require(header: &Header, kind: TableKind, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let columns = [(kind.required(), Reason::MissingField), (kind.expected(), Reason::AbsentColumn)];
    for (names, reason) in
        columns.iter().flat_map(|(all, reason)| all.iter().map(move |names| (names, *reason)))
    {
        if !header.has(names) {
            let field = names.first().copied().unwrap_or_default().to_owned();
            sink(Item::Problem(Problem { place: Place::default(), field, reason }))?;
        }
    }
    ControlFlow::Continue(())
}

/// The file broke off: cut gzip, or an error of the medium.
pub(crate) fn broken(sink: &mut Sink<'_>, place: Place, error: &io::Error) -> ControlFlow<()> {
    sink(Item::Problem(Problem { place, field: String::new(), reason: broken_off(error) }))
}

/// A cell that cannot be used. Carries no value (DESIGN D11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {}", reason.text())]
pub struct Malformed {
    /// The column.
    pub field: &'static str,
    /// What is wrong.
    pub reason: Reason,
}

impl Malformed {
    /// A malformed value of this column.
    pub const fn new(field: &'static str, reason: Reason) -> Self {
        Self { field, reason }
    }

    /// The quarantined record.
    pub fn at(self, place: Place) -> Item {
        Item::Problem(Problem { place, field: self.field.to_owned(), reason: self.reason })
    }
}
