//! The tokeniser: bytes to segments, in one growing buffer with an upper bound.

use super::segment::{Delimiters, Segment};
use crate::item::Reason;
use crate::read::broken_off;
use memchr::memchr3;
use std::io::Read;

/// Bytes asked of the reader at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// Longest segment accepted. A file without terminators must not fill the memory.
const SEGMENT_BYTES_MAX: usize = 1024 * 1024;

/// Within so many bytes an ISA segment has its sixteen separators (it has 106 bytes when it keeps to the standard).
const HEADER_BYTES_MAX: usize = 1024;

/// Names of segments have two or three letters; some senders write them small.
const NAME_BYTES_MAX: usize = 3;

/// Why the file cannot be read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// The segment concerned.
    pub(crate) field: &'static str,
    /// What is wrong.
    pub(crate) reason: Reason,
}

/// Cuts a stream into segments. Delimiters come from the latest ISA (CLAIM_FORMATS §3: counted, not by position).
pub(crate) struct Tokeniser<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Content offset of `buffer[0]`.
    base: u64,
    delimiters: Option<Delimiters>,
    ended: bool,
}

impl<R: Read> Tokeniser<R> {
    /// A tokeniser at the beginning of a stream.
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, end: 0, base: 0, delimiters: None, ended: false }
    }

    /// The next segment; none at the end of the stream. What stands after the last terminator is a segment too.
    pub(crate) fn next(&mut self) -> Result<Option<Segment<'_>>, Flaw> {
        if !self.skip_filling()? {
            return Ok(None);
        }
        if self.at_interchange()? {
            self.delimiters = Some(self.declared()?);
        }
        let Some(delimiters) = self.delimiters else {
            return Err(Flaw { field: "ISA", reason: Reason::MissingField });
        };
        let (length, found, wrapped) = self.find(delimiters.terminator)?;
        let from = self.start;
        let offset = self.base + u64::try_from(from).unwrap_or(u64::MAX);
        self.start += length + usize::from(found);
        let length = if wrapped { self.unwrap_lines(from, length) } else { length };
        if let Some(bytes) = self.buffer.get_mut(from..from + length) {
            let name = bytes.iter_mut().take_while(|byte| **byte != delimiters.element);
            name.take(NAME_BYTES_MAX).for_each(u8::make_ascii_uppercase);
        }
        let bytes = self.buffer.get(from..from + length).unwrap_or_default();
        Ok(Some(Segment { bytes: without_filling(bytes), delimiters, offset }))
    }

    /// Skips what may stand between segments: line ends, blanks, NUL and 0x1A padding, byte order marks, and empty
    /// segments. False at the end of the stream.
    fn skip_filling(&mut self) -> Result<bool, Flaw> {
        let terminator = self.delimiters.map(|delimiters| delimiters.terminator);
        loop {
            while let Some(byte) = self.rest().first().copied() {
                let filling =
                    matches!(byte, 0..=0x20 | 0x7F | 0xEF | 0xBB | 0xBF) || Some(byte) == terminator;
                if !filling {
                    return Ok(true);
                }
                self.start += 1;
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// Whether the next segment is an ISA.
    fn at_interchange(&mut self) -> Result<bool, Flaw> {
        while self.rest().len() < 4 && self.fill()? {}
        let head = self.rest();
        Ok(head.starts_with(b"ISA") && head.get(3).is_some_and(|byte| is_separator(*byte)))
    }

    /// Delimiters declared by the ISA at hand.
    fn declared(&mut self) -> Result<Delimiters, Flaw> {
        let flaw = |reason| Flaw { field: "ISA", reason };
        while self.rest().len() < HEADER_BYTES_MAX && self.fill()? {}
        let head = self.rest();
        let head = head.get(..HEADER_BYTES_MAX).unwrap_or(head);
        let element = *head.get(3).ok_or(flaw(Reason::Truncated))?;
        let mut separators = head.iter().enumerate().filter(|(_, byte)| **byte == element).map(|(at, _)| at);
        let (eleventh, sixteenth) = (separators.nth(10), separators.nth(4));
        let Some(at) = sixteenth else {
            let cut = self.ended && self.rest().len() < HEADER_BYTES_MAX;
            return Err(flaw(if cut { Reason::Truncated } else { Reason::BadStructure }));
        };
        let repetition = eleventh.and_then(|at| head.get(at + 1)).copied();
        let (component, terminator) = match head.get(at + 1..).unwrap_or_default() {
            // ISA16 left empty: the terminator stands where the component separator should.
            [b'~', b'\r' | b'\n', ..] => (b':', b'~'),
            [terminator, letter, ..] if letter.is_ascii_alphanumeric() => (b':', *terminator),
            // Lines end in CR LF: LF terminates, the CR is trimmed.
            [component, b'\r', b'\n', ..] => (*component, b'\n'),
            [component, terminator, ..] => (*component, *terminator),
            _ => return Err(flaw(Reason::Truncated)),
        };
        let repetition =
            repetition.filter(|byte| is_separator(*byte) && ![element, component, terminator].contains(byte));
        Ok(Delimiters { element, component, repetition, terminator })
    }

    /// Length of the segment at hand, whether its terminator was found (it is not at the end of the stream), and
    /// whether line ends stand inside it.
    fn find(&mut self, terminator: u8) -> Result<(usize, bool, bool), Flaw> {
        let (mut searched, mut wrapped) = (0, false);
        loop {
            let rest = self.rest();
            match memchr3(terminator, b'\r', b'\n', rest.get(searched..).unwrap_or_default()) {
                Some(at) if rest.get(searched + at) == Some(&terminator) => {
                    return Ok((searched + at, true, wrapped));
                }
                Some(at) => {
                    if self.interchange_follows(searched + at + 1)? {
                        return Ok((searched + at, true, wrapped));
                    }
                    // With a line end for terminator the other one is trimmed at the segment's end.
                    wrapped = !matches!(terminator, b'\r' | b'\n');
                    searched += at + 1;
                    continue;
                }
                None => searched = rest.len(),
            }
            if searched > SEGMENT_BYTES_MAX {
                return Err(Flaw { field: "", reason: Reason::TooLong });
            }
            if !self.fill()? {
                return Ok((searched, false, wrapped));
            }
        }
    }

    /// Whether an ISA stands at this position of the rest, on a line of its own: of files put together one lacks its
    /// last terminator.
    fn interchange_follows(&mut self, at: usize) -> Result<bool, Flaw> {
        while self.rest().len() < at + 4 && self.fill()? {}
        let next = self.rest().get(at..).unwrap_or_default();
        Ok(next.starts_with(b"ISA") && next.get(3).is_some_and(|byte| is_separator(*byte)))
    }

    /// Takes line ends out of a segment: some senders wrap at 80 columns.
    fn unwrap_lines(&mut self, from: usize, length: usize) -> usize {
        let Some(bytes) = self.buffer.get_mut(from..from + length) else { return length };
        let mut kept = 0;
        for at in 0..bytes.len() {
            if let Some(byte) = bytes.get(at).copied()
                && !matches!(byte, b'\r' | b'\n')
            {
                if let Some(slot) = bytes.get_mut(kept) {
                    *slot = byte;
                }
                kept += 1;
            }
        }
        kept
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads more; false at the end of the stream.
    fn fill(&mut self) -> Result<bool, Flaw> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.base += u64::try_from(self.start).unwrap_or(u64::MAX);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < self.end + CHUNK_BYTES {
            self.buffer.resize(self.end + CHUNK_BYTES, 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let read = loop {
            match self.reader.read(room) {
                Ok(read) => break read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Flaw { field: "", reason: broken_off(&error) }),
            }
        };
        self.end += read;
        self.ended = read == 0;
        Ok(read > 0)
    }
}

/// Without the blanks, line ends and padding that stand behind a segment.
fn without_filling(mut bytes: &[u8]) -> &[u8] {
    while let [before @ .., 0..=0x20] = bytes {
        bytes = before;
    }
    bytes
}

/// What may separate elements: no letter, digit or blank.
fn is_separator(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && !byte.is_ascii_whitespace() && byte != 0
}
