//! One column: values of a batch of rows, as text.

use super::pages::Pages;
use super::value::{Kind, Written};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::DataType;
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

/// A column whose values are read.
pub(super) struct Column {
    /// Its number in the file.
    at: usize,
    field: ColumnDescPtr,
    kind: Kind,
    reader: Option<ColumnReader>,
    /// The cells of the batch, one after the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Column {
    /// The column with this number; none when its values are no single cells, or of a type that no table here has.
    pub(super) fn of(at: usize, field: &ColumnDescPtr) -> Option<Self> {
        let flat =
            field.max_rep_level() == 0 && field.max_def_level() <= 1 && field.path().parts().len() == 1;
        let kind = Kind::of(field).filter(|_| flat)?;
        Some(Self { at, field: field.clone(), kind, reader: None, text: Vec::new(), ends: Vec::new() })
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn name(&self) -> &str {
        self.field.name()
    }

    /// Goes on with the pages of another row group.
    pub(super) fn read_from(&mut self, pages: Pages) {
        self.reader = Some(get_column_reader(self.field.clone(), Box::new(pages)));
    }

    /// Decodes the values of the next rows; none when there are not so many, or one cannot be decoded.
    pub(super) fn decode(&mut self, rows: usize) -> Option<()> {
        self.text.clear();
        self.ends.clear();
        let mut cells =
            Cells { field: &self.field, kind: self.kind, text: &mut self.text, ends: &mut self.ends, rows };
        match self.reader.as_mut()? {
            ColumnReader::BoolColumnReader(reader) => cells.take(reader),
            ColumnReader::Int32ColumnReader(reader) => cells.take(reader),
            ColumnReader::Int64ColumnReader(reader) => cells.take(reader),
            ColumnReader::Int96ColumnReader(reader) => cells.take(reader),
            ColumnReader::FloatColumnReader(reader) => cells.take(reader),
            ColumnReader::DoubleColumnReader(reader) => cells.take(reader),
            ColumnReader::ByteArrayColumnReader(reader) => cells.take(reader),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => cells.take(reader),
        }
    }

    /// The cell of a row of the batch; empty when there is no value.
    pub(super) fn cell(&self, row: usize) -> &[u8] {
        let begin = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.ends.get(row).and_then(|end| self.text.get(begin..*end)).unwrap_or_default()
    }
}

/// Where the cells of a batch go.
struct Cells<'a> {
    field: &'a ColumnDescriptor,
    kind: Kind,
    text: &'a mut Vec<u8>,
    ends: &'a mut Vec<usize>,
    rows: usize,
}

impl Cells<'_> {
    fn take<T: DataType<T: Written>>(&mut self, reader: &mut ColumnReaderImpl<T>) -> Option<()> {
        let optional = self.field.max_def_level() > 0;
        let (mut values, mut present) = (Vec::new(), Vec::new());
        let mut read = 0;
        while read < self.rows {
            let levels = optional.then_some(&mut present);
            let (records, _, _) = reader.read_records(self.rows - read, levels, None, &mut values).ok()?;
            read += records;
            if records == 0 {
                return None;
            }
        }
        let mut values = values.iter();
        for row in 0..self.rows {
            if !optional || present.get(row).is_some_and(|level| *level > 0) {
                values.next()?.write(self.kind, self.text);
            }
            self.ends.push(self.text.len());
        }
        Some(())
    }
}
