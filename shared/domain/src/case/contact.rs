//! What the case knows about reaching its member.

use crate::case::acute::{AcuteFollowUp, AcuteNote};
use crate::case::reason::ReviewReason;
use crate::day::Day;
use crate::facts::Channel;
use crate::ids::EffectId;
use crate::moment::Moment;
use crate::outreach::attempt::{Attempt, Phone};
use serde::{Deserialize, Serialize};

/// Longest history of attempts kept on the case; older ones are in the events. A bound keeps the item small.
pub const ATTEMPTS_KEPT: usize = 12;

/// Outreach so far, and what the member has asked for. The member-wide records (channel consent, do-not-contact,
/// safe contact) live beside the case as facts; the case repeats what stops *its own* effects, so that an effect is
/// never created against it, and the sender checks the facts again (DESIGN D12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContactState {
    /// Attempts that count.
    pub attempts: u16,
    /// The next step of the cadence (0 = the first).
    pub step: u16,
    /// The first day of outreach: the cadence counts from it.
    pub outreach_since: Option<Day>,
    /// The member may know of the program (FACTS V05).
    pub touched: bool,
    /// The last conversation.
    pub last_two_way: Option<Moment>,
    /// When the member wants to be called back.
    pub call_back: Option<Moment>,
    /// The latest discharge that was reported while the case was open: first call within 2 business days. Not for
    /// outsiders: [`Self::discharge_to_tell`].
    pub discharged: Option<Day>,
    /// Admissions and discharges that the case has heard of, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acute: Vec<AcuteNote>,
    /// The admission or discharge under service that nobody has spoken with the member about yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<AcuteFollowUp>,
    /// Numbers that must not be dialled.
    pub unusable: Vec<Phone>,
    /// The postal address came back.
    pub address_unusable: bool,
    /// The numbers take no texts.
    pub no_texts: bool,
    /// An interpreter is needed.
    pub interpreter: bool,
    /// Channels that the member has refused.
    pub refused: Vec<Channel>,
    /// The member opted out of the program, or asked not to be contacted at all.
    pub opted_out: bool,
    /// The member declined a required program.
    pub declined: bool,
    /// Fingerprint of the contact details that the case has heard of ([`crate::case::hear::details`]).
    #[serde(default)]
    pub details: Option<u64>,
    /// The latest attempts, oldest first.
    pub history: Vec<Attempt>,
}

impl ContactState {
    /// Whether a task on this channel may be created.
    pub fn allows(&self, channel: Channel) -> bool {
        // After an opt-out only the letters remain that a required program must send by law (FACTS §6.3).
        if self.opted_out && channel != Channel::Letter {
            return false;
        }
        let address_needed = matches!(channel, Channel::Letter | Channel::Visit);
        let impossible = address_needed && self.address_unusable || channel == Channel::Text && self.no_texts;
        !(self.refused.contains(&channel) || impossible)
    }

    /// Notes that the member refuses these channels.
    pub fn refuse(&mut self, channels: &[Channel]) {
        for channel in channels {
            if !self.refused.contains(channel) {
                self.refused.push(*channel);
            }
        }
        // A call-back that was agreed before is not wanted any more; it would stand before every other contact.
        self.call_back = self.call_back.filter(|_| !self.refused.contains(&Channel::Call));
    }

    /// Whether one of the latest attempts is the result of this task.
    pub fn has_result_of(&self, task: &EffectId) -> bool {
        self.history.iter().any(|attempt| attempt.task.as_ref() == Some(task))
    }

    /// Keeps an attempt and counts it.
    pub fn record(&mut self, attempt: &Attempt) {
        self.attempts = self.attempts.saturating_add(1);
        self.touched |= attempt.outcome.touched_member();
        if attempt.outcome.two_way() {
            self.last_two_way = self.last_two_way.max(Some(attempt.at));
        }
        if self.history.len() >= ATTEMPTS_KEPT {
            self.history.remove(0);
        }
        self.history.push(attempt.clone());
    }
}

/// Adds a review once.
pub(crate) fn add_review(reviews: &mut Vec<ReviewReason>, reason: ReviewReason) -> bool {
    let new = !reviews.contains(&reason);
    if new {
        reviews.push(reason);
    }
    new
}
