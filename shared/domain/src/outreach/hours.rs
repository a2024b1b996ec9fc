//! Calling hours in the member's time zone (FACTS §5.3): 8–21 local unless a state is stricter; where address and
//! phone lie in different zones, only the hours that suit both.

use crate::calendar::business::Weekday;
use crate::calendar::zone::Zone;
use crate::coded::coded;
use crate::day::Day;
use crate::moment::Moment;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A span of the local day, in minutes: from `open` on, before `close`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First minute inside (480 = 08:00).
    pub open: u16,
    /// First minute outside (1260 = 21:00).
    pub close: u16,
}

impl Span {
    /// A minute of the day as people write it: `08:00`.
    pub fn clock(minute: u16) -> String {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    /// Whether the span is a part of a day.
    pub const fn is_valid(self) -> bool {
        self.open < self.close && self.close <= 1440
    }
}

/// Hours of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateHours {
    /// The span of a working day.
    pub span: Span,
    /// Days on which nobody is called.
    #[serde(default)]
    pub closed: Vec<Weekday>,
}

/// Calling hours as versioned data (`infra/programs/calendars.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallingHours {
    /// Where no state says otherwise.
    pub default: StateHours,
    /// Stricter states, by two letters.
    #[serde(default)]
    pub states: BTreeMap<Box<str>, StateHours>,
}

impl Default for CallingHours {
    fn default() -> Self {
        let default = StateHours { span: Span { open: 480, close: 1260 }, closed: Vec::new() };
        Self { default, states: BTreeMap::new() }
    }
}

coded! {
    /// A part of the day, in the member's own time.
    pub enum DayPart {
        /// 8 to 12.
        Morning = "MORNING",
        /// 12 to 17.
        Afternoon = "AFTERNOON",
        /// 17 to 21: outside working hours.
        Evening = "EVENING",
        /// Any hour on a Saturday: outside working hours.
        Saturday = "SATURDAY",
    }
}

impl DayPart {
    /// The minutes of the part.
    pub const fn span(self) -> Span {
        match self {
            Self::Morning => Span { open: 480, close: 720 },
            Self::Afternoon => Span { open: 720, close: 1020 },
            Self::Evening => Span { open: 1020, close: 1260 },
            Self::Saturday => Span { open: 480, close: 1260 },
        }
    }

    /// The part in which a local instant lies; night counts as evening.
    pub fn of(day: Day, minute: u16) -> Self {
        if Weekday::of(day) == Weekday::Saturday {
            Self::Saturday
        } else if minute < 720 {
            Self::Morning
        } else if minute < 1020 {
            Self::Afternoon
        } else {
            Self::Evening
        }
    }

    fn fits(self, day: Day) -> bool {
        (Weekday::of(day) == Weekday::Saturday) == (self == Self::Saturday)
    }
}

/// A span of time in which a contact may be made: from `from` on, before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// First instant inside.
    pub from: Moment,
    /// First instant outside.
    pub until: Moment,
}

/// How far ahead an opening is sought. Two zones always share some hours; only wrong definitions find none.
const DAYS_AHEAD: i32 = 15;

impl CallingHours {
    /// The hours of a state, by two letters.
    pub fn of(&self, state: Option<&str>) -> &StateHours {
        let state = state.map(|state| state.trim().to_ascii_uppercase());
        state.and_then(|state| self.states.get(state.as_str())).unwrap_or(&self.default)
    }

    /// Whether a call may be made at this instant: in *every* zone that binds. The closing minute is outside.
    pub fn allow(&self, at: Moment, zones: &BTreeSet<Zone>, state: Option<&str>) -> bool {
        let hours = self.of(state);
        !zones.is_empty()
            && zones.iter().all(|zone| {
                let (day, minute) = zone.local(at);
                let inside = hours.span.open <= minute && minute < hours.span.close;
                inside && !hours.closed.contains(&Weekday::of(day))
            })
    }

    /// The next opening that is not over at `from`, in the given parts of the day (all parts when empty).
    pub fn next_opening(
        &self,
        from: Moment,
        zones: &BTreeSet<Zone>,
        state: Option<&str>,
        parts: &[DayPart],
    ) -> Option<Opening> {
        let hours = self.of(state);
        let first = zones.iter().map(|zone| zone.local(from).0).min()?;
        (0..DAYS_AHEAD)
            .map(|ahead| first.plus(ahead))
            .filter(|day| !hours.closed.contains(&Weekday::of(*day)))
            .flat_map(|day| spans(hours.span, day, parts).into_iter().map(move |span| (day, span)))
            .filter_map(|(day, span)| shared_opening(day, span, zones))
            .map(|opening| Opening { from: opening.from.max(from), until: opening.until })
            .find(|opening| opening.from < opening.until)
    }
}

/// The spans of a day in which a call may be made, ascending.
fn spans(hours: Span, day: Day, parts: &[DayPart]) -> Vec<Span> {
    if parts.is_empty() {
        return vec![hours];
    }
    let mut spans: Vec<Span> = parts
        .iter()
        .filter(|part| part.fits(day))
        .map(|part| part.span())
        .map(|part| Span { open: part.open.max(hours.open), close: part.close.min(hours.close) })
        .filter(|span| span.is_valid())
        .collect();
    spans.sort_unstable_by_key(|span| span.open);
    spans
}

/// The part of a local span that all zones share.
fn shared_opening(day: Day, span: Span, zones: &BTreeSet<Zone>) -> Option<Opening> {
    let from = zones.iter().map(|zone| zone.instant(day, span.open)).max()?;
    let until = zones.iter().map(|zone| zone.instant(day, span.close)).min()?;
    (from < until).then_some(Opening { from, until })
}

#[cfg(test)]
mod tests {
    use super::{CallingHours, DayPart, Span, StateHours};
    use crate::calendar::business::Weekday;
    use crate::calendar::zone::Zone;
    use crate::moment::Moment;
    use proptest::prelude::*;

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn on_a_daylight_saving_day_2059_is_allowed_and_2100_is_not() {
        let hours = CallingHours::default();
        let zones = [Zone::Eastern].into();
        // 2026-03-08: clocks go forward, so 21:00 local is 01:00 UTC; 2026-11-01: back, so it is 02:00 UTC.
        for (allowed, refused) in [
            ("2026-03-09T00:59:00Z", "2026-03-09T01:00:00Z"),
            ("2026-11-02T01:59:00Z", "2026-11-02T02:00:00Z"),
            ("2026-03-08T12:00:00Z", "2026-03-08T11:59:00Z"),
            ("2026-11-01T13:00:00Z", "2026-11-01T12:59:00Z"),
        ] {
            assert!(hours.allow(at(allowed), &zones, None), "{allowed}");
            assert!(!hours.allow(at(refused), &zones, None), "{refused}");
        }
    }

    #[test]
    fn a_phone_from_california_and_an_address_in_new_york_leave_eight_pacific_to_nine_eastern() {
        let hours = CallingHours::default();
        let zones = [Zone::Eastern, Zone::Pacific].into();
        let opening = hours.next_opening(at("2026-06-30T02:00:00Z"), &zones, None, &[]).unwrap();
        assert_eq!((opening.from, opening.until), (at("2026-06-30T15:00:00Z"), at("2026-07-01T01:00:00Z")));
    }

    #[test]
    fn a_stricter_state_closes_on_sunday_and_earlier() {
        let strict = StateHours { span: Span { open: 480, close: 1200 }, closed: vec![Weekday::Sunday] };
        let hours = CallingHours { states: [("AL".into(), strict)].into(), ..CallingHours::default() };
        let zones = [Zone::Central].into();
        let saturday_night = at("2026-06-28T01:30:00Z");
        assert!(hours.allow(saturday_night, &zones, None));
        let opening = hours.next_opening(saturday_night, &zones, Some("AL"), &[]).unwrap();
        assert_eq!(opening.from, at("2026-06-29T13:00:00Z"));
        let in_small_letters = hours.next_opening(saturday_night, &zones, Some(" al"), &[]).unwrap();
        assert_eq!(in_small_letters, opening, "however the feed writes it");
    }

    #[test]
    fn an_evening_is_sought_when_an_evening_is_asked_for() {
        let hours = CallingHours::default();
        let zones = [Zone::Central].into();
        let parts = [DayPart::Evening, DayPart::Saturday];
        let opening = hours.next_opening(at("2026-06-29T14:00:00Z"), &zones, None, &parts).unwrap();
        assert_eq!(opening.from, at("2026-06-29T22:00:00Z"));
        let weekend = hours.next_opening(at("2026-06-27T05:00:00Z"), &zones, None, &parts).unwrap();
        assert_eq!(weekend.from, at("2026-06-27T13:00:00Z"));
    }

    proptest! {
        /// Whatever the zones and the instant: every minute of an opening is allowed, the minute of its end is not.
        #[test]
        fn an_opening_holds_allowed_minutes_only(
            millis in 1_700_000_000_000_i64..1_900_000_000_000,
            zones in proptest::collection::btree_set(proptest::sample::select(Zone::ALL), 1..3),
        ) {
            let hours = CallingHours::default();
            let from = Moment::from_millis(millis);
            if let Some(opening) = hours.next_opening(from, &zones, None, &[]) {
                prop_assert!(from <= opening.from && opening.from < opening.until);
                prop_assert!(hours.allow(opening.from, &zones, None));
                prop_assert!(hours.allow(Moment::from_millis(opening.until.millis() - 1), &zones, None));
                prop_assert!(!hours.allow(opening.until, &zones, None));
            }
        }
    }
}
