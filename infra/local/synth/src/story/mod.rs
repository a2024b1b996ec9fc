//! Rare stories, so that every outcome of FACTS 0 occurs in every population of two thousand: each block of
//! [`BLOCK`] members holds each story once, at a place that depends on the seed. A story's member has a quiet
//! background; what the story tells decides, and the expected decision is stated beside it (an independent
//! check of the rules).

mod told;

use crate::biller::Biller;
use crate::coverage;
use crate::hospital::Stay;
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::decision::DecisionKind;
use icm_domain::facts::{Closure, ClosureKind, Consent, Coverage, LineOfBusiness, Preference, RosterRow};

pub use told::STORIES;

/// Members in which each story occurs once.
pub const BLOCK: u64 = 2_000;

/// A story: what happens to a member, and what must be decided at the population's `as_of`.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// A name for reports and tests.
    pub id: &'static str,
    /// The decision that the rules must reach.
    pub expect: DecisionKind,
    /// The reason of the contract, where it holds no date; empty otherwise.
    pub reason: &'static str,
    tell: fn(&mut Script<'_, '_>),
}

impl Story {
    /// The story of the member numbered `index`, if that member has one.
    pub fn of(seed: u64, index: u64) -> Option<&'static Self> {
        let turn = seed.wrapping_mul(31).wrapping_add((index / BLOCK).wrapping_mul(17));
        let slot = (index % BLOCK * 1_223 + turn % BLOCK) % BLOCK;
        STORIES.get(usize::try_from(slot).ok()?)
    }

    /// Tells the story with this member.
    pub(crate) fn tell(&self, script: &mut Script<'_, '_>) {
        (self.tell)(script);
    }
}

/// What a story may write. Days count back from `as_of`.
pub(crate) struct Script<'s, 'a> {
    /// Bills.
    pub(crate) biller: &'s mut Biller<'a>,
    pub(crate) as_of: Day,
    pub(crate) lob: LineOfBusiness,
    pub(crate) coverage: Vec<Coverage>,
    pub(crate) rosters: Vec<RosterRow>,
    pub(crate) consents: Vec<Consent>,
    pub(crate) preferences: Vec<Preference>,
    pub(crate) closures: Vec<Closure>,
    pub(crate) death: Option<Day>,
}

impl<'s, 'a> Script<'s, 'a> {
    /// A page that says only that the member is covered.
    pub(crate) fn new(biller: &'s mut Biller<'a>, lob: LineOfBusiness, as_of: Day) -> Self {
        let mut script = Self {
            biller,
            as_of,
            lob,
            coverage: Vec::new(),
            rosters: Vec::new(),
            consents: Vec::new(),
            preferences: Vec::new(),
            closures: Vec::new(),
            death: None,
        };
        script.covered_until(None);
        script
    }

    /// The day so many days before `as_of`.
    const fn ago(&self, days: i32) -> Day {
        self.as_of.plus(-days)
    }

    /// From so many days ago until two days ago.
    const fn since(&self, days: i32) -> (Day, Day) {
        (self.ago(days), self.ago(2))
    }

    /// An unplanned stay of four nights.
    fn stay(&mut self, days_ago: i32, principal: Code) -> Day {
        let admit = self.ago(days_ago);
        self.biller.stay(&Stay::unplanned(admit, 4, principal))
    }

    /// Emergency visits on these days, all for the same reason.
    fn emergencies(&mut self, days_ago: &[i32], principal: Code) {
        for &days in days_ago {
            let day = self.ago(days);
            self.biller.emergency(day, principal);
        }
    }

    /// An earlier case of this program that ended so many days ago.
    fn closed(&mut self, kind: ClosureKind, days_ago: i32) {
        let date = self.ago(days_ago);
        self.closures.push(Closure { kind, date, received: date });
    }

    /// Coverage from two years ago to `thru`.
    fn covered_until(&mut self, thru: Option<Day>) {
        let from = self.ago(730);
        self.coverage = vec![coverage::span(self.lob, from, thru, from)];
    }
}
