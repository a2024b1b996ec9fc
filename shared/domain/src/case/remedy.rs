//! What a program does about its own service when it does not work (FACTS §3.3, applied to ourselves): no two-way contact
//! for longer than the terms allow, or a trigger by events after the ramp. The remedy is program data; a person confirms
//! it unless the program says otherwise, and what ends our service is always a person's.

use crate::case::reason::ReviewReason;
use crate::coded::coded;
use crate::facts::Model;
use crate::moment::Moment;
use serde::{Deserialize, Serialize};

coded! {
    /// What is to be done, from the lightest to the heaviest.
    pub enum Remedy {
        /// A person decides freely.
        Review = "REVIEW",
        /// Taken back from the team or vendor; the payer's own people decide what comes next.
        Recall = "RECALL",
        /// Taken back, and offered to the next team or vendor.
        Reoffer = "REOFFER",
        /// Handed up to a heavier model of the continuum.
        HandUp = "HAND_UP",
    }
}

/// A rule of the program: what is done, and whether a person confirms it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemedyRule {
    /// What.
    pub remedy: Remedy,
    /// A person confirms it first.
    #[serde(default = "confirmed")]
    pub confirm: bool,
    /// The heavier model, for `HAND_UP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
}

const fn confirmed() -> bool {
    true
}

impl Default for RemedyRule {
    fn default() -> Self {
        Self { remedy: Remedy::Review, confirm: true, model: None }
    }
}

/// The rules of a program about its own service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedies {
    /// Active without two-way contact for too long.
    pub dose_lapsed: RemedyRule,
    /// A trigger is met by events after the ramp.
    pub not_working: RemedyRule,
}

impl Remedies {
    /// The rule that answers a review; none: the review is about something else.
    pub const fn rule(&self, why: ReviewReason) -> Option<RemedyRule> {
        match why {
            ReviewReason::DoseLapsed => Some(self.dose_lapsed),
            ReviewReason::NotWorking => Some(self.not_working),
            ReviewReason::TriggerReversed
            | ReviewReason::VendorRejected
            | ReviewReason::VendorSilent
            | ReviewReason::SequenceGap
            | ReviewReason::HoldExpired
            | ReviewReason::WaitedTooLong
            | ReviewReason::RequiredReview
            | ReviewReason::Language
            | ReviewReason::DeathReported
            | ReviewReason::Excluded
            | ReviewReason::VendorEnded
            | ReviewReason::DuplicateCase
            | ReviewReason::Stalled
            | ReviewReason::RosterMissing
            | ReviewReason::RosterConflict
            | ReviewReason::TakenBack
            | ReviewReason::Reentry
            | ReviewReason::ReachedAfterEnd => None,
        }
    }
}

/// A remedy that the program proposes for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Proposal {
    /// Why.
    pub why: ReviewReason,
    /// What.
    pub rule: RemedyRule,
    /// Since when.
    pub since: Moment,
}

/// Days after a person's decision that the service goes on for which it is not judged again: a quarter, the time that
/// every service is given (FACTS §3.3).
pub const JUDGE_AGAIN_DAYS: i32 = 90;
