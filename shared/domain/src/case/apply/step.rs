//! The work of one transition: a copy of the case and what it causes, with the moves that several events share.

use crate::case::contact::add_review;
use crate::case::effect::{Due, Effect, EffectKind, NoticeCode, NoticeTo, TaskKind, UpdateKind};
use crate::case::event::{AcuteKind, CaseEvent};
use crate::case::reason::{CloseReason, Ending, HoldReason, PendReason, ReviewReason};
use crate::case::required::Participation;
use crate::case::state::{Case, Closed, FormerAssignment, FormerEnd, Hold, Stage};
use crate::case::status::{Phase, Status};
use crate::case::transition::{Cancellation, HistoryEntry, LedgerNote, ReplyNote, Transition};
use crate::day::Day;
use crate::facts::{Channel, ClosureKind, Fact, Model};
use crate::ids::{EffectId, VendorId};
use crate::moment::Moment;

/// A transition in the making.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) case: Case,
    pub(super) now: Moment,
    entry: HistoryEntry,
    effects: Vec<Effect>,
    cancellations: Vec<Cancellation>,
    pub(super) facts: Vec<Fact>,
    pub(super) ledger: Vec<LedgerNote>,
    pub(super) replies: Vec<ReplyNote>,
}

impl Step {
    pub(super) fn new(case: &Case, event: &CaseEvent) -> Self {
        Self {
            case: case.clone(),
            now: event.recorded,
            entry: HistoryEntry::begin(event, case.status),
            effects: Vec::new(),
            cancellations: Vec::new(),
            facts: Vec::new(),
            ledger: Vec::new(),
            replies: Vec::new(),
        }
    }

    pub(super) fn done(mut self) -> Transition {
        self.entry.to = self.case.status;
        Transition {
            case: self.case,
            entry: self.entry,
            effects: self.effects,
            cancellations: self.cancellations,
            facts: self.facts,
            ledger: self.ledger,
            replies: self.replies,
        }
    }

    /// The day of the transition, in UTC.
    pub(super) fn today(&self) -> Day {
        self.now.day()
    }

    pub(super) fn reason(&mut self, code: &str) {
        self.entry.reason = Some(code.into());
    }

    /// Whether a person, not a machine, acts. Machines are `system:…` and `vendor:…`.
    pub(super) fn by_person(&self) -> bool {
        let actor = &self.entry.actor;
        !(actor.is_function() || actor.as_str().starts_with("vendor:"))
    }

    /// Goes to a status at once.
    pub(super) fn go(&mut self, status: Status) {
        if self.case.status != status {
            self.case.status = status;
            self.case.since = self.now;
            self.case.reviews.retain(|review| *review != ReviewReason::Stalled);
        }
    }

    /// The status that counts for progress: the one behind a hold or a review.
    pub(super) fn standing(&self) -> Status {
        if matches!(self.case.status, Status::OnHold | Status::Review) {
            return self.case.resume.unwrap_or(self.case.status);
        }
        self.case.status
    }

    /// Goes on to a status; a case on hold or in review stays there and will return to the new status.
    pub(super) fn advance(&mut self, status: Status) {
        if matches!(self.case.status, Status::OnHold | Status::Review) {
            self.case.resume = Some(status);
        } else {
            self.go(status);
        }
    }

    fn number(&mut self, what: EffectKind, dedup: Option<EffectId>) -> Effect {
        self.case.sequence += 1;
        let id = Effect::id_of(&self.case.id, self.case.sequence);
        Effect { dedup: dedup.unwrap_or_else(|| id.clone()), id, sequence: self.case.sequence, what }
    }

    /// Adds an effect.
    pub(super) fn emit(&mut self, what: EffectKind) -> EffectId {
        let effect = self.number(what, None);
        let id = effect.id.clone();
        self.effects.push(effect);
        id
    }

    /// Sends an earlier effect once more: new outbox item, old deduplication key.
    pub(super) fn emit_again(&mut self, what: EffectKind, first: EffectId) {
        let effect = self.number(what, Some(first));
        self.effects.push(effect);
    }

    /// Cancels an effect that may be pending, leased or sent.
    pub(super) fn cancel(&mut self, target: EffectId, with: EffectKind) {
        let with = self.number(with, None);
        self.cancellations.push(Cancellation { target, with });
    }

    /// Asks a person for something.
    pub(super) fn task(&mut self, task: TaskKind, business_days: u8) {
        let due = Due::BusinessDays(business_days);
        self.emit(EffectKind::InternalTask { task, review: None, model: None, due });
    }

    /// Raises a review once, and asks a person.
    pub(super) fn raise(&mut self, reason: ReviewReason) {
        self.raise_with(reason, None);
    }

    /// The same, with the model that is proposed.
    pub(super) fn raise_with(&mut self, reason: ReviewReason, model: Option<Model>) {
        if add_review(&mut self.case.reviews, reason) {
            let (task, review, due) = (TaskKind::Review, Some(reason), Due::BusinessDays(2));
            self.emit(EffectKind::InternalTask { task, review, model, due });
        }
    }

    /// Tells the vendor that holds or is offered the member.
    pub(super) fn update_vendor(&mut self, change: UpdateKind) {
        self.tell_vendor(change, None);
    }

    /// Tells it that an admission or discharge that it heard of was none.
    pub(super) fn correct_vendor(&mut self, taken_back: AcuteKind) {
        self.tell_vendor(UpdateKind::Contact, Some(taken_back));
    }

    fn tell_vendor(&mut self, change: UpdateKind, taken_back: Option<AcuteKind>) {
        if let Some(vendor) = self.case.assignment.as_ref().map(|assignment| assignment.vendor.clone()) {
            self.emit(EffectKind::UpdateVendor { vendor, change, taken_back });
        }
    }

    /// Cancels the open outreach tasks on these channels. A touch that is reserved for one stays reserved: it was handed over,
    /// and whether the member was called before the task was called back is not known.
    pub(super) fn cancel_tasks(&mut self, stopped: impl Fn(Channel) -> bool) {
        let (gone, kept) =
            std::mem::take(&mut self.case.open_tasks).into_iter().partition(|task| stopped(task.channel));
        self.case.open_tasks = kept;
        let gone: Vec<crate::case::state::OpenTask> = gone;
        for task in gone {
            self.cancel(task.effect.clone(), EffectKind::CancelTask { task: task.effect });
        }
    }

    /// Cancels all open outreach tasks for a time: what was planned, and what was agreed, is planned again after it.
    pub(super) fn shelve_tasks(&mut self) {
        for task in &self.case.open_tasks {
            self.case.contact.step = self.case.contact.step.min(task.step);
            self.case.contact.call_back = self.case.contact.call_back.or(task.asked);
        }
        self.cancel_tasks(|_| true);
    }

    /// Offers the case to a vendor or practice.
    pub(super) fn offer(&mut self, vendor: &VendorId) {
        let offer = self.emit(EffectKind::OfferVendor { vendor: vendor.clone() });
        // A vendor that is asked once more goes on counting its replies of the case where it stood.
        let inbox = self.case.former_of_mut(vendor).map(|former| std::mem::take(&mut former.inbox));
        self.case.vendors_tried.push(vendor.clone());
        self.case.next_vendor = None;
        self.case.assignment = Some(crate::case::state::Assignment {
            vendor: vendor.clone(),
            offer,
            offered: self.now,
            stage: Stage::Offered,
            warned: false,
            resent: false,
            escalated: false,
            inbox: inbox.unwrap_or_default(),
        });
    }

    /// Ends the present assignment: cancel before acceptance, recall (a request) after it.
    pub(super) fn take_back(&mut self, reason: CloseReason) {
        let Some(assignment) = self.case.assignment.as_ref() else { return };
        let vendor = assignment.vendor.clone();
        let end = match assignment.stage {
            Stage::Offered | Stage::Received => {
                let offer = assignment.offer.clone();
                self.cancel(offer.clone(), EffectKind::CancelOffer { vendor, offer, reason });
                FormerEnd::Cancelled
            }
            Stage::Accepted | Stage::Serving => {
                self.emit(EffectKind::RecallVendor { vendor, reason });
                FormerEnd::Recalled
            }
        };
        self.file_assignment(end);
    }

    /// Moves the present assignment to the former ones; whoever led for the vendor leads no more.
    pub(super) fn file_assignment(&mut self, end: FormerEnd) {
        if let Some(assignment) = self.case.assignment.take() {
            let (vendor, inbox) = (assignment.vendor, assignment.inbox);
            self.case.former.push(FormerAssignment { vendor, ended: self.now, end, inbox, asked: false });
        }
        self.case.lead = None;
    }

    /// Back to waiting for a place; consent stays, everything else of the placement goes.
    pub(super) fn requeue(&mut self, status: Status) {
        self.cancel_tasks(|_| true);
        self.case.proposal = None;
        self.case.place = None;
        self.case.wave = None;
        self.case.start = None;
        self.case.lead = None;
        self.case.waiting_since = self.case.waiting_since.or(Some(self.now));
        self.advance(status);
    }

    /// Pauses the case. A case that is paused already keeps the status to return to, and the weightier reason; one in
    /// review stays there, for nothing happens there either.
    pub(super) fn hold(&mut self, reason: HoldReason, days: u16) {
        self.shelve_tasks();
        self.reason(reason.id());
        let present = self.case.hold.as_ref().map(|hold| hold.reason);
        let outweighed = present.is_some_and(|present| weight(present) > weight(reason));
        if outweighed || self.case.status == Status::Review {
            return;
        }
        if self.case.status != Status::OnHold {
            self.case.resume = Some(self.case.status);
        }
        let today = self.today();
        let before = self.case.hold.take();
        let since = before.as_ref().map_or(today, |hold| hold.since);
        let behind = before.and_then(|hold| set_aside(hold, reason));
        self.case.hold = Some(Hold { reason, since, until: today.plus(i32::from(days)), behind });
        self.go(Status::OnHold);
    }

    /// Ends the pause or the review. What else stands against going on becomes the next pause.
    pub(super) fn resume(&mut self) {
        let ended = self.case.hold.take();
        let paused = ended.as_ref().map_or(0, |hold| self.today().since(hold.since).max(0));
        let behind = ended.and_then(|hold| hold.behind);
        let back = self.case.resume.take().unwrap_or(Status::Queued);
        self.go(back);
        if back == Status::Outreach {
            // The days in which nobody might be contacted are none of the cadence's.
            let since = self.case.contact.outreach_since;
            self.case.contact.outreach_since = since.map(|day| day.plus(paused));
        }
        if back.is_waiting() {
            self.requeue(back);
        }
        let appeal = match &self.case.participation {
            Participation::Required(required) => required.appeal_pending,
            Participation::Voluntary => false,
        };
        if appeal && back != Status::Pended(PendReason::Notice) {
            self.hold(HoldReason::Appeal, self.case.terms.hold_days_max);
        } else if !self.case.coverage.covered {
            self.hold(HoldReason::EligGap, self.case.terms.elig_gap_days);
        }
        if let Some(behind) = behind {
            self.go_on_holding(*behind);
        }
        // What a person was asked during the pause is answered before anybody else is asked to take the member.
        let asked = self.case.reviews.iter().any(|review| review.stops());
        if asked && self.case.status.is_waiting() {
            self.case.resume = Some(self.case.status);
            self.go(Status::Review);
        }
    }

    /// The pause that a weightier one stood before goes on to its own end: a member who asked for a month is not called
    /// because coverage came back (FACTS §6.1). One whose end has passed is a person's at once (timer).
    fn go_on_holding(&mut self, earlier: Hold) {
        let today = self.today();
        if let Some(present) = self.case.hold.as_mut() {
            present.behind = set_aside(earlier, present.reason);
            return;
        }
        self.shelve_tasks();
        self.case.resume = Some(self.case.status);
        self.case.hold = Some(Hold { since: today, behind: None, ..earlier });
        self.go(Status::OnHold);
    }

    /// Stops the case until a person has decided. A pause goes on meanwhile, and the question waits behind it: a member
    /// who asked for a month of quiet, or was said to have died, is not called because a vendor answered.
    pub(super) fn stop_for_review(&mut self, reason: ReviewReason, resume: Status) {
        self.cancel_tasks(|_| true);
        if self.case.hold.is_some() {
            self.case.resume = Some(resume);
            self.raise(reason);
            return;
        }
        self.case.resume = Some(resume);
        self.go(Status::Review);
        self.raise(reason);
    }

    /// Ends the case. Everything that is open is cancelled or recalled, the place is free again, and the closure fact
    /// for the cool-down is added.
    pub(super) fn close(&mut self, status: Status, ending: Ending, closure: Option<ClosureKind>) {
        let was_enrolled = self.case.phase() == Phase::Enrolled;
        self.cancel_tasks(|_| true);
        self.take_back(ending.reason);
        self.case.hold = None;
        self.case.resume = None;
        self.case.place = None;
        self.case.lead = None;
        self.case.next_vendor = None;
        self.case.waiting_since = None;
        self.case.reviews.clear();
        self.case.proposal = None;
        self.reason(ending.reason.id());
        self.go(status);
        self.case.closed = Some(Closed { at: self.now, ending, closure, anew: None });
        self.facts.extend(self.case.closure_fact().map(Fact::Closure));
        if was_enrolled && ending.reason != CloseReason::Deceased {
            self.tell_providers(NoticeCode::Ended);
        }
    }

    /// Tells the primary-care practice and everybody who manages the member (seed 002: providers may not know).
    pub(super) fn tell_providers(&mut self, code: NoticeCode) {
        self.emit(EffectKind::Notice { to: NoticeTo::Pcp, program: None, code });
        for manager in self.case.co_managers.clone() {
            let program = Some(manager.program);
            self.emit(EffectKind::Notice { to: NoticeTo::CurrentManager, program, code });
        }
    }
}

/// What of a pause is kept behind one for another reason: those that people asked for. Appeals and gaps in coverage are
/// known from the case itself, a death is asked about anew.
fn set_aside(hold: Hold, by: HoldReason) -> Option<Box<Hold>> {
    match hold.reason {
        reason if reason == by => hold.behind,
        HoldReason::InFacility | HoldReason::MemberRequest | HoldReason::ProviderRequest => {
            Some(Box::new(Hold { behind: None, ..hold }))
        }
        HoldReason::EligGap | HoldReason::Appeal | HoldReason::DeathReported => hold.behind,
    }
}

/// Which pause keeps the upper hand when two reasons hold at once.
const fn weight(reason: HoldReason) -> u8 {
    match reason {
        HoldReason::DeathReported => 3,
        HoldReason::Appeal => 2,
        HoldReason::EligGap => 1,
        HoldReason::InFacility | HoldReason::MemberRequest | HoldReason::ProviderRequest => 0,
    }
}
