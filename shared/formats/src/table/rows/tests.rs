use super::*;
use proptest::prelude::*;

/// A reader that gives few bytes at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(out.len()).min(self.0.len());
        let (now, later) = self.0.split_at(count);
        out[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

type ReadRow = Result<Vec<String>, (u64, Reason)>;

fn read(bytes: &[u8], expected: Option<usize>) -> Vec<ReadRow> {
    let mut rows = Rows::new(Drip(bytes, 7), b',');
    rows.expected = expected;
    let mut out = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        out.push(match row {
            Ok(row) => Ok((0..row.len()).map(|cell| row.text(cell).into_owned()).collect()),
            Err(problem) => Err((problem.place.record, problem.reason)),
        });
    }
    out
}

#[expect(clippy::unnecessary_wraps, reason = "a row as it is read")]
fn cells<const N: usize>(row: [&str; N]) -> ReadRow {
    Ok(row.map(str::to_owned).to_vec())
}

#[test]
fn plain_and_quoted_cells_blank_lines_and_any_line_end() {
    let read = read(b"a, b ,\r\n\r\n,,\n\"x,\"\"y\"\"\nz\",2,\"\"\n1,2,3", None);
    assert_eq!(read, vec![cells(["a", "b", ""]), cells(["x,\"y\"\nz", "2", ""]), cells(["1", "2", "3"])]);
}

#[test]
fn bytes_that_are_not_utf8_are_latin_1() {
    assert_eq!(read(b"Jos\xE9,1\n", None), vec![cells(["José", "1"])]);
}

#[test]
fn a_quote_that_never_closes_costs_one_row() {
    let read = read(b"\"a,b\n1,2\n3,4\n", Some(2));
    assert_eq!(read, vec![Err((1, Reason::BadStructure)), cells(["1", "2"]), cells(["3", "4"])]);
}

#[test]
fn rows_with_missing_or_surplus_cells_are_malformed() {
    let read = read(b"1,2\n1,2,\n1,2,3\n1\n5,6\n7", Some(2));
    let bad = |record| Err((record, Reason::BadStructure));
    let expected = vec![
        cells(["1", "2"]),
        cells(["1", "2", ""]),
        bad(3),
        bad(4),
        cells(["5", "6"]),
        Err((6, Reason::Truncated)),
    ];
    assert_eq!(read, expected);
}

#[test]
fn an_overlong_row_is_refused_in_bounded_memory_and_the_next_one_is_read() {
    let mut bytes = vec![b'x'; 20 * ROW_BYTES_MAX];
    bytes.extend_from_slice(b"\n1,2\n");
    let mut rows = Rows::new(bytes.as_slice(), b',');
    assert_eq!(rows.next_row().unwrap().unwrap().unwrap_err().reason, Reason::TooLong);
    assert_eq!(
        rows.next_row().unwrap().unwrap().unwrap().place().offset,
        Some(20 * ROW_BYTES_MAX as u64 + 1)
    );
    assert!(rows.buffer.capacity() < 8 * ROW_BYTES_MAX);
}

proptest! {
    #[test]
    fn whatever_the_csv_crate_writes_is_read_back(
        written in proptest::collection::vec(proptest::collection::vec("[ -~é\n\"]{0,6}", 3), 0..6)
    ) {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        for row in &written {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let trimmed = |row: &Vec<String>| -> Vec<String> {
            row.iter().map(|cell| cell.trim_matches(|c: char| c.is_ascii_whitespace()).to_owned()).collect()
        };
        let expected: Vec<_> = written
            .iter()
            .filter(|row| row.iter().any(|cell| !cell.trim_matches([' ', '\n', ',']).is_empty()))
            .map(|row| Ok(trimmed(row)))
            .collect();
        let got: Vec<_> = read(&bytes, Some(3))
            .into_iter()
            .filter(|row| row.as_ref().map_or(true, |row| row.iter().any(|c| !c.trim_matches([' ', '\n', ',']).is_empty())))
            .collect();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn any_bytes_end_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes, Some(2));
    }
}
