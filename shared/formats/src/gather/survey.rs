//! Finds the claims whose rows are not adjacent, in one pass and bounded memory.

use super::{Keys, Layout, Treatment};
use crate::input::Input;
use crate::item::{Place, Problem, Reason};
use crate::options::ReadOptions;
use crate::table::{Table, open};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::io;

/// Claims held back in one pass: about 40 MB.
const HELD_MAX: u64 = 20_000;
/// Claims apart that are remembered one by one: about 40 MB. Beyond, every claim is treated as apart.
const APART_MAX: usize = 2_000_000;

/// Which claims are apart.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Hashes of the claims apart. May hold a few that are not: that costs memory, never correctness.
    apart: HashSet<u64>,
    /// Every claim counts as apart.
    all: bool,
    /// Distinct claims, about.
    claims: u64,
}

impl Survey {
    /// How often the file must be read.
    pub(crate) fn parts(&self) -> u64 {
        let held = if self.all { self.claims } else { self.apart.len() as u64 };
        held.div_ceil(HELD_MAX).max(1)
    }

    /// What pass `part` does with the claim.
    pub(crate) fn treatment(&self, source: &[u8], id: &[u8], part: u64) -> Treatment {
        let key = hash(source, id);
        if self.all || self.apart.contains(&key) {
            if key % self.parts() == part { Treatment::Hold } else { Treatment::Skip }
        } else if part == 0 {
            Treatment::Stream
        } else {
            Treatment::Skip
        }
    }

    fn note_apart(&mut self, key: u64) {
        if self.apart.len() < APART_MAX {
            self.apart.insert(key);
        } else {
            self.all = true;
        }
    }
}

/// Surveys a table.
///
/// # Errors
/// When the content cannot be read to its end, with the place where it ends.
pub(crate) fn survey<'o, L: Layout<'o>>(
    input: &dyn Input,
    table: Table,
    options: &'o ReadOptions,
) -> Result<Survey, (Place, io::Error)> {
    let (header, mut rows) = open(input, table.cut).map_err(|error| (Place::default(), error))?;
    let layout = L::of(&header, options);
    let (mut survey, mut seen, mut previous) = (Survey::default(), Seen::new(), None);
    loop {
        let row = match rows.next_row() {
            Ok(None) => return Ok(survey),
            Ok(Some(row)) => row,
            Err(error) => return Err((rows.place(), error)),
        };
        let row = match row {
            Ok(row) => row,
            // The last claim has lost rows, and whatever stood behind it is missing.
            Err(Problem { place, reason: Reason::Truncated, .. }) => {
                return Err((place, io::ErrorKind::UnexpectedEof.into()));
            }
            Err(_) => continue,
        };
        let [source, id] = layout.keys().key(&row);
        let key = hash(source, id);
        if previous == Some(key) {
            continue;
        }
        previous = Some(key);
        if seen.note(key) {
            survey.note_apart(key);
        } else {
            survey.claims += 1;
        }
    }
}

fn hash(source: &[u8], id: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(source);
    hasher.write_u8(0);
    hasher.write(id);
    hasher.finish()
}

/// Remembers hashes in fixed memory (a Bloom filter). It may take a new one for a seen one, never the other way.
struct Seen {
    words: Vec<u64>,
}

impl Seen {
    /// 2^27 bits, 16 MiB: of ten million claims about two in a hundred are held back without need.
    const BITS: u32 = 27;

    fn new() -> Self {
        Self { words: vec![0; 1 << (Self::BITS - 6)] }
    }

    /// Remembers the hash; whether it seems to have been there before.
    fn note(&mut self, key: u64) -> bool {
        let mut before = true;
        for turn in 0..3 {
            let bit = key.rotate_left(turn * 21).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - Self::BITS);
            let word = usize::try_from(bit >> 6).ok().and_then(|index| self.words.get_mut(index));
            if let Some(word) = word {
                before &= *word & (1 << (bit & 63)) != 0;
                *word |= 1 << (bit & 63);
            }
        }
        before
    }
}
