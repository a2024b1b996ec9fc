//! The state of a case: everything that [`crate::case::apply`] needs to know, and nothing else.

use crate::case::contact::ContactState;
use crate::case::reason::{Ending, HoldReason, ReviewReason};
use crate::case::remedy::{Proposal, Remedies};
use crate::case::required::Participation;
use crate::case::status::{Phase, Status};
use crate::coded::coded;
use crate::day::Day;
use crate::decision::priority::Priority;
use crate::facts::{Channel, Closure, ClosureKind, LineOfBusiness, Model};
use crate::ids::{ActorId, CaseId, EffectId, MemberId, ProgramId, VendorId};
use crate::moment::Moment;
use crate::program::care_plan::CarePlan;
use crate::vendor::sequence::Inbox;
use serde::{Deserialize, Serialize};

coded! {
    /// Who does the work: the four placements of the seed study (FACTS §4).
    pub enum Delivery {
        /// A team of the payer, by region: worklist, no provider approval, PCP notice.
        PayerTeam = "PAYER_TEAM",
        /// A care manager embedded in the attributed practice: in-person task there.
        Embedded = "EMBEDDED",
        /// The practice itself: offered to the practice, dose by its roster.
        Practice = "PRACTICE",
        /// An external vendor: offered on its queue.
        External = "EXTERNAL",
    }
}

coded! {
    /// When the case is handed over.
    pub enum HandOver {
        /// The plan reaches and consents, then offers.
        Enrolment = "ENROLMENT",
        /// Offered from the queue: the vendor reaches, consents and reports. Contact rules and ledger bind it.
        OutreachDelegated = "OUTREACH_DELEGATED",
    }
}

/// What the program's definition says for this case, as of the version under which it was opened or last re-based:
/// a case is explained by the terms that it ran under (DESIGN D6).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Terms {
    /// Version of the program definition.
    pub program_version: u32,
    /// Who does the work.
    pub delivery: Delivery,
    /// When it is handed over.
    pub hand_over: HandOver,
    /// The outreach cadence, by id.
    pub cadence: Box<str>,
    /// Longest hold, in days (FACTS §6.1: 60).
    pub hold_days_max: u16,
    /// Days that a gap in coverage may last before the case ends with `ELIG_LOST` (60).
    pub elig_gap_days: u16,
    /// Days after which a waiting case is admitted, decided again or passed on (60).
    pub waiting_days_max: u16,
    /// Days without two-way contact after which an active case is reviewed (30).
    pub dose_gap_days: u16,
    /// Hours that an early vendor reply waits for the missing one before a person looks.
    pub gap_hours_max: u16,
    /// Business days from the place to the first attempt (FACTS §6.1: 3).
    #[serde(default = "first_attempt_days")]
    pub first_attempt_days: u16,
    /// What is done when the service itself does not work.
    #[serde(default)]
    pub remedies: Remedies,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            program_version: 1,
            delivery: Delivery::PayerTeam,
            hand_over: HandOver::Enrolment,
            cadence: "STANDARD".into(),
            hold_days_max: 60,
            elig_gap_days: 60,
            waiting_days_max: 60,
            dose_gap_days: 30,
            gap_hours_max: 4,
            first_attempt_days: first_attempt_days(),
            remedies: Remedies::default(),
        }
    }
}

/// FACTS §6.1, for cases that were opened before the program's own number was among their terms.
const fn first_attempt_days() -> u16 {
    3
}

/// A place in a caseload (FACTS §6.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The team or vendor.
    pub team: VendorId,
    /// County as the plan writes it; none: anywhere.
    pub county: Option<Box<str>>,
    /// Language; none: any.
    pub language: Option<Box<str>>,
    /// Line of business; none: any.
    pub lob: Option<LineOfBusiness>,
}

impl Place {
    /// The key under which the points taken of this cell are counted: one count over all programs.
    pub fn key(&self) -> Box<str> {
        let lob = self.lob.map_or("*", LineOfBusiness::id);
        let any = |part: &Option<Box<str>>| part.as_deref().unwrap_or("*").to_owned();
        format!("{}#{}#{}#{lob}", self.team.as_str(), any(&self.county), any(&self.language)).into()
    }
}

/// The one who leads. There is never more than one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Lead {
    /// A person of the payer or the practice.
    Person(ActorId),
    /// A vendor.
    Vendor(VendorId),
}

/// Somebody else who also manages the member (FACTS §3.3, COMANAGE): told, never a lead.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CoManager {
    /// The model of the continuum.
    pub model: Model,
    /// The program that manages, by the id of its roster feed.
    pub program: Box<str>,
}

coded! {
    /// How far an offer has come.
    pub enum Stage {
        /// Sent, no answer.
        Offered = "OFFERED",
        /// First acknowledgement: it arrived.
        Received = "RECEIVED",
        /// Second acknowledgement: the vendor takes the member.
        Accepted = "ACCEPTED",
        /// Service runs.
        Serving = "SERVING",
    }
}

/// The offer to the present vendor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Assignment {
    /// The vendor.
    pub vendor: VendorId,
    /// The offer's effect: id that the vendor answers to.
    pub offer: EffectId,
    /// When the offer was committed.
    pub offered: Moment,
    /// How far it has come.
    pub stage: Stage,
    /// A warning about the missing acknowledgement was raised.
    pub warned: bool,
    /// The offer was sent a second time.
    pub resent: bool,
    /// The missing answer was escalated.
    pub escalated: bool,
    /// The vendor's replies.
    pub inbox: Inbox,
}

coded! {
    /// How an earlier assignment ended.
    pub enum FormerEnd {
        /// The vendor rejected or ended it.
        ByVendor = "BY_VENDOR",
        /// Cancelled before acceptance; the vendor has not confirmed.
        Cancelled = "CANCELLED",
        /// Recalled after acceptance: a request until the vendor confirms (FACTS §8).
        Recalled = "RECALLED",
        /// Cancelled or recalled, and confirmed.
        Confirmed = "CONFIRMED",
    }
}

/// An assignment that has ended. Its replies still come in and are answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FormerAssignment {
    /// The vendor.
    pub vendor: VendorId,
    /// When it ended.
    pub ended: Moment,
    /// How it ended.
    pub end: FormerEnd,
    /// The vendor's replies.
    pub inbox: Inbox,
    /// A person was asked why the vendor has not let go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
}

impl FormerAssignment {
    /// Whether the vendor was asked to let go of a member whom it served, has not said that it did, and nobody has been
    /// asked why.
    pub const fn awaits_confirmation(&self) -> bool {
        matches!(self.end, FormerEnd::Recalled) && !self.asked
    }
}

/// The member's consent to the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProgramConsent {
    /// Scope, as the code of the consent form.
    pub scope: Box<str>,
    /// When it was given.
    pub given: Moment,
    /// Who recorded it.
    pub recorded_by: ActorId,
}

/// What is known about coverage, and on which version of the member's facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CoverageState {
    /// Covered now.
    pub covered: bool,
    /// The version of the member's facts that says so (DESIGN §7: no enrolment without coverage at its version).
    pub facts_version: u64,
}

/// A pause.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub reason: HoldReason,
    /// First day.
    pub since: Day,
    /// Last day: after it a person decides, or coverage is lost for good.
    pub until: Day,
    /// The pause that a weightier one stands before; it goes on when that one ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Box<Self>>,
}

/// An outreach task that was committed and has no result yet; an opt-out cancels these.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OpenTask {
    /// The effect.
    pub effect: EffectId,
    /// How.
    pub channel: Channel,
    /// The step of the cadence.
    pub step: u16,
    /// First instant at which it may be done; none in cases of before the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Moment>,
    /// Last instant at which it may be done; later it is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Moment>,
    /// The time that the member named, if this is the call-back: caps give way to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Moment>,
}

/// How the case ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Closed {
    /// When.
    pub at: Moment,
    /// Why.
    pub ending: Ending,
    /// The closure fact that the decision's cool-down reads (FACTS §5.4, ruling 15); none: no cool-down.
    pub closure: Option<ClosureKind>,
    /// When a person decided that service begins anew: the next decision that identifies the member opens another case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anew: Option<Moment>,
}

/// A case of one member in one program. At most one is open per member and program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Case {
    /// Opaque id; appears in vendor messages.
    pub id: CaseId,
    /// The member, by the present id.
    pub member: MemberId,
    /// Earlier ids of the member during the life of this case (Medicaid ids change).
    pub member_before: Vec<MemberId>,
    /// The program, by its neutral code.
    pub program: ProgramId,
    /// The earlier case of this member and program, when this is a later try.
    pub previous: Option<CaseId>,
    /// The terms of the program for this case.
    pub terms: Terms,
    /// Where it stands.
    pub status: Status,
    /// Since when.
    pub since: Moment,
    /// The status to return to from a hold or a review.
    pub resume: Option<Status>,
    /// When it was opened.
    pub opened: Moment,
    /// When it began to wait for a place; kept while it waits, cleared on admission.
    pub waiting_since: Option<Moment>,
    /// Place in the queue, as decided at identification (FACTS §2.3).
    pub priority: Priority,
    /// Voluntary, or required by a named legal basis.
    pub participation: Participation,
    /// What is known about coverage.
    pub coverage: CoverageState,
    /// The lead.
    pub lead: Option<Lead>,
    /// Others who manage the member.
    pub co_managers: Vec<CoManager>,
    /// The place that the case takes.
    pub place: Option<Place>,
    /// The wave in which it was admitted.
    pub wave: Option<Box<str>>,
    /// The present offer.
    pub assignment: Option<Assignment>,
    /// Earlier offers.
    pub former: Vec<FormerAssignment>,
    /// Vendors that have been asked; not asked twice in one case, unless they had no place and a person says so.
    pub vendors_tried: Vec<VendorId>,
    /// Of these, who had no place when asked: a person may have them asked again, because places become free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub had_no_place: Vec<VendorId>,
    /// The vendor to ask next, where a rejection or a silent vendor named one; a free place is still needed.
    pub next_vendor: Option<VendorId>,
    /// The member's consent to the program.
    pub consent: Option<ProgramConsent>,
    /// First day of service.
    pub start: Option<Day>,
    /// Outreach so far, and what the member has asked for about contact.
    pub contact: ContactState,
    /// Outreach tasks without a result.
    pub open_tasks: Vec<OpenTask>,
    /// Number of the last effect: effects of a case are numbered 1, 2, 3 … and receivers drop lower numbers.
    pub sequence: u64,
    /// The pause, when on hold.
    pub hold: Option<Hold>,
    /// Set when the triggering claims were voided after enrolment: for reports only, never a reason to disenrol.
    pub trigger_invalidated: Option<Day>,
    /// Open questions for a person.
    pub reviews: Vec<ReviewReason>,
    /// What the program proposes for its own service, until a person or its rule carries it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
    /// The day on which a person last decided that the service goes on: it is judged from then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upheld: Option<Day>,
    /// When a person last said that the case goes on as it is, or stays ended: its clocks count from then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<Moment>,
    /// The care plan, once the member is enrolled.
    #[serde(default)]
    pub plan: Option<Box<CarePlan>>,
    /// How it ended.
    pub closed: Option<Closed>,
    /// Keys of the latest events, to recognise a repeated command (bounded).
    pub recent_keys: Vec<u64>,
}

impl Case {
    /// The vendor's latest assignment that has ended.
    pub fn former_of(&self, vendor: &VendorId) -> Option<&FormerAssignment> {
        self.former.iter().rev().find(|former| former.vendor == *vendor)
    }

    /// The same, to be changed.
    pub(super) fn former_of_mut(&mut self, vendor: &VendorId) -> Option<&mut FormerAssignment> {
        self.former.iter_mut().rev().find(|former| former.vendor == *vendor)
    }

    /// Whether the effect is one of this case's own.
    pub(super) fn has_made(&self, effect: &EffectId) -> bool {
        let number = effect.as_str().strip_prefix(self.id.as_str()).and_then(|rest| rest.strip_prefix('#'));
        let number: Option<u64> = number.and_then(|digits| digits.parse().ok());
        number.is_some_and(|number| (1..=self.sequence).contains(&number))
    }

    /// Since when a kept reply has been waiting for one that is missing, whichever vendor sent it: also from one whose offer
    /// has ended the member's word may be among them.
    pub fn reply_gap_since(&self) -> Option<Moment> {
        let present = self.assignment.iter().map(|assignment| &assignment.inbox);
        let former = self.former.iter().map(|former| &former.inbox);
        present.chain(former).filter_map(Inbox::waiting_since).min()
    }

    /// The part of its life. A case on hold or in review counts by whether it has been enrolled.
    pub fn phase(&self) -> Phase {
        match self.status {
            Status::Identified
            | Status::Pended(_)
            | Status::Queued
            | Status::Outreach
            | Status::Engaged
            | Status::Consented
            | Status::RequiredNonparticipating => Phase::BeforeEnrolment,
            Status::Enrolled | Status::VendorAccepted | Status::Active => Phase::Enrolled,
            Status::OnHold | Status::Review => {
                if self.start.is_some() {
                    Phase::Enrolled
                } else {
                    Phase::BeforeEnrolment
                }
            }
            Status::Graduated
            | Status::Transferred
            | Status::Disenrolled
            | Status::Withdrawn
            | Status::Declined
            | Status::UnableToContact
            | Status::ReferredOther => Phase::Closed,
        }
    }

    /// Whether the case is open.
    pub fn is_open(&self) -> bool {
        !self.status.is_terminal()
    }

    /// Whether there may be something to do: it is open, or a person is asked about it after its end.
    pub fn wants_work(&self) -> bool {
        self.is_open() || !self.reviews.is_empty()
    }

    /// The intensity points that the case takes of its place: new 3, active 2, maintenance 1 (FACTS §6.4).
    /// Maintenance: active for more than 90 days, or on hold.
    pub fn intensity(&self, today: Day) -> u32 {
        match self.status {
            Status::Outreach
            | Status::Engaged
            | Status::Consented
            | Status::Enrolled
            | Status::VendorAccepted => 3,
            Status::Active => {
                let settled = self.start.is_some_and(|start| today.since(start) > 90);
                if settled { 1 } else { 2 }
            }
            Status::OnHold => 1,
            Status::Identified
            | Status::Pended(_)
            | Status::Queued
            | Status::Review
            | Status::RequiredNonparticipating
            | Status::Graduated
            | Status::Transferred
            | Status::Disenrolled
            | Status::Withdrawn
            | Status::Declined
            | Status::UnableToContact
            | Status::ReferredOther => 0,
        }
    }

    /// The points that the case takes of its place, as counted by the store: 3 from admission on, 2 once service runs.
    /// They never rise while the place is kept, so that resuming after a hold can never exceed a capacity
    /// (DESIGN §7); [`Self::intensity`] is what a caseload report shows.
    pub fn points_kept(&self) -> u32 {
        let paused = matches!(self.status, Status::OnHold | Status::Review);
        let standing = if paused { self.resume.unwrap_or(self.status) } else { self.status };
        match (&self.place, standing == Status::Active) {
            (None, _) => 0,
            (Some(_), true) => 2,
            (Some(_), false) => 3,
        }
    }

    /// The day from which two-way contact is awaited: the last one, the start of service, or the day on which a person
    /// decided that the service goes on.
    pub fn dose_since(&self) -> Option<Day> {
        self.contact.last_two_way.map(Moment::day).max(self.start).max(self.upheld)
    }

    /// The closure fact of an ended case, for the cool-downs of the decision (FACTS §5.4).
    pub fn closure_fact(&self) -> Option<Closure> {
        let closed = self.closed.as_ref()?;
        let date = closed.at.day();
        closed.closure.map(|kind| Closure { kind, date, received: date })
    }
}
