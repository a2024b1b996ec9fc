//! The next contact of a case, planned in the commit of what made it due: an admission, an attempt, a dropped task.

use crate::person::{Around, Person};
use crate::work::{Work, event_of};
use icm_domain::case::event::EventKind;
use icm_domain::moment::Moment;
use icm_domain::outreach::plan::{self, Plan};
use icm_domain::program::Catalogue;

/// What planning did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    /// A task stands in the commit.
    Task,
    /// Nothing before this instant.
    Wait(Moment),
    /// The cadence ended; the case is closed or handed on in the commit.
    Exhausted,
    /// Nothing to plan.
    Nothing,
}

/// Plans the next contact of the case in work, if it is in outreach and the plan does the outreach.
pub fn plan_next(
    work: &mut Work,
    person: &Person,
    catalogue: &Catalogue,
    actor: &str,
    now: Moment,
) -> Planned {
    if !plan::awaits_contact(work.case()) {
        return Planned::Nothing;
    }
    let Some(cadence) = catalogue.cadence(&work.case().terms.cadence) else { return Planned::Nothing };
    let around = Around::of(person, &work.head().ledger, &catalogue.calendars);
    // The length of the log makes the key unique to this planning, and the same when it is repeated.
    let key = |what: &str| format!("{what}#{}#{}", work.case().id.as_str(), work.record().lines);
    let (key, kind, planned) = match plan::next(work.case(), cadence, around.as_surroundings(), now) {
        Plan::Task { scheduled, .. } => (key("plan"), EventKind::OutreachScheduled(scheduled), Planned::Task),
        Plan::Exhausted => (key("exhausted"), EventKind::OutreachExhausted, Planned::Exhausted),
        Plan::Wait(until) => return Planned::Wait(until),
        Plan::Blocked(_) => return Planned::Nothing,
    };
    match work.apply(&event_of(key, actor, now, kind)) {
        Ok(_) => planned,
        // Delegated outreach, a hold or a review: the machine says no, and nobody is contacted.
        Err(_) => Planned::Nothing,
    }
}
