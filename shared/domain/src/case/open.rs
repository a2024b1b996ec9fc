//! How a case begins: only by a decision, and only once per member and program (FACTS §6.1).

use crate::case::contact::ContactState;
use crate::case::refusal::Refusal;
use crate::case::required::Participation;
use crate::case::state::{Case, CoManager, CoverageState, Terms};
use crate::case::status::Status;
use crate::day::Day;
use crate::decision::priority::Priority;
use crate::ids::{CaseId, MemberId, ProgramId};
use crate::moment::Moment;

/// What a new case is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Its id.
    pub id: CaseId,
    /// The member.
    pub member: MemberId,
    /// The program.
    pub program: ProgramId,
    /// The terms.
    pub terms: Terms,
    /// Place in the queue, as decided.
    pub priority: Priority,
    /// Voluntary or required.
    pub participation: Participation,
    /// Version of the member's facts on which the decision was made; the decision has seen coverage.
    pub facts_version: u64,
    /// Who else manages the member (IDENTIFIED_ICM_COMANAGE).
    pub co_managers: Vec<CoManager>,
    /// The contact details as the decision knew them ([`crate::case::hear::details`]); none: not known.
    pub details: Option<u64>,
    /// When.
    pub at: Moment,
}

/// Opens a case. `previous` is the member's latest case in this program; `contactable_from` the end of its cool-down
/// as the decision computed it (the end day itself is contactable again, FACTS §5.4), none when there is none.
pub fn open(
    opening: Opening,
    previous: Option<&Case>,
    contactable_from: Option<Day>,
) -> Result<Case, Refusal> {
    if previous.is_some_and(Case::is_open) {
        return Err(Refusal::PreviousOpen);
    }
    if previous.is_some_and(|case| case.contact.opted_out) {
        return Err(Refusal::OptedOut);
    }
    if contactable_from.is_some_and(|day| opening.at.day() < day) {
        return Err(Refusal::CoolDown);
    }
    Ok(new_case(opening, previous))
}

/// Opens a case because the member has asked for it: an earlier opt-out or cool-down is the member's to lift
/// (FACTS §5.4: they never expire except by the member). Another open case still stands in the way.
pub fn open_at_members_request(opening: Opening, previous: Option<&Case>) -> Result<Case, Refusal> {
    if previous.is_some_and(Case::is_open) {
        return Err(Refusal::PreviousOpen);
    }
    Ok(new_case(opening, previous))
}

fn new_case(opening: Opening, previous: Option<&Case>) -> Case {
    Case {
        contact: ContactState { details: opening.details, ..previous.map(carried_over).unwrap_or_default() },
        previous: previous.map(|case| case.id.clone()),
        id: opening.id,
        member: opening.member,
        member_before: Vec::new(),
        program: opening.program,
        terms: opening.terms,
        status: Status::Identified,
        since: opening.at,
        resume: None,
        opened: opening.at,
        waiting_since: None,
        priority: opening.priority,
        participation: opening.participation,
        coverage: CoverageState { covered: true, facts_version: opening.facts_version },
        lead: None,
        co_managers: opening.co_managers,
        place: None,
        wave: None,
        assignment: None,
        former: Vec::new(),
        vendors_tried: Vec::new(),
        had_no_place: Vec::new(),
        next_vendor: None,
        consent: None,
        start: None,
        open_tasks: Vec::new(),
        sequence: 0,
        hold: None,
        trigger_invalidated: None,
        reviews: Vec::new(),
        proposal: None,
        upheld: None,
        looked: None,
        plan: None,
        closed: None,
        recent_keys: Vec::new(),
    }
}

/// What a later case takes over: what the member refused, and numbers that are wrong. Attempts start anew.
fn carried_over(previous: &Case) -> ContactState {
    ContactState {
        unusable: previous.contact.unusable.clone(),
        refused: previous.contact.refused.clone(),
        interpreter: previous.contact.interpreter,
        ..ContactState::default()
    }
}
