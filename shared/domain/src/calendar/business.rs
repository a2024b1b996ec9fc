//! Business days by a holiday calendar per state. Holidays are rules as data (`infra/programs/calendars.json`), so a
//! state's calendar is published like any other definition (DESIGN D6).

use crate::coded::coded;
use crate::day::Day;
use crate::moment::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

coded! {
    /// Days of the week.
    pub enum Weekday {
        /// Monday.
        Monday = "MONDAY",
        /// Tuesday.
        Tuesday = "TUESDAY",
        /// Wednesday.
        Wednesday = "WEDNESDAY",
        /// Thursday.
        Thursday = "THURSDAY",
        /// Friday.
        Friday = "FRIDAY",
        /// Saturday.
        Saturday = "SATURDAY",
        /// Sunday.
        Sunday = "SUNDAY",
    }
}

impl Weekday {
    /// The day of the week of a day.
    pub fn of(day: Day) -> Self {
        let index = usize::try_from(day.weekday()).unwrap_or_default();
        Self::ALL.get(index).copied().unwrap_or(Self::Monday)
    }
}

/// When a holiday falls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HolidayRule {
    /// The same date every year; observed on Friday when it falls on Saturday, on Monday when on Sunday.
    Fixed {
        /// Month, 1–12.
        month: u8,
        /// Day of the month.
        day: u8,
    },
    /// The nth weekday of a month; −1 is the last.
    Nth {
        /// Month, 1–12.
        month: u8,
        /// Which: 1–5, or −1.
        nth: i8,
        /// Day of the week.
        weekday: Weekday,
    },
    /// One day (a day of mourning, a storm).
    Once {
        /// The day.
        on: Day,
    },
}

/// A holiday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Its name, for people.
    pub name: Box<str>,
    /// When it falls.
    pub rule: HolidayRule,
}

/// Holidays of the whole country and of states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayCalendar {
    /// Id.
    pub id: Box<str>,
    /// Version; published versions never change.
    pub version: u32,
    /// Kept everywhere.
    pub federal: Vec<Holiday>,
    /// Kept in a state besides, by its two letters.
    #[serde(default)]
    pub states: BTreeMap<Box<str>, Vec<Holiday>>,
}

impl Holiday {
    /// Whether the holiday is observed on `day`.
    pub fn falls_on(&self, day: Day) -> bool {
        let (year, month, of_month) = day.ymd();
        match &self.rule {
            HolidayRule::Once { on } => *on == day,
            HolidayRule::Nth { month: m, nth, weekday } => {
                i32::from(*m) == month
                    && Weekday::of(day) == *weekday
                    && (if *nth == -1 {
                        day.plus(7).month() != day.month()
                    } else {
                        (of_month - 1) / 7 + 1 == i32::from(*nth)
                    })
            }
            // New Year's Day of the next year may be observed on 31 December.
            HolidayRule::Fixed { month, day: of } => {
                (year..=year + 1).any(|year| observed(year, *month, *of) == Some(day))
            }
        }
    }
}

/// The observed day of a fixed holiday.
fn observed(year: i32, month: u8, day: u8) -> Option<Day> {
    let date = Day::from_ymd(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)?;
    Some(match Weekday::of(date) {
        Weekday::Saturday => date.plus(-1),
        Weekday::Sunday => date.plus(1),
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => date,
    })
}

impl HolidayCalendar {
    /// Whether people work on `day` in `state`.
    pub fn is_business_day(&self, day: Day, state: Option<&str>) -> bool {
        let weekend = matches!(Weekday::of(day), Weekday::Saturday | Weekday::Sunday);
        let state = state.map(|state| state.trim().to_ascii_uppercase());
        let own = state.and_then(|state| self.states.get(state.as_str())).into_iter().flatten();
        !weekend && !self.federal.iter().chain(own).any(|holiday| holiday.falls_on(day))
    }

    /// The business day that is `days` business days after `from`. Counting starts on the day after `from`, so that
    /// an event late on a Friday does not use up the Friday.
    pub fn add_business_days(&self, from: Day, days: u16, state: Option<&str>) -> Day {
        let mut left = days;
        let mut day = from;
        // A calendar in which every day is a holiday would never end; no deadline lies ten years away.
        for _ in 0..3660 {
            if left == 0 {
                break;
            }
            day = day.plus(1);
            if self.is_business_day(day, state) {
                left -= 1;
            }
        }
        day
    }

    /// The end of the business day that is `days` business days after `from`: a deadline. Days are UTC days here,
    /// as everywhere that the plan counts days.
    pub fn deadline(&self, from: Moment, days: u16, state: Option<&str>) -> Moment {
        Moment::start_of(self.add_business_days(from.day(), days, state).plus(1))
    }

    /// Business days in `(from, to]`.
    pub fn business_days_between(&self, from: Day, to: Day, state: Option<&str>) -> u32 {
        let days = (1..=to.since(from)).filter(|&n| self.is_business_day(from.plus(n), state)).count();
        u32::try_from(days).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{Holiday, HolidayCalendar, HolidayRule, Weekday};
    use crate::day::Day;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn calendar() -> HolidayCalendar {
        let holiday = |name: &str, rule| Holiday { name: name.into(), rule };
        HolidayCalendar {
            id: "US".into(),
            version: 1,
            federal: vec![
                holiday("New Year", HolidayRule::Fixed { month: 1, day: 1 }),
                holiday("Independence", HolidayRule::Fixed { month: 7, day: 4 }),
                holiday("Memorial", HolidayRule::Nth { month: 5, nth: -1, weekday: Weekday::Monday }),
                holiday("Thanksgiving", HolidayRule::Nth { month: 11, nth: 4, weekday: Weekday::Thursday }),
            ],
            states: [(
                "MA".into(),
                vec![holiday("Patriots", HolidayRule::Nth { month: 4, nth: 3, weekday: Weekday::Monday })],
            )]
            .into(),
        }
    }

    #[test]
    fn holidays_fall_where_the_law_puts_them() {
        let calendar = calendar();
        for closed in ["2026-11-26", "2026-05-25", "2026-07-03", "2021-12-31", "2026-11-22"] {
            assert!(!calendar.is_business_day(day(closed), None), "{closed}");
        }
        assert!(calendar.is_business_day(day("2026-05-18"), None));
        assert!(calendar.is_business_day(day("2026-04-20"), Some("NY")));
        assert!(!calendar.is_business_day(day("2026-04-20"), Some("MA")));
    }

    #[test]
    fn two_business_days_from_the_wednesday_before_thanksgiving_end_on_monday() {
        let calendar = calendar();
        assert_eq!(calendar.add_business_days(day("2026-11-25"), 2, None), day("2026-11-30"));
        assert_eq!(calendar.business_days_between(day("2026-11-25"), day("2026-11-30"), None), 2);
    }

    proptest! {
        #[test]
        fn adding_and_counting_business_days_agree(start in 0_i32..30_000, days in 0_u16..40) {
            let calendar = calendar();
            let from = Day::from_count(start);
            let to = calendar.add_business_days(from, days, Some("MA"));
            prop_assert_eq!(calendar.business_days_between(from, to, Some("MA")), u32::from(days));
            prop_assert!(days == 0 || calendar.is_business_day(to, Some("MA")));
        }
    }
}
