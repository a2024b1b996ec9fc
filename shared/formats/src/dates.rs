//! Which days can be meant. A date may exist and still be a slip of the keyboard or a marker for "none": 1800, 2099,
//! 9999. The same bounds hold in every format; they are fixed, because readers know no clock.

use crate::item::Reason;
use icm_domain::day::Day;

/// The first day that is believed: nobody living has a record from before 1900.
pub(crate) const FIRST: Day = Day::from_count(-25_567);

/// The last day that is believed: 2049-12-31. Systems write later ones for "never".
pub(crate) const LAST: Day = Day::from_count(29_219);

/// The day of something that happened, or is planned.
///
/// # Errors
/// [`Reason::ImplausibleDate`] before 1900 and after 2049.
pub(crate) fn believed(day: Day) -> Result<Day, Reason> {
    if (FIRST..=LAST).contains(&day) { Ok(day) } else { Err(Reason::ImplausibleDate) }
}

/// The last day of a span that may be open: a far one (2199-12-31, 9999-12-31) means that no end is known.
///
/// # Errors
/// [`Reason::ImplausibleDate`] before 1900.
pub(crate) fn believed_end(day: Day) -> Result<Day, Reason> {
    if day < FIRST { Err(Reason::ImplausibleDate) } else { Ok(day) }
}

/// Both days in order, as they are stated.
///
/// # Errors
/// [`Reason::EndBeforeStart`]: which of the two is wrong nobody knows, so they are never exchanged.
pub(crate) fn in_order(from: Day, thru: Day) -> Result<(Day, Day), Reason> {
    if thru < from { Err(Reason::EndBeforeStart) } else { Ok((from, thru)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_from_1900_to_2049_are_believed_and_ends_may_lie_beyond() {
        let day = |text| Day::parse(text).unwrap();
        assert_eq!((FIRST, LAST), (day("1900-01-01"), day("2049-12-31")));
        for (text, happened, ended) in [
            ("1899-12-31", false, false),
            ("1900-01-01", true, true),
            ("2049-12-31", true, true),
            ("2050-01-01", false, true),
            ("9999-12-31", false, true),
        ] {
            assert_eq!(believed(day(text)).is_ok(), happened, "{text}");
            assert_eq!(believed_end(day(text)).is_ok(), ended, "{text}");
        }
    }
}
