//! Parquet files of tables, read as if they were delimited text.
//!
//! A Parquet file becomes a table with a header row and comma-separated cells, a batch of rows at a time: from there on it
//! goes the way of every other table (recognition by columns, claims whose rows are apart, problems by field). Offsets in
//! problems count in that text. Columns that are lists or structures are left out.
//!
//! The table of contents stands at the end of the file, so the input is read at any place ([`Store`]), not as a stream. The
//! parquet crate reads the table of contents and decodes values; pages are cut and decompressed here, because no size that
//! a damaged file states may fill the memory: a page and its dictionary for each column are held, nothing else.

mod column;
mod header;
mod known;
mod pages;
mod store;
mod value;

use column::Column;
use known::Known;
pub(crate) use known::is_cut_column;
use pages::Pages;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
pub use store::Store;

/// Stands at the beginning and at the end of the file.
const MAGIC: &[u8] = b"PAR1";
/// The end of a file: length of the table of contents and the magic.
const TAIL_BYTES: u64 = 8;
/// Longest table of contents accepted: some thousand row groups of a wide table.
const CONTENTS_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Rows decoded at a time.
const BATCH_ROWS: u64 = 1024;
/// Most columns accepted: each may hold a page in memory.
const COLUMNS_MAX: usize = 1000;

/// Most rows for each byte of the file: a table that says something new in every row has fewer by far, and a damaged count
/// must not keep a reader busy for hours.
const ROWS_A_BYTE_MAX: u64 = 16;

/// How many first bytes tell that a file is Parquet.
pub(crate) const HEAD_BYTES: u64 = 5;

/// Whether a file with these first bytes is Parquet: behind the magic stands no text.
pub(crate) fn begins(head: &[u8]) -> bool {
    head.strip_prefix(MAGIC).and_then(<[u8]>::first).is_some_and(|byte| *byte < b' ')
}

fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// Opens a Parquet file as comma-separated text.
///
/// # Errors
/// `UnexpectedEof` when the table of contents is not at the end, `InvalidData` when it is damaged.
pub(crate) fn open(store: Store) -> io::Result<impl Read> {
    let contents = contents(&store)?;
    let metadata = guarded(|| ParquetMetaDataReader::decode_metadata(&contents).map_err(|_| damaged()))?;
    let fields = metadata.file_metadata().schema_descr().columns();
    let rows = metadata
        .row_groups()
        .iter()
        .try_fold(0_u64, |sum, group| sum.checked_add(u64::try_from(group.num_rows()).ok()?));
    let most = store.size()?.saturating_mul(ROWS_A_BYTE_MAX);
    if fields.len() > COLUMNS_MAX || rows.is_none_or(|rows| rows > most) {
        return Err(damaged());
    }
    let mut columns: Vec<Column> =
        fields.iter().enumerate().filter_map(|(at, field)| Column::of(at, field)).collect();
    let known = Known::columns();
    // A file without any is of no table: its names say so.
    if columns.iter().any(|column| known.has(column.name())) {
        columns.retain(|column| known.has(column.name()));
    }
    let mut text = Vec::new();
    columns.iter().enumerate().for_each(|(at, column)| cell(&mut text, at, column.name().as_bytes()));
    text.push(b'\n');
    Ok(Delimited { store, metadata, columns, group: 0, rows: 0, text, taken: 0 })
}

/// The table of contents.
fn contents(store: &Store) -> io::Result<Vec<u8>> {
    let size = store.size()?;
    let before_tail = size.checked_sub(TAIL_BYTES).ok_or(io::ErrorKind::UnexpectedEof)?;
    let tail = store.at(before_tail, TAIL_BYTES)?;
    let Some((length, magic)) = tail.split_first_chunk::<4>() else { return Err(damaged()) };
    if magic != MAGIC {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let length = u64::from(u32::from_le_bytes(*length));
    if length > CONTENTS_BYTES_MAX {
        return Err(damaged());
    }
    Ok(store.at(before_tail.checked_sub(length).ok_or_else(damaged)?, length)?.into())
}

/// Runs a step of the parquet crate. Its decoders refuse most damage with an error and some with a panic.
fn guarded<T>(step: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| Err(damaged()))
}

/// The rows as text, a batch at a time.
struct Delimited {
    store: Store,
    metadata: ParquetMetaData,
    columns: Vec<Column>,
    /// The next row group.
    group: usize,
    /// Rows of the group at hand that are still to come.
    rows: u64,
    text: Vec<u8>,
    /// Bytes of `text` that were handed out.
    taken: usize,
}

impl Read for Delimited {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.text.len() {
            self.text.clear();
            self.taken = 0;
            if self.rows == 0 && !guarded(|| self.open_group())? {
                return Ok(0);
            }
            guarded(|| self.batch())?;
        }
        let rest = self.text.get(self.taken..).unwrap_or_default();
        let count = rest.len().min(out.len());
        if let (Some(out), Some(rest)) = (out.get_mut(..count), rest.get(..count)) {
            out.copy_from_slice(rest);
        }
        self.taken += count;
        Ok(count)
    }
}

impl Delimited {
    /// Opens the next row group; false when there is none.
    fn open_group(&mut self) -> io::Result<bool> {
        let Some(group) = self.metadata.row_groups().get(self.group) else { return Ok(false) };
        self.group += 1;
        self.rows = u64::try_from(group.num_rows()).map_err(|_| damaged())?;
        for column in &mut self.columns {
            let chunk = group.columns().get(column.at()).ok_or_else(damaged)?;
            column.read_from(Pages::of(chunk, self.store.clone()).ok_or_else(damaged)?);
        }
        Ok(true)
    }

    /// Decodes the next rows of the group at hand and writes them as text.
    fn batch(&mut self) -> io::Result<()> {
        let count = self.rows.min(BATCH_ROWS);
        let rows = usize::try_from(count).map_err(|_| damaged())?;
        for column in &mut self.columns {
            column.decode(rows).ok_or_else(damaged)?;
        }
        self.rows -= count;
        for row in 0..rows {
            for (at, column) in self.columns.iter().enumerate() {
                cell(&mut self.text, at, column.cell(row));
            }
            self.text.push(b'\n');
        }
        Ok(())
    }
}

/// Writes a cell, behind a comma unless it is the row's first; quoted where its content could be taken for structure.
fn cell(text: &mut Vec<u8>, at: usize, content: &[u8]) {
    if at > 0 {
        text.push(b',');
    }
    if !content.iter().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
        return text.extend_from_slice(content);
    }
    text.push(b'"');
    for byte in content {
        if *byte == b'"' {
            text.push(b'"');
        }
        text.push(*byte);
    }
    text.push(b'"');
}

#[cfg(test)]
mod tests;
