//! Replies of vendors: whose they are, their order, and the clocks on an offer. What a report does is in
//! `vendor_report`.

use super::step::Step;
use super::vendor_report::{reaches_member, report};
use super::{ended, reach};
use crate::case::effect::{AnswerVerdict, EffectKind, TaskKind};
use crate::case::reason::{CloseReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::state::{FormerEnd, Stage};
use crate::case::status::Status;
use crate::case::transition::ReplyNote;
use crate::facts::Channel;
use crate::ids::VendorId;
use crate::vendor::reply::{Report, VendorReply};
use crate::vendor::sequence::{Inbox, Turn};
use crate::vendor::sla::SlaStep;

/// Takes a reply (DESIGN D7). Early ones are kept, repeated ones dropped, and only one that is illegal *in its turn*
/// is refused; its number is used up all the same, or nothing that follows could ever be applied.
pub(super) fn replied(step: &mut Step, reply: &VendorReply) -> Result<(), Refusal> {
    let now = step.now;
    let inbox = inbox_of(step, &reply.vendor).ok_or(Refusal::NotYourCase)?;
    match inbox.take(reply.clone(), now) {
        Turn::Apply(due) => {
            for reply in due {
                take_turn(step, &reply);
            }
        }
        Turn::Kept => {
            // A stop waits for nobody's turn (FACTS §5.3: at once); in its turn it is said once more, which changes nothing.
            if reply.report == Report::StopRequested {
                reach::refuse(step, &[Channel::Call, Channel::Text]);
            }
            answer(step, reply, AnswerVerdict::Kept);
        }
        Turn::Repeated => answer(step, reply, AnswerVerdict::AlreadySeen),
        Turn::Full => return Err(Refusal::InboxFull),
    }
    Ok(())
}

/// The inbox of the present assignment, or of the vendor's latest former one.
fn inbox_of<'s>(step: &'s mut Step, vendor: &VendorId) -> Option<&'s mut Inbox> {
    let case = &mut step.case;
    if case.assignment.as_ref().is_some_and(|assignment| assignment.vendor == *vendor) {
        return case.assignment.as_mut().map(|assignment| &mut assignment.inbox);
    }
    case.former_of_mut(vendor).map(|former| &mut former.inbox)
}

/// Applies one reply whose turn it is; a refusal leaves the case as it was, but answered.
fn take_turn(step: &mut Step, reply: &VendorReply) {
    let before = step.clone();
    let verdict = match report(step, reply) {
        Ok(()) => AnswerVerdict::Accepted,
        Err(refusal) => {
            *step = before;
            after_refusal(step, reply, refusal);
            AnswerVerdict::Rejected(refusal)
        }
    };
    answer(step, reply, verdict);
}

/// A vendor that takes a member after our cancellation is told to stop (FACTS §10: accepted after our cancelled).
fn after_refusal(step: &mut Step, reply: &VendorReply, refusal: Refusal) {
    if refusal == Refusal::OfferEnded && super::vendor_report::takes_member(&reply.report) {
        let vendor = reply.vendor.clone();
        step.emit(EffectKind::RecallVendor { vendor, reason: CloseReason::TransferOtherAgency });
        // It may serve the member now: the clock of the recall runs.
        let now = step.now;
        if let Some(former) = step.case.former_of_mut(&reply.vendor) {
            (former.end, former.ended, former.asked) = (FormerEnd::Recalled, now, false);
        }
    }
    // Too late for the vendor, not for the member whom it reached.
    if refusal == Refusal::OfferEnded && reaches_member(&reply.report) {
        ended::reached(step, reply.occurred);
    }
    // The member may have said no to whoever should not have asked yet, or any more: a person finds out.
    if matches!(reply.report, Report::Declined { .. }) && step.case.is_open() {
        step.raise(ReviewReason::VendorRejected);
    }
}

fn answer(step: &mut Step, reply: &VendorReply, verdict: AnswerVerdict) {
    step.emit(EffectKind::AnswerReply {
        vendor: reply.vendor.clone(),
        message: reply.message.clone(),
        verdict: verdict.clone(),
    });
    step.replies.push(ReplyNote {
        vendor: reply.vendor.clone(),
        message: reply.message.clone(),
        sequence: reply.sequence,
        verdict,
    });
}

/// A recall that is not confirmed is not carried out: a person asks the vendor. Once for each assignment.
pub(super) fn not_let_go(step: &mut Step, vendor: &VendorId) -> Result<(), Refusal> {
    let Some(former) = step.case.former_of_mut(vendor) else { return Err(Refusal::NotYourCase) };
    if former.asked {
        return Err(Refusal::Repeated);
    }
    former.asked = true;
    step.task(TaskKind::CallVendor, 1);
    Ok(())
}

/// A clock on the offer (FACTS §8): warn, resend the same offer once, escalate, ask the next vendor.
pub(super) fn clock(step: &mut Step, clock: SlaStep, next: Option<&VendorId>) -> Result<(), Refusal> {
    let Some(assignment) = step.case.assignment.as_mut() else { return Err(Refusal::NotInThisStatus) };
    let stage = assignment.stage;
    match (clock, stage) {
        (SlaStep::Warn, Stage::Offered) if !assignment.warned => {
            assignment.warned = true;
            step.task(TaskKind::CallVendor, 1);
        }
        (SlaStep::Resend, Stage::Offered | Stage::Received) if !assignment.resent => {
            assignment.resent = true;
            let (vendor, first) = (assignment.vendor.clone(), assignment.offer.clone());
            step.emit_again(EffectKind::OfferVendor { vendor }, first);
        }
        (SlaStep::Escalate, Stage::Offered | Stage::Received) if !assignment.escalated => {
            assignment.escalated = true;
            step.raise(ReviewReason::VendorSilent);
        }
        (SlaStep::NextVendor, Stage::Offered | Stage::Received) if assignment.escalated => {
            step.take_back(CloseReason::TransferOtherAgency);
            to_next(step, next, ReviewReason::VendorSilent);
        }
        (SlaStep::Warn | SlaStep::Resend | SlaStep::Escalate | SlaStep::NextVendor, _) => {
            return Err(Refusal::NotInThisStatus);
        }
    }
    Ok(())
}

/// Back to the queue for the next vendor, or to a person when there is none. A free place is still needed: the queue
/// admits, never the reply (DESIGN D13).
pub(super) fn to_next(step: &mut Step, next: Option<&VendorId>, question: ReviewReason) {
    let untried = next.filter(|vendor| !step.case.vendors_tried.contains(vendor));
    if let Some(vendor) = untried {
        step.case.next_vendor = Some(vendor.clone());
        step.case.reviews.retain(|review| *review != ReviewReason::VendorSilent);
        step.requeue(Status::Queued);
    } else {
        step.requeue(Status::Queued);
        step.stop_for_review(question, Status::Queued);
    }
}

pub(super) fn gap_expired(step: &mut Step) -> Result<(), Refusal> {
    let hours = i64::from(step.case.terms.gap_hours_max);
    let Some(since) = step.case.reply_gap_since() else { return Err(Refusal::NotInThisStatus) };
    if step.now < since.plus_hours(hours) {
        return Err(Refusal::TooEarly);
    }
    step.raise(ReviewReason::SequenceGap);
    Ok(())
}

/// A person has asked the vendor: the missing replies will not come.
pub(super) fn gap_skipped(step: &mut Step) -> Result<(), Refusal> {
    if !step.by_person() {
        return Err(Refusal::NeedsPerson);
    }
    let present = step.case.assignment.as_mut().map(|assignment| &mut assignment.inbox);
    let former = step.case.former.iter_mut().rev().map(|former| &mut former.inbox);
    let waiting = present.into_iter().chain(former).find(|inbox| inbox.waiting_since().is_some());
    let Some(inbox) = waiting else { return Err(Refusal::NotInThisStatus) };
    for reply in inbox.skip_gap() {
        take_turn(step, &reply);
    }
    step.case.reviews.retain(|review| *review != ReviewReason::SequenceGap);
    Ok(())
}

/// The plan takes the member back, to place it elsewhere.
pub(super) fn recalled(step: &mut Step) -> Result<(), Refusal> {
    if step.case.assignment.is_none() {
        return Err(Refusal::NotInThisStatus);
    }
    if !step.by_person() {
        return Err(Refusal::NeedsPerson);
    }
    step.take_back(CloseReason::TransferOtherAgency);
    step.requeue(Status::Queued);
    Ok(())
}
