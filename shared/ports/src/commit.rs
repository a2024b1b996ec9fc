//! The one transaction by which anything about a member changes (DESIGN D3, D4).

use crate::body::Body;
use crate::case::{CaseRecord, EventRecord};
use crate::effect::EffectRecord;
use crate::error::Result;
use crate::facts::Pack;
use crate::member::{Head, Version};
use icm_domain::ids::{EffectId, MemberId};
use std::future::Future;

/// A change of capacity inside a transaction; `queue-outreach` alone makes takes (D13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityTake {
    /// The place counted: `Place::key` of the domain.
    pub key: Box<str>,
    /// Places taken; negative: given back.
    pub take: i64,
    /// The count that must not be exceeded after the take.
    pub limit: i64,
}

/// Everything that one commit writes, all or nothing. Refused with `Conflict` when the member's version is not
/// `expected`, when the stored `as_of` is later than the new head's, when a guard's version moved, when an event
/// or effect exists already, when an effect to be cancelled is not pending or held, or when capacity would be exceeded.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The member.
    pub member: MemberId,
    /// The version that was read.
    pub expected: Version,
    /// The new head; its version must be `expected + 1`.
    pub head: Head,
    /// The decision record, when the outcome differs.
    pub decision: Option<Body>,
    /// Facts that follow from the commit itself (closures, preferences), appended in the same transaction.
    pub packs: Vec<Pack>,
    /// Cases written.
    pub cases: Vec<CaseRecord>,
    /// Events appended.
    pub events: Vec<EventRecord>,
    /// Effects added.
    pub effects: Vec<EffectRecord>,
    /// Effects cancelled before their release (an opt-out, a recall).
    pub cancels: Vec<EffectId>,
    /// Versions of other heads that the decision rests on (aliased partitions, D2).
    pub guards: Vec<(MemberId, Version)>,
    /// Capacity taken or given back.
    pub capacity: Vec<CapacityTake>,
}

impl Commit {
    /// A commit that changes the head only; the version is counted up here.
    pub fn of_head(member: MemberId, read: &Head, mut head: Head) -> Self {
        head.version = Version(read.version.0 + 1);
        Self {
            member,
            expected: read.version,
            head,
            decision: None,
            packs: Vec::new(),
            cases: Vec::new(),
            events: Vec::new(),
            effects: Vec::new(),
            cancels: Vec::new(),
            guards: Vec::new(),
            capacity: Vec::new(),
        }
    }

    /// How many items the transaction touches; the store takes at most [`Self::ITEMS_MAX`].
    pub fn items(&self) -> usize {
        1 + usize::from(self.decision.is_some())
            + self.packs.len()
            + self.cases.len()
            + self.events.len()
            + self.effects.len()
            + self.cancels.len()
            + self.guards.len()
            + self.capacity.len()
    }

    /// DynamoDB's limit of items in a transaction.
    pub const ITEMS_MAX: usize = 100;
}

/// May commit changes of a member.
pub trait MemberCommit: Send + Sync {
    /// Commits all or nothing. Repeating a commit that stands gives `Conflict` or success, never a second effect.
    fn commit(&self, commit: &Commit) -> impl Future<Output = Result<()>> + Send;
}
