//! Reaching the member: tasks of the cadence, attempts and what follows from their outcomes.

use super::step::Step;
use crate::case::effect::{EffectKind, TaskKind, UpdateKind};
use crate::case::event::{DropReason, Scheduled};
use crate::case::reason::{HoldReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::state::{HandOver, OpenTask};
use crate::case::status::Status;
use crate::case::transition::LedgerNote;
use crate::facts::{Channel, Fact, Preference, PreferenceKind};
use crate::ids::{EffectId, VendorId};
use crate::outreach::attempt::{Attempt, Consequence, Outcome};

/// Outreach begins, or begins anew after a return to the queue.
pub(super) fn begin(step: &mut Step) {
    step.case.contact.outreach_since = Some(step.today());
    step.case.contact.step = 0;
    step.go(Status::Outreach);
}

pub(super) fn scheduled(step: &mut Step, plan: &Scheduled) -> Result<(), Refusal> {
    may_reach(step, plan.channel)?;
    if plan.not_before > plan.not_after || plan.not_after <= step.now {
        return Err(Refusal::Inconsistent);
    }
    if step.case.open_tasks.iter().any(|task| task.channel == plan.channel) {
        return Err(Refusal::TaskOpen);
    }
    let effect = step.emit(EffectKind::OutreachTask {
        step: plan.step,
        channel: plan.channel,
        template: plan.template.clone(),
        not_before: plan.not_before,
        not_after: plan.not_after,
    });
    let asked = step.case.contact.call_back.take().filter(|_| plan.channel == Channel::Call);
    step.case.open_tasks.push(OpenTask {
        effect,
        asked,
        channel: plan.channel,
        step: plan.step,
        not_before: Some(plan.not_before),
        not_after: Some(plan.not_after),
    });
    step.case.contact.step = step.case.contact.step.max(plan.step.saturating_add(1));
    Ok(())
}

/// Whether the plan may plan a contact on this channel now.
fn may_reach(step: &Step, channel: Channel) -> Result<(), Refusal> {
    match step.case.status {
        Status::Outreach | Status::Engaged | Status::Consented => {
            if step.case.terms.hand_over == HandOver::OutreachDelegated && step.case.assignment.is_some() {
                return Err(Refusal::WrongHandOver);
            }
        }
        // Required, and the member does not take part: mail only (FACTS V11).
        Status::RequiredNonparticipating if channel == Channel::Letter => {}
        Status::RequiredNonparticipating => return Err(Refusal::ChannelNotAllowed),
        Status::OnHold => return Err(Refusal::OnHold),
        Status::Review => return Err(Refusal::UnderReview),
        Status::Identified
        | Status::Pended(_)
        | Status::Queued
        | Status::Enrolled
        | Status::VendorAccepted
        | Status::Active
        | Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::Declined
        | Status::UnableToContact
        | Status::ReferredOther => return Err(Refusal::NotInThisStatus),
    }
    if step.case.reviews.contains(&ReviewReason::TriggerReversed) {
        return Err(Refusal::UnderReview);
    }
    if !step.case.contact.allows(channel) {
        return Err(if step.case.contact.opted_out { Refusal::OptedOut } else { Refusal::ChannelNotAllowed });
    }
    if step.case.coverage.covered { Ok(()) } else { Err(Refusal::NoCoverage) }
}

/// The task will not be carried out: plan the step again, unless the rules of contact forbid it.
pub(super) fn dropped(step: &mut Step, task: &EffectId, reason: DropReason) -> Result<(), Refusal> {
    let Some(at) = step.case.open_tasks.iter().position(|open| open.effect == *task) else {
        return Err(Refusal::Repeated);
    };
    let open = step.case.open_tasks.remove(at);
    // The touch that was reserved for it is free again, unless the member may have been touched.
    if reason != DropReason::NoResult {
        step.ledger.push(LedgerNote::Released(task.clone()));
    }
    step.reason(reason.id());
    match reason {
        DropReason::Expired | DropReason::LedgerFull | DropReason::NoStaff => {
            // What was agreed with the member still stands.
            step.case.contact.call_back = step.case.contact.call_back.or(open.asked);
            // A letter that did not go is planned again, unless calls have gone on past it.
            let passed = open.channel == Channel::Letter && step.case.contact.step > open.step + 1;
            if !passed {
                step.case.contact.step = step.case.contact.step.min(open.step);
            }
        }
        // A letter that was handed over counts as sent; a call without a result is tried again.
        DropReason::NoResult if matches!(open.channel, Channel::Call | Channel::Visit) => {
            step.case.contact.step = step.case.contact.step.min(open.step);
        }
        DropReason::NotAllowed | DropReason::NoResult => {}
    }
    Ok(())
}

/// An attempt of the plan (`vendor` = none) or of a vendor to which outreach is delegated.
pub(super) fn attempted(
    step: &mut Step,
    attempt: &Attempt,
    vendor: Option<&VendorId>,
) -> Result<(), Refusal> {
    let call_back_named = attempt.call_back.is_some() == (attempt.outcome == Outcome::CallbackScheduled);
    // A number that nobody names would be dialled again (FACTS §5.1); vendors do not tell theirs.
    let dialled = matches!(attempt.channel, Channel::Call | Channel::Text);
    let unusable = dialled && attempt.outcome.consequence() == Consequence::NumberUnusable;
    let number_named = !unusable || attempt.phone.is_some();
    if !attempt.outcome.fits(attempt.channel) || !((call_back_named && number_named) || vendor.is_some()) {
        return Err(Refusal::Inconsistent);
    }
    if let Some(task) = &attempt.task {
        match step.case.open_tasks.iter().position(|open| open.effect == *task) {
            Some(at) => {
                step.case.open_tasks.remove(at);
            }
            // Given up or cancelled meanwhile, and carried out all the same: what the member said counts, once.
            None if speaks(attempt) && step.case.has_made(task) && !step.case.contact.has_result_of(task) => {
            }
            None => return Err(Refusal::Repeated),
        }
    }
    step.case.contact.record(attempt);
    step.reason(attempt.outcome.id());
    touch(step, attempt, vendor);
    follow(step, attempt);
    Ok(())
}

/// Whether the result tells more than that the contact was tried.
fn speaks(attempt: &Attempt) -> bool {
    attempt.outcome.consequence() != Consequence::GoOn
}

/// Writes the touch into the member's shared ledger.
pub(super) fn touch(step: &mut Step, attempt: &Attempt, vendor: Option<&VendorId>) {
    step.ledger.push(LedgerNote::Touch {
        at: attempt.at,
        program: step.case.program.clone(),
        vendor: vendor.cloned(),
        channel: attempt.channel,
        task: attempt.task.clone(),
    });
    if let (Consequence::NumberUnusable, Some(phone)) = (attempt.outcome.consequence(), &attempt.phone) {
        step.ledger.push(LedgerNote::Unusable(phone.clone()));
    }
}

fn follow(step: &mut Step, attempt: &Attempt) {
    match attempt.outcome.consequence() {
        Consequence::GoOn => {}
        Consequence::Engaged => engaged(step),
        Consequence::NumberUnusable => {
            if let Some(phone) = attempt.phone.clone().filter(|it| !step.case.contact.unusable.contains(it)) {
                step.case.contact.unusable.push(phone);
            }
            step.task(TaskKind::FindContact, 2);
        }
        Consequence::AddressUnusable => {
            step.case.contact.address_unusable = true;
            step.task(TaskKind::FindContact, 2);
        }
        Consequence::NoTexts => step.case.contact.no_texts = true,
        Consequence::Interpreter => {
            step.case.contact.interpreter = true;
            step.task(TaskKind::ArrangeInterpreter, 2);
        }
        Consequence::CallBack => step.case.contact.call_back = attempt.call_back,
        Consequence::StopCalls => refuse(step, &[Channel::Call, Channel::Text]),
        Consequence::Facility => step.task(TaskKind::FacilityContact, 2),
        Consequence::StopAll => death_reported(step),
    }
}

/// Reached in both directions: the rest of the cadence is void.
pub(super) fn engaged(step: &mut Step) {
    step.case.contact.touched = true;
    step.case.contact.last_two_way = step.case.contact.last_two_way.max(Some(step.now));
    if step.standing() == Status::Outreach {
        step.cancel_tasks(|_| true);
        step.advance(Status::Engaged);
    }
}

/// A report of death stops everything until a person has confirmed it; a wrong report must not end a case.
pub(super) fn death_reported(step: &mut Step) {
    let days = step.case.terms.hold_days_max;
    step.hold(HoldReason::DeathReported, days);
    step.update_vendor(UpdateKind::Hold);
    step.raise(ReviewReason::DeathReported);
    step.task(TaskKind::ConfirmDeath, 1);
}

/// Channel refusal: at once, for the plan and the vendor; no program decision (FACTS §5.4).
pub(super) fn refuse(step: &mut Step, channels: &[Channel]) {
    step.case.contact.refuse(channels);
    step.cancel_tasks(|channel| channels.contains(&channel));
    record_channels(step, channels, false);
    step.update_vendor(UpdateKind::ChannelsRefused);
}

/// The same, as an event of its own.
#[expect(clippy::unnecessary_wraps, reason = "every arm of the machine answers alike")]
pub(super) fn refused(step: &mut Step, channels: &[Channel]) -> Result<(), Refusal> {
    refuse(step, channels);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every arm of the machine answers alike")]
pub(super) fn allow(step: &mut Step, channels: &[Channel]) -> Result<(), Refusal> {
    step.case.contact.refused.retain(|channel| !channels.contains(channel));
    record_channels(step, channels, true);
    step.update_vendor(UpdateKind::Contact);
    Ok(())
}

pub(super) fn record_channels(step: &mut Step, channels: &[Channel], allowed: bool) {
    let received = step.today();
    step.facts.extend(channels.iter().map(|&channel| {
        Fact::Preference(Preference { received, what: PreferenceKind::ChannelConsent { channel, allowed } })
    }));
}
