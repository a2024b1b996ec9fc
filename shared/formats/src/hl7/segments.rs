//! Segments, fields, repetitions and components.

use crate::table::rows::decode;
use std::borrow::Cow;
use std::io::{self, BufRead};
use std::ops::Range;

/// MLLP: begins a message.
pub(super) const BLOCK_START: u8 = 0x0B;
/// MLLP: ends a message.
const BLOCK_END: u8 = 0x1C;
/// Bytes of a segment that are kept; fields beyond (embedded documents) are not read.
const SEGMENT_BYTES_MAX: usize = 64 * 1024;

/// Reads segments one at a time.
pub(super) struct Segments<R> {
    reader: R,
    buffer: Vec<u8>,
    offset: u64,
    delimiters: Delimiters,
    /// A frame was begun and not ended.
    framed: bool,
}

#[derive(Clone, Copy)]
struct Delimiters {
    field: u8,
    component: u8,
    repetition: u8,
    escape: u8,
    subcomponent: u8,
}

impl Delimiters {
    /// What HL7 recommends, until a header segment states its own.
    const USUAL: Self =
        Self { field: b'|', component: b'^', repetition: b'~', escape: b'\\', subcomponent: b'&' };

    /// Of the characters behind the name of MSH, FHS or BHS.
    fn stated(header: &[u8]) -> Self {
        let at = |index: usize, usual: u8| {
            let stated = header.get(index).copied();
            stated.filter(|byte| Some(byte) != header.get(3) || index == 3).unwrap_or(usual)
        };
        Self {
            field: at(3, b'|'),
            component: at(4, b'^'),
            repetition: at(5, b'~'),
            escape: at(6, b'\\'),
            subcomponent: at(7, b'&'),
        }
    }
}

impl<R: BufRead> Segments<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), offset: 0, delimiters: Delimiters::USUAL, framed: false }
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether a frame was begun and not ended yet.
    pub(super) fn framed(&self) -> bool {
        self.framed
    }

    /// The next segment that is not blank.
    pub(super) fn next_segment(&mut self) -> io::Result<Option<Segment<'_>>> {
        loop {
            let begin = self.offset;
            if !self.fill()? {
                return Ok(None);
            }
            let filling =
                |byte: &u8| byte.is_ascii_whitespace() || matches!(*byte, BLOCK_START | BLOCK_END | 0 | 0x1A);
            let leading = self.buffer.iter().take_while(|byte| filling(byte)).count();
            let trailing = self.buffer.iter().skip(leading).rev().take_while(|byte| filling(byte)).count();
            let range = leading..self.buffer.len() - trailing;
            let follows_open_frame = self.pass_frames(&range);
            if range.is_empty() {
                continue;
            }
            let bytes = self.buffer.get(range).unwrap_or_default();
            if matches!(bytes.get(..3), Some(b"MSH" | b"FHS" | b"BHS")) {
                self.delimiters = Delimiters::stated(bytes);
            }
            let offset = begin + leading as u64;
            return Ok(Some(Segment { bytes, delimiters: self.delimiters, offset, follows_open_frame }));
        }
    }

    /// Follows the frames around a segment; whether it begins one while another is open.
    fn pass_frames(&mut self, segment: &Range<usize>) -> bool {
        let around = |range: Range<usize>| self.buffer.get(range).unwrap_or_default();
        let before = around(0..segment.start);
        let start = before.iter().rposition(|byte| *byte == BLOCK_START);
        let ended = before.get(..start.unwrap_or(before.len())).unwrap_or_default();
        let open = self.framed && !ended.contains(&BLOCK_END);
        let behind = around(segment.end..self.buffer.len()).contains(&BLOCK_END)
            || around(start.unwrap_or(segment.start)..segment.start).contains(&BLOCK_END);
        self.framed = (open || start.is_some()) && !behind;
        open && start.is_some()
    }

    /// Reads up to the next CR, LF or end of a frame; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        let mut any = false;
        loop {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = memchr::memchr3(b'\r', b'\n', BLOCK_END, available);
            let taken = end.map_or(available.len(), |end| end + 1);
            let room = SEGMENT_BYTES_MAX - self.buffer.len();
            self.buffer.extend_from_slice(available.get(..taken.min(room)).unwrap_or_default());
            self.reader.consume(taken);
            self.offset += taken as u64;
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

/// One segment.
pub(super) struct Segment<'a> {
    bytes: &'a [u8],
    delimiters: Delimiters,
    offset: u64,
    /// It begins a frame, and the one before was not ended.
    follows_open_frame: bool,
}

impl<'a> Segment<'a> {
    pub(super) fn name(&self) -> &'a [u8] {
        self.bytes.get(..3).unwrap_or_default()
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether it begins a frame while the one before has not ended. A frame may hold a batch of messages.
    pub(super) fn follows_open_frame(&self) -> bool {
        self.follows_open_frame
    }

    /// A field by its HL7 number. In MSH the separator itself is field 1.
    pub(super) fn field(&self, number: usize) -> Field<'a> {
        let skipped = if self.name() == b"MSH" { number.saturating_sub(1) } else { number };
        let mut fields = self.bytes.split(|byte| *byte == self.delimiters.field);
        Field { bytes: fields.nth(skipped).unwrap_or_default(), delimiters: self.delimiters }
    }
}

/// One field, with its repetitions.
pub(super) struct Field<'a> {
    bytes: &'a [u8],
    delimiters: Delimiters,
}

impl<'a> Field<'a> {
    /// The repetitions of the field.
    pub(super) fn repetitions(&self) -> impl Iterator<Item = Field<'a>> + use<'a> {
        let delimiters = self.delimiters;
        let parts = self.bytes.split(move |byte| *byte == delimiters.repetition);
        parts.map(move |bytes| Field { bytes, delimiters })
    }

    /// A component of the first repetition, from 1; its first subcomponent, unescaped. Blank and `""` are none.
    pub(super) fn component(&self, number: usize) -> Option<Cow<'a, str>> {
        let first = self.bytes.split(|byte| *byte == self.delimiters.repetition).next()?;
        let part = first.split(|byte| *byte == self.delimiters.component).nth(number.checked_sub(1)?)?;
        let part = part.split(|byte| *byte == self.delimiters.subcomponent).next()?.trim_ascii();
        if part.is_empty() || part == b"\"\"" { None } else { Some(unescape(decode(part), self.delimiters)) }
    }
}

/// Replaces the escapes of the delimiters (`\F\`, `\S\`, `\T\`, `\R\`, `\E\`); others stay as they are.
fn unescape(text: Cow<'_, str>, delimiters: Delimiters) -> Cow<'_, str> {
    let escape = char::from(delimiters.escape);
    if !text.contains(escape) {
        return text;
    }
    let mut out = text.into_owned();
    for (letter, byte) in [
        ('F', delimiters.field),
        ('S', delimiters.component),
        ('T', delimiters.subcomponent),
        ('R', delimiters.repetition),
        ('E', delimiters.escape),
    ] {
        out = out.replace(&format!("{escape}{letter}{escape}"), char::from(byte).encode_utf8(&mut [0; 4]));
    }
    Cow::Owned(out)
}
