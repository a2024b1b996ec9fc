//! The care plan: made once from the program's template, then moved on by persons (FACTS §4; loops of referrals close).

use super::step::Step;
use crate::case::refusal::Refusal;
use crate::case::status::Phase;
use crate::program::care_plan::{CarePlan, LoopStatus, PlanRefusal};

/// The first plan of an enrolled member; a later one never replaces what persons have made of it.
pub(super) fn made(step: &mut Step, plan: &CarePlan) -> Result<(), Refusal> {
    if step.case.phase() != Phase::Enrolled {
        return Err(Refusal::NotInThisStatus);
    }
    if step.case.plan.is_some() {
        return Err(Refusal::Repeated);
    }
    step.case.plan = Some(Box::new(plan.clone()));
    Ok(())
}

/// A task or referral moves on; a loop only goes forward.
pub(super) fn moved(step: &mut Step, code: &str, to: LoopStatus) -> Result<(), Refusal> {
    let today = step.today();
    let Some(plan) = step.case.plan.as_mut() else { return Err(Refusal::NotInThisStatus) };
    plan.advance(code, to, today).map_err(|refusal| match refusal {
        PlanRefusal::NoSuchTask | PlanRefusal::NotAReferral => Refusal::Inconsistent,
        PlanRefusal::NotForward => Refusal::Repeated,
    })?;
    step.reason(to.id());
    Ok(())
}
