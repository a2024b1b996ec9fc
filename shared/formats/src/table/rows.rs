//! Splits a delimited file into rows of cells, streaming, without allocating per row.
//!
//! Why not the csv crate's reader: payer files are long rows of mostly empty, unquoted cells; finding line ends and
//! delimiters with memchr reads them several times faster than a state machine per byte (measured in
//! `benches/parse.rs`), and the length of a row is bounded, so that a quote that is never closed can neither fill
//! the memory nor swallow the rest of the file.

use super::Cell;
use crate::item::{Place, Problem, Reason};
use crate::parquet::is_cut_column;
use crate::scan;
use std::borrow::Cow;
use std::io::{self, Read};

/// Longest row, in bytes: far above any real one (a Tuva row has about 1 KiB).
const ROW_BYTES_MAX: usize = 256 * 1024;
/// Bytes asked of the reader at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// A reader of rows.
#[derive(Debug)]
pub struct Rows<R> {
    reader: R,
    delimiter: u8,
    /// Ends of the cells of a fixed layout; none: delimited.
    fixed: Option<Vec<usize>>,
    /// How far the longest row of fixed width reached so far.
    longest: usize,
    /// The header row: met again in files that were put together from several, and then skipped.
    header: Vec<u8>,
    buffer: Vec<u8>,
    /// Start of the unread part of `buffer`, and the offset of that byte in the content.
    start: usize,
    offset: u64,
    ended: bool,
    /// Rows handed out, bad ones included, blank lines not.
    record: u64,
    /// Cells of every row, once the header is known.
    expected: Option<usize>,
    cells: CellEnds,
}

/// Where the cells of the current row lie: in the buffer, or unquoted in `unquoted`.
#[derive(Debug, Default)]
struct CellEnds {
    ends: Vec<usize>,
    unquoted: Vec<u8>,
}

/// One row. Cells are trimmed of blanks.
#[derive(Debug)]
pub struct Row<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
    /// Bytes between two cells in `bytes`: 1 when they are still delimited, 0 when they were unquoted.
    gap: usize,
    place: Place,
}

impl<'a> Row<'a> {
    /// The cell at an index; empty beyond the last.
    pub fn cell(&self, index: usize) -> &'a [u8] {
        let Some(end) = self.ends.get(index).copied() else { return &[] };
        let before = index.checked_sub(1).and_then(|previous| self.ends.get(previous));
        let begin = before.map_or(0, |end| end + self.gap);
        self.bytes.get(begin..end).unwrap_or_default().trim_ascii()
    }

    /// The cell as text. Bytes that are not UTF-8 are read as Latin-1, never refused.
    pub fn text(&self, index: usize) -> Cow<'a, str> {
        decode(self.cell(index))
    }

    /// Count of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes the cells take: a row of fixed width that is cut reaches less far than its layout.
    pub fn reach(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Where the row stands.
    pub fn place(&self) -> Place {
        self.place.clone()
    }
}

/// Text of bytes: UTF-8, else Latin-1.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

impl<R: Read> Rows<R> {
    /// Rows of the content from its beginning.
    pub fn new(reader: R, delimiter: u8) -> Self {
        Self {
            reader,
            delimiter,
            fixed: None,
            longest: 0,
            header: Vec::new(),
            buffer: Vec::with_capacity(CHUNK_BYTES),
            start: 0,
            offset: 0,
            ended: false,
            record: 0,
            expected: None,
            cells: CellEnds::default(),
        }
    }

    /// Rows of fixed width. A row that is cut short has blank cells at its end (editors trim trailing blanks); what
    /// stands behind the last cell belongs to a newer layout and is not read. A last row without a line end that is shorter
    /// than one before it is what is left of a truncated file: reading it fails.
    pub fn fixed(reader: R, layout: &[Cell]) -> Self {
        let ends = layout.iter().scan(0, |end, cell| {
            *end += cell.width;
            Some(*end)
        });
        Self { fixed: Some(ends.collect()), ..Self::new(reader, b' ') }
    }

    /// Where the reader stands.
    pub fn place(&self) -> Place {
        Place { record: self.record, offset: Some(self.offset) }
    }

    /// The next row that is not blank. The inner error is a malformed row; the next call goes on behind it.
    ///
    /// # Errors
    /// When reading or decompressing fails; then there are no more rows.
    pub fn next_row(&mut self) -> io::Result<Option<Result<Row<'_>, Problem>>> {
        match self.next_line_not_blank()? {
            Some(length) => self.split(length).map(Some),
            None => Ok(None),
        }
    }

    /// Skips blank lines and repeated headers; the length of the line that follows.
    fn next_line_not_blank(&mut self) -> io::Result<Option<usize>> {
        loop {
            let Some(length) = self.next_line()? else { return Ok(None) };
            let line = self.buffer.get(self.start..self.start + length).unwrap_or_default();
            if !is_blank(line, self.delimiter) && !self.is_header(line) {
                return Ok(Some(length));
            }
            self.skip(length);
        }
    }

    fn is_header(&self, line: &[u8]) -> bool {
        !self.header.is_empty() && without_line_end(line) == self.header
    }

    /// The first row, which names the columns; none in an empty file.
    ///
    /// # Errors
    /// As [`Self::next_row`].
    pub fn header_row(&mut self) -> io::Result<Option<super::Header>> {
        let Some(length) = self.next_line_not_blank()? else { return Ok(None) };
        let line = self.buffer.get(self.start..self.start + length).unwrap_or_default();
        // What is left of a file that was cut inside its first line: nobody knows which columns are missing.
        let last = line.rsplit(|byte| *byte == self.delimiter).next().unwrap_or_default();
        if !line.ends_with(b"\n") && is_cut_column(&decode(last)) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let header = without_line_end(line).to_vec();
        let named = match self.next_row()? {
            Some(Ok(row)) => super::Header::of(&row),
            Some(Err(_)) | None => super::Header::default(),
        };
        self.header = header;
        self.expected = Some(named.len());
        self.record = 0;
        Ok(Some(named))
    }

    fn skip(&mut self, bytes: usize) {
        self.start += bytes;
        self.offset += bytes as u64;
    }

    /// Cuts the row that begins at `start` and whose first line has `length` bytes, line end included.
    fn split(&mut self, length: usize) -> io::Result<Result<Row<'_>, Problem>> {
        self.record += 1;
        let place = Place { record: self.record, offset: Some(self.offset) };
        let line = self.buffer.get(self.start..self.start + length).unwrap_or_default();
        if length > ROW_BYTES_MAX {
            self.skip(length);
            return Ok(Err(problem(place, Reason::TooLong)));
        }
        let quoted = self.fixed.is_none() && memchr::memchr(b'"', line).is_some();
        let taken = if quoted { self.split_quoted()? } else { self.split_plain(length) };
        let begin = self.start;
        // A row whose quotes never close costs its first line alone.
        let Some(taken) = taken else {
            self.skip(length);
            return Ok(Err(problem(place, Reason::BadStructure)));
        };
        let terminated = self.buffer.get(begin..begin + taken).is_some_and(|row| row.ends_with(b"\n"));
        self.skip(taken);
        let (bytes, gap) = if quoted {
            (self.cells.unquoted.as_slice(), 0)
        } else {
            (self.buffer.get(begin..begin + taken).unwrap_or_default(), usize::from(self.fixed.is_none()))
        };
        let row = Row { bytes, ends: &self.cells.ends, gap, place };
        if self.fixed.is_some() && !terminated && row.reach() < self.longest {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(match self.expected {
            Some(expected) if !fits(&row, expected) => {
                let cut = !terminated && row.len() < expected;
                Err(problem(row.place, if cut { Reason::Truncated } else { Reason::BadStructure }))
            }
            Some(_) | None => Ok(row),
        })
    }

    fn split_plain(&mut self, length: usize) -> Option<usize> {
        let line = self.buffer.get(self.start..self.start + length)?;
        let text = without_line_end(line);
        self.cells.ends.clear();
        if let Some(ends) = &self.fixed {
            self.cells.ends.extend(ends.iter().map(|end| text.len().min(*end)));
            self.longest = self.longest.max(self.cells.ends.last().copied().unwrap_or_default());
            return Some(length);
        }
        let ends = &mut self.cells.ends;
        scan::each(text, self.delimiter, |end| ends.push(end));
        ends.push(text.len());
        Some(length)
    }

    /// Unquotes the row into `cells`; its length in bytes, or none when the quotes do not close.
    fn split_quoted(&mut self) -> io::Result<Option<usize>> {
        let mut filled = self.buffer.len();
        loop {
            let unread = self.buffer.get(self.start..).unwrap_or_default();
            let limit = unread.get(..ROW_BYTES_MAX.min(unread.len())).unwrap_or_default();
            match unquote(limit, self.delimiter, self.ended, &mut self.cells) {
                Unquoted::Row(length) => return Ok(Some(length)),
                Unquoted::NeedsMore if self.ended || limit.len() == ROW_BYTES_MAX => return Ok(None),
                Unquoted::NeedsMore => {
                    self.fill()?;
                    if self.buffer.len() == filled && self.ended {
                        continue;
                    }
                    filled = self.buffer.len();
                }
            }
        }
    }

    /// Length of the next line with its end, or none at the end of the content. A line that is too long is
    /// dropped from the buffer down to a stub, and its length still counted.
    fn next_line(&mut self) -> io::Result<Option<usize>> {
        let mut searched = 0;
        loop {
            let unread = self.buffer.get(self.start..).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', unread.get(searched..).unwrap_or_default()) {
                return Ok(Some(searched + found + 1));
            }
            searched = unread.len();
            if self.ended {
                return Ok((searched > 0).then_some(searched));
            }
            if searched > ROW_BYTES_MAX {
                self.drop_middle();
                searched = self.buffer.len() - self.start;
            }
            self.fill()?;
        }
    }

    /// Keeps only the first bytes of an overlong line; they suffice to refuse it.
    fn drop_middle(&mut self) {
        let kept = self.start + ROW_BYTES_MAX + 1;
        self.offset += self.buffer.len().saturating_sub(kept) as u64;
        self.buffer.truncate(kept);
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let read = self.reader.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut self.buffer)?;
        self.ended = read < CHUNK_BYTES;
        Ok(())
    }
}

fn problem(place: Place, reason: Reason) -> Problem {
    Problem { place, field: String::new(), reason }
}

/// Extra cells must be blank; missing ones are never invented.
fn fits(row: &Row<'_>, expected: usize) -> bool {
    row.len() == expected
        || (row.len() > expected && (expected..row.len()).all(|cell| row.cell(cell).is_empty()))
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A line of blanks, NULs, delimiters or the DOS end-of-file mark holds no record.
fn is_blank(line: &[u8], delimiter: u8) -> bool {
    line.iter().all(|byte| byte.is_ascii_whitespace() || *byte == delimiter || matches!(byte, 0 | 0x1A))
}

enum Unquoted {
    Row(usize),
    NeedsMore,
}

/// Unquotes one row (RFC 4180; a quote inside an unquoted cell is kept as it is). `last`: nothing follows `bytes`.
fn unquote(bytes: &[u8], delimiter: u8, last: bool, cells: &mut CellEnds) -> Unquoted {
    cells.ends.clear();
    cells.unquoted.clear();
    let mut position = 0;
    loop {
        let Some(after) = take_cell(bytes, position, delimiter, last, &mut cells.unquoted) else {
            return Unquoted::NeedsMore;
        };
        cells.ends.push(cells.unquoted.len());
        match bytes.get(after) {
            Some(byte) if *byte == delimiter => position = after + 1,
            Some(_) => return Unquoted::Row(after + 1),
            None if last => return Unquoted::Row(after),
            None => return Unquoted::NeedsMore,
        }
    }
}

/// Appends the cell at `position` to `out`; the position of the delimiter or line feed behind it.
fn take_cell(bytes: &[u8], position: usize, delimiter: u8, last: bool, out: &mut Vec<u8>) -> Option<usize> {
    let cell = bytes.get(position..)?;
    let blanks = cell.iter().take_while(|byte| **byte == b' ').count();
    if cell.get(blanks) != Some(&b'"') {
        let end = memchr::memchr2(delimiter, b'\n', cell).or(last.then_some(cell.len()))?;
        out.extend_from_slice(without_line_end(cell.get(..end)?));
        return Some(position + end);
    }
    let mut cursor = position + blanks + 1;
    loop {
        let close = cursor + memchr::memchr(b'"', bytes.get(cursor..)?)?;
        out.extend_from_slice(bytes.get(cursor..close)?);
        if bytes.get(close + 1) != Some(&b'"') {
            let rest = bytes.get(close + 1..)?;
            let end = memchr::memchr2(delimiter, b'\n', rest).or(last.then_some(rest.len()))?;
            out.extend_from_slice(rest.get(..end)?.trim_ascii());
            return Some(close + 1 + end);
        }
        out.push(b'"');
        cursor = close + 2;
    }
}

#[cfg(test)]
mod tests;
