//! Instants. A claim has a day; a call, a message and a lease have an instant.

use crate::day::Day;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Milliseconds of a day of 24 hours.
const DAY_MS: i64 = 24 * HOUR_MS;

/// An instant in UTC, in milliseconds since 1970-01-01T00:00Z. It always comes from outside (DESIGN D5).
/// Text form RFC 3339 in UTC; compact binary form: the count of milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// The instant with this count of milliseconds since 1970-01-01T00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Midnight UTC at the start of `day`.
    pub const fn start_of(day: Day) -> Self {
        Self(day.count() as i64 * DAY_MS)
    }

    /// The day in UTC. The plan's rules that count days (holds, deadlines) count them in UTC.
    pub const fn day(self) -> Day {
        let days = self.0.div_euclid(DAY_MS);
        // A count outside i32 lies five million years away; clamping keeps the function total.
        if days > i32::MAX as i64 {
            Day::from_count(i32::MAX)
        } else if days < i32::MIN as i64 {
            Day::from_count(i32::MIN)
        } else {
            Day::from_count(truncated(days))
        }
    }

    /// The instant `hours` later (earlier when negative).
    #[must_use]
    pub const fn plus_hours(self, hours: i64) -> Self {
        Self(self.0.saturating_add(hours.saturating_mul(HOUR_MS)))
    }

    /// The instant `days` of 24 hours later (earlier when negative).
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_hours(days.saturating_mul(24))
    }

    /// The instant `millis` milliseconds later (earlier when negative).
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this instant.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339 text with an offset or `Z`.
    pub fn parse(text: &str) -> Option<Self> {
        text.trim().parse::<jiff::Timestamp>().ok().map(Self::from_timestamp)
    }

    /// From the date library's instant.
    pub fn from_timestamp(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }

    /// The date library's instant, for time zones. Out-of-range counts become its extremes.
    pub fn to_timestamp(self) -> jiff::Timestamp {
        let extreme = if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(extreme)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the caller has checked the range")]
const fn truncated(days: i64) -> i32 {
    days as i32
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_timestamp())
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            Self::parse(&text).ok_or_else(|| de::Error::custom("not an RFC 3339 time with an offset"))
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Moment};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_instant_survives_its_text(millis in -4_000_000_000_000_i64..4_000_000_000_000) {
            let moment = Moment::from_millis(millis);
            prop_assert_eq!(Moment::parse(&moment.to_string()), Some(moment));
            prop_assert!(Moment::start_of(moment.day()) <= moment);
            prop_assert!(moment < Moment::start_of(moment.day().plus(1)));
        }
    }

    #[test]
    fn extremes_stay_in_range() {
        assert_eq!(Moment::from_millis(i64::MAX).plus_days(1), Moment::from_millis(i64::MAX));
        assert_eq!(Moment::from_millis(0).day(), Day::from_count(0));
        assert!(!Moment::from_millis(i64::MIN).to_string().is_empty());
    }
}
