//! What a transition causes outside the case, as data. The store commits effects in the transaction of the event;
//! only the relay sends them (DESIGN D4).

use crate::case::event::AcuteKind;
use crate::case::reason::{CloseReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::coded::coded;
use crate::day::Day;
use crate::facts::{Channel, Model};
use crate::ids::{CaseId, EffectId, VendorId};
use crate::moment::Moment;
use serde::{Deserialize, Serialize};

/// An intended effect: an item of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Effect {
    /// The outbox item: case id and number.
    pub id: EffectId,
    /// The deduplication key: a receiver acts once per key. A resent offer has a new id and the old key.
    pub dedup: EffectId,
    /// The number within the case. Receivers drop an effect with a lower number than one that they have acted on
    /// for the same key or target.
    pub sequence: u64,
    /// What is intended.
    pub what: EffectKind,
}

impl Effect {
    /// The id of effect number `sequence` of a case.
    pub fn id_of(case: &CaseId, sequence: u64) -> EffectId {
        EffectId::new(format!("{}#{sequence:06}", case.as_str()))
    }
}

coded! {
    /// What changed, for a vendor that holds the member. Neutral: it discloses no condition (FACTS §7).
    pub enum UpdateKind {
        /// Contact details or permissions; the relay reads the present ones when sending.
        Contact = "CONTACT",
        /// Coverage ended.
        CoverageEnded = "COVERAGE_ENDED",
        /// Coverage holds again.
        CoverageRestored = "COVERAGE_RESTORED",
        /// The member has another id.
        Identity = "IDENTITY",
        /// Admitted.
        Admitted = "ADMITTED",
        /// Discharged.
        Discharged = "DISCHARGED",
        /// Service is paused.
        Hold = "HOLD",
        /// Service goes on.
        Resumed = "RESUMED",
        /// The member refuses channels: stop using them.
        ChannelsRefused = "CHANNELS_REFUSED",
    }
}

coded! {
    /// Who gets a notice.
    pub enum NoticeTo {
        /// The primary-care practice: providers may not know that their patients are enrolled (seed 002).
        Pcp = "PCP",
        /// The program that also manages the member.
        CurrentManager = "CURRENT_MANAGER",
        /// The member, by letter.
        MemberLetter = "MEMBER_LETTER",
    }
}

coded! {
    /// What a notice says, by template. The texts name no condition.
    pub enum NoticeCode {
        /// The member is enrolled.
        Enrolled = "ENROLLED",
        /// The member left.
        Ended = "ENDED",
        /// The care is shared with a new team.
        CoManaged = "CO_MANAGED",
        /// We could not reach you.
        UnableToReach = "UNABLE_TO_REACH",
        /// We have noted that you do not want to be contacted.
        StopConfirmed = "STOP_CONFIRMED",
    }
}

coded! {
    /// A task for a person of the payer or the practice.
    pub enum TaskKind {
        /// Regional worklist of the payer's team: take the member.
        TakeMember = "TAKE_MEMBER",
        /// The practice's care manager: take the member, in person.
        EmbeddedTakeMember = "EMBEDDED_TAKE_MEMBER",
        /// Initial assessment and care plan from the program's template.
        CarePlan = "CARE_PLAN",
        /// Search current contact data.
        FindContact = "FIND_CONTACT",
        /// Arrange an interpreter.
        ArrangeInterpreter = "ARRANGE_INTERPRETER",
        /// The member is in a facility: plan the contact there.
        FacilityContact = "FACILITY_CONTACT",
        /// Somebody said that the member died: confirm.
        ConfirmDeath = "CONFIRM_DEATH",
        /// Follow up an admission or discharge.
        AcuteFollowUp = "ACUTE_FOLLOW_UP",
        /// Decide an open review.
        Review = "REVIEW",
        /// Unreachable by phone: recommend the community model (M6) to the arbiter.
        CommunityReferral = "COMMUNITY_REFERRAL",
        /// The vendor has not acknowledged the offer.
        CallVendor = "CALL_VENDOR",
        /// Our own service does not work: recommend a heavier model to the arbiter.
        HandUp = "HAND_UP",
    }
}

/// When a task for a person is due. Business days are resolved with the calendar of the member's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Due {
    /// At the end of this business day, counted from the event.
    BusinessDays(u8),
    /// On this day.
    On(Day),
}

/// The answer to a vendor's reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AnswerVerdict {
    /// Applied.
    Accepted,
    /// Kept: it came before its turn. A second answer follows when it is applied.
    Kept,
    /// Seen before, or superseded: dropped, nothing to do.
    AlreadySeen,
    /// Refused, with the numbered code of the refusal.
    Rejected(Refusal),
    /// Could not be read; the path of the field at fault, never its value (DESIGN D11).
    Unreadable {
        /// Number of the contract: 5001 unreadable, 5002 unknown type, 5003 field.
        code: u16,
        /// JSON path.
        path: Box<str>,
    },
}

/// What is intended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EffectKind {
    /// Offer the member to a vendor or practice.
    OfferVendor {
        /// To whom.
        vendor: VendorId,
    },
    /// Cancel an offer that was not accepted.
    CancelOffer {
        /// To whom.
        vendor: VendorId,
        /// The offer.
        offer: EffectId,
        /// Why, neutrally.
        reason: CloseReason,
    },
    /// Take the member back after acceptance: a request that the vendor confirms (FACTS §8).
    RecallVendor {
        /// To whom.
        vendor: VendorId,
        /// Why, neutrally.
        reason: CloseReason,
    },
    /// Something changed.
    UpdateVendor {
        /// To whom.
        vendor: VendorId,
        /// What.
        change: UpdateKind,
        /// An admission or discharge that the vendor was told and that was none; the change is `CONTACT` then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken_back: Option<AcuteKind>,
    },
    /// Answer to a reply.
    AnswerReply {
        /// To whom.
        vendor: VendorId,
        /// The vendor's message.
        message: Box<str>,
        /// The answer.
        verdict: AnswerVerdict,
    },
    /// A call, text, letter or visit.
    OutreachTask {
        /// Step of the cadence.
        step: u16,
        /// How.
        channel: Channel,
        /// Template of the letter or text.
        template: Option<Box<str>>,
        /// First instant.
        not_before: Moment,
        /// Last instant.
        not_after: Moment,
    },
    /// Cancel an outreach task.
    CancelTask {
        /// The task.
        task: EffectId,
    },
    /// A notice.
    Notice {
        /// To whom.
        to: NoticeTo,
        /// For `CURRENT_MANAGER`: the program, by the id of its roster feed.
        program: Option<Box<str>>,
        /// What.
        code: NoticeCode,
    },
    /// Ask an exclusive manager for a case conference; answer within 14 days, then a person decides (FACTS §3.3).
    CaseConferenceRequest {
        /// The program that manages.
        program: Box<str>,
        /// Its model.
        model: Model,
        /// Last day for the answer.
        answer_by: Day,
    },
    /// A task for a person.
    InternalTask {
        /// What.
        task: TaskKind,
        /// The question, for reviews.
        review: Option<ReviewReason>,
        /// The model that is recommended, for referrals.
        model: Option<Model>,
        /// When.
        due: Due,
    },
}

impl EffectKind {
    /// Whether carrying it out touches the member: forbidden after an opt-out, inside a cool-down, outside hours.
    pub const fn contacts_member(&self) -> bool {
        match self {
            Self::OutreachTask { .. } => true,
            Self::Notice { to, .. } => matches!(to, NoticeTo::MemberLetter),
            Self::OfferVendor { .. }
            | Self::CancelOffer { .. }
            | Self::RecallVendor { .. }
            | Self::UpdateVendor { .. }
            | Self::AnswerReply { .. }
            | Self::CancelTask { .. }
            | Self::CaseConferenceRequest { .. }
            | Self::InternalTask { .. } => false,
        }
    }

    /// Whether it tells somebody outside the payer something about the member (DESIGN D8): decided on the shareable
    /// view alone. Cancels and recalls only end a disclosure and are always released.
    pub const fn discloses(&self) -> bool {
        match self {
            Self::OfferVendor { .. } | Self::UpdateVendor { .. } | Self::CaseConferenceRequest { .. } => true,
            Self::Notice { to, .. } => matches!(to, NoticeTo::Pcp | NoticeTo::CurrentManager),
            Self::CancelOffer { .. }
            | Self::RecallVendor { .. }
            | Self::AnswerReply { .. }
            | Self::OutreachTask { .. }
            | Self::CancelTask { .. }
            | Self::InternalTask { .. } => false,
        }
    }

    /// Whether it stops something: released even while a program is paused or its daily cap is used up.
    pub const fn stops_something(&self) -> bool {
        match self {
            Self::CancelOffer { .. } | Self::RecallVendor { .. } | Self::CancelTask { .. } => true,
            Self::OfferVendor { .. }
            | Self::UpdateVendor { .. }
            | Self::AnswerReply { .. }
            | Self::OutreachTask { .. }
            | Self::Notice { .. }
            | Self::CaseConferenceRequest { .. }
            | Self::InternalTask { .. } => false,
        }
    }

    /// Whether it tells a vendor to stop doing something: said whatever is paused (FACTS §5.3: at once, the plan and its
    /// vendors).
    pub const fn says_stop(&self) -> bool {
        use UpdateKind::{ChannelsRefused, CoverageEnded, Hold};
        matches!(self, Self::UpdateVendor { change: ChannelsRefused | CoverageEnded | Hold, .. })
    }

    /// Whether it begins or carries on reaching somebody because of what our sources say: held while a source is stale
    /// or identification has jumped (DESIGN D12). Updates about a member in service, tasks of our own people and
    /// answers go on.
    pub const fn rests_on_sources(&self) -> bool {
        match self {
            Self::OfferVendor { .. }
            | Self::OutreachTask { .. }
            | Self::Notice { .. }
            | Self::CaseConferenceRequest { .. } => true,
            Self::CancelOffer { .. }
            | Self::RecallVendor { .. }
            | Self::UpdateVendor { .. }
            | Self::AnswerReply { .. }
            | Self::CancelTask { .. }
            | Self::InternalTask { .. } => false,
        }
    }

    /// The vendor whose queue it goes to.
    pub const fn vendor(&self) -> Option<&VendorId> {
        match self {
            Self::OfferVendor { vendor }
            | Self::CancelOffer { vendor, .. }
            | Self::RecallVendor { vendor, .. }
            | Self::UpdateVendor { vendor, .. }
            | Self::AnswerReply { vendor, .. } => Some(vendor),
            Self::OutreachTask { .. }
            | Self::CancelTask { .. }
            | Self::Notice { .. }
            | Self::CaseConferenceRequest { .. }
            | Self::InternalTask { .. } => None,
        }
    }

    /// The name in tables and histories.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::OfferVendor { .. } => "OFFER_VENDOR",
            Self::CancelOffer { .. } => "CANCEL_OFFER",
            Self::RecallVendor { .. } => "RECALL_VENDOR",
            Self::UpdateVendor { .. } => "UPDATE_VENDOR",
            Self::AnswerReply { .. } => "ANSWER_REPLY",
            Self::OutreachTask { .. } => "OUTREACH_TASK",
            Self::CancelTask { .. } => "CANCEL_TASK",
            Self::Notice { .. } => "NOTICE",
            Self::CaseConferenceRequest { .. } => "CASE_CONFERENCE_REQUEST",
            Self::InternalTask { .. } => "INTERNAL_TASK",
        }
    }
}
