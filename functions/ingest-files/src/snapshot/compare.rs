//! What one snapshot says differently from the one before, for the facts of one partition.

use super::entry::Entry;
use icm_domain::day::Day;
use std::collections::BTreeMap;

/// The differences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// What is to be sent: hash of the content, and the day under which it counts as received. Of two days the later in
    /// the list counts.
    pub(crate) sent: Vec<(String, Day)>,
    /// What the new snapshot no longer holds.
    pub(crate) gone: Vec<Entry>,
    /// What the new snapshot holds, and what was taken back before, as the next one will be compared with it.
    pub(crate) held: Vec<Entry>,
    /// Facts that the snapshot before held.
    pub(crate) before: u64,
}

/// Compares what is now with what was. What is said anew of a claim or span that was known counts as received today:
/// its stated day of receipt is often that of the first version, and of two the one received last counts (ruling 2).
/// `roll`: the day of which a file of everybody covered tells; what had ended by then is left out of it, and is not gone.
pub(crate) fn compare(was: Vec<Entry>, now: Vec<Entry>, today: Day, roll: Option<Day>) -> Differences {
    let mut differences = Differences::default();
    let mut known = by_member_and_thing(was);
    differences.before = known.values().flatten().filter(|entry| !entry.gone).count() as u64;
    let now = by_member_and_thing(now);
    for (place, entries) in now {
        let before = known.remove(&place).unwrap_or_default();
        for entry in entries {
            let same = before.iter().find(|old| !old.gone && old.hash == entry.hash);
            let received = match (same, before.iter().map(|old| old.received).max()) {
                (Some(same), _) => same.received,
                (None, None) => entry.received,
                // Taken back or changed twice within a day: the later word must be received later.
                (None, Some(last)) => entry.received.max(today).max(last.plus(1)),
            };
            if same.is_none() {
                differences.sent.push((entry.hash.clone(), received));
            }
            differences.held.push(Entry { received, ..entry });
        }
    }
    for entry in known.into_values().flatten() {
        if entry.gone {
            differences.held.push(entry);
        } else if roll.is_some_and(|day| entry.thing.ended_before(day)) {
            differences.before -= 1;
        } else {
            differences.gone.push(entry);
        }
    }
    differences.tell_again(today);
    differences
}

impl Differences {
    /// What takes a span back takes its days from everything that was said of them before. Spans of the member that still
    /// hold some of these days (a first day was corrected) are told again with it.
    fn tell_again(&mut self, today: Day) {
        let mut gone: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.gone {
            gone.entry(entry.member.as_str()).or_default().push(entry);
        }
        for held in self.held.iter_mut().filter(|held| !held.gone) {
            let of_member = gone.get(held.member.as_str()).into_iter().flatten();
            let days = of_member
                .filter(|lost| lost.thing.overlaps(&held.thing))
                .map(|lost| today.max(lost.received));
            if let Some(day) = days.max().filter(|day| *day > held.received) {
                held.received = day;
                self.sent.push((held.hash.clone(), day));
            }
        }
    }
}

/// Entries by member and what they are about, each content once.
fn by_member_and_thing(entries: Vec<Entry>) -> BTreeMap<(String, String), Vec<Entry>> {
    let mut found: BTreeMap<(String, String), Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let place = (entry.member.as_str().to_owned(), entry.thing.name());
        let held = found.entry(place).or_default();
        if !held.iter().any(|other| other.hash == entry.hash) {
            held.push(entry);
        }
    }
    found
}
