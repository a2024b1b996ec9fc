//! Where a case stands (FACTS §6.1).

use crate::case::reason::PendReason;
use serde::{Deserialize, Serialize};

/// The status of a case. `VENDOR_REJECTED` of FACTS §6.1 is a passing state: the rejection is recorded as an event and
/// the case stands in `QUEUED` (for the next vendor), `PENDED(CAPACITY)` or `REVIEW` afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// A decision identified the member.
    Identified,
    /// Waits for something named.
    Pended(PendReason),
    /// Waits for a place.
    Queued,
    /// Being reached, by the plan or, when delegated, by the vendor.
    Outreach,
    /// Reached in both directions.
    Engaged,
    /// Consented to the program.
    Consented,
    /// Enrolled and offered to the team or vendor.
    Enrolled,
    /// The team or vendor took the member.
    VendorAccepted,
    /// Service runs.
    Active,
    /// Paused, with a reason and an end.
    OnHold,
    /// Cannot go on until a person has decided.
    Review,
    /// A required program, and the member does not take part: the case stays open, mail only (FACTS §6.3).
    RequiredNonparticipating,
    /// Goals met.
    Graduated,
    /// Handed to another program or model.
    Transferred,
    /// Left after enrolment.
    Disenrolled,
    /// Ended before enrolment, not by the member.
    Withdrawn,
    /// The member declined before enrolment.
    Declined,
    /// Could not be reached.
    UnableToContact,
    /// Sent to another program before enrolment.
    ReferredOther,
}

/// The part of the life of a case; what most rules distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Open, before enrolment.
    BeforeEnrolment,
    /// Open, enrolled or later.
    Enrolled,
    /// Ended.
    Closed,
}

impl Status {
    /// Every status, pending reasons included, for tables and exploration.
    pub const ALL: [Self; 22] = [
        Self::Identified,
        Self::Pended(PendReason::Data),
        Self::Pended(PendReason::Capacity),
        Self::Pended(PendReason::Consent),
        Self::Pended(PendReason::Notice),
        Self::Queued,
        Self::Outreach,
        Self::Engaged,
        Self::Consented,
        Self::Enrolled,
        Self::VendorAccepted,
        Self::Active,
        Self::OnHold,
        Self::Review,
        Self::RequiredNonparticipating,
        Self::Graduated,
        Self::Transferred,
        Self::Disenrolled,
        Self::Withdrawn,
        Self::Declined,
        Self::UnableToContact,
        Self::ReferredOther,
    ];

    /// The spelling of the contract.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Identified => "IDENTIFIED",
            Self::Pended(PendReason::Data) => "PENDED_DATA",
            Self::Pended(PendReason::Capacity) => "PENDED_CAPACITY",
            Self::Pended(PendReason::Consent) => "PENDED_CONSENT",
            Self::Pended(PendReason::Notice) => "PENDED_NOTICE",
            Self::Queued => "QUEUED",
            Self::Outreach => "OUTREACH",
            Self::Engaged => "ENGAGED",
            Self::Consented => "CONSENTED",
            Self::Enrolled => "ENROLLED",
            Self::VendorAccepted => "VENDOR_ACCEPTED",
            Self::Active => "ACTIVE",
            Self::OnHold => "ON_HOLD",
            Self::Review => "REVIEW",
            Self::RequiredNonparticipating => "REQUIRED_NONPARTICIPATING",
            Self::Graduated => "GRADUATED",
            Self::Transferred => "TRANSFERRED",
            Self::Disenrolled => "DISENROLLED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Declined => "DECLINED",
            Self::UnableToContact => "UNABLE_TO_CONTACT",
            Self::ReferredOther => "REFERRED_OTHER",
        }
    }

    /// The status with this spelling.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.id() == id)
    }

    /// Whether the case has ended. Nothing leads out of these: a later try is a new case (FACTS §6.1).
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Graduated
            | Self::Transferred
            | Self::Disenrolled
            | Self::Withdrawn
            | Self::Declined
            | Self::UnableToContact
            | Self::ReferredOther => true,
            Self::Identified
            | Self::Pended(_)
            | Self::Queued
            | Self::Outreach
            | Self::Engaged
            | Self::Consented
            | Self::Enrolled
            | Self::VendorAccepted
            | Self::Active
            | Self::OnHold
            | Self::Review
            | Self::RequiredNonparticipating => false,
        }
    }

    /// Whether the case waits in a queue for a place, and so counts for the waiting limit.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Queued | Self::Pended(PendReason::Capacity))
    }

    /// Whether the case takes a place in a caseload (DESIGN D13: capacity is never exceeded).
    pub const fn occupies_place(self) -> bool {
        match self {
            Self::Outreach
            | Self::Engaged
            | Self::Consented
            | Self::Enrolled
            | Self::VendorAccepted
            | Self::Active
            | Self::OnHold => true,
            Self::Identified
            | Self::Pended(_)
            | Self::Queued
            | Self::Review
            | Self::RequiredNonparticipating
            | Self::Graduated
            | Self::Transferred
            | Self::Disenrolled
            | Self::Withdrawn
            | Self::Declined
            | Self::UnableToContact
            | Self::ReferredOther => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn every_status_has_its_own_spelling() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.id()), Some(status));
        }
    }
}
