//! Inputs that can be read from the beginning more than once, gunzipped and without a byte order mark.
//!
//! Reading twice is what lets a reader look ahead in constant memory: recognise a format from its first bytes,
//! reject a truncated interchange whole before its first claim is emitted, find lines of a claim that are apart.

use crate::gzip::Members;
use crate::parquet::{self, Store};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// Gzip inside gzip occurs (an already compressed file sent with `Content-Encoding: gzip`); deeper nesting is refused.
const GZIP_LAYERS_MAX: usize = 2;

/// Buffer of an opened input, in bytes.
const BUFFER_BYTES: usize = 128 * 1024;

/// Something that can be read from its beginning any number of times, and at any place.
pub trait Input {
    /// Opens the raw bytes from the first one on.
    fn open(&self) -> io::Result<Box<dyn Read + '_>>;

    /// Opens the raw bytes to be read at any place.
    fn store(&self) -> io::Result<Store>;
}

impl Input for PathBuf {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(File::open(self)?))
    }

    fn store(&self) -> io::Result<Store> {
        Ok(Store::File(File::open(self)?.into()))
    }
}

/// An open file, also one without a name. Its own position is neither used nor moved.
impl Input for File {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(FromStart { file: self, at: 0 }))
    }

    fn store(&self) -> io::Result<Store> {
        Ok(Store::File(self.try_clone()?.into()))
    }
}

struct FromStart<'a> {
    file: &'a File,
    at: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(out, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Input for &[u8] {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Cursor::new(*self)))
    }

    fn store(&self) -> io::Result<Store> {
        Ok(Store::Bytes(Bytes::copy_from_slice(self)))
    }
}

impl Input for Vec<u8> {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Cursor::new(self.as_slice())))
    }

    fn store(&self) -> io::Result<Store> {
        self.as_slice().store()
    }
}

/// The content of an input: decompressed (gzip, also of several members) and without a UTF-8 byte order mark; of a Parquet
/// file its table as delimited text.
pub type Content<'a> = BufReader<Box<dyn Read + 'a>>;

/// Opens the content of an input from its beginning. A byte order mark counts in no offset.
///
/// # Errors
/// When the input cannot be opened or its first bytes cannot be decompressed. Later errors come from reading.
pub fn content(input: &dyn Input) -> io::Result<Content<'_>> {
    let (head, rest) = peek(input.open()?, parquet::HEAD_BYTES)?;
    if parquet::begins(&head) {
        let table = parquet::open(input.store()?)?;
        return Ok(BufReader::with_capacity(BUFFER_BYTES, Box::new(table)));
    }
    let mut reader: Box<dyn Read + '_> = Box::new(Cursor::new(head).chain(rest));
    for _ in 0..GZIP_LAYERS_MAX {
        let (head, rest) = peek(reader, 2)?;
        if head != [0x1F, 0x8B] {
            return without_mark(Box::new(Cursor::new(head).chain(rest)));
        }
        reader =
            Box::new(Members::new(BufReader::with_capacity(BUFFER_BYTES, Cursor::new(head).chain(rest))));
    }
    without_mark(reader)
}

/// The first bytes of the content, at most `limit`.
///
/// # Errors
/// As [`content`].
pub fn first_bytes(input: &dyn Input, limit: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    content(input)?.take(limit).read_to_end(&mut head)?;
    Ok(head)
}

fn without_mark(reader: Box<dyn Read + '_>) -> io::Result<Content<'_>> {
    let (mut head, rest) = peek(reader, 3)?;
    if head == [0xEF, 0xBB, 0xBF] {
        head.clear();
    }
    Ok(BufReader::with_capacity(BUFFER_BYTES, Box::new(Cursor::new(head).chain(rest))))
}

/// The first `count` bytes (fewer at the end of the input) and the rest.
fn peek(mut reader: Box<dyn Read + '_>, count: u64) -> io::Result<(Vec<u8>, Box<dyn Read + '_>)> {
    let mut head = Vec::new();
    reader.by_ref().take(count).read_to_end(&mut head)?;
    Ok((head, reader))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Reason;
    use crate::read::broken_off;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn read_all(input: &dyn Input) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        content(input)?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn gzip_and_byte_order_mark_are_taken_off_in_any_combination() {
        let plain = b"\xEF\xBB\xBFa,b\n".to_vec();
        for input in [plain.clone(), gzip(&plain), gzip(&gzip(&plain))] {
            assert_eq!(read_all(&input).unwrap(), b"a,b\n");
        }
        let two_members: Vec<u8> = [gzip(b"a,"), gzip(b"b\n")].concat();
        assert_eq!(read_all(&two_members).unwrap(), b"a,b\n");
    }

    #[test]
    fn short_and_empty_inputs_are_read_as_they_are() {
        for plain in [b"".to_vec(), b"\x1F".to_vec(), b"\xEF\xBB".to_vec()] {
            assert_eq!(read_all(&plain).unwrap(), plain);
        }
    }

    #[test]
    fn zeros_behind_gzip_are_padding_and_anything_else_is_said() {
        let padded = [gzip(b"a,"), vec![0; 300_000], gzip(b"b\n"), vec![0; 512]].concat();
        assert_eq!(read_all(&padded).unwrap(), b"a,b\n");
        for junk in [b"junk".as_slice(), b"\0\0junk"] {
            let error = read_all(&[gzip(b"a,b\n").as_slice(), junk].concat()).unwrap_err();
            assert_eq!(broken_off(&error), Reason::TrailingBytes);
        }
        assert!(read_all(&[gzip(b"a,b\n").as_slice(), b"\x1Funk"].concat()).is_err());
    }

    #[test]
    fn a_cut_gzip_is_an_error_and_not_an_end() {
        let mut cut = gzip(&[b'x'; 10_000]);
        cut.truncate(cut.len() / 2);
        assert!(read_all(&cut).is_err());
    }
}
