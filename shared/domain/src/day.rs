//! Calendar days and windows of days. A day has no time zone: claims carry dates, not instants.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A calendar day, counted from 1970-01-01. Text form `YYYY-MM-DD`; compact binary form: the count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// From a civil date; `None` when the date does not exist.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok()?;
        Some(Self(days_from_civil(i32::from(year), i32::from(month), i32::from(day))))
    }

    /// The day with this count of days since 1970-01-01.
    pub const fn from_count(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn count(self) -> i32 {
        self.0
    }

    /// Reads `YYYY-MM-DD` (anything after a `T` or a blank is ignored) or `YYYYMMDD`. `None` for dates that do not
    /// exist, among them the null markers `00000000` and the like.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// [`Day::parse`] from bytes as they stand in a file.
    pub fn from_bytes(text: &[u8]) -> Option<Self> {
        let bytes = text.trim_ascii();
        let number = |range: std::ops::Range<usize>| -> Option<i16> {
            bytes
                .get(range)?
                .iter()
                .try_fold(0_i16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
        };
        let dashed = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
        let (month, day, end) = if dashed { (5..7, 8..10, 10) } else { (4..6, 6..8, 8) };
        match bytes.get(end) {
            None => {}
            Some(b'T' | b' ') if dashed => {}
            Some(_) => return None,
        }
        Self::from_ymd(number(0..4)?, i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?)
    }

    /// The day `days` later (earlier when negative).
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Days from `earlier` to this day.
    pub const fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// Year, month, day of month.
    pub const fn ymd(self) -> (i32, i32, i32) {
        civil_from_days(self.0)
    }

    /// The calendar month, counted from year 0 (so that months can be subtracted).
    pub const fn month(self) -> Month {
        let (year, month, _) = self.ymd();
        Month(year * 12 + month - 1)
    }

    /// Day of the week, Monday = 0.
    pub const fn weekday(self) -> i32 {
        (self.0 + 3).rem_euclid(7)
    }

    /// Whole years from a birth date to this day (the birthday itself counts).
    pub const fn age_from(self, birth: Self) -> i32 {
        let (year, month, day) = self.ymd();
        let (birth_year, birth_month, birth_day) = birth.ymd();
        let had_birthday = month > birth_month || (month == birth_month && day >= birth_day);
        year - birth_year - if had_birthday { 0 } else { 1 }
    }

    /// The day on which someone born on this day turns `age`: 1 March for those born on 29 February where the year
    /// has none, as [`Day::age_from`] counts.
    #[must_use]
    pub const fn birthday(self, age: i32) -> Self {
        let (year, month, day) = self.ymd();
        Self(days_from_civil(year + age, month, day))
    }

    /// The same civil date in the date library, for time zones and business days.
    pub fn to_civil(self) -> jiff::civil::Date {
        let (year, month, day) = self.ymd();
        let short = |n: i32| i8::try_from(n).unwrap_or(1);
        jiff::civil::Date::new(i16::try_from(year).unwrap_or(i16::MAX), short(month), short(day))
            .unwrap_or(jiff::civil::Date::MAX)
    }

    /// From the date library's civil date.
    pub fn from_civil(date: jiff::civil::Date) -> Self {
        Self(days_from_civil(i32::from(date.year()), i32::from(date.month()), i32::from(date.day())))
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date (the arithmetic of era, year of era, day of era).
const fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

const fn civil_from_days(days: i32) -> (i32, i32, i32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            Self::parse(&text).ok_or_else(|| de::Error::custom("not a date of the form YYYY-MM-DD"))
        } else {
            i32::deserialize(deserializer).map(Self)
        }
    }
}

/// A calendar month; `Month` minus `Month` is a count of months. Text form `YYYY-MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// Months from `earlier` to this month.
    pub const fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The month `months` later (earlier when negative).
    #[must_use]
    pub const fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// The first day of the month.
    pub const fn first_day(self) -> Day {
        Day(days_from_civil(self.0.div_euclid(12), self.0.rem_euclid(12) + 1, 1))
    }

    /// The last day of the month.
    pub const fn last_day(self) -> Day {
        self.plus(1).first_day().plus(-1)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A window of days, both ends included. A window of N days ending at `as_of` is
/// `[as_of-(N-1), as_of]` (FACTS §0 and ruling 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First day inside.
    pub first: Day,
    /// Last day inside.
    pub last: Day,
}

impl Window {
    /// The window of `days` days that ends at `as_of`.
    pub const fn ending(as_of: Day, days: i32) -> Self {
        Self { first: as_of.plus(1 - days), last: as_of }
    }

    /// Whether `day` lies inside.
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// Whether any day of `[from, thru]` lies inside.
    pub fn overlaps(self, from: Day, thru: Day) -> bool {
        from <= self.last && thru >= self.first
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Window};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn days_agree_with_the_date_library(count in -200_000_i32..200_000) {
            let day = Day::from_count(count);
            prop_assert_eq!(Day::from_civil(day.to_civil()), day);
            prop_assert_eq!(Day::parse(&day.to_string()), Some(day));
            prop_assert_eq!(day.month().first_day() <= day && day <= day.month().last_day(), true);
            prop_assert_eq!(i32::from(day.to_civil().weekday().to_monday_zero_offset()), day.weekday());
        }
    }

    #[test]
    fn reads_dates_and_refuses_what_does_not_exist() {
        assert_eq!(Day::parse("2024-02-29"), Day::parse("20240229"));
        assert_eq!(Day::parse("2024-02-29T10:00:00Z"), Day::parse("20240229"));
        for text in ["2023-02-29", "00000000", "", "2024-13-01", "2024-1-1", "20240229x", "９９９９-01-01"]
        {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_window_holds_as_many_days_as_it_says() {
        let as_of = Day::from_count(1000);
        let window = Window::ending(as_of, 180);
        assert!(
            window.contains(as_of) && window.contains(as_of.plus(-179)) && !window.contains(as_of.plus(-180))
        );
    }
}
