//! Time zones of the United States: from the address (state, ZIP code) and from the phone's area code.
//!
//! A place or number may lie in one of several zones. Then all of them count, and a call is allowed only while all of
//! them allow it (FACTS §5.3: if address and phone disagree, use the intersection).

use crate::calendar::zone_tables;
use crate::coded::coded;
use crate::day::Day;
use crate::moment::Moment;
use crate::outreach::attempt::Phone;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::collections::BTreeSet;
use std::sync::LazyLock;

coded! {
    /// A time zone of the United States, by its name in the tz database.
    pub enum Zone {
        /// Eastern.
        Eastern = "America/New_York",
        /// Central.
        Central = "America/Chicago",
        /// Mountain.
        Mountain = "America/Denver",
        /// Arizona: mountain time without daylight saving.
        Arizona = "America/Phoenix",
        /// Pacific.
        Pacific = "America/Los_Angeles",
        /// Alaska.
        Alaska = "America/Anchorage",
        /// Western Aleutians.
        Aleutian = "America/Adak",
        /// Hawaii.
        Hawaii = "Pacific/Honolulu",
        /// Puerto Rico and the Virgin Islands.
        Atlantic = "America/Puerto_Rico",
        /// Guam and the Northern Marianas.
        Guam = "Pacific/Guam",
    }
}

/// The bundled database: the result never depends on the machine's own zone files.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

impl Zone {
    fn rules(self) -> TimeZone {
        DATABASE.get(self.id()).unwrap_or(TimeZone::UTC)
    }

    /// The local day and minute of the day (0–1439) of an instant.
    pub fn local(self, at: Moment) -> (Day, u16) {
        let zoned = at.to_timestamp().to_zoned(self.rules());
        let minutes = i16::from(zoned.hour()) * 60 + i16::from(zoned.minute());
        (Day::from_civil(zoned.date()), u16::try_from(minutes).unwrap_or_default())
    }

    /// The instant at a minute of a local day. In the hour that daylight saving skips, the same time after the jump;
    /// in the hour that it repeats, the first; minute 1440 is the next midnight.
    pub fn instant(self, day: Day, minute: u16) -> Moment {
        let (day, minute) = if minute >= 1440 { (day.plus(1), 0) } else { (day, minute) };
        let short = |n: u16| i8::try_from(n).unwrap_or_default();
        let local = day.to_civil().at(short(minute / 60), short(minute % 60), 0, 0);
        local
            .to_zoned(self.rules())
            .map_or(Moment::start_of(day), |zoned| Moment::from_timestamp(zoned.timestamp()))
    }
}

/// The zones of an address; empty when the state is unknown. Where a state has several and the ZIP code does not
/// decide, all of them.
pub fn of_address(state: &str, zip: &str) -> BTreeSet<Zone> {
    let state = state.trim().to_ascii_uppercase();
    if let Some(zones) = zone_tables::zip_zones(zip) {
        return zones.iter().copied().collect();
    }
    zone_tables::state_zones(&state).iter().copied().collect()
}

/// The zones of a phone number's area code; empty for toll-free and unknown codes.
pub fn of_phone(phone: &Phone) -> BTreeSet<Zone> {
    zone_tables::area_code_zones(phone.area_code()).into_iter().collect()
}

/// The zones that bind a contact: those of the address and of the number together. Where the address tells none, every zone
/// of the continent binds besides the number's: a number is carried along when somebody moves (FACTS §5.3: the time zone from
/// the address, not the area code alone), and nobody is called at night.
pub fn binding(address: Option<(&str, &str)>, phone: Option<&Phone>) -> BTreeSet<Zone> {
    let mut zones = address.map(|(state, zip)| of_address(state, zip)).unwrap_or_default();
    if zones.is_empty() {
        zones.extend([Zone::Eastern, Zone::Central, Zone::Mountain, Zone::Arizona, Zone::Pacific]);
    }
    zones.extend(phone.map(of_phone).unwrap_or_default());
    zones
}

#[cfg(test)]
mod tests {
    use super::{Zone, binding, of_address, of_phone};
    use crate::day::Day;
    use crate::moment::Moment;
    use crate::outreach::attempt::Phone;
    use proptest::prelude::*;

    fn phone(text: &str) -> Phone {
        Phone::parse(text).unwrap()
    }

    #[test]
    fn a_place_gives_its_zone_or_all_that_it_may_be() {
        assert_eq!(of_address("IL", "60601"), [Zone::Central].into());
        assert_eq!(of_address("TX", "79901"), [Zone::Mountain].into());
        assert_eq!(of_address("tx", "75001"), [Zone::Central].into());
        assert_eq!(of_address("ID", ""), [Zone::Mountain, Zone::Pacific].into());
        assert!(of_address("XX", "00000").is_empty());
    }

    #[test]
    fn every_state_has_a_zone() {
        for state in crate::calendar::zone_tables::STATES {
            assert!(!of_address(state.0, "").is_empty(), "{}", state.0);
        }
    }

    #[test]
    fn an_area_code_in_another_zone_binds_too() {
        let zones = binding(Some(("IL", "60601")), Some(&phone("213-555-0100")));
        assert_eq!(zones, [Zone::Central, Zone::Pacific].into());
        assert!(of_phone(&phone("800-555-0100")).is_empty());
        assert_eq!(binding(None, None).len(), 5);
    }

    #[test]
    fn daylight_saving_moves_the_clock_and_not_the_rule() {
        let spring = Day::parse("2026-03-08").unwrap();
        let hours = Zone::Eastern.instant(spring, 1440).since(Zone::Eastern.instant(spring, 0)) / 3_600_000;
        assert_eq!(hours, 23);
        assert_eq!(Zone::Eastern.instant(spring, 21 * 60), Moment::parse("2026-03-09T01:00:00Z").unwrap());
        assert_eq!(Zone::Arizona.instant(spring, 21 * 60), Moment::parse("2026-03-09T04:00:00Z").unwrap());
    }

    proptest! {
        #[test]
        fn local_time_and_instant_are_inverse(millis in 1_500_000_000_000_i64..2_000_000_000_000, zone in 0_usize..10) {
            let zone = Zone::ALL[zone];
            let at = Moment::from_millis(millis - millis % 60_000);
            let (day, minute) = zone.local(at);
            let back = zone.instant(day, minute);
            // In the repeated hour of autumn the first of the two is taken.
            prop_assert!(back == at || back.plus_hours(1) == at);
        }
    }
}
