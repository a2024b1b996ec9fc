//! The header of a page, in Thrift's compact protocol. Only what reading needs; everything else is skipped.

use parquet::basic::Encoding;

/// Deepest nesting of structures that is skipped.
const DEPTH_MAX: usize = 8;

/// What kind of page it is, and what that kind says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// 0: data; else [`INDEX`], [`DICTIONARY`] or [`DATA_2`].
    pub(super) kind: i64,
    /// Bytes of the page as it stands in the file.
    pub(super) compressed: i64,
    /// Bytes of the page when it is decompressed.
    pub(super) plain: i64,
    /// The fields of the kind's own header by their numbers from 1: whole numbers; true is 1.
    pub(super) own: [i64; 8],
}

/// A page that holds no values.
pub(super) const INDEX: i64 = 1;
/// The values that other pages name by number.
pub(super) const DICTIONARY: i64 = 2;
/// Data, version 2.
pub(super) const DATA_2: i64 = 3;

/// The field numbers in [`Header::own`] of a data page.
pub(super) const VALUES: usize = 1;
/// Encoding of a data or dictionary page of version 1.
pub(super) const ENCODING: usize = 2;
/// Encoding of definition levels, version 1.
pub(super) const DEFINITIONS: usize = 3;
/// Nulls, version 2.
pub(super) const NULLS: usize = 2;
/// Rows, version 2.
pub(super) const ROWS: usize = 3;
/// Encoding, version 2.
pub(super) const ENCODING_2: usize = 4;
/// Bytes of definition levels, version 2.
pub(super) const DEFINITION_BYTES: usize = 5;
/// Bytes of repetition levels, version 2.
pub(super) const REPETITION_BYTES: usize = 6;
/// Whether the values are compressed, version 2; absent means yes.
pub(super) const COMPRESSED: usize = 7;

impl Header {
    /// A field of the kind's own header.
    pub(super) fn own(&self, field: usize) -> Option<u32> {
        self.own.get(field).and_then(|value| u32::try_from(*value).ok())
    }

    /// A field that holds an encoding.
    pub(super) fn encoding(&self, field: usize) -> Option<Encoding> {
        #[expect(deprecated, reason = "old files state it")]
        let packed = Encoding::BIT_PACKED;
        Some(match self.own(field)? {
            0 => Encoding::PLAIN,
            2 => Encoding::PLAIN_DICTIONARY,
            3 => Encoding::RLE,
            4 => packed,
            5 => Encoding::DELTA_BINARY_PACKED,
            6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
            7 => Encoding::DELTA_BYTE_ARRAY,
            8 => Encoding::RLE_DICTIONARY,
            9 => Encoding::BYTE_STREAM_SPLIT,
            _ => return None,
        })
    }

    /// Reads a header from the beginning of these bytes; the header and its length. None when it is damaged or longer.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut input = Compact(bytes);
        let mut header = Self { own: [0, 0, 0, 0, 0, 0, 0, 1], ..Self::default() };
        let mut number = 0;
        while let Some(kind) = input.field(&mut number)? {
            match (number, kind) {
                (1, INT32) => header.kind = input.whole()?,
                (2, INT32) => header.plain = input.whole()?,
                (3, INT32) => header.compressed = input.whole()?,
                (5 | 7 | 8, STRUCTURE) => input.own(&mut header.own)?,
                (_, kind) => input.skip(kind, DEPTH_MAX)?,
            }
        }
        Some((header, bytes.len() - input.0.len()))
    }
}

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const INT32: u8 = 5;
const STRUCTURE: u8 = 12;

/// What is still unread.
struct Compact<'a>(&'a [u8]);

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn pass(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A whole number: zigzag of a varint.
    fn whole(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    /// The type of the next field, none at the end of the structure. `number` is that of the field before, then this one's.
    #[expect(clippy::option_option, reason = "the outer one is damage, the inner one the end")]
    fn field(&mut self, number: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let step = i64::from(head >> 4);
        *number = if step == 0 { self.whole()? } else { number.checked_add(step)? };
        Some(Some(head & 0x0F))
    }

    /// The whole numbers and flags of a kind's own header.
    fn own(&mut self, fields: &mut [i64; 8]) -> Option<()> {
        let mut number = 0;
        while let Some(kind) = self.field(&mut number)? {
            let value = match kind {
                TRUE => 1,
                FALSE => 0,
                INT32 => self.whole()?,
                kind => {
                    self.skip(kind, DEPTH_MAX)?;
                    continue;
                }
            };
            if let Some(field) = usize::try_from(number).ok().and_then(|number| fields.get_mut(number)) {
                *field = value;
            }
        }
        Some(())
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            TRUE | FALSE => Some(()),
            3 => self.pass(1),
            4..=6 => self.unsigned().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.unsigned()?;
                self.pass(usize::try_from(length).ok()?)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
                // Of a list every element has a byte at least, flags too.
                for _ in 0..count {
                    match head & 0x0F {
                        TRUE | FALSE => self.pass(1)?,
                        kind => self.skip(kind, depth)?,
                    }
                }
                Some(())
            }
            STRUCTURE => {
                let mut number = 0;
                while let Some(kind) = self.field(&mut number)? {
                    self.skip(kind, depth)?;
                }
                Some(())
            }
            _ => None,
        }
    }
}
