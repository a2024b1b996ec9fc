//! How a case ends: by the member's will, by death, by failed outreach, by a person's reasoned decision.

use super::step::Step;
use crate::case::effect::{Due, EffectKind, TaskKind};
use crate::case::event::OptOutScope;
use crate::case::reason::{Applies, CloseReason, Ending, PendReason};
use crate::case::refusal::Refusal;
use crate::case::state::HandOver;
use crate::case::status::{Phase, Status};
use crate::facts::{Channel, ClosureKind, Fact, Model, Preference, PreferenceKind};

/// Death stops everything; nobody is written to.
pub(super) fn died(step: &mut Step) -> Result<(), Refusal> {
    let status = match step.case.phase() {
        Phase::BeforeEnrolment => Status::Withdrawn,
        Phase::Enrolled => Status::Disenrolled,
        Phase::Closed => return Err(Refusal::CaseClosed),
    };
    step.close(status, Ending::of(CloseReason::Deceased), None);
    Ok(())
}

pub(super) fn declined(step: &mut Step, not_now: bool) -> Result<(), Refusal> {
    let closure = if not_now { ClosureKind::DeclinedNotNow } else { ClosureKind::Declined };
    leave(step, closure)
}

/// An opt-out absorbs: whatever the state, nothing is sent any more that the law does not demand. It always goes
/// through, on a repetition too.
pub(super) fn opted_out(step: &mut Step, scope: OptOutScope) -> Result<(), Refusal> {
    step.case.contact.opted_out = true;
    step.reason(scope.id());
    match scope {
        OptOutScope::Program => leave(step, ClosureKind::OptOutPermanent),
        OptOutScope::PlanWide => {
            let received = step.today();
            let what = PreferenceKind::DoNotContact { set: true };
            step.facts.push(Fact::Preference(Preference { received, what }));
            leave(step, ClosureKind::DoNotContact)
        }
    }
}

/// The member leaves. A required participation stays open, with mail only, once its notice period is over.
fn leave(step: &mut Step, closure: ClosureKind) -> Result<(), Refusal> {
    if step.case.participation.is_required() {
        decline_required(step);
        return Ok(());
    }
    let (status, reason) = match step.case.phase() {
        Phase::BeforeEnrolment => (Status::Declined, before_enrolment(closure)),
        Phase::Enrolled => (Status::Disenrolled, CloseReason::DeclinedAfterEnroll),
        Phase::Closed => return Err(Refusal::CaseClosed),
    };
    step.close(status, Ending::of(reason), Some(closure));
    Ok(())
}

const fn before_enrolment(closure: ClosureKind) -> CloseReason {
    match closure {
        ClosureKind::DeclinedNotNow => CloseReason::DeclinedNotNow,
        ClosureKind::Declined
        | ClosureKind::UnableToContact
        | ClosureKind::Graduated
        | ClosureKind::OptOutPermanent
        | ClosureKind::DoNotContact => CloseReason::OptedOutPreConsent,
    }
}

/// FACTS §6.3: the requirement changes the closure, nothing about consent or stop-calling.
fn decline_required(step: &mut Step) {
    step.case.contact.declined = true;
    step.case.consent = None;
    step.cancel_tasks(|channel| channel != Channel::Letter);
    step.take_back(CloseReason::DeclinedAfterEnroll);
    // Before the end of the notice period the case waits for it, whatever the member has said (FACTS V11).
    if !matches!(step.standing(), Status::Identified | Status::Pended(PendReason::Notice)) {
        step.case.place = None;
        step.case.start = None;
        step.case.lead = None;
        step.case.waiting_since = None;
        step.advance(Status::RequiredNonparticipating);
    }
}

/// The cadence is at its end. Unreachable by phone is a reason to try the community model, so the arbiter gets a
/// recommendation (M6, FACTS §4) besides the closure.
pub(super) fn exhausted(step: &mut Step) -> Result<(), Refusal> {
    if step.case.status != Status::Outreach {
        return Err(Refusal::NotInThisStatus);
    }
    let due = Due::BusinessDays(5);
    let task = TaskKind::CommunityReferral;
    step.emit(EffectKind::InternalTask { task, review: None, model: Some(Model::M6), due });
    if step.case.participation.is_required() {
        step.take_back(CloseReason::UnableToContact);
        step.cancel_tasks(|channel| channel != Channel::Letter);
        step.case.place = None;
        step.case.lead = None;
        step.go(Status::RequiredNonparticipating);
        return Ok(());
    }
    let ending = Ending { reason: CloseReason::UnableToContact, next_model: Some(Model::M6) };
    step.close(Status::UnableToContact, ending, Some(ClosureKind::UnableToContact));
    Ok(())
}

/// A person, or a rule with a reason that needs no person, ends the case.
pub(super) fn closed(step: &mut Step, ending: Ending) -> Result<(), Refusal> {
    if ending.reason == CloseReason::Deceased {
        return died(step);
    }
    let phase = step.case.phase();
    let applicable = match ending.reason.applies() {
        Applies::Both => true,
        Applies::Outreach => phase == Phase::BeforeEnrolment,
        Applies::Enrolment => phase == Phase::Enrolled,
    };
    if !applicable {
        return Err(Refusal::ReasonNotApplicable);
    }
    let sensitive = ending.reason.needs_person()
        || ending.reason == CloseReason::ClaimReversed && step.case.contact.touched
        // No adverse action by software where participation is required (FACTS §6.3).
        || step.case.participation.is_required();
    if sensitive && !step.by_person() {
        return Err(Refusal::NeedsPerson);
    }
    let (status, closure) = end_of(ending.reason, phase);
    step.close(status, ending, closure);
    Ok(())
}

/// The terminal status and the closure fact of a reason.
fn end_of(reason: CloseReason, phase: Phase) -> (Status, Option<ClosureKind>) {
    let left = if phase == Phase::Enrolled { Status::Disenrolled } else { Status::Withdrawn };
    let moved = if phase == Phase::Enrolled { Status::Transferred } else { Status::ReferredOther };
    match reason {
        CloseReason::GoalsMet => (Status::Graduated, Some(ClosureKind::Graduated)),
        CloseReason::SteppedDown
        | CloseReason::TransferOtherProgram
        | CloseReason::TransferOtherAgency
        | CloseReason::DuplicateProgram => (moved, None),
        CloseReason::OptedOutPreConsent => (Status::Declined, Some(ClosureKind::Declined)),
        CloseReason::DeclinedNotNow => (Status::Declined, Some(ClosureKind::DeclinedNotNow)),
        CloseReason::DeclinedAfterEnroll => (Status::Disenrolled, Some(ClosureKind::Declined)),
        CloseReason::UnableToContact => (Status::UnableToContact, Some(ClosureKind::UnableToContact)),
        CloseReason::LostToFollowUp => (left, Some(ClosureKind::UnableToContact)),
        // Passed to the next model because no place became free (FACTS §6.4).
        CloseReason::Capacity => (Status::ReferredOther, None),
        CloseReason::Deceased
        | CloseReason::MemberIdChanged
        | CloseReason::SafetyConcern
        | CloseReason::EligLost
        | CloseReason::MovedOutOfArea
        | CloseReason::Hospice
        | CloseReason::LtcAdmission
        | CloseReason::Incarcerated
        | CloseReason::InpatientLong
        | CloseReason::VendorContractEnded
        | CloseReason::ClaimReversed
        | CloseReason::DataError
        | CloseReason::NoLongerMeetsCriteria => (left, None),
    }
}

/// The vendor reports that the member declined; allowed in both hand-over modes.
pub(super) fn declined_at_vendor(step: &mut Step, not_now: bool) -> Result<(), Refusal> {
    if step.case.terms.hand_over == HandOver::Enrolment && step.case.consent.is_none() {
        return Err(Refusal::NoConsent);
    }
    // The vendor ends it itself: nothing is left to recall.
    step.file_assignment(crate::case::state::FormerEnd::ByVendor);
    declined(step, not_now)
}
