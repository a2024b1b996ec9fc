//! Time as an input (DESIGN D5).

use icm_domain::day::Day;
use std::fmt;

const MS_PER_DAY: i64 = 86_400_000;

/// A moment in milliseconds since 1970-01-01T00:00Z. Its text form has a fixed width, so that texts sort as moments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// From milliseconds since the epoch.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Midnight (UTC) at which `day` begins.
    pub fn start_of(day: Day) -> Self {
        Self(i64::from(day.count()) * MS_PER_DAY)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, as TTL attributes want them.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment `ms` milliseconds later (earlier when negative).
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The calendar day in UTC.
    pub fn day(self) -> Day {
        Day::from_count(i32::try_from(self.0.div_euclid(MS_PER_DAY)).unwrap_or(i32::MAX))
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<i64>().ok();
        let (hours, minutes, seconds) = (number(0..2)?, number(3..5)?, number(6..8)?);
        let ms = if time.len() == 8 { 0 } else { number(9..12)? };
        Some(Self::start_of(Day::parse(date)?).plus_ms(((hours * 60 + minutes) * 60 + seconds) * 1000 + ms))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.rem_euclid(MS_PER_DAY);
        let (seconds, ms) = (ms / 1000, ms % 1000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{}T{hours:02}:{minutes:02}:{seconds:02}.{ms:03}Z", self.day())
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The store's one clock: wall time in AWS; in the local stack it starts at `--as-of` (DESIGN D5).
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;

    /// The plan's calendar day: the `as_of` of decisions made now.
    fn today(&self) -> Day {
        self.now().day()
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Moment {
        (**self).now()
    }
    fn today(&self) -> Day {
        (**self).today()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Moment {
        (**self).now()
    }
    fn today(&self) -> Day {
        (**self).today()
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;
    use icm_domain::day::Day;

    #[test]
    fn the_text_of_a_moment_reads_back_and_sorts() {
        let noon = Moment::start_of(Day::from_count(20_000)).plus_ms(43_200_123);
        assert_eq!(noon.to_string(), "2024-10-04T12:00:00.123Z");
        assert_eq!(Moment::parse(&noon.to_string()), Some(noon));
        assert_eq!(Moment::parse("2024-10-04T12:00:00Z"), Some(noon.plus_ms(-123)));
        assert!(noon.to_string() < noon.plus_ms(1).to_string());
        assert_eq!(Moment::parse("2024-10-04 12:00"), None);
        assert_eq!(Moment::from_millis(-1).day(), Day::from_count(-1));
    }
}
