//! What may be said about why (FACTS §7): neutral reasons and bucketed counts, no diagnosis, no facility, no rule.

use icm_domain::case::reason::CloseReason;
use icm_domain::decision::Counts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why the member is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NeutralReason {
    /// Uses acute care often.
    AcuteUtilization,
    /// Left a hospital recently.
    Transition,
    /// Referred by somebody who knows the member.
    Referral,
}

/// Why an offer or a service ends, seen from outside. The payer's own codes would disclose hospice, prison or death.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NeutralEnd {
    /// The member's own choice.
    MemberChoice,
    /// Coverage ended.
    Coverage,
    /// Somebody else takes over.
    Reassigned,
    /// The record was corrected.
    RecordCorrected,
    /// The program ends for the member for another reason.
    ProgramEnded,
}

impl NeutralEnd {
    /// What may be said of a closing reason.
    pub const fn of(reason: CloseReason) -> Self {
        match reason {
            CloseReason::OptedOutPreConsent
            | CloseReason::DeclinedAfterEnroll
            | CloseReason::DeclinedNotNow => Self::MemberChoice,
            CloseReason::EligLost => Self::Coverage,
            CloseReason::TransferOtherProgram
            | CloseReason::TransferOtherAgency
            | CloseReason::SteppedDown
            | CloseReason::DuplicateProgram
            | CloseReason::VendorContractEnded
            | CloseReason::Capacity => Self::Reassigned,
            CloseReason::MemberIdChanged
            | CloseReason::ClaimReversed
            | CloseReason::DataError
            | CloseReason::NoLongerMeetsCriteria => Self::RecordCorrected,
            CloseReason::Deceased
            | CloseReason::SafetyConcern
            | CloseReason::GoalsMet
            | CloseReason::UnableToContact
            | CloseReason::LostToFollowUp
            | CloseReason::MovedOutOfArea
            | CloseReason::Hospice
            | CloseReason::LtcAdmission
            | CloseReason::Incarcerated
            | CloseReason::InpatientLong => Self::ProgramEnded,
        }
    }
}

/// Counts of the last 180 days, in buckets; a count that says nothing is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Buckets {
    /// Hospital stays: `1`, `2-3` or `4+`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<String>,
    /// Emergency visits: `1-4`, `5-9` or `10+`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ed_visits: Option<String>,
}

impl Buckets {
    /// The buckets of the counts of the shareable view.
    pub fn of(counts: &Counts) -> Self {
        let stays = match counts.stays180 {
            0 => None,
            1 => Some("1"),
            2 | 3 => Some("2-3"),
            _ => Some("4+"),
        };
        let ed_visits = match counts.ed180 {
            0 => None,
            1..=4 => Some("1-4"),
            5..=9 => Some("5-9"),
            _ => Some("10+"),
        };
        Self { stays: stays.map(str::to_owned), ed_visits: ed_visits.map(str::to_owned) }
    }
}
