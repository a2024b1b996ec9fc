//! Codes of claims (ICD, HCPCS, revenue, bill type, NDC): short, upper-case, stored inline.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::num::NonZeroU8;

/// Longest code held: SNOMED CT identifiers, which some EOB samples carry as procedures, have up to 15 digits.
const CAPACITY: usize = 15;

/// A code in canonical form: upper case, without dots and blanks (CLAIM_FORMATS §5: "I10.9" is "I109").
/// Never empty; sixteen bytes, no allocation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    bytes: [u8; CAPACITY],
    len: NonZeroU8,
}

impl Code {
    /// Canonicalises text to a code. `None` when nothing is left, when it is longer than 15 characters, or when it
    /// is not printable ASCII.
    pub fn new(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// [`Code::new`] from bytes as they stand in a file.
    pub fn from_bytes(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; CAPACITY];
        // Nearly all codes in a file are letters and digits and nothing else.
        if let Some(slots) = bytes.get_mut(..text.len())
            && text.iter().all(u8::is_ascii_alphanumeric)
        {
            slots.copy_from_slice(text);
            slots.make_ascii_uppercase();
            let len = u8::try_from(text.len()).ok().and_then(NonZeroU8::new)?;
            return Some(Self { bytes, len });
        }
        let mut len = 0_u8;
        for byte in text.iter().copied() {
            if byte == b'.' || byte == b' ' || byte == b'\t' {
                continue;
            }
            if !byte.is_ascii_graphic() {
                return None;
            }
            *bytes.get_mut(usize::from(len))? = byte.to_ascii_uppercase();
            len += 1;
        }
        NonZeroU8::new(len).map(|len| Self { bytes, len })
    }

    /// A code known when the program is written, already in canonical form (upper case, no dots, 1 to 15
    /// characters): anything else does not compile where this is used for a constant.
    #[expect(
        clippy::indexing_slicing,
        reason = "constants have no other way; the loop stays below both lengths"
    )]
    pub const fn literal(text: &'static str) -> Self {
        let source = text.as_bytes();
        assert!(source.len() <= CAPACITY, "a code has at most 15 characters");
        let mut bytes = [0; CAPACITY];
        let mut at = 0;
        let mut len = 0_u8;
        while at < source.len() {
            let byte = source[at];
            assert!(byte.is_ascii_graphic() && byte != b'.' && !byte.is_ascii_lowercase(), "not canonical");
            bytes[at] = byte;
            at += 1;
            len += 1;
        }
        match NonZeroU8::new(len) {
            Some(len) => Self { bytes, len },
            None => panic!("a code is never empty"),
        }
    }

    /// A revenue code: four digits, missing leading zeros added (CLAIM_FORMATS §5: "450" is "0450", "1" is "0001").
    /// `None` for text with a decimal fraction, which is an amount in the wrong place.
    pub fn revenue(text: &str) -> Option<Self> {
        let text = whole(text);
        let code = Self::new(text).filter(|_| !text.contains('.'))?;
        Some(code.padded(2).padded(3).padded(4))
    }

    /// A type of bill: three characters, the leading zero dropped (ruling 3: "0131" and "131" are the same).
    pub fn bill_type(text: &str) -> Option<Self> {
        let code = Self::new(whole(text))?;
        match code.as_str().strip_prefix('0') {
            Some(rest) if rest.len() == 3 => Self::new(rest),
            _ => Some(code),
        }
    }

    /// A two-digit code (place of service, discharge status) with its leading zero.
    pub fn two_digits(text: &str) -> Option<Self> {
        Self::new(whole(text)).map(|code| code.padded(2))
    }

    /// The code with the leading zero that a number of `width` digits lost; any other code as it is.
    #[must_use]
    pub fn padded(self, width: u8) -> Self {
        if self.len.get() + 1 != width || !self.used().iter().all(u8::is_ascii_digit) {
            return self;
        }
        let mut bytes = self.bytes;
        bytes.rotate_right(1);
        let [first, ..] = &mut bytes;
        *first = b'0';
        Self { bytes, len: self.len.saturating_add(1) }
    }

    /// The text of the code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.used()).unwrap_or_default()
    }

    /// Whether the code begins with `prefix`.
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.used().starts_with(prefix.as_bytes())
    }

    /// Whether the code ends with `suffix`.
    pub fn ends_with(&self, suffix: &str) -> bool {
        self.used().ends_with(suffix.as_bytes())
    }

    /// The code as a number; numbers are ordered as codes are. What tables are searched by: one comparison of
    /// integers instead of one of fifteen bytes.
    pub fn key(&self) -> u128 {
        let mut wide = [self.len.get(); CAPACITY + 1];
        if let Some(text) = wide.first_chunk_mut() {
            *text = self.bytes;
        }
        u128::from_be_bytes(wide)
    }

    fn used(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len.get())).unwrap_or_default()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[code]")
    }
}

impl PartialEq<str> for Code {
    fn eq(&self, other: &str) -> bool {
        self.used() == other.as_bytes()
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.used() == other.as_bytes()
    }
}

/// Spreadsheets and data frames write a numeric code as a decimal number: "450.0" is "450".
fn whole(text: &str) -> &str {
    text.strip_suffix(".0").unwrap_or(text)
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl de::Visitor<'_> for Visit {
            type Value = Code;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a code of 1 to 15 characters")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Code, E> {
                Code::new(text).ok_or_else(|| E::custom("not a code"))
            }
        }
        deserializer.deserialize_str(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_canonical() {
        assert_eq!(Code::new("i10.9").map(|c| c.as_str().to_owned()).as_deref(), Some("I109"));
        assert_eq!(Code::revenue("450"), Code::revenue("0450"));
        assert_eq!(Code::revenue("1"), Code::new("0001"));
        assert_eq!(Code::revenue("450.0"), Code::new("0450"));
        assert_eq!(Code::revenue("187.50"), None, "an amount is no revenue code");
        assert_eq!(Code::bill_type("0131"), Code::bill_type("131"));
        assert_eq!(Code::two_digits("1"), Code::two_digits("01"));
        assert_eq!(Some(Code::literal("I109")), Code::new("i10.9"));
        assert_eq!(Code::new(" . "), None);
        assert_eq!(Code::new("1234567890123456"), None);
    }

    #[test]
    fn numbers_of_codes_are_ordered_as_codes_are() {
        let mut codes: Vec<Code> =
            ["I10", "I109", "E119", "0450", "45", "I1", "Z"].iter().filter_map(|c| Code::new(c)).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0].key() < pair[1].key()));
    }
}
