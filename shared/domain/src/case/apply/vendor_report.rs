//! What a vendor's report does to the case, in its turn (FACTS §8).

use super::step::Step;
use super::{ended, leave, reach, service, vendor};
use crate::case::reason::{CloseReason, Ending, PendReason, RejectReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::state::{FormerEnd, HandOver, Lead, ProgramConsent, Stage};
use crate::case::status::{Phase, Status};
use crate::facts::{Channel, ClosureKind};
use crate::ids::{ActorId, VendorId};
use crate::outreach::attempt::{Attempt, Consequence, NumberClass, Outcome, Phone};
use crate::vendor::reply::{Report, VendorEnding, VendorReply};

/// Applies a report of the present vendor, or of a former one.
pub(super) fn report(step: &mut Step, reply: &VendorReply) -> Result<(), Refusal> {
    let stage = match &step.case.assignment {
        Some(assignment) if assignment.vendor == reply.vendor => assignment.stage,
        Some(_) | None => return of_former(step, reply),
    };
    match &reply.report {
        Report::Received => received(step, stage),
        Report::Accepted => accepted(step, stage, &reply.vendor),
        Report::Rejected { reason, next } => rejected(step, stage, *reason, next.as_ref()),
        Report::OutreachAttempted { channel, outcome, phone } => {
            delegated(step, stage)?;
            attempted(step, reply, (*channel, *outcome), phone.clone())
        }
        Report::Engaged => {
            delegated(step, stage)?;
            if step.standing() != Status::Outreach {
                return Err(Refusal::NotInThisStatus);
            }
            reach::engaged(step);
            Ok(())
        }
        Report::Consented { scope } => {
            delegated(step, stage)?;
            consented(step, reply, scope)
        }
        Report::Declined { not_now } => {
            serving(stage)?;
            leave::declined_at_vendor(step, *not_now)
        }
        Report::Unreachable => {
            delegated(step, stage)?;
            unreachable(step)
        }
        Report::StopRequested => {
            reach::refuse(step, &[Channel::Call, Channel::Text]);
            Ok(())
        }
        Report::Enrolled { start } => {
            serving(stage)?;
            service::started_by_vendor(step, *start)?;
            set_stage(step, Stage::Serving);
            Ok(())
        }
        Report::ContactCompleted { mode, two_way, .. } => {
            serving(stage)?;
            service::contact(step, reply.occurred, *mode, *two_way, Some(&reply.vendor))
        }
        Report::Hold { reason } => {
            serving(stage)?;
            service::held(step, *reason)
        }
        Report::Resumed => {
            serving(stage)?;
            service::resumed(step)
        }
        Report::Graduated => graduated(step, stage),
        // Whoever says it, and before any acceptance: nobody calls the family meanwhile.
        Report::Disenrolled { reason: VendorEnding::Deceased } => {
            reach::death_reported(step);
            Ok(())
        }
        Report::Disenrolled { reason } => {
            in_service(step, stage)?;
            disenrolled(step, *reason)
        }
        Report::RecallConfirmed => Err(Refusal::NotInThisStatus),
    }
}

/// Whether the report claims the member.
pub(super) const fn takes_member(report: &Report) -> bool {
    match report {
        Report::Accepted | Report::Enrolled { .. } | Report::Engaged | Report::Consented { .. } => true,
        Report::Received
        | Report::Rejected { .. }
        | Report::OutreachAttempted { .. }
        | Report::Declined { .. }
        | Report::Unreachable
        | Report::StopRequested
        | Report::ContactCompleted { .. }
        | Report::Hold { .. }
        | Report::Resumed
        | Report::Graduated
        | Report::Disenrolled { .. }
        | Report::RecallConfirmed => false,
    }
}

/// Whether the report says that somebody has spoken with the member.
pub(super) const fn reaches_member(report: &Report) -> bool {
    match report {
        Report::Engaged
        | Report::Consented { .. }
        | Report::Enrolled { .. }
        | Report::ContactCompleted { two_way: true, .. } => true,
        Report::OutreachAttempted { outcome, .. } => match outcome.consequence() {
            Consequence::Engaged | Consequence::CallBack | Consequence::Interpreter => true,
            Consequence::GoOn
            | Consequence::NumberUnusable
            | Consequence::AddressUnusable
            | Consequence::NoTexts
            | Consequence::StopCalls
            | Consequence::Facility
            | Consequence::StopAll => false,
        },
        Report::Received
        | Report::Accepted
        | Report::Rejected { .. }
        | Report::Declined { .. }
        | Report::Unreachable
        | Report::StopRequested
        | Report::ContactCompleted { two_way: false, .. }
        | Report::Hold { .. }
        | Report::Resumed
        | Report::Graduated
        | Report::Disenrolled { .. }
        | Report::RecallConfirmed => false,
    }
}

/// Reports of a vendor whose offer has ended: the confirmation, and what concerns the member's rights and life, are
/// taken; everything else comes too late.
fn of_former(step: &mut Step, reply: &VendorReply) -> Result<(), Refusal> {
    match &reply.report {
        Report::RecallConfirmed => {
            if let Some(former) = step.case.former_of_mut(&reply.vendor) {
                former.end = FormerEnd::Confirmed;
            }
            Ok(())
        }
        Report::Received => Ok(()),
        Report::StopRequested if step.case.is_open() => {
            reach::refuse(step, &[Channel::Call, Channel::Text]);
            Ok(())
        }
        Report::StopRequested => {
            step.case.contact.refuse(&[Channel::Call, Channel::Text]);
            reach::record_channels(step, &[Channel::Call, Channel::Text], false);
            Ok(())
        }
        // The member's "no" counts to whomever it was said, also when it crossed our recall. From one that never had
        // the member, or long let go, a person asks first (`after_refusal`).
        Report::Declined { not_now } if step.case.is_open() && crossed(step, reply) => {
            leave::declined(step, *not_now)
        }
        // Nobody could reach the member, and now they say no.
        Report::Declined { not_now } if ended::ended_unreached(step) => ended::late_decline(step, *not_now),
        Report::Disenrolled { reason: VendorEnding::Deceased } if step.case.is_open() => {
            reach::death_reported(step);
            Ok(())
        }
        Report::Disenrolled { reason: VendorEnding::DeclinedAfterEnroll }
            if step.case.is_open() && crossed(step, reply) =>
        {
            leave::declined(step, false)
        }
        Report::Graduated if step.case.is_open() && crossed(step, reply) => {
            ended_meanwhile(step, CloseReason::GoalsMet.id());
            Ok(())
        }
        Report::Disenrolled { reason } if step.case.is_open() && crossed(step, reply) => {
            ended_meanwhile(step, reason.id());
            Ok(())
        }
        Report::Accepted
        | Report::Rejected { .. }
        | Report::OutreachAttempted { .. }
        | Report::Engaged
        | Report::Consented { .. }
        | Report::Declined { .. }
        | Report::Unreachable
        | Report::Enrolled { .. }
        | Report::ContactCompleted { .. }
        | Report::Hold { .. }
        | Report::Resumed
        | Report::Graduated
        | Report::Disenrolled { .. } => Err(Refusal::OfferEnded),
    }
}

/// The vendor had ended its service when our recall reached it: goals met, moved away, in a hospice. Nobody else is asked
/// to take the member before a person has looked.
fn ended_meanwhile(step: &mut Step, reason: &'static str) {
    step.reason(reason);
    if step.case.status.is_waiting() {
        step.stop_for_review(ReviewReason::VendorEnded, Status::Queued);
    } else {
        step.raise(ReviewReason::VendorEnded);
    }
}

/// Hours after a recall in which a vendor that had the member may still report what the member said to it.
const CROSSING_HOURS: i64 = 48;

/// Whether a former vendor had taken the member, and reports what was said before our recall can have reached everybody.
fn crossed(step: &Step, reply: &VendorReply) -> bool {
    step.case.former_of(&reply.vendor).is_some_and(|former| {
        former.end == FormerEnd::Recalled && reply.occurred <= former.ended.plus_hours(CROSSING_HOURS)
    })
}

fn set_stage(step: &mut Step, stage: Stage) {
    if let Some(assignment) = step.case.assignment.as_mut() {
        assignment.stage = stage;
    }
}

/// The vendor to which outreach was delegated could not reach the member: it has ended its work itself.
fn unreachable(step: &mut Step) -> Result<(), Refusal> {
    if step.case.status != Status::Outreach {
        return Err(Refusal::NotInThisStatus);
    }
    step.file_assignment(FormerEnd::ByVendor);
    leave::exhausted(step)
}

/// The vendor has taken the member.
fn serving(stage: Stage) -> Result<(), Refusal> {
    match stage {
        Stage::Accepted | Stage::Serving => Ok(()),
        Stage::Offered | Stage::Received => Err(Refusal::NotInThisStatus),
    }
}

/// Service has begun.
fn in_service(step: &Step, stage: Stage) -> Result<(), Refusal> {
    serving(stage)?;
    if step.case.phase() == Phase::Enrolled { Ok(()) } else { Err(Refusal::NotInThisStatus) }
}

/// The vendor has taken a member whom it also reaches itself.
fn delegated(step: &Step, stage: Stage) -> Result<(), Refusal> {
    match step.case.terms.hand_over {
        HandOver::OutreachDelegated => serving(stage),
        HandOver::Enrolment => Err(Refusal::WrongHandOver),
    }
}

fn received(step: &mut Step, stage: Stage) -> Result<(), Refusal> {
    match stage {
        Stage::Offered => {
            set_stage(step, Stage::Received);
            Ok(())
        }
        Stage::Received | Stage::Accepted | Stage::Serving => Err(Refusal::Repeated),
    }
}

fn accepted(step: &mut Step, stage: Stage, vendor: &VendorId) -> Result<(), Refusal> {
    match stage {
        Stage::Offered | Stage::Received => {}
        Stage::Accepted | Stage::Serving => return Err(Refusal::Repeated),
    }
    set_stage(step, Stage::Accepted);
    step.case.lead = Some(Lead::Vendor(vendor.clone()));
    step.case.reviews.retain(|review| *review != ReviewReason::VendorSilent);
    if step.standing() == Status::Enrolled {
        step.advance(Status::VendorAccepted);
    }
    Ok(())
}

/// FACTS §6.2: some rejections another vendor can mend, the others say something that a person must look at.
fn rejected(
    step: &mut Step,
    stage: Stage,
    reason: RejectReason,
    next: Option<&VendorId>,
) -> Result<(), Refusal> {
    match stage {
        Stage::Offered | Stage::Received => {}
        Stage::Accepted | Stage::Serving => return Err(Refusal::NotInThisStatus),
    }
    if let (RejectReason::NoCapacity, Some(asked)) = (reason, &step.case.assignment) {
        step.case.had_no_place.push(asked.vendor.clone());
    }
    step.file_assignment(FormerEnd::ByVendor);
    step.reason(reason.id());
    if !reason.next_vendor_may_help() {
        vendor::to_next(step, None, ReviewReason::VendorRejected);
        return Ok(());
    }
    let untried = next.filter(|vendor| !step.case.vendors_tried.contains(vendor));
    if let Some(vendor) = untried {
        vendor::to_next(step, Some(vendor), ReviewReason::VendorRejected);
    } else {
        // It waits for a place as others do, but none of those who may be asked is left: a person hears of it now and not
        // when the queue may keep nobody any longer.
        step.requeue(Status::Pended(PendReason::Capacity));
        step.raise(ReviewReason::VendorRejected);
    }
    Ok(())
}

fn attempted(
    step: &mut Step,
    reply: &VendorReply,
    (channel, outcome): (Channel, Outcome),
    phone: Option<Phone>,
) -> Result<(), Refusal> {
    let attempt = Attempt {
        task: None,
        at: reply.occurred,
        channel,
        number_class: NumberClass::Unknown,
        phone,
        outcome,
        call_back: None,
    };
    reach::attempted(step, &attempt, Some(&reply.vendor))
}

fn consented(step: &mut Step, reply: &VendorReply, scope: &str) -> Result<(), Refusal> {
    if !matches!(step.standing(), Status::Outreach | Status::Engaged) {
        return Err(Refusal::NotInThisStatus);
    }
    step.case.contact.touched = true;
    step.case.consent = Some(ProgramConsent {
        scope: scope.into(),
        given: reply.occurred,
        recorded_by: ActorId::new(format!("vendor:{}", reply.vendor.as_str())),
    });
    step.advance(Status::Consented);
    Ok(())
}

fn graduated(step: &mut Step, stage: Stage) -> Result<(), Refusal> {
    if stage != Stage::Serving {
        return Err(Refusal::NotInThisStatus);
    }
    step.file_assignment(FormerEnd::ByVendor);
    step.close(Status::Graduated, Ending::of(CloseReason::GoalsMet), Some(ClosureKind::Graduated));
    Ok(())
}

/// A vendor's word ends its own service; whether it ends the case is decided here, or by a person.
fn disenrolled(step: &mut Step, reason: VendorEnding) -> Result<(), Refusal> {
    let ending = match reason {
        VendorEnding::DeclinedAfterEnroll => return leave::declined_at_vendor(step, false),
        VendorEnding::Deceased => {
            reach::death_reported(step);
            return Ok(());
        }
        VendorEnding::SafetyConcern | VendorEnding::LostToFollowUp | VendorEnding::DuplicateProgram => {
            step.reason(reason.id());
            step.file_assignment(FormerEnd::ByVendor);
            // The vendor's place is free; a person decides whether another one is sought.
            step.case.place = None;
            let back = Status::Queued;
            step.stop_for_review(ReviewReason::VendorEnded, back);
            return Ok(());
        }
        VendorEnding::MovedOutOfArea => CloseReason::MovedOutOfArea,
        VendorEnding::Hospice => CloseReason::Hospice,
        VendorEnding::LtcAdmission => CloseReason::LtcAdmission,
        VendorEnding::Incarcerated => CloseReason::Incarcerated,
    };
    step.file_assignment(FormerEnd::ByVendor);
    step.close(Status::Disenrolled, Ending::of(ending), None);
    Ok(())
}
