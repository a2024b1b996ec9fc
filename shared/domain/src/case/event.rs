//! What can happen to a case. Events are past tense; each carries who, when, and a key that makes a repetition
//! recognisable (FACTS §6.1).

use crate::case::reason::{Ending, HoldReason, PendReason, ReviewReason};
use crate::case::required::RequiredNotice;
use crate::case::state::{CoManager, Lead, Place, ProgramConsent, Terms};
use crate::coded::coded;
use crate::day::Day;
use crate::facts::Channel;
use crate::ids::{ActorId, EffectId, MemberId, VendorId};
use crate::moment::Moment;
use crate::outreach::attempt::Attempt;
use crate::program::care_plan::{CarePlan, LoopStatus};
use crate::vendor::reply::{ContactMode, VendorReply};
use crate::vendor::sla::SlaStep;
use serde::{Deserialize, Serialize};

/// An event of a case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CaseEvent {
    /// Idempotency key: the same happening always has the same key (a command's key, a vendor's message id, a
    /// decision's digest). Never member data.
    pub key: Box<str>,
    /// Who did it.
    pub actor: ActorId,
    /// When it happened.
    pub occurred: Moment,
    /// When it was recorded: the machine's "now".
    pub recorded: Moment,
    /// What happened.
    pub kind: EventKind,
}

coded! {
    /// Why the reason for the case fell away.
    pub enum Invalidation {
        /// The triggering claims were voided or replaced (FACTS V05).
        ClaimReversed = "CLAIM_REVERSED",
        /// A new decision no longer identifies the member for another reason.
        NoLongerMeetsCriteria = "NO_LONGER_MEETS_CRITERIA",
    }
}

coded! {
    /// A hard exclusion found while the case is open (FACTS §2.4). Death and coverage have events of their own.
    pub enum Exclusion {
        /// Hospice.
        Hospice = "HOSPICE",
        /// Long-term resident of an institution.
        LtcResident = "LTC_ADMISSION",
        /// Incarcerated.
        Incarcerated = "INCARCERATED",
        /// Another program gives the service.
        OtherProgram = "DUPLICATE_PROGRAM",
    }
}

coded! {
    /// How far an opt-out reaches (FACTS §5.4: three separate records).
    pub enum OptOutScope {
        /// This program, permanently: a program decision.
        Program = "PROGRAM",
        /// No contact by the plan at all: plan-wide do-not-contact.
        PlanWide = "PLAN_WIDE",
    }
}

coded! {
    /// An acute event of the member, from ADT or claims.
    pub enum AcuteKind {
        /// Admitted, or registered in an ED.
        Admitted = "ADMITTED",
        /// Discharged.
        Discharged = "DISCHARGED",
    }
}

coded! {
    /// Why an outreach task will not be carried out.
    pub enum DropReason {
        /// Its window passed.
        Expired = "EXPIRED",
        /// The rules of contact forbade it when it was about to be sent.
        NotAllowed = "NOT_ALLOWED",
        /// The contact ledger had no touch left.
        LedgerFull = "LEDGER_FULL",
        /// Nobody could do it.
        NoStaff = "NO_STAFF",
        /// It was handed over, or may have been, and no result ever came: it counts as a touch, not as an attempt.
        NoResult = "NO_RESULT",
    }
}

/// What a person decided about open reviews.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Go on as before.
    Continue,
    /// Back to the queue, to be offered to another team or vendor.
    Requeue,
    /// Recall from the present vendor and back to the queue.
    RecallAndRequeue,
    /// What the program proposes for its own service ([`crate::case::remedy`]).
    AsProposed,
    /// End the case.
    Close(Ending),
}

/// What a task of the cadence asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scheduled {
    /// Step of the cadence.
    pub step: u16,
    /// Channel.
    pub channel: Channel,
    /// Code of the letter or text template; none for calls and visits.
    pub template: Option<Box<str>>,
    /// First instant at which it may be done (already within calling hours).
    pub not_before: Moment,
    /// Last instant at which it may be done.
    pub not_after: Moment,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventKind {
    // --- from the decision
    /// The reason for the case fell away.
    TriggerInvalidated(Invalidation),
    /// A newer decision identifies the member again.
    TriggerReconfirmed,
    /// Coverage ended; the last covered day.
    CoverageLost {
        /// Last covered day.
        last_day: Day,
        /// Version of the member's facts.
        facts_version: u64,
    },
    /// Coverage holds (again), on this version of the member's facts.
    CoverageConfirmed {
        /// Version of the member's facts.
        facts_version: u64,
    },
    /// The member died (confirmed).
    MemberDied,
    /// The member is known under another id; the case goes on.
    MemberIdChanged {
        /// The present id.
        to: MemberId,
    },
    /// A hard exclusion was found.
    ExclusionFound(Exclusion),
    /// Admitted or discharged.
    AcuteEvent {
        /// Which.
        kind: AcuteKind,
        /// When.
        on: Day,
        /// First day of the stay; none in events of before the field, and where it is `on`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        admitted: Option<Day>,
        /// No vendor hears of it: told by messages that no claim confirms yet, or by facts that need a consent to leave
        /// (DESIGN D8).
        #[serde(default, rename = "provisional")]
        inside: bool,
        /// What was told of it before was taken back (A11, A13): this is news whatever was heard.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        afresh: bool,
    },
    /// What was told of an admission or discharge was taken back (A11, A13): no such thing happened on that day.
    AcuteTakenBack {
        /// Which.
        kind: AcuteKind,
        /// The day that was told.
        on: Day,
    },
    /// Active, and a trigger is met by events after the ramp (FACTS §3.3).
    TriggeredAfterRamp,
    /// Address, phones, language, consent for channels or the safe contact changed.
    ContactDetailsChanged,
    /// The contact details as facts state them now, by their fingerprint; other than those known before, they changed.
    ContactDetailsKnown(u64),

    // --- the queue
    /// Waits for something named.
    Pended(PendReason),
    /// What it waited for has come; the notice period has its own event.
    PendEnded,
    /// Ready for a place.
    Queued,
    /// The terms of the route by which the case is about to be served: who does the work, and when it is handed over.
    Routed(Terms),
    /// Given a place.
    Admitted {
        /// The place.
        place: Place,
        /// The wave.
        wave: Box<str>,
    },
    /// The waiting limit is reached (FACTS §6.4: never silently drop).
    WaitedTooLong,

    // --- outreach
    /// The next step of the cadence is due.
    OutreachScheduled(Scheduled),
    /// A task will not be carried out.
    TaskDropped {
        /// The task.
        task: EffectId,
        /// Why.
        reason: DropReason,
    },
    /// An attempt was made.
    AttemptRecorded(Attempt),
    /// The cadence is at its end without a conversation.
    OutreachExhausted,
    /// The member refuses channels: a channel preference, no program decision.
    ChannelsRefused(Vec<Channel>),
    /// The member allows channels again.
    ChannelsAllowed(Vec<Channel>),
    /// The member declines the program.
    ProgramDeclined {
        /// "Not now", rather than "no".
        not_now: bool,
    },
    /// The member opts out.
    OptedOut(OptOutScope),

    // --- enrolment and service
    /// The member consents to the program.
    ConsentRecorded(ProgramConsent),
    /// The member takes the consent back.
    ConsentRevoked,
    /// Enrolled: handed to the team, practice or vendor.
    Enrolled {
        /// The team, practice or vendor.
        to: VendorId,
        /// First day of service, planned.
        start: Day,
        /// Version of the member's facts on which coverage was seen.
        facts_version: u64,
    },
    /// A person of the payer's team or of the practice takes the member.
    TeamAccepted {
        /// Who leads.
        by: ActorId,
    },
    /// Service began.
    ServiceStarted {
        /// First day.
        on: Day,
    },
    /// A contact with the enrolled member.
    ContactLogged {
        /// Minutes.
        minutes: u16,
        /// How.
        mode: ContactMode,
        /// Whether the member or an authorised caregiver answered.
        two_way: bool,
    },
    /// The first care plan was made from the program's template.
    CarePlanMade(Box<CarePlan>),
    /// A task or referral of the care plan moved on.
    CareTaskMoved {
        /// Its code.
        code: Box<str>,
        /// Where it stands now.
        to: LoopStatus,
    },
    /// Active without two-way contact for longer than the terms allow (timer).
    DoseLapsed,
    /// The program's remedy for its own service needs no confirmation (timer).
    RemedyDue {
        /// The next team or vendor with a place for the member.
        next: Option<VendorId>,
    },
    /// Put on hold.
    Held(HoldReason),
    /// Taken off hold.
    Resumed,
    /// The hold reached its limit (timer).
    HoldExpired,
    /// Ended by a person or a rule, with a reason.
    Closed(Ending),
    /// A lead was named.
    LeadAssigned(Lead),
    /// The lead gave the case back.
    LeadReleased,
    /// Somebody else manages too and is to be told.
    CoManagerAdded(CoManager),
    /// A person decided about the open reviews.
    Reviewed(Verdict),
    /// A review is raised by a rule or a person.
    ReviewRaised(ReviewReason),

    // --- vendor
    /// A vendor replied.
    VendorReplied(VendorReply),
    /// A clock on the offer ran out (timer).
    OfferClock {
        /// Which.
        step: SlaStep,
        /// For the last step: the next vendor with a free place.
        next: Option<VendorId>,
    },
    /// A missing reply did not come (timer).
    ReplyGapExpired,
    /// A person decided that the missing replies will not come.
    ReplyGapSkipped,
    /// The plan takes the member back from the vendor, to offer it elsewhere.
    Recalled,
    /// A vendor has not let go of a member who was taken back: it did not confirm in time (timer), or its roster still
    /// lists the member (FACTS §8: a recall is a request until it is confirmed).
    NotLetGo {
        /// The former vendor.
        vendor: VendorId,
    },

    // --- required participation
    /// The notice was sent.
    NoticeSent(RequiredNotice),
    /// The notice period is over (timer).
    NoticePeriodEnded,
    /// The member appeals.
    AppealFiled,
    /// The appeal ended.
    AppealEnded {
        /// The requirement stands.
        upheld: bool,
    },
    /// The review date is reached (timer).
    RequiredReviewDue,
}

impl EventKind {
    /// The name of the event in histories and tables.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::TriggerInvalidated(_) => "TRIGGER_INVALIDATED",
            Self::TriggerReconfirmed => "TRIGGER_RECONFIRMED",
            Self::CoverageLost { .. } => "COVERAGE_LOST",
            Self::CoverageConfirmed { .. } => "COVERAGE_CONFIRMED",
            Self::MemberDied => "MEMBER_DIED",
            Self::MemberIdChanged { .. } => "MEMBER_ID_CHANGED",
            Self::ExclusionFound(_) => "EXCLUSION_FOUND",
            Self::AcuteEvent { .. } => "ACUTE_EVENT",
            Self::AcuteTakenBack { .. } => "ACUTE_TAKEN_BACK",
            Self::TriggeredAfterRamp => "TRIGGERED_AFTER_RAMP",
            Self::ContactDetailsChanged => "CONTACT_DETAILS_CHANGED",
            Self::ContactDetailsKnown(_) => "CONTACT_DETAILS_KNOWN",
            Self::Pended(_) => "PENDED",
            Self::PendEnded => "PEND_ENDED",
            Self::Queued => "QUEUED",
            Self::Routed(_) => "ROUTED",
            Self::Admitted { .. } => "ADMITTED",
            Self::WaitedTooLong => "WAITED_TOO_LONG",
            Self::OutreachScheduled(_) => "OUTREACH_SCHEDULED",
            Self::TaskDropped { .. } => "TASK_DROPPED",
            Self::AttemptRecorded(_) => "ATTEMPT_RECORDED",
            Self::OutreachExhausted => "OUTREACH_EXHAUSTED",
            Self::ChannelsRefused(_) => "CHANNELS_REFUSED",
            Self::ChannelsAllowed(_) => "CHANNELS_ALLOWED",
            Self::ProgramDeclined { .. } => "PROGRAM_DECLINED",
            Self::OptedOut(_) => "OPTED_OUT",
            Self::ConsentRecorded(_) => "CONSENT_RECORDED",
            Self::ConsentRevoked => "CONSENT_REVOKED",
            Self::Enrolled { .. } => "ENROLLED",
            Self::TeamAccepted { .. } => "TEAM_ACCEPTED",
            Self::ServiceStarted { .. } => "SERVICE_STARTED",
            Self::ContactLogged { .. } => "CONTACT_LOGGED",
            Self::CarePlanMade(_) => "CARE_PLAN_MADE",
            Self::CareTaskMoved { .. } => "CARE_TASK_MOVED",
            Self::DoseLapsed => "DOSE_LAPSED",
            Self::RemedyDue { .. } => "REMEDY_DUE",
            Self::Held(_) => "HELD",
            Self::Resumed => "RESUMED",
            Self::HoldExpired => "HOLD_EXPIRED",
            Self::Closed(_) => "CLOSED",
            Self::LeadAssigned(_) => "LEAD_ASSIGNED",
            Self::LeadReleased => "LEAD_RELEASED",
            Self::CoManagerAdded(_) => "CO_MANAGER_ADDED",
            Self::Reviewed(_) => "REVIEWED",
            Self::ReviewRaised(_) => "REVIEW_RAISED",
            Self::VendorReplied(_) => "VENDOR_REPLIED",
            Self::OfferClock { .. } => "OFFER_CLOCK",
            Self::ReplyGapExpired => "REPLY_GAP_EXPIRED",
            Self::ReplyGapSkipped => "REPLY_GAP_SKIPPED",
            Self::Recalled => "RECALLED",
            Self::NotLetGo { .. } => "NOT_LET_GO",
            Self::NoticeSent(_) => "NOTICE_SENT",
            Self::NoticePeriodEnded => "NOTICE_PERIOD_ENDED",
            Self::AppealFiled => "APPEAL_FILED",
            Self::AppealEnded { .. } => "APPEAL_ENDED",
            Self::RequiredReviewDue => "REQUIRED_REVIEW_DUE",
        }
    }
}
