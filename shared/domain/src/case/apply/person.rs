//! What persons decide: leads, co-managers, reviews.

use super::step::Step;
use super::{leave, remedy};
use crate::case::effect::{EffectKind, NoticeCode, NoticeTo, UpdateKind};
use crate::case::event::Verdict;
use crate::case::reason::{CloseReason, HoldReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::state::{CoManager, Lead, Stage};
use crate::case::status::{Phase, Status};

/// One lead at a time: a second is refused, a vendor leads only a case that it has accepted.
pub(super) fn lead_assigned(step: &mut Step, lead: &Lead) -> Result<(), Refusal> {
    match &step.case.lead {
        Some(present) if present == lead => return Err(Refusal::Repeated),
        Some(_) => return Err(Refusal::LeadExists),
        None => {}
    }
    if let Lead::Vendor(vendor) = lead {
        let holds = step.case.assignment.as_ref().is_some_and(|assignment| {
            assignment.vendor == *vendor && matches!(assignment.stage, Stage::Accepted | Stage::Serving)
        });
        if !holds {
            return Err(Refusal::NotYourCase);
        }
    }
    step.case.lead = Some(lead.clone());
    Ok(())
}

/// A person gives the case back; a vendor's lead ends by recall or by the vendor's own word.
pub(super) fn lead_released(step: &mut Step) -> Result<(), Refusal> {
    match step.case.lead {
        Some(Lead::Person(_)) => {
            step.case.lead = None;
            Ok(())
        }
        Some(Lead::Vendor(_)) => Err(Refusal::WrongDelivery),
        None => Err(Refusal::NotInThisStatus),
    }
}

/// FACTS §3.3: whoever manages the member already is told, and stays a co-manager, never a second lead.
pub(super) fn co_manager(step: &mut Step, manager: &CoManager) -> Result<(), Refusal> {
    if step.case.co_managers.contains(manager) {
        return Err(Refusal::Repeated);
    }
    step.case.co_managers.push(manager.clone());
    step.emit(EffectKind::Notice {
        to: NoticeTo::CurrentManager,
        program: Some(manager.program.clone()),
        code: NoticeCode::CoManaged,
    });
    Ok(())
}

/// A rule or a person asks for a look.
pub(super) fn review_raised(step: &mut Step, reason: ReviewReason) -> Result<(), Refusal> {
    if reason.is_of_the_ended() {
        return Err(Refusal::NotInThisStatus);
    }
    step.raise(reason);
    Ok(())
}

pub(super) fn reviewed(step: &mut Step, verdict: &Verdict) -> Result<(), Refusal> {
    if !step.by_person() {
        return Err(Refusal::NeedsPerson);
    }
    if step.case.reviews.is_empty() && step.case.status != Status::Review {
        return Err(Refusal::NotInThisStatus);
    }
    match verdict {
        Verdict::Continue => {
            go_on(step);
            return Ok(());
        }
        Verdict::Requeue => {
            requeue(step, false)?;
            ask_again(step);
        }
        Verdict::RecallAndRequeue => {
            let recalled = step.case.assignment.is_some();
            step.take_back(CloseReason::TransferOtherAgency);
            requeue(step, recalled)?;
        }
        Verdict::AsProposed => return remedy::confirmed(step),
        Verdict::Close(ending) => return leave::closed(step, *ending),
    }
    step.case.reviews.clear();
    step.case.proposal = None;
    Ok(())
}

/// As before. A review or a reported death ends with it; a gap in coverage or an appeal does not. Clocks count anew from
/// here. Whether a member lives is asked alone: an answer to another question is none to this one.
fn go_on(step: &mut Step) {
    step.case.looked = Some(step.now);
    let others = |review: &ReviewReason| *review != ReviewReason::DeathReported;
    let both =
        step.case.reviews.contains(&ReviewReason::DeathReported) && step.case.reviews.iter().any(others);
    if both {
        step.case.reviews.retain(|review| !others(review));
        return;
    }
    let judged = |review: &ReviewReason| step.case.terms.remedies.rule(*review).is_some();
    if step.case.reviews.iter().any(judged) {
        step.case.upheld = Some(step.today());
    }
    let death_report = step.case.hold.as_ref().is_some_and(|hold| hold.reason == HoldReason::DeathReported);
    step.case.reviews.clear();
    step.case.proposal = None;
    if step.case.status == Status::Review || death_report {
        step.resume();
        // The vendor was told of the pause; it serves nobody again whom it believes dead or away.
        if step.case.status != Status::OnHold {
            step.update_vendor(UpdateKind::Resumed);
        }
    }
}

/// Who had no place is asked again when a person puts the case back (FACTS §6.4: nobody is dropped silently); the waiting
/// counts from here.
fn ask_again(step: &mut Step) {
    step.case.looked = Some(step.now);
    let again = std::mem::take(&mut step.case.had_no_place);
    step.case.vendors_tried.retain(|vendor| !again.contains(vendor));
}

/// Back to the queue. A member in the service of our own team is not dropped from it; one just recalled is in nobody's.
fn requeue(step: &mut Step, recalled: bool) -> Result<(), Refusal> {
    if step.case.assignment.is_some() {
        return Err(Refusal::AlreadyOffered);
    }
    if step.case.phase() == Phase::Enrolled && step.case.status == Status::Active && !recalled {
        return Err(Refusal::NotInThisStatus);
    }
    // Required, and the member said no: mail only, until the member consents (FACTS V11).
    if step.case.contact.opted_out || step.case.contact.declined {
        return Err(Refusal::OptedOut);
    }
    if step.case.status == Status::Review {
        step.case.resume = None;
        step.go(Status::Queued);
    }
    step.requeue(Status::Queued);
    Ok(())
}
