//! After the end: a case stays ended, but a wish not to be contacted counts whenever it comes, vendors still get answers,
//! and people may be asked whether service begins anew, in another case.

use super::step::Step;
use super::{reach, vendor};
use crate::case::effect::TaskKind;
use crate::case::event::{CaseEvent, EventKind, OptOutScope, Verdict};
use crate::case::reason::ReviewReason;
use crate::case::refusal::Refusal;
use crate::day::Day;
use crate::facts::{
    Channel, Closure, ClosureKind, Fact, Preference, PreferenceKind, Referral, ReferralSource,
};
use crate::moment::Moment;
use crate::outreach::attempt::{Attempt, Consequence};

/// Events of an ended case. Only those that must never be lost are taken; the status never changes again.
pub(super) fn after_the_end(step: &mut Step, event: &CaseEvent) -> Result<(), Refusal> {
    match &event.kind {
        EventKind::OptedOut(scope) => {
            opt_out(step, *scope);
            Ok(())
        }
        EventKind::ChannelsRefused(channels) => {
            refuse(step, channels);
            Ok(())
        }
        EventKind::AttemptRecorded(attempt) => {
            late_attempt(step, attempt);
            Ok(())
        }
        EventKind::ProgramDeclined { not_now } => late_decline(step, *not_now),
        EventKind::VendorReplied(reply) => vendor::replied(step, reply),
        EventKind::ReplyGapSkipped => vendor::gap_skipped(step),
        EventKind::NotLetGo { vendor } => vendor::not_let_go(step, vendor),
        EventKind::MemberIdChanged { to } => super::intake::member_id_changed(step, to),
        EventKind::ReviewRaised(reason) => ask(step, *reason),
        EventKind::Reviewed(verdict) => answered(step, verdict),
        EventKind::TriggerInvalidated(_) => moot(step),
        EventKind::TriggerReconfirmed
        | EventKind::CoverageLost { .. }
        | EventKind::CoverageConfirmed { .. }
        | EventKind::MemberDied
        | EventKind::ExclusionFound(_)
        | EventKind::AcuteEvent { .. }
        | EventKind::AcuteTakenBack { .. }
        | EventKind::TriggeredAfterRamp
        | EventKind::ContactDetailsChanged
        | EventKind::ContactDetailsKnown(_)
        | EventKind::CarePlanMade(_)
        | EventKind::CareTaskMoved { .. }
        | EventKind::Pended(_)
        | EventKind::PendEnded
        | EventKind::Queued
        | EventKind::Routed(_)
        | EventKind::Admitted { .. }
        | EventKind::WaitedTooLong
        | EventKind::OutreachScheduled(_)
        | EventKind::TaskDropped { .. }
        | EventKind::OutreachExhausted
        | EventKind::ChannelsAllowed(_)
        | EventKind::ConsentRecorded(_)
        | EventKind::ConsentRevoked
        | EventKind::Enrolled { .. }
        | EventKind::TeamAccepted { .. }
        | EventKind::ServiceStarted { .. }
        | EventKind::ContactLogged { .. }
        | EventKind::DoseLapsed
        | EventKind::RemedyDue { .. }
        | EventKind::Held(_)
        | EventKind::Resumed
        | EventKind::HoldExpired
        | EventKind::Closed(_)
        | EventKind::LeadAssigned(_)
        | EventKind::LeadReleased
        | EventKind::CoManagerAdded(_)
        | EventKind::OfferClock { .. }
        | EventKind::ReplyGapExpired
        | EventKind::Recalled
        | EventKind::NoticeSent(_)
        | EventKind::NoticePeriodEnded
        | EventKind::AppealFiled
        | EventKind::AppealEnded { .. }
        | EventKind::RequiredReviewDue => Err(Refusal::CaseClosed),
    }
}

/// A call that was under way when the case ended: it counts for the ledger, "stop" counts for good, and a person hears of
/// whoever was reached after all.
fn late_attempt(step: &mut Step, attempt: &Attempt) {
    step.reason(attempt.outcome.id());
    reach::touch(step, attempt, None);
    match attempt.outcome.consequence() {
        Consequence::StopCalls => refuse(step, &[Channel::Call, Channel::Text]),
        Consequence::Engaged | Consequence::CallBack => reached(step, attempt.at),
        Consequence::Interpreter => {
            step.case.contact.interpreter = true;
            reached(step, attempt.at);
        }
        // A later case must not call the family of who has died.
        Consequence::StopAll => step.task(TaskKind::ConfirmDeath, 1),
        Consequence::GoOn
        | Consequence::NumberUnusable
        | Consequence::AddressUnusable
        | Consequence::NoTexts
        | Consequence::Facility => {}
    }
}

/// Whether the case ended because nobody could reach the member, before enrolment or after. That is no word of theirs.
pub(super) fn ended_unreached(step: &Step) -> bool {
    let closed = step.case.closed.as_ref();
    closed.is_some_and(|closed| closed.closure == Some(ClosureKind::UnableToContact))
}

/// The member was reached, though the case had ended because nobody could: a person decides, and until then the cool-down
/// stands (FIELD §3.3). What happened before a person looked is answered.
pub(super) fn reached(step: &mut Step, at: Moment) {
    let answered = step.case.looked.filter(|looked| {
        let since_the_end = step.case.closed.as_ref().is_some_and(|closed| *looked >= closed.at);
        since_the_end && at <= *looked
    });
    if ended_unreached(step) && !step.case.contact.opted_out && answered.is_none() {
        step.raise(ReviewReason::ReachedAfterEnd);
    }
}

/// Whoever could not be reached has been, and says no: that counts, with its own cool-down (FACTS §5.4).
pub(super) fn late_decline(step: &mut Step, not_now: bool) -> Result<(), Refusal> {
    if !ended_unreached(step) {
        return Err(Refusal::CaseClosed);
    }
    end_for_good(step, if not_now { ClosureKind::DeclinedNotNow } else { ClosureKind::Declined });
    Ok(())
}

/// Asks a person about an ended case, once. Not about a member who wants no contact: that is theirs alone to take back.
fn ask(step: &mut Step, reason: ReviewReason) -> Result<(), Refusal> {
    if !reason.is_of_the_ended() {
        return Err(Refusal::CaseClosed);
    }
    if step.case.contact.opted_out {
        return Err(Refusal::OptedOut);
    }
    if step.case.reviews.contains(&reason) {
        return Err(Refusal::Repeated);
    }
    step.raise(reason);
    Ok(())
}

/// A person's answer: it stays ended, or service begins anew. The ended case is not opened again: the next decision that
/// identifies the member opens another one (FACTS §6.1). Of a member who was reached after all, and would not be left in
/// peace, it is told as their own asking: that alone ends a cool-down (FACTS §5.4).
fn answered(step: &mut Step, verdict: &Verdict) -> Result<(), Refusal> {
    if !step.by_person() {
        return Err(Refusal::NeedsPerson);
    }
    if step.case.reviews.is_empty() {
        return Err(Refusal::CaseClosed);
    }
    match verdict {
        Verdict::Continue => {}
        Verdict::Requeue => {
            if step.case.reviews.contains(&ReviewReason::ReachedAfterEnd) {
                let referral = Referral {
                    received: step.today(),
                    by: ReferralSource::Member,
                    reason: ReviewReason::ReachedAfterEnd.id().into(),
                };
                step.facts.push(Fact::Referral(referral));
            }
            let now = step.now;
            if let Some(closed) = step.case.closed.as_mut() {
                closed.anew = Some(now);
            }
        }
        Verdict::RecallAndRequeue | Verdict::AsProposed | Verdict::Close(_) => {
            return Err(Refusal::CaseClosed);
        }
    }
    step.case.looked = Some(step.now);
    step.case.reviews.clear();
    Ok(())
}

/// The member is not identified any more: whether service begins anew is no question then.
fn moot(step: &mut Step) -> Result<(), Refusal> {
    if !step.case.reviews.contains(&ReviewReason::Reentry) {
        return Err(Refusal::CaseClosed);
    }
    step.case.reviews.retain(|review| *review != ReviewReason::Reentry);
    Ok(())
}

fn refuse(step: &mut Step, channels: &[Channel]) {
    step.case.contact.refuse(channels);
    reach::record_channels(step, channels, false);
}

/// The closure becomes a permanent one; an earlier, shorter cool-down is superseded by the new fact.
fn opt_out(step: &mut Step, scope: OptOutScope) {
    step.case.contact.opted_out = true;
    step.reason(scope.id());
    let date: Day = step.today();
    let kind = match scope {
        OptOutScope::Program => ClosureKind::OptOutPermanent,
        OptOutScope::PlanWide => {
            let what = PreferenceKind::DoNotContact { set: true };
            step.facts.push(Fact::Preference(Preference { received: date, what }));
            ClosureKind::DoNotContact
        }
    };
    end_for_good(step, kind);
}

/// The member has said no: what was asked about the case is answered by it.
fn end_for_good(step: &mut Step, kind: ClosureKind) {
    step.case.reviews.clear();
    if let Some(closed) = step.case.closed.as_mut() {
        (closed.closure, closed.anew) = (Some(kind), None);
    }
    let date = step.today();
    step.facts.push(Fact::Closure(Closure { kind, date, received: date }));
}
