//! Voluntary and required participation (FACTS §6.3).

use crate::day::Day;
use serde::{Deserialize, Serialize};

/// Longest time between the effective day and the review of a required participation, in days (24 months).
const REVIEW_DAYS_MAX: i32 = 731;

/// Whether the member may choose.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Participation {
    /// The member may decline at any time.
    Voluntary,
    /// A legal basis requires participation. It changes how a case closes, and nothing about consent to calls,
    /// do-not-contact, Part 2 or confidential communication.
    Required(Required),
}

/// What a required participation needs before it may take effect.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Required {
    /// The legal basis, by citation.
    pub legal_basis: Box<str>,
    /// Emergency services are exempt: must be true.
    pub emergency_exempt: bool,
    /// The notice to the member, once sent.
    pub notice: Option<RequiredNotice>,
    /// An appeal is pending: everything pauses.
    pub appeal_pending: bool,
}

/// The notice of a required participation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RequiredNotice {
    /// The day it was sent.
    pub sent_on: Day,
    /// The last day on which the member may ask for a hearing.
    pub hearing_deadline: Day,
    /// The day from which participation is required: later than the hearing deadline.
    pub effective_on: Day,
    /// The day on which the requirement is reviewed: at most 24 months after it took effect.
    pub review_on: Day,
}

impl RequiredNotice {
    /// Whether the days stand in the order that FACTS §6.3 demands.
    pub fn is_lawful(&self) -> bool {
        self.sent_on < self.hearing_deadline
            && self.hearing_deadline < self.effective_on
            && self.effective_on < self.review_on
            && self.review_on.since(self.effective_on) <= REVIEW_DAYS_MAX
    }
}

impl Participation {
    /// Whether participation is required and in force on `today`: the notice period is over and no appeal pends.
    pub fn in_force(&self, today: Day) -> bool {
        match self {
            Self::Voluntary => false,
            Self::Required(required) => {
                !required.appeal_pending
                    && required.emergency_exempt
                    && required.notice.is_some_and(|notice| notice.effective_on <= today)
            }
        }
    }

    /// Whether the program is a required one.
    pub const fn is_required(&self) -> bool {
        matches!(self, Self::Required(_))
    }
}

#[cfg(test)]
mod tests {
    use super::RequiredNotice;
    use crate::day::Day;

    #[test]
    fn a_notice_takes_effect_only_after_the_hearing_deadline_and_is_reviewed_within_two_years() {
        let day = |text: &str| Day::parse(text).unwrap();
        let notice = RequiredNotice {
            sent_on: day("2026-06-01"),
            hearing_deadline: day("2026-07-01"),
            effective_on: day("2026-07-02"),
            review_on: day("2027-07-02"),
        };
        assert!(notice.is_lawful());
        assert!(!RequiredNotice { effective_on: day("2026-07-01"), ..notice }.is_lawful());
        assert!(!RequiredNotice { review_on: day("2029-01-01"), ..notice }.is_lawful());
    }
}
