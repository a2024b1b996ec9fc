//! A population: how many members, from which seed, with how much history, as of which day.

use crate::availability::{self, Availability};
use crate::member::SyntheticMember;
use crate::pathway::Span;
use icm_domain::day::Day;
use std::ops::Range;

/// A synthetic population. Every member depends on the seed and the member's index alone, so that any part can
/// be made by itself, in any order, on any core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population {
    /// How many members.
    pub members: u64,
    /// Where every draw begins.
    pub seed: u64,
    /// Months of history up to `as_of`; stories reach back up to thirteen months whatever this says.
    pub months: u32,
    /// The day at which the history ends and the stories come to their decision.
    pub as_of: Day,
}

impl Population {
    /// The members, one after another.
    pub fn iter(&self) -> impl Iterator<Item = SyntheticMember> + use<> {
        self.range(0..self.members)
    }

    /// The members with these indexes: the share of one core.
    pub fn range(&self, indexes: Range<u64>) -> impl Iterator<Item = SyntheticMember> + use<> {
        let population = *self;
        (indexes.start..indexes.end.min(self.members)).map(move |index| population.member(index))
    }

    /// The member with this index.
    pub fn member(&self, index: u64) -> SyntheticMember {
        SyntheticMember::generate(self, index)
    }

    /// The places of other programs in the service area.
    pub fn availability(&self) -> Vec<Availability> {
        availability::draw(self.seed, self.members)
    }

    /// The days of the history.
    pub(crate) fn span(&self) -> Span {
        let months = i32::try_from(self.months.clamp(1, 1200)).unwrap_or(12);
        Span { first: self.as_of.month().plus(-months).first_day(), last: self.as_of }
    }
}
