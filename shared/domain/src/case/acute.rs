//! What an open case has heard of admissions and discharges. The same stay comes by several ways: a hospital's message
//! within minutes, an interim bill, the claim weeks later. Whoever serves the member hears of it once, and outsiders
//! hear of it when something that may leave the payer tells it (DESIGN D8).

use crate::case::contact::ContactState;
use crate::case::event::AcuteKind;
use crate::day::Day;
use crate::moment::Moment;
use serde::{Deserialize, Serialize};

/// Lines kept: more happenings than a member has within the days for which any of them can still be told.
const KEPT: usize = 32;

/// Days by which two tellings of one happening may differ (CLAIM_FORMATS §4.6: one).
const TOLERANCE: i32 = 1;

/// An admission or discharge that the case has heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AcuteNote {
    /// Which.
    pub kind: AcuteKind,
    /// When.
    pub on: Day,
    /// First day of the stay.
    pub admitted: Day,
    /// Known to the payer's own people only.
    pub inside: bool,
}

/// A happening that is to be followed up, by a conversation within two business days of the news (FACTS §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AcuteFollowUp {
    /// Which: the latest one.
    pub kind: AcuteKind,
    /// When it was.
    pub on: Day,
    /// Since when somebody is asked: a later happening gives no more time for an earlier one.
    pub since: Moment,
}

/// To whom a happening is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct News {
    /// Nobody has been asked to follow it up.
    pub(super) inside: bool,
    /// Nobody outside has been told, and it may be told.
    pub(super) outside: bool,
}

/// Who had heard of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The case did not know of it.
    Nobody,
    /// Our own people.
    Inside,
    /// Whoever serves the member too.
    Outside,
}

impl AcuteNote {
    /// Whether this note already says what the other would: an admission of the same stay, or a discharge from it that
    /// is not earlier. A later discharge is news again: the member was moved on, not sent home.
    fn says(&self, other: &Self) -> bool {
        let near = |one: Day, two: Day| one.since(two).abs() <= TOLERANCE;
        match (self.kind, other.kind) {
            (AcuteKind::Admitted, AcuteKind::Admitted) => near(self.on, other.on),
            // The discharge is known: that there was an admission before it is no news.
            (AcuteKind::Discharged, AcuteKind::Admitted) => {
                self.admitted.plus(-TOLERANCE) <= other.on && other.on < self.on
            }
            (AcuteKind::Discharged, AcuteKind::Discharged) => {
                self.admitted.plus(-TOLERANCE) <= other.on && other.on <= self.on.plus(TOLERANCE)
            }
            (AcuteKind::Admitted, AcuteKind::Discharged) => false,
        }
    }
}

impl ContactState {
    /// Notes a happening and says to whom it is news.
    pub(super) fn hear_acute(&mut self, note: AcuteNote) -> News {
        let mut known = self.acute.iter().filter(|held| held.says(&note));
        let inside = known.clone().next().is_none();
        let outside = !note.inside && known.all(|held| held.inside);
        if inside || outside {
            if self.acute.len() >= KEPT {
                self.acute.remove(0);
            }
            self.acute.push(note);
        }
        News { inside, outside }
    }

    /// Somebody is asked to follow a happening up.
    pub(super) fn ask_follow_up(&mut self, note: &AcuteNote, now: Moment) {
        let since = self.follow_up.map_or(now, |held| held.since);
        self.follow_up = Some(AcuteFollowUp { kind: note.kind, on: note.on, since });
    }

    /// Both sides spoke: what had happened by then is followed up.
    pub(super) fn spoke(&mut self, at: Moment) {
        self.last_two_way = self.last_two_way.max(Some(at));
        self.follow_up = self.follow_up.filter(|held| held.on > at.day() || held.since > at);
    }

    /// What was heard of a happening was taken back; it is told anew.
    pub(super) fn forget_acute(&mut self, note: &AcuteNote) {
        self.acute.retain(|held| held.kind != note.kind || !held.says(note));
    }

    /// Forgets an admission or discharge that was none, and with it the first contact that it made due. Says who had
    /// heard of it.
    pub(super) fn take_back_acute(&mut self, kind: AcuteKind, on: Day) -> Heard {
        let (gone, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.acute).into_iter().partition(|held| held.kind == kind && held.on == on);
        self.acute = kept;
        if kind == AcuteKind::Discharged && self.discharged == Some(on) {
            let others = self.acute.iter().filter(|held| held.kind == AcuteKind::Discharged);
            self.discharged = others.map(|held| held.on).max();
        }
        self.follow_up = self.follow_up.filter(|held| held.kind != kind || held.on != on);
        match (gone.is_empty(), gone.iter().all(|held| held.inside)) {
            (true, _) => Heard::Nobody,
            (false, true) => Heard::Inside,
            (false, false) => Heard::Outside,
        }
    }

    /// Whether the case has heard of the stay that began on this day; of one that may be told outside: heard it so.
    pub fn knows_stay(&self, admitted: Day, inside: bool) -> bool {
        let same = |held: &AcuteNote| held.admitted.since(admitted).abs() <= TOLERANCE;
        self.acute.iter().any(|held| same(held) && (inside || !held.inside))
    }

    /// The latest discharge that may be told outside (FACTS §7: the date of the last acute discharge is on the
    /// allow-list; what only messages or 42 CFR Part 2 sources say is not, ruling 20).
    pub fn discharge_to_tell(&self) -> Option<Day> {
        let told = self.acute.iter().filter(|held| held.kind == AcuteKind::Discharged && !held.inside);
        told.map(|held| held.on).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(count: i32) -> Day {
        Day::from_count(20_000 + count)
    }

    fn admitted(on: i32, inside: bool) -> AcuteNote {
        AcuteNote { kind: AcuteKind::Admitted, on: day(on), admitted: day(on), inside }
    }

    fn discharged(admit: i32, on: i32, inside: bool) -> AcuteNote {
        AcuteNote { kind: AcuteKind::Discharged, on: day(on), admitted: day(admit), inside }
    }

    const NEW: News = News { inside: true, outside: true };
    const INSIDE: News = News { inside: true, outside: false };
    const OUTSIDE: News = News { inside: false, outside: true };
    const OLD: News = News { inside: false, outside: false };

    fn heard(notes: &[AcuteNote]) -> Vec<News> {
        let mut contact = ContactState::default();
        notes.iter().map(|note| contact.hear_acute(*note)).collect()
    }

    #[test]
    fn a_stay_told_by_two_ways_is_told_once() {
        assert_eq!(heard(&[admitted(0, false), admitted(1, false)]), [NEW, OLD]);
        assert_eq!(heard(&[discharged(0, 4, false), discharged(0, 4, false)]), [NEW, OLD]);
        assert_eq!(heard(&[discharged(0, 4, false), admitted(0, false)]), [NEW, OLD], "an old admission");
        assert_eq!(heard(&[admitted(0, false), discharged(0, 4, false)]), [NEW, NEW]);
    }

    #[test]
    fn the_claim_of_two_joined_stays_says_what_two_messages_said() {
        let moved = [discharged(0, 4, false), admitted(4, false), discharged(4, 9, false)];
        assert_eq!(heard(&moved), [NEW, NEW, NEW], "moved to another hospital");
        assert_eq!(heard(&[&moved[..], &[discharged(0, 9, false)]].concat()), [NEW, NEW, NEW, OLD]);
    }

    #[test]
    fn another_stay_is_news_again() {
        assert_eq!(heard(&[discharged(0, 4, false), admitted(6, false)]), [NEW, NEW]);
        assert_eq!(heard(&[discharged(10, 14, false), discharged(0, 4, false)]), [NEW, NEW]);
    }

    #[test]
    fn what_was_taken_back_is_news_when_it_is_told_again() {
        let mut contact = ContactState::default();
        contact.hear_acute(discharged(0, 4, true));
        contact.forget_acute(&discharged(0, 5, true));
        assert_eq!(contact.hear_acute(discharged(0, 5, true)), INSIDE);
        assert_eq!(contact.hear_acute(discharged(0, 5, true)), OLD);
    }

    #[test]
    fn a_discharge_that_was_none_leaves_the_one_before_it_as_the_latest() {
        let mut contact = ContactState::default();
        for note in [discharged(0, 4, false), discharged(6, 9, true)] {
            contact.hear_acute(note);
            contact.discharged = contact.discharged.max(Some(note.on));
        }
        assert_eq!(contact.take_back_acute(AcuteKind::Discharged, day(8)), Heard::Nobody);
        assert_eq!(contact.discharged, Some(day(9)));
        assert_eq!(contact.take_back_acute(AcuteKind::Discharged, day(9)), Heard::Inside);
        assert_eq!(contact.discharged, Some(day(4)));
        assert_eq!(contact.take_back_acute(AcuteKind::Discharged, day(4)), Heard::Outside);
        assert_eq!((contact.discharged, contact.acute.len()), (None, 0));
        assert_eq!(contact.take_back_acute(AcuteKind::Discharged, day(4)), Heard::Nobody);
    }

    #[test]
    fn outsiders_hear_it_when_something_that_may_leave_tells_it() {
        let told = [discharged(0, 4, true), discharged(0, 4, false), discharged(0, 4, true)];
        assert_eq!(heard(&told), [INSIDE, OUTSIDE, OLD]);
        let mut contact = ContactState::default();
        contact.hear_acute(discharged(0, 4, true));
        assert_eq!(contact.discharge_to_tell(), None);
        assert!(contact.knows_stay(day(0), true) && !contact.knows_stay(day(0), false));
        contact.hear_acute(discharged(0, 4, false));
        assert_eq!(contact.discharge_to_tell(), Some(day(4)));
        assert!(contact.knows_stay(day(1), false) && !contact.knows_stay(day(2), false));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut contact = ContactState::default();
        for stay in 0..100 {
            assert_eq!(contact.hear_acute(admitted(stay * 3, false)), NEW);
        }
        assert_eq!(contact.acute.len(), KEPT);
    }
}
