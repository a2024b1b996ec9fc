//! A hash of the facts that a decision was made from: with it, the day and the versions, a decision can be made
//! again to the same bytes.

use crate::day::Day;
use crate::facts::{MemberFacts, PreferenceKind};
use std::hash::{Hash, Hasher};

/// A BLAKE3 hash fed by the `Hash` implementations of the facts, which name every field.
struct Feed(blake3::Hasher);

impl Hasher for Feed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn write_usize(&mut self, number: usize) {
        self.0.update(&(number as u64).to_le_bytes());
    }

    fn finish(&self) -> u64 {
        0
    }
}

fn hash_of(kind: u8, value: &impl Hash) -> [u8; 32] {
    let mut feed = Feed(blake3::Hasher::new());
    feed.0.update(&[kind]);
    value.hash(&mut feed);
    *feed.0.finalize().as_bytes()
}

/// The hash of the facts known at `as_of`, whatever their order and however often each was received.
pub fn fact_set(facts: &MemberFacts, as_of: Day) -> String {
    let mut all: Vec<[u8; 32]> = Vec::new();
    all.extend(facts.claims.iter().filter(|f| f.received <= as_of).map(|f| hash_of(1, f)));
    all.extend(facts.coverage.iter().filter(|f| f.received <= as_of).map(|f| hash_of(2, f)));
    all.extend(
        facts.profiles.iter().filter(|f| f.received.is_none_or(|day| day <= as_of)).map(|f| hash_of(3, f)),
    );
    all.extend(facts.rosters.iter().filter(|f| f.received <= as_of).map(|f| hash_of(4, f)));
    all.extend(facts.consents.iter().filter(|f| f.received <= as_of).map(|f| hash_of(5, f)));
    all.extend(facts.closures.iter().filter(|f| f.received <= as_of).map(|f| hash_of(6, f)));
    all.extend(facts.referrals.iter().filter(|f| f.received <= as_of).map(|f| hash_of(7, f)));
    all.extend(facts.overrides.iter().filter(|f| f.received <= as_of).map(|f| hash_of(8, f)));
    all.extend(facts.retractions.iter().filter(|f| f.0 <= as_of).map(|f| hash_of(9, f)));
    all.extend(facts.adt.iter().filter(|f| f.received <= as_of).map(|f| hash_of(10, f)));
    // Of the wishes about contact the decision reads do-not-contact alone.
    let silence = facts.preferences.iter().filter(|f| matches!(f.what, PreferenceKind::DoNotContact { .. }));
    all.extend(silence.filter(|f| f.received <= as_of).map(|f| hash_of(11, f)));
    all.sort_unstable();
    all.dedup();
    let mut hasher = blake3::Hasher::new();
    for hash in &all {
        hasher.update(hash);
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}
