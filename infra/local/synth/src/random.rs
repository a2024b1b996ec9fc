//! The seeded generator behind every draw: xoshiro256++ started by splitmix64 (both public domain by their
//! authors). Integers only, so the same seed gives the same population on every platform and in every version.

/// A stream of draws that depends on nothing but its seed, the member's index and the subject drawn for.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

/// What a stream is for: a change in one subject does not reshuffle the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Who the member is.
    Person = 1,
    /// Coverage spans.
    Coverage = 2,
    /// Illness and its services.
    Health = 3,
    /// What other programs do.
    Engagement = 4,
    /// What happens to claims on their way: lag, adjustments, denials.
    Billing = 5,
    /// Consents and contact preferences.
    Preference = 6,
    /// How simulated people behave in the main job.
    Behaviour = 7,
}

impl Random {
    /// The stream of `subject` for the thing numbered `index` under `seed`.
    pub fn new(seed: u64, index: u64, subject: Subject) -> Self {
        let mut mixer = seed
            ^ index.wrapping_mul(0xD6E8_FEB8_6659_FD93)
            ^ (subject as u64).wrapping_mul(0xA076_1D64_78BD_642F);
        let state = [splitmix(&mut mixer), splitmix(&mut mixer), splitmix(&mut mixer), splitmix(&mut mixer)];
        Self { state }
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let out = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        out
    }

    /// A number below `bound` (0 when `bound` is 0). The bias of the multiplication is below `bound` / 2^32.
    pub const fn below(&mut self, bound: u32) -> u32 {
        let high = self.bits() >> 32;
        ((high * bound as u64) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = high.saturating_sub(low).max(0).unsigned_abs().saturating_add(1);
        low.saturating_add(self.below(span).cast_signed())
    }

    /// True in `share` of a thousand draws.
    pub const fn per_mille(&mut self, share: u32) -> bool {
        self.below(1000) < share
    }

    /// A count with the mean `rate` / 1,000,000: the whole part, and one more with the probability of the rest.
    pub const fn count(&mut self, rate: u32) -> u32 {
        let more = self.below(1_000_000) < rate % 1_000_000;
        rate / 1_000_000 + if more { 1 } else { 0 }
    }

    /// One entry of a table, each equally likely.
    #[expect(clippy::indexing_slicing, reason = "the index is below the length, and the length is not zero")]
    pub fn pick<T: Copy, const N: usize>(&mut self, table: &[T; N]) -> T {
        const { assert!(N > 0) }
        table[self.below(u32::try_from(N).unwrap_or(u32::MAX)) as usize]
    }

    /// One entry of a table by weight; the last entry when the weights are all zero.
    #[expect(clippy::indexing_slicing, reason = "N is not zero")]
    pub fn weighted<T: Copy, const N: usize>(&mut self, table: &[(u32, T); N]) -> T {
        const { assert!(N > 0) }
        let total = table.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for (weight, entry) in table {
            if left < *weight {
                return *entry;
            }
            left -= weight;
        }
        table[N - 1].1
    }
}

const fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Random, Subject};

    #[test]
    fn draws_depend_on_seed_index_and_subject_alone() {
        let draw = |seed, index, subject| Random::new(seed, index, subject).bits();
        assert_eq!(draw(1, 2, Subject::Health), draw(1, 2, Subject::Health));
        assert_ne!(draw(1, 2, Subject::Health), draw(2, 2, Subject::Health));
        assert_ne!(draw(1, 2, Subject::Health), draw(1, 3, Subject::Health));
        assert_ne!(draw(1, 2, Subject::Health), draw(1, 2, Subject::Billing));
    }

    #[test]
    fn draws_stay_within_their_bounds_and_reach_them() {
        let mut random = Random::new(7, 7, Subject::Person);
        let draws: Vec<i32> = (0..2_000).map(|_| random.between(-3, 4)).collect();
        assert_eq!((draws.iter().min(), draws.iter().max()), (Some(&-3), Some(&4)));
        assert_eq!(random.below(0), 0);
        let heads = (0..100_000).filter(|_| random.per_mille(250)).count();
        assert!((24_000..26_000).contains(&heads), "{heads}");
        let events: u32 = (0..100_000).map(|_| random.count(1_500_000)).sum();
        assert!((148_000..152_000).contains(&events), "{events}");
    }

    #[test]
    fn the_first_draws_never_change() {
        let mut random = Random::new(42, 0, Subject::Person);
        let first = [random.bits(), random.bits()];
        assert_eq!(first, PINNED, "the same seed must give the same population in every version");
    }
    const PINNED: [u64; 2] = [9_652_729_013_992_730_119, 16_889_996_684_237_417_666];
}
