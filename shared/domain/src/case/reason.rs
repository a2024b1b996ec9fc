//! Reason codes, on the two axes of New York's tracking system (FACTS §6.2): was the member *disenrolled*, or did
//! the record end for an *administrative* reason — and does the code apply to outreach, to enrolment, or to both.

use crate::coded::coded;
use crate::facts::Model;
use serde::{Deserialize, Serialize};

coded! {
    /// Which of the two lists a code belongs to.
    pub enum Axis {
        /// The member left, or was let go.
        Disenrolment = "D",
        /// The record ended; the member's wish and need are not judged.
        Administrative = "A",
    }
}

coded! {
    /// The part of the case's life in which a code may be used.
    pub enum Applies {
        /// Before enrolment only.
        Outreach = "OUTREACH",
        /// From the offer to the team or vendor on.
        Enrolment = "ENROLMENT",
        /// Any time.
        Both = "BOTH",
    }
}

coded! {
    /// Why a case ended (FACTS §6.2). The order is that of the list there.
    pub enum CloseReason {
        /// Another program takes the member.
        TransferOtherProgram = "TRANSFER_OTHER_PROGRAM",
        /// Opted out before consenting.
        OptedOutPreConsent = "OPTED_OUT_PRE_CONSENT",
        /// Another agency takes the member.
        TransferOtherAgency = "TRANSFER_OTHER_AGENCY",
        /// The member died.
        Deceased = "DECEASED",
        /// The member's id changed and the case goes on under the other id's case.
        MemberIdChanged = "MEMBER_ID_CHANGED",
        /// Safety of staff; a person must decide, behaviour alone is no reason.
        SafetyConcern = "SAFETY_CONCERN",
        /// The goals of the care plan are met.
        GoalsMet = "GOALS_MET",
        /// Stepped down to a lighter model of the continuum.
        SteppedDown = "STEPPED_DOWN",
        /// Declined after enrolment.
        DeclinedAfterEnroll = "DECLINED_AFTER_ENROLL",
        /// Declined for now, before enrolment.
        DeclinedNotNow = "DECLINED_NOT_NOW",
        /// Every attempt of the cadence failed before enrolment.
        UnableToContact = "UNABLE_TO_CONTACT",
        /// Enrolled, and no longer to be found.
        LostToFollowUp = "LOST_TO_FOLLOW_UP",
        /// Coverage ended and did not come back.
        EligLost = "ELIG_LOST",
        /// Moved away.
        MovedOutOfArea = "MOVED_OUT_OF_AREA",
        /// Hospice.
        Hospice = "HOSPICE",
        /// Long-term institution.
        LtcAdmission = "LTC_ADMISSION",
        /// Incarcerated.
        Incarcerated = "INCARCERATED",
        /// In hospital longer than a hold may last.
        InpatientLong = "INPATIENT_LONG",
        /// Another program already gives the service.
        DuplicateProgram = "DUPLICATE_PROGRAM",
        /// The contract with the vendor ended.
        VendorContractEnded = "VENDOR_CONTRACT_ENDED",
        /// The claims that triggered were voided before anybody contacted the member.
        ClaimReversed = "CLAIM_REVERSED",
        /// A mistake of the record.
        DataError = "DATA_ERROR",
        /// A new decision no longer identifies the member.
        NoLongerMeetsCriteria = "NO_LONGER_MEETS_CRITERIA",
        /// No place became free within the waiting limit and a person passed the member on.
        Capacity = "CAPACITY",
    }
}

impl CloseReason {
    /// The axis of the code.
    pub const fn axis(self) -> Axis {
        match self {
            Self::OptedOutPreConsent
            | Self::SafetyConcern
            | Self::GoalsMet
            | Self::SteppedDown
            | Self::DeclinedAfterEnroll
            | Self::DeclinedNotNow
            | Self::UnableToContact
            | Self::LostToFollowUp
            | Self::Deceased
            | Self::Hospice
            | Self::LtcAdmission
            | Self::Incarcerated
            | Self::InpatientLong
            | Self::MovedOutOfArea
            | Self::EligLost => Axis::Disenrolment,
            Self::TransferOtherProgram
            | Self::TransferOtherAgency
            | Self::MemberIdChanged
            | Self::DuplicateProgram
            | Self::VendorContractEnded
            | Self::ClaimReversed
            | Self::DataError
            | Self::NoLongerMeetsCriteria
            | Self::Capacity => Axis::Administrative,
        }
    }

    /// Where the code may be used.
    pub const fn applies(self) -> Applies {
        match self {
            Self::OptedOutPreConsent
            | Self::DeclinedNotNow
            | Self::UnableToContact
            | Self::ClaimReversed
            | Self::NoLongerMeetsCriteria
            | Self::Capacity => Applies::Outreach,
            Self::GoalsMet
            | Self::SteppedDown
            | Self::DeclinedAfterEnroll
            | Self::LostToFollowUp
            | Self::InpatientLong
            | Self::VendorContractEnded => Applies::Enrolment,
            Self::TransferOtherProgram
            | Self::TransferOtherAgency
            | Self::Deceased
            | Self::MemberIdChanged
            | Self::SafetyConcern
            | Self::EligLost
            | Self::MovedOutOfArea
            | Self::Hospice
            | Self::LtcAdmission
            | Self::Incarcerated
            | Self::DuplicateProgram
            | Self::DataError => Applies::Both,
        }
    }

    /// The end code of New York's Health Home tracking system, where FACTS §6.2 verified one.
    pub const fn ny_code(self) -> Option<&'static str> {
        match self {
            Self::TransferOtherProgram => Some("1"),
            Self::OptedOutPreConsent => Some("2"),
            Self::TransferOtherAgency => Some("3"),
            Self::Deceased => Some("4"),
            Self::MemberIdChanged => Some("5"),
            Self::SafetyConcern => Some("7"),
            Self::GoalsMet
            | Self::SteppedDown
            | Self::DeclinedAfterEnroll
            | Self::DeclinedNotNow
            | Self::UnableToContact
            | Self::LostToFollowUp
            | Self::EligLost
            | Self::MovedOutOfArea
            | Self::Hospice
            | Self::LtcAdmission
            | Self::Incarcerated
            | Self::InpatientLong
            | Self::DuplicateProgram
            | Self::VendorContractEnded
            | Self::ClaimReversed
            | Self::DataError
            | Self::NoLongerMeetsCriteria
            | Self::Capacity => None,
        }
    }

    /// Whether a person must have decided it: software alone never ends a case for this reason.
    pub const fn needs_person(self) -> bool {
        matches!(self, Self::SafetyConcern | Self::LostToFollowUp | Self::InpatientLong | Self::Capacity)
    }
}

coded! {
    /// Why a vendor does not take a member (FACTS §6.2).
    pub enum RejectReason {
        /// Outside the vendor's area.
        NotInServiceArea = "NOT_IN_SERVICE_AREA",
        /// No free place.
        NoCapacity = "NO_CAPACITY",
        /// Not eligible under the contract.
        IneligiblePerContract = "INELIGIBLE_PER_CONTRACT",
        /// Already with this vendor.
        AlreadyServed = "ALREADY_SERVED",
        /// Name, birth date or address cannot be right.
        InvalidDemographics = "INVALID_DEMOGRAPHICS",
        /// Already offered.
        Duplicate = "DUPLICATE",
        /// Nobody speaks the member's language.
        LanguageUnavailable = "LANGUAGE_UNAVAILABLE",
        /// Safety of staff.
        Safety = "SAFETY",
        /// The offer lacks something.
        IncompleteMessage = "INCOMPLETE_MESSAGE",
    }
}

impl RejectReason {
    /// Whether the next vendor may be asked at once. The others say something about the member or the message that
    /// a person must look at before anybody else is asked.
    pub const fn next_vendor_may_help(self) -> bool {
        match self {
            Self::NotInServiceArea
            | Self::NoCapacity
            | Self::IneligiblePerContract
            | Self::LanguageUnavailable => true,
            Self::AlreadyServed
            | Self::InvalidDemographics
            | Self::Duplicate
            | Self::Safety
            | Self::IncompleteMessage => false,
        }
    }
}

coded! {
    /// Why a case waits before outreach (FACTS §6.1).
    pub enum PendReason {
        /// Contact data or other data are missing.
        Data = "DATA",
        /// No free place anywhere (FACTS §6.4).
        Capacity = "CAPACITY",
        /// A consent is awaited, for example a 42 CFR Part 2 consent.
        Consent = "CONSENT",
        /// A required program: notice sent, hearing deadline not past (FACTS §6.3).
        Notice = "NOTICE",
    }
}

coded! {
    /// Why a case is on hold.
    pub enum HoldReason {
        /// Coverage ended; Medicaid often reinstates it retroactively.
        EligGap = "ELIG_GAP",
        /// In hospital or a facility.
        InFacility = "IN_FACILITY",
        /// The member asked for a pause.
        MemberRequest = "MEMBER_REQUEST",
        /// The vendor or team asked for a pause.
        ProviderRequest = "PROVIDER_REQUEST",
        /// Somebody said that the member died; a person confirms.
        DeathReported = "DEATH_REPORTED",
        /// An appeal against a required participation is pending.
        Appeal = "APPEAL",
    }
}

coded! {
    /// What a person is asked to look at. Open reviews never close a case by themselves.
    pub enum ReviewReason {
        /// The triggering claims were voided after the member had been contacted (FACTS V05).
        TriggerReversed = "TRIGGER_REVERSED",
        /// A vendor rejected for a reason that another vendor cannot mend.
        VendorRejected = "VENDOR_REJECTED",
        /// The vendor did not answer in time and there is no other.
        VendorSilent = "VENDOR_SILENT",
        /// A reply is missing in the vendor's sequence and did not come.
        SequenceGap = "SEQUENCE_GAP",
        /// A hold reached its limit.
        HoldExpired = "HOLD_EXPIRED",
        /// Active without two-way contact for too long (FACTS §3.3 applied to our own program).
        DoseLapsed = "DOSE_LAPSED",
        /// Active, and a trigger is met by events after the ramp.
        NotWorking = "NOT_WORKING",
        /// Waiting longer than the queue may keep anybody.
        WaitedTooLong = "WAITED_TOO_LONG",
        /// The required program's review date is reached.
        RequiredReview = "REQUIRED_REVIEW",
        /// A language or communication need that the team cannot meet.
        Language = "LANGUAGE",
        /// A death was reported.
        DeathReported = "DEATH_REPORTED",
        /// A hard exclusion came to light after enrolment.
        Excluded = "EXCLUDED",
        /// The vendor ended its service for a reason that a person must look at.
        VendorEnded = "VENDOR_ENDED",
        /// Another open case of the same member and program came to light.
        DuplicateCase = "DUPLICATE_CASE",
        /// Nothing has happened for longer than the status may last.
        Stalled = "STALLED",
        /// We hold the case to be with the vendor, and its roster does not list it (FACTS §8).
        RosterMissing = "ROSTER_MISSING",
        /// The vendor's roster says another state than we hold (FACTS §8).
        RosterConflict = "ROSTER_CONFLICT",
        /// Taken back from its team or vendor by the program's rule: where next?
        TakenBack = "TAKEN_BACK",
        /// Somebody ended the case, and the member is identified still: is service begun anew? Asked of an ended case
        /// alone (FACTS §6.1; FIELD §3.3).
        Reentry = "REENTRY",
        /// The member was reached, though the case had ended because nobody could reach them. Asked of an ended case alone.
        ReachedAfterEnd = "REACHED_AFTER_END",
    }
}

impl ReviewReason {
    /// Whether the question is about a case that has ended: leave it ended, or begin anew with another one?
    pub const fn is_of_the_ended(self) -> bool {
        matches!(self, Self::Reentry | Self::ReachedAfterEnd)
    }

    /// Whether nobody is asked to take the member before a person has decided.
    pub const fn stops(self) -> bool {
        matches!(self, Self::VendorRejected | Self::VendorSilent | Self::VendorEnded | Self::TakenBack)
    }
}

/// Why, and to which model if stepped down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ending {
    /// The code.
    pub reason: CloseReason,
    /// The model that takes over, for `STEPPED_DOWN`, transfers, and the recommendation after a failed outreach.
    pub next_model: Option<Model>,
}

impl Ending {
    /// An ending without another model.
    pub const fn of(reason: CloseReason) -> Self {
        Self { reason, next_model: None }
    }
}
