//! Which format a file is of, from its first bytes alone.

use crate::cclf;
use crate::table::{self, Table};

/// A format that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Nothing but blanks.
    Empty,
    /// No format that is read.
    Unknown,
    /// Text in UTF-16, whatever it holds.
    Utf16,
    /// X12 interchanges.
    X12,
    /// FHIR R4 JSON or NDJSON.
    Fhir,
    /// HL7 v2 messages.
    Hl7,
    /// A delimited table.
    Table(Table),
}

/// Recognises the format from the first bytes of the decompressed content (without byte order mark).
pub fn recognise(head: &[u8]) -> Format {
    let trimmed = head.trim_ascii_start();
    match trimmed.first() {
        None => Format::Empty,
        Some(_) if is_utf16(head) => Format::Utf16,
        Some(b'{' | b'[') => Format::Fhir,
        Some(_) if is_x12(trimmed) => Format::X12,
        Some(_) if crate::hl7::begins(trimmed) => Format::Hl7,
        Some(_) => table::recognise(head)
            .or_else(|| cclf::layout::recognise(head))
            .map_or(Format::Unknown, Format::Table),
    }
}

/// An envelope segment's name followed by an element separator. A file that begins with GS or ST has lost its
/// interchange header: the X12 reader says so.
fn is_x12(head: &[u8]) -> bool {
    ["ISA", "GS", "ST"].iter().any(|name| {
        head.strip_prefix(name.as_bytes())
            .and_then(<[u8]>::first)
            .is_some_and(|separator| !separator.is_ascii_alphanumeric() && !matches!(separator, b',' | b'_'))
    })
}

/// A byte order mark of UTF-16, or every other one of the first bytes zero.
fn is_utf16(head: &[u8]) -> bool {
    matches!(
        head,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [1..=255, 0, 1..=255, 0, ..] | [0, 1..=255, 0, 1..=255, ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        assert_eq!(recognise(b" \r\n\n"), Format::Empty);
        assert_eq!(recognise(b"\nISA*00*"), Format::X12);
        assert_eq!(recognise(b"ISA\x1D00"), Format::X12);
        assert_eq!(recognise(b"{\"resourceType\":\"Bundle\"}"), Format::Fhir);
        assert_eq!(recognise(b"\x0BMSH|^~\\&|"), Format::Hl7);
        assert_eq!(recognise(b"FHS|^~\\&|"), Format::Hl7);
        assert_eq!(recognise(b"GSA,ST,x\n"), Format::Unknown);
        assert_eq!(recognise(b"\x00\xFF"), Format::Unknown);
        for text in [b"\xFF\xFEI\0S\0".as_slice(), b"\xFE\xFF\0I\0S", b"I\0S\0A\0", b"\0I\0S\0A"] {
            assert_eq!(recognise(text), Format::Utf16);
        }
    }
}
