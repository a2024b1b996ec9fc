//! A window over a stream of bytes that grows up to the longest record and no further.

use crate::item::Reason;
use crate::read::broken_off;
use std::io::Read;

/// Bytes asked of the reader at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// Longest resource accepted: far above any real one, far below the memory of a function.
pub(super) const RECORD_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes read and not yet consumed.
pub(super) struct Window<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    base: u64,
    ended: bool,
}

impl<R: Read> Window<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, end: 0, base: 0, ended: false }
    }

    /// What is read and not consumed.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The byte at a position of the rest; reads on as needed. None at the end of the stream.
    pub(super) fn byte(&mut self, at: usize) -> Result<Option<u8>, Reason> {
        loop {
            if let Some(byte) = self.rest().get(at) {
                return Ok(Some(*byte));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Consumes bytes of the rest.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Consumes bytes and returns them with their offset in the stream.
    pub(super) fn take(&mut self, count: usize) -> (&[u8], u64) {
        let from = self.start;
        let offset = self.base + u64::try_from(from).unwrap_or(u64::MAX);
        self.consume(count);
        (self.buffer.get(from..self.start).unwrap_or_default(), offset)
    }

    /// Consumes blanks, control characters and the bytes given.
    pub(super) fn skip(&mut self, also: &[u8]) -> Result<Option<u8>, Reason> {
        loop {
            match self.byte(0)? {
                Some(byte) if byte <= b' ' || also.contains(&byte) => self.consume(1),
                other => return Ok(other),
            }
        }
    }

    /// Reads more; false at the end of the stream.
    pub(super) fn fill(&mut self) -> Result<bool, Reason> {
        if self.ended {
            return Ok(false);
        }
        if self.end - self.start > RECORD_BYTES_MAX {
            return Err(Reason::TooLong);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.base += u64::try_from(self.start).unwrap_or(u64::MAX);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < self.end + CHUNK_BYTES {
            self.buffer.resize((self.end + CHUNK_BYTES).max(self.buffer.len() * 2), 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let read = loop {
            match self.reader.read(room) {
                Ok(read) => break read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken_off(&error)),
            }
        };
        self.end += read;
        self.ended = read == 0;
        Ok(read > 0)
    }
}
