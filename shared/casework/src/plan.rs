//! The first care plan of an enrolled member, made from the program's template in the commit that enrols (FACTS §4).

use crate::work::{Work, event_of};
use icm_domain::case::event::EventKind;
use icm_domain::case::status::Phase;
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::program::care_plan::CarePlan;

/// Makes the plan of the case in work, if it is enrolled and has none.
pub fn make_plan(work: &mut Work, catalogue: &Catalogue, actor: &str, now: Moment) {
    let case = work.case();
    let (Some(start), None, Phase::Enrolled) = (case.start, &case.plan, case.phase()) else { return };
    let Some(program) = catalogue.program(case.program.as_str()) else { return };
    let plan = CarePlan::from_template(program, case.priority.tier, start);
    let key = format!("care-plan#{}#{start}", case.id.as_str());
    // Refused only where there is a plan already.
    drop(work.apply(&event_of(key, actor, now, EventKind::CarePlanMade(Box::new(plan)))));
}
