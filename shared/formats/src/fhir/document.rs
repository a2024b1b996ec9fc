//! Cuts JSON documents into records: the elements of a top-level array, the entries of a bundle, or whole objects.
//!
//! The cut follows brackets and quotes only; whether a record is good JSON is found when it is read. So a bundle of
//! any size needs the memory of its largest entry.

use super::buffer::Window;
use crate::item::Reason;
use memchr::memchr2;
use std::io::Read;

/// Where the cursor stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Between top-level values.
    Top,
    /// In a top-level array.
    Array,
    /// In the `entry` array of a top-level object.
    Entries,
    /// After that array.
    AfterEntries,
}

/// A record: its bytes, where they stand, and whether they are an entry of a bundle.
pub(super) struct Record<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: u64,
    pub(super) is_entry: bool,
}

/// What a scan came to.
enum Stop {
    /// The end of the value, at this length.
    End(usize),
    /// The `entry` array of the object, at this length (bracket included).
    Entries(usize),
}

/// A cursor over documents.
pub(super) struct Documents<R> {
    window: Window<R>,
    level: Level,
}

impl<R: Read> Documents<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { window: Window::new(reader), level: Level::Top }
    }

    /// The next record; none at the end of the last document.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, Reason> {
        loop {
            match (self.level, self.window.skip(b",:")?) {
                (Level::Top, None) => return Ok(None),
                (Level::Top, Some(b'[')) => {
                    self.window.consume(1);
                    self.level = Level::Array;
                }
                (Level::Top, Some(b'{')) => match self.scan(true)? {
                    Stop::End(length) => return Ok(Some(self.record(length, false))),
                    Stop::Entries(length) => {
                        self.window.consume(length);
                        self.level = Level::Entries;
                    }
                },
                (Level::Top, Some(_)) => return Err(Reason::BadStructure),
                (_, None) => return Err(Reason::Truncated),
                (Level::Array, Some(b']')) | (Level::AfterEntries, Some(b'}')) => {
                    self.window.consume(1);
                    self.level = Level::Top;
                }
                (Level::Entries, Some(b']')) => {
                    self.window.consume(1);
                    self.level = Level::AfterEntries;
                }
                (Level::AfterEntries, Some(_)) => {
                    let length = self.value()?;
                    self.window.consume(length);
                }
                (Level::Array | Level::Entries, Some(_)) => {
                    let length = self.value()?;
                    return Ok(Some(self.record(length, self.level == Level::Entries)));
                }
            }
        }
    }

    fn record(&mut self, length: usize, is_entry: bool) -> Record<'_> {
        let (bytes, offset) = self.window.take(length);
        Record { bytes, offset, is_entry }
    }

    /// Length of the value at the cursor.
    fn value(&mut self) -> Result<usize, Reason> {
        match self.window.byte(0)? {
            Some(b'{' | b'[' | b'"') => match self.scan(false)? {
                Stop::End(length) | Stop::Entries(length) => Ok(length),
            },
            Some(b'}' | b']') => Err(Reason::BadStructure),
            _ => {
                let mut length = 1;
                while let Some(byte) = self.window.byte(length)? {
                    if byte <= b' ' || matches!(byte, b',' | b':' | b']' | b'}' | b'"') {
                        break;
                    }
                    length += 1;
                }
                Ok(length)
            }
        }
    }

    /// Scans the object, array or string at the cursor. With `watch`, stops at the `entry` array of a top object.
    fn scan(&mut self, watch: bool) -> Result<Stop, Reason> {
        let (mut at, mut depth, mut key_is_entry) = (0_usize, 0_usize, false);
        loop {
            let Some(byte) = self.window.byte(at)? else { return Err(Reason::Truncated) };
            match byte {
                b'"' => {
                    let end = self.string(at + 1)?;
                    if depth == 1 && watch {
                        key_is_entry = self.window.rest().get(at..end) == Some(b"\"entry\"");
                    }
                    at = end;
                    if depth == 0 {
                        return Ok(Stop::End(at));
                    }
                    continue;
                }
                b'[' if watch && depth == 1 && key_is_entry => return Ok(Stop::Entries(at + 1)),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(Stop::End(at + 1));
                    }
                }
                b',' if depth == 1 => key_is_entry = false,
                _ => {}
            }
            at += 1;
        }
    }

    /// The position after the string whose first character stands at `at`.
    fn string(&mut self, mut at: usize) -> Result<usize, Reason> {
        loop {
            let rest = self.window.rest().get(at..).unwrap_or_default();
            match memchr2(b'"', b'\\', rest) {
                Some(found) if rest.get(found) == Some(&b'"') => return Ok(at + found + 1),
                Some(found) => at += found + 2,
                None => {
                    at = at.max(self.window.rest().len());
                    if !self.window.fill()? {
                        return Err(Reason::Truncated);
                    }
                }
            }
        }
    }
}
