//! The program's remedy for its own service, proposed and carried out.

use super::leave;
use super::step::Step;
use crate::case::effect::{Due, EffectKind, TaskKind};
use crate::case::reason::{CloseReason, Ending, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::remedy::{Proposal, Remedy, RemedyRule};
use crate::case::status::Status;
use crate::ids::VendorId;

/// Raises the review with what the program proposes; of two proposals the heavier stands.
pub(super) fn propose(step: &mut Step, why: ReviewReason) {
    let rule = step.case.terms.remedies.rule(why).unwrap_or_default();
    let heavier = step.case.proposal.is_none_or(|held| held.rule.remedy < rule.remedy);
    if heavier && rule.remedy != Remedy::Review {
        step.case.proposal = Some(Proposal { why, rule, since: step.now });
    }
    step.raise_with(why, rule.model);
}

/// The program's rule needs no person: taken back, or offered on while somebody else has a place for the member.
pub(super) fn due(step: &mut Step, next: Option<&VendorId>) -> Result<(), Refusal> {
    let proposal = step.case.proposal.ok_or(Refusal::NotInThisStatus)?;
    if proposal.rule.confirm || proposal.rule.remedy == Remedy::HandUp {
        return Err(Refusal::NeedsPerson);
    }
    if proposal.rule.remedy == Remedy::Reoffer && next.is_none() {
        return Err(Refusal::NoPlace);
    }
    carry_out(step, proposal.rule)?;
    // What was asked about the service that has just ended is answered.
    let remedies = step.case.terms.remedies;
    step.case.reviews.retain(|review| remedies.rule(*review).is_none());
    Ok(())
}

/// A person confirms what the program proposes.
pub(super) fn confirmed(step: &mut Step) -> Result<(), Refusal> {
    let proposal = step.case.proposal.ok_or(Refusal::NotInThisStatus)?;
    step.case.reviews.clear();
    carry_out(step, proposal.rule)
}

fn carry_out(step: &mut Step, rule: RemedyRule) -> Result<(), Refusal> {
    if step.case.status != Status::Active {
        return Err(Refusal::NotInThisStatus);
    }
    step.reason(rule.remedy.id());
    match rule.remedy {
        Remedy::Review => return Err(Refusal::NotInThisStatus),
        Remedy::Recall => {
            take_away(step);
            step.stop_for_review(ReviewReason::TakenBack, Status::Queued);
        }
        Remedy::Reoffer => take_away(step),
        Remedy::HandUp => {
            let due = Due::BusinessDays(5);
            let task = TaskKind::HandUp;
            step.emit(EffectKind::InternalTask { task, review: None, model: rule.model, due });
            let ending = Ending { reason: CloseReason::TransferOtherProgram, next_model: rule.model };
            return leave::closed(step, ending);
        }
    }
    Ok(())
}

/// Back from the present team or vendor into the queue; the consent stands, and the same one is not asked again.
fn take_away(step: &mut Step) {
    if let Some(place) = &step.case.place {
        let team = place.team.clone();
        if !step.case.vendors_tried.contains(&team) {
            step.case.vendors_tried.push(team);
        }
    }
    step.take_back(CloseReason::TransferOtherAgency);
    step.requeue(Status::Queued);
}
