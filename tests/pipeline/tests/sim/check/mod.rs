//! The rules of DESIGN §7, held after every step, and what must be true at the end.

mod cases;
mod end;
mod sent;

use crate::staff::Staff;
use crate::vendors::Vendors;
use icm_domain::case::state::Case;
use icm_domain::ids::{CaseId, EffectId, MemberId, VendorId};
use icm_ports::Moment;
use icm_testkit::world::State;
use std::collections::{BTreeMap, BTreeSet};

/// The rules by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Rule {
    /// The current decision equals the decision over all stored facts.
    DecisionSeesEveryFact,
    /// The current decision equals that of somebody who reads every input once, one after the other.
    SameAsOneAfterTheOther,
    /// At most one open case per member and program.
    OneOpenCase,
    /// No effect without a committed event.
    NoEffectWithoutEvent,
    /// Per deduplication key a receiver acts once.
    OncePerKey,
    /// After an opt-out commits nothing is newly released.
    NothingAfterOptOut,
    /// No enrolment without consent and coverage at its version.
    EnrolledWithConsent,
    /// Capacity is never exceeded, and counted as it is taken.
    CapacityKept,
    /// Every input ends in exactly one of decided, refused, quarantined, parked, in flight.
    NoInputLost,
    /// What was answered with success stands; every reply is answered.
    AnsweredForGood,
    /// Replaying the events rebuilds the stored state.
    ReplayRebuilds,
    /// A vendor's replies take effect in the vendor's order.
    RepliesInOrder,
    /// What counts as sent was sent.
    SentIsSent,
    /// With faults off everything drains.
    Drains,
    /// Nobody is called outside the hours.
    WithinHours,
    /// Whoever serves a member hears of each stay, and somebody follows it up.
    StayReachesWhoServes,
    /// Nobody is contacted more often than the caps allow, but by a call that was agreed.
    CapsKept,
    /// No case is opened within the cool-down of an earlier one.
    CoolDownKept,
    /// Versions and days of decision only rise.
    OnlyForward,
}

/// A broken rule.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub(crate) rule: Rule,
    pub(crate) what: String,
}

pub(crate) fn broken<T>(rule: Rule, what: impl Into<String>) -> Result<T, Broken> {
    Err(Broken { rule, what: what.into() })
}

/// A case as its log says that it is.
pub(super) struct Told {
    pub(super) case: Option<Case>,
    pub(super) lines: u64,
    pub(super) opted_out: Option<u64>,
}

/// What the checks remember between steps.
#[derive(Default)]
pub(crate) struct Check {
    pub(super) cases: BTreeMap<CaseId, Told>,
    /// Where an effect is stored, and the step and count of its latest release.
    pub(super) effects: BTreeMap<EffectId, Seen>,
    /// Since which step a member is known not to want any contact.
    pub(super) silent: BTreeMap<MemberId, (usize, Option<u64>)>,
    pub(super) versions: BTreeMap<MemberId, (u64, Option<icm_domain::day::Day>)>,
    /// Points that a cell had at most.
    pub(crate) limits: BTreeMap<Box<str>, i64>,
    /// Calls, texts and visits that have left, but those that were agreed with the member.
    pub(super) touches: BTreeMap<MemberId, Vec<(Moment, EffectId)>>,
    /// Tasks for a time that the member named.
    pub(super) agreed: BTreeSet<EffectId>,
    pub(super) sent_at: usize,
    pub(super) acts_at: usize,
    pub(super) dialled_at: usize,
    /// Offers acted on, by vendor and true key.
    pub(super) acted: BTreeMap<(VendorId, EffectId), u32>,
    /// The vendor's number of the latest reply that was taken, by case and vendor.
    pub(super) taken: BTreeMap<(CaseId, VendorId), (u64, u64)>,
}

/// An effect as seen in the store.
pub(super) struct Seen {
    pub(super) member: MemberId,
    pub(super) attempts: u32,
    pub(super) released: Option<u64>,
}

impl Check {
    /// Checks everything that the step may have broken.
    pub(crate) fn after_step(
        &mut self,
        step: u64,
        now: Moment,
        state: &State,
        touched: &[MemberId],
        vendors: &Vendors,
        staff: &Staff,
    ) -> Result<(), Broken> {
        for member in touched {
            let Some(held) = state.members.get(member) else { continue };
            self.forward(member, held)?;
            self.logs(step, member, held)?;
            self.answers(held, vendors)?;
            self.effects_of(step, member, held);
            self.wishes(step, now, member, held);
        }
        if !touched.is_empty() {
            self.capacity(state)?;
        }
        self.sent(state, now)?;
        self.acts(state, vendors, staff)
    }
}
