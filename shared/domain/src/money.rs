//! Money in whole cents; never a float.

use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg};

/// An amount in cents. Arithmetic saturates: a hostile file cannot make a total wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl Cents {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Reads decimal text as claims carry it: `100`, `100.`, `.5`, `-310`, `+1.25`, surrounding blanks.
    /// More than two decimals are rounded half away from zero. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// [`Cents::parse`] from bytes as they stand in a file.
    pub fn from_bytes(text: &[u8]) -> Option<Self> {
        let (negative, digits) = match text.trim_ascii() {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] | digits => (false, digits),
        };
        let point = digits.iter().position(|byte| *byte == b'.').unwrap_or(digits.len());
        let (whole, rest) = digits.split_at(point);
        let fraction = rest.get(1..).unwrap_or_default();
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut value: i64 = 0;
        for byte in whole {
            value = value.checked_mul(10)?.checked_add(digit(*byte)?)?;
        }
        value = value.checked_mul(100)?.checked_add(hundredths(fraction)?)?;
        Some(Self(if negative { -value } else { value }))
    }
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

/// Hundredths of a decimal fraction, rounded half up on the third digit.
fn hundredths(fraction: &[u8]) -> Option<i64> {
    let mut out = 0;
    let mut bytes = fraction.iter().copied();
    for scale in [10, 1] {
        if let Some(byte) = bytes.next() {
            out += digit(byte)? * scale;
        }
    }
    if let Some(byte) = bytes.next()
        && digit(byte)? >= 5
    {
        out += 1;
    }
    for byte in bytes {
        digit(byte)?;
    }
    Some(out)
}

impl Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Cents {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |total, amount| total + amount)
    }
}

#[cfg(test)]
mod tests {
    use super::Cents;

    #[test]
    fn reads_the_amounts_that_claims_carry() {
        for (text, cents) in
            [("100", 10_000), ("100.", 10_000), (".5", 50), ("-310", -31_000), ("+1.25", 125), (" 7.1 ", 710)]
        {
            assert_eq!(Cents::parse(text), Some(Cents(cents)), "{text}");
        }
        assert_eq!(Cents::parse("0.005"), Some(Cents(1)));
        assert_eq!(Cents::parse("-0.004"), Some(Cents(0)));
    }

    #[test]
    fn refuses_what_is_not_an_amount() {
        for text in ["", ".", "-", "1,000", "1e3", "NaN", "12a", "1.2.3", "99999999999999999999"] {
            assert_eq!(Cents::parse(text), None, "{text}");
        }
    }
}
