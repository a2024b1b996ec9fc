//! Small encodings inside a pack: text that is mostly digits, codes, optional numbers.
//!
//! Codes and identifiers are most of a claim. A code of letters and digits becomes one number in base 37; an
//! identifier of digits becomes that number. Whatever does not fit is kept as text behind a marker.

use icm_domain::code::Code;
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Marker: no value.
const NONE: u64 = 0;
/// Marker: text follows.
const TEXT: u64 = 1;
/// First number that stands for a value.
const FIRST: u64 = 2;

/// Optional text in as few bytes as it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Compact(pub(super) Option<Box<str>>);

impl Compact {
    pub(super) fn of(text: Option<&str>) -> Self {
        Self(text.map(Into::into))
    }
}

/// Text as a number, when the number alone gives the text back: digits without a leading zero.
fn digits(text: &str) -> Option<u64> {
    let plain = text.len() <= 19 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse::<u64>().ok()).flatten()?.checked_add(FIRST)
}

impl Serialize for Compact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        marked(serializer, self.0.as_deref(), digits)
    }
}

impl<'de> Deserialize<'de> for Compact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |number: u64| Some((number - FIRST).to_string());
        deserializer.deserialize_tuple(2, Marked { read }).map(|text| Self(text.map(Into::into)))
    }
}

/// An optional code in as few bytes as it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed(pub(super) Option<Code>);

/// A code of at most twelve letters and digits as a number in base 37: digits are 1 to 10, letters 11 to 36, so that
/// no digit is zero and the length is kept.
fn base37(code: &str) -> Option<u64> {
    if code.len() > 12 {
        return None;
    }
    let number = code.bytes().try_fold(0_u64, |sum, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0' + 1,
            b'A'..=b'Z' => byte - b'A' + 11,
            _ => return None,
        };
        Some(sum * 37 + u64::from(digit))
    })?;
    number.checked_add(FIRST)
}

fn from_base37(number: u64) -> Option<String> {
    let mut rest = number.checked_sub(FIRST)?;
    let mut text = Vec::new();
    while rest > 0 {
        let digit = u8::try_from(rest % 37).ok()?;
        text.push(match digit {
            0 => return None,
            1..=10 => b'0' + digit - 1,
            11.. => b'A' + digit - 11,
        });
        rest /= 37;
    }
    text.reverse();
    String::from_utf8(text).ok()
}

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        marked(serializer, self.0.as_ref().map(Code::as_str), base37)
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_tuple(2, Marked { read: from_base37 })?;
        let Some(text) = text else { return Ok(Self(None)) };
        Code::new(&text).map(|code| Self(Some(code))).ok_or_else(|| D::Error::custom("not a code"))
    }
}

fn marked<S: Serializer>(
    serializer: S,
    text: Option<&str>,
    number: fn(&str) -> Option<u64>,
) -> Result<S::Ok, S::Error> {
    let mut tuple = serializer.serialize_tuple(2)?;
    match text.map(|text| (text, number(text))) {
        None => tuple.serialize_element(&NONE)?,
        Some((_, Some(number))) => tuple.serialize_element(&number)?,
        Some((text, None)) => {
            tuple.serialize_element(&TEXT)?;
            tuple.serialize_element(text)?;
        }
    }
    tuple.end()
}

struct Marked<F> {
    read: F,
}

impl<'de, F: Fn(u64) -> Option<String>> Visitor<'de> for Marked<F> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a marker and perhaps text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        let missing = || A::Error::custom("ends in the middle");
        match parts.next_element::<u64>()?.ok_or_else(missing)? {
            NONE => Ok(None),
            TEXT => parts.next_element::<String>()?.ok_or_else(missing).map(Some),
            number => (self.read)(number).map(Some).ok_or_else(|| A::Error::custom("not a packed value")),
        }
    }
}

/// An optional number: zero for none, else one more than the zigzag of the number. `i64::MIN` becomes
/// `i64::MIN + 1`; no amount or day comes near it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Number(pub(super) Option<i64>);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let zigzag = |n: i64| ((n << 1) ^ (n >> 63)).cast_unsigned();
        serializer.serialize_u64(self.0.map_or(0, |n| zigzag(n.max(i64::MIN + 1)) + 1))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = u64::deserialize(deserializer)?;
        Ok(Self(stored.checked_sub(1).map(|n| (n >> 1).cast_signed() ^ -((n & 1).cast_signed()))))
    }
}
