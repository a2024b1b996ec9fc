//! What a vendor can report about a case (FACTS §8), in domain terms; the wire shapes live in `icm-contract`.

use crate::case::reason::{HoldReason, RejectReason};
use crate::coded::coded;
use crate::day::Day;
use crate::facts::Channel;
use crate::ids::{EffectId, VendorId};
use crate::moment::Moment;
use crate::outreach::attempt::{Outcome, Phone};
use serde::{Deserialize, Serialize};

coded! {
    /// How a contact was made, for the amount of service.
    pub enum ContactMode {
        /// By phone.
        Phone = "PHONE",
        /// By video.
        Video = "VIDEO",
        /// In person.
        InPerson = "IN_PERSON",
        /// By secure message or text.
        Message = "MESSAGE",
    }
}

coded! {
    /// Why a vendor ended its service. A vendor cannot use the codes of the payer (claim reversal, data error …).
    pub enum VendorEnding {
        /// Declined after enrolment.
        DeclinedAfterEnroll = "DECLINED_AFTER_ENROLL",
        /// No longer to be found.
        LostToFollowUp = "LOST_TO_FOLLOW_UP",
        /// Moved away.
        MovedOutOfArea = "MOVED_OUT_OF_AREA",
        /// Died: reported, to be confirmed by the payer.
        Deceased = "DECEASED",
        /// Hospice.
        Hospice = "HOSPICE",
        /// Long-term institution.
        LtcAdmission = "LTC_ADMISSION",
        /// Incarcerated.
        Incarcerated = "INCARCERATED",
        /// Safety of staff.
        SafetyConcern = "SAFETY_CONCERN",
        /// Another program already gives the service.
        DuplicateProgram = "DUPLICATE_PROGRAM",
    }
}

/// A report of a vendor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Report {
    /// The message arrived and could be read: the first of the two acknowledgements, no business decision.
    Received,
    /// The vendor takes the member: the second acknowledgement.
    Accepted,
    /// The vendor does not take the member.
    Rejected {
        /// Why.
        reason: RejectReason,
        /// The next vendor with a free place, found by the handler from program data when the reply came in.
        next: Option<VendorId>,
    },
    /// The vendor tried to reach the member (OUTREACH_DELEGATED only).
    OutreachAttempted {
        /// How.
        channel: Channel,
        /// How it ended.
        outcome: Outcome,
        /// The number that was dialled, where the vendor names it or the member has one alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<Phone>,
    },
    /// The vendor spoke with the member (OUTREACH_DELEGATED only).
    Engaged,
    /// The member consented (OUTREACH_DELEGATED only).
    Consented {
        /// Code of the consent form and scope.
        scope: Box<str>,
    },
    /// The member declined.
    Declined {
        /// "Not now", rather than "no".
        not_now: bool,
    },
    /// Every attempt of the vendor failed (OUTREACH_DELEGATED only).
    Unreachable,
    /// The member asked the vendor not to be contacted any more.
    StopRequested,
    /// Service began.
    Enrolled {
        /// First day of service.
        start: Day,
    },
    /// A contact with the member took place.
    ContactCompleted {
        /// Minutes.
        minutes: u16,
        /// How.
        mode: ContactMode,
        /// Whether the member or an authorised caregiver answered.
        two_way: bool,
    },
    /// Service is paused.
    Hold {
        /// Why.
        reason: HoldReason,
    },
    /// Service goes on.
    Resumed,
    /// Goals met.
    Graduated,
    /// Service ended.
    Disenrolled {
        /// Why.
        reason: VendorEnding,
    },
    /// The vendor confirms a cancellation or a recall and has stopped.
    RecallConfirmed,
}

impl Report {
    /// The message type of the contract, without prefix and version (`icm.vendor.accepted.v1` → `accepted`).
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::OutreachAttempted { .. } => "outreach.attempted",
            Self::Engaged => "engaged",
            Self::Consented { .. } => "consented",
            Self::Declined { .. } => "declined",
            Self::Unreachable => "unreachable",
            Self::StopRequested => "stop.requested",
            Self::Enrolled { .. } => "enrolled",
            Self::ContactCompleted { .. } => "contact.completed",
            Self::Hold { .. } => "hold",
            Self::Resumed => "resumed",
            Self::Graduated => "graduated",
            Self::Disenrolled { .. } => "disenrolled",
            Self::RecallConfirmed => "recall.confirmed",
        }
    }
}

/// A reply as it came in. The vendor is known by the queue that the reply came by, never by what it says
/// (issue: a vendor can neither read nor change another vendor's cases).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VendorReply {
    /// The vendor of the queue.
    pub vendor: VendorId,
    /// The vendor's message id (CloudEvents `id`).
    pub message: Box<str>,
    /// The vendor's sequence for this case: 1, 2, 3 … from the first offer on.
    pub sequence: u64,
    /// The offer or message of ours that it answers, where it names one.
    pub answers: Option<EffectId>,
    /// When it happened, by the vendor's clock.
    pub occurred: Moment,
    /// What happened.
    pub report: Report,
}
