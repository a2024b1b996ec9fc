//! Required participation (FACTS §6.3): notice, hearing, appeal, review. It changes closure and nothing else.

use super::step::Step;
use crate::case::reason::{CloseReason, Ending, HoldReason, PendReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::required::{Participation, Required, RequiredNotice};
use crate::case::status::Status;
use crate::facts::{Channel, ClosureKind};

fn required(step: &mut Step) -> Result<&mut Required, Refusal> {
    match &mut step.case.participation {
        Participation::Required(required) => Ok(required),
        Participation::Voluntary => Err(Refusal::NotRequired),
    }
}

pub(super) fn notice_sent(step: &mut Step, notice: RequiredNotice) -> Result<(), Refusal> {
    let today = step.today();
    let status = step.case.status;
    let required = required(step)?;
    if status != Status::Identified {
        return Err(Refusal::NotInThisStatus);
    }
    if !notice.is_lawful() || !required.emergency_exempt || notice.sent_on > today {
        return Err(Refusal::NoticeUnlawful);
    }
    required.notice = Some(notice);
    // The member has been told: from now on the case is never dropped silently.
    step.case.contact.touched = true;
    step.reason(PendReason::Notice.id());
    step.go(Status::Pended(PendReason::Notice));
    Ok(())
}

/// FACTS V11: until the hearing deadline the case waits; afterwards who has said no stays open with mail only.
pub(super) fn notice_period_ended(step: &mut Step) -> Result<(), Refusal> {
    let pending = required(step)?.appeal_pending;
    if step.case.status != Status::Pended(PendReason::Notice) {
        return Err(Refusal::NotInThisStatus);
    }
    if pending {
        return Err(Refusal::AppealPending);
    }
    if !step.case.participation.in_force(step.today()) {
        return Err(Refusal::TooEarly);
    }
    let said_no = step.case.contact.declined || !step.case.contact.allows(Channel::Call);
    if said_no {
        step.go(Status::RequiredNonparticipating);
    } else {
        step.requeue(Status::Queued);
    }
    Ok(())
}

pub(super) fn appeal_filed(step: &mut Step) -> Result<(), Refusal> {
    let required = required(step)?;
    if required.appeal_pending {
        return Err(Refusal::Repeated);
    }
    required.appeal_pending = true;
    if step.case.status != Status::Pended(PendReason::Notice) {
        let days = step.case.terms.hold_days_max;
        step.hold(HoldReason::Appeal, days);
        step.update_vendor(crate::case::effect::UpdateKind::Hold);
    }
    Ok(())
}

pub(super) fn appeal_ended(step: &mut Step, upheld: bool) -> Result<(), Refusal> {
    let required = required(step)?;
    if !required.appeal_pending {
        return Err(Refusal::NotInThisStatus);
    }
    required.appeal_pending = false;
    if !upheld {
        step.case.participation = Participation::Voluntary;
    }
    if step.case.hold.as_ref().is_some_and(|hold| hold.reason == HoldReason::Appeal) {
        step.resume();
        step.update_vendor(crate::case::effect::UpdateKind::Resumed);
    }
    if !upheld {
        no_longer_required(step);
    }
    Ok(())
}

/// The requirement fell: what the member has said before now ends the case, otherwise it waits like any other.
fn no_longer_required(step: &mut Step) {
    if step.case.contact.declined || step.case.contact.opted_out {
        let closure =
            if step.case.contact.opted_out { ClosureKind::OptOutPermanent } else { ClosureKind::Declined };
        step.close(Status::Declined, Ending::of(CloseReason::OptedOutPreConsent), Some(closure));
    } else if matches!(step.standing(), Status::Pended(PendReason::Notice) | Status::RequiredNonparticipating)
    {
        step.requeue(Status::Queued);
    }
}

pub(super) fn review_due(step: &mut Step) -> Result<(), Refusal> {
    let today = step.today();
    let due = required(step)?.notice.is_some_and(|notice| notice.review_on <= today);
    if !due {
        return Err(Refusal::TooEarly);
    }
    step.raise(ReviewReason::RequiredReview);
    Ok(())
}
