//! Damaged files, page by page. Whole files are read in `tests/parquet.rs`.

use super::header::Header;
use super::*;
use crate::input::{Input, content};

const PLAIN: &[u8] = include_bytes!("../../tests/parquet/deltas.parquet");
const SNAPPY: &[u8] = include_bytes!("../../tests/parquet/snappy.parquet");

fn text(bytes: &[u8]) -> io::Result<String> {
    let mut text = String::new();
    content(&bytes)?.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn a_file_is_a_header_row_and_its_rows() {
    let text = text(SNAPPY).unwrap();
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    assert!(header.starts_with("claim_id,claim_line_number,claim_type,person_id,"));
    assert!(!header.contains("notes"), "a column of lists is left out");
    assert!(lines.next().unwrap().starts_with(r#"C0,1,institutional,"pé,0""x",2025-12-20,2025-12-22,"#));
    assert_eq!(lines.count(), 39);
}

#[test]
fn what_is_cut_off_is_an_end_and_what_is_damaged_is_no_text() {
    let kind = |bytes: &[u8]| text(bytes).unwrap_err().kind();
    assert_eq!(kind(&SNAPPY[..SNAPPY.len() - 1]), io::ErrorKind::UnexpectedEof);
    assert_eq!(kind(&SNAPPY[..40]), io::ErrorKind::UnexpectedEof);
    let mut long = SNAPPY.to_vec();
    let length = long.len() - 8;
    long[length..length + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(kind(&long), io::ErrorKind::InvalidData);
    assert_eq!(text(b"PAR1,claim_id\n").unwrap(), "PAR1,claim_id\n", "a column may have that name");
}

/// Every byte of two files changed in three ways: the reader ends, and gives no more rows than the file can hold.
#[test]
fn no_byte_that_is_changed_keeps_a_reader_busy_or_ends_it_badly() {
    for file in [PLAIN, SNAPPY] {
        for at in (0..file.len()).step_by(7) {
            for flip in [0x01, 0x80, 0xFF] {
                let mut bytes = file.to_vec();
                bytes[at] ^= flip;
                if let Ok(text) = text(&bytes) {
                    assert!(text.len() < 64 * file.len(), "{at} {flip}");
                }
            }
        }
    }
}

#[test]
fn the_fields_of_a_header_are_found_wherever_others_stand() {
    // A data page: 40 values, RLE_DICTIONARY, levels RLE; statistics with two texts between.
    let bytes = [
        0x15, 0x00, 0x15, 0x20, 0x15, 0x24, 0x2C, 0x15, 0x50, 0x15, 0x10, 0x15, 0x06, 0x15, 0x06, 0x1C, 0x18,
        0x02, b'a', b'b', 0x18, 0x01, b'c', 0x00, 0x00, 0x00, 0x77,
    ];
    let (header, length) = Header::read(&bytes).unwrap();
    assert_eq!((header.kind, header.plain, header.compressed, length), (0, 16, 18, bytes.len() - 1));
    assert_eq!(header.own, [0, 40, 8, 3, 3, 0, 0, 1]);
    for cut in 0..length {
        assert!(Header::read(&bytes[..cut]).is_none(), "{cut}");
    }
    assert!(Header::read(&[0x1C; 4096]).is_none(), "structures in structures end");
}

#[test]
fn an_input_is_read_at_any_place_and_not_beyond_its_end() {
    let store = b"abcdef".as_slice().store().unwrap();
    assert_eq!(&*store.at(2, 3).unwrap(), b"cde");
    for (offset, length) in [(0, 7), (6, 1), (u64::MAX, 2)] {
        assert_eq!(store.at(offset, length).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
