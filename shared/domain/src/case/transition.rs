//! What a transition yields: the new state, and everything to be committed with it in one transaction.

use crate::case::effect::{AnswerVerdict, Effect};
use crate::case::event::CaseEvent;
use crate::case::state::Case;
use crate::case::status::Status;
use crate::facts::Channel;
use crate::facts::Fact;
use crate::ids::{ActorId, EffectId, ProgramId, VendorId};
use crate::moment::Moment;
use crate::outreach::attempt::Phone;
use serde::{Deserialize, Serialize};

/// The result of [`crate::case::apply`]. Commit all of it, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The new state.
    pub case: Case,
    /// The line of the case's history.
    pub entry: HistoryEntry,
    /// Effects to put into the outbox.
    pub effects: Vec<Effect>,
    /// Effects of earlier transitions that must not happen any more.
    pub cancellations: Vec<Cancellation>,
    /// Facts about the member that follow: closures for the cool-downs, preferences, do-not-contact.
    pub facts: Vec<Fact>,
    /// What the member's shared contact ledger must know.
    pub ledger: Vec<LedgerNote>,
    /// What became of each vendor reply that was looked at.
    pub replies: Vec<ReplyNote>,
}

/// One line of the history of a case (FACTS §6.1: event id, actor, reason, both times, idempotency key).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Idempotency key of the event.
    pub key: Box<str>,
    /// Name of the event.
    pub event: Box<str>,
    /// Status before.
    pub from: Status,
    /// Status after.
    pub to: Status,
    /// Reason code, where the event or the transition has one.
    pub reason: Option<Box<str>>,
    /// Who.
    pub actor: ActorId,
    /// When it happened.
    pub occurred: Moment,
    /// When it was recorded.
    pub recorded: Moment,
}

/// An effect that must not happen any more (DESIGN D4). If the outbox item `target` is still pending, it is marked
/// cancelled in this commit and `with` is not written; if it is leased or sent, `with` (a cancel with a higher
/// number) is written to the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// The effect that is cancelled.
    pub target: EffectId,
    /// The cancel message for a receiver that may already have it.
    pub with: Effect,
}

/// A line for the member's contact ledger, which all programs and vendors share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LedgerNote {
    /// The member was touched, or somebody tried.
    Touch {
        /// When.
        at: Moment,
        /// By which program.
        program: ProgramId,
        /// By which vendor; none: by the plan.
        vendor: Option<VendorId>,
        /// How.
        channel: Channel,
        /// The task that it carried out; it takes the place of the touch that was reserved for it.
        #[serde(default)]
        task: Option<EffectId>,
    },
    /// The number must not be dialled again, by anybody.
    Unusable(Phone),
    /// A task has been released: its touch is reserved before it is made, so that two programs that release at the same
    /// time cannot both go over the cap.
    Reserved {
        /// From when on it may be made.
        at: Moment,
        /// By which program.
        program: ProgramId,
        /// How.
        channel: Channel,
        /// The task.
        task: EffectId,
    },
    /// A task will not be carried out: nothing is reserved for it any more. Never kept; it takes a line away.
    Released(EffectId),
}

impl LedgerNote {
    /// Whether a touch is reserved for this task: from then on it may have been carried out.
    pub fn reserves(&self, effect: &EffectId) -> bool {
        matches!(self, Self::Reserved { task, .. } if task == effect)
    }

    /// Whether somebody found this number to be wrong.
    pub fn bars(&self, phone: &Phone) -> bool {
        matches!(self, Self::Unusable(wrong) if wrong == phone)
    }

    /// Writes a note into the lines of a ledger. A touch that was made, and a release, take the reservation away.
    pub fn write_into(self, lines: &mut Vec<Self>) {
        let settled = match &self {
            Self::Touch { task, .. } => task.clone(),
            Self::Released(task) | Self::Reserved { task, .. } => Some(task.clone()),
            Self::Unusable(_) => None,
        };
        if let Some(settled) = settled {
            lines.retain(|line| !line.reserves(&settled));
        }
        if !matches!(self, Self::Released(_)) {
            lines.push(self);
        }
    }
}

/// What became of a vendor's reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyNote {
    /// The vendor.
    pub vendor: VendorId,
    /// Its message.
    pub message: Box<str>,
    /// Its sequence.
    pub sequence: u64,
    /// What became of it.
    pub verdict: AnswerVerdict,
}

impl Transition {
    /// Whether the status changed.
    pub fn moved(&self) -> bool {
        self.entry.from != self.entry.to
    }
}

impl HistoryEntry {
    /// The entry of an event, before its end is known.
    pub(crate) fn begin(event: &CaseEvent, from: Status) -> Self {
        Self {
            key: event.key.clone(),
            event: event.kind.id().into(),
            from,
            to: from,
            reason: None,
            actor: event.actor.clone(),
            occurred: event.occurred,
            recorded: event.recorded,
        }
    }
}
