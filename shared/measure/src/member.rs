//! What a report knows of one member: made by the job that goes through the store, counted and forgotten.

use crate::course::Course;
use crate::usage::Usage;
use icm_domain::case::log::CaseLine;
use icm_domain::case::state::Case;
use icm_domain::day::Day;
use icm_domain::decision::{Decision, DecisionKind, LeftOut, Policy, View, arbiter, settled};
use icm_domain::facts::{LineOfBusiness, MemberFacts, Model};
use icm_domain::moment::Moment;

/// By what reports are cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Line of business.
    pub lob: Option<LineOfBusiness>,
    /// Preferred language.
    pub language: Option<Box<str>>,
    /// County.
    pub county: Option<Box<str>>,
    /// Race or ethnicity, where held.
    pub race_ethnicity: Option<Box<str>>,
    /// Attributed practice.
    pub practice: Option<Box<str>>,
}

/// A case with its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLog {
    /// The case.
    pub case: Case,
    /// Its log, in order.
    pub lines: Vec<CaseLine>,
}

/// What guardrails count of a member (FACTS §9); made by the job, which knows calling hours and the shared ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Calls and texts that the plan's people and diallers have recorded.
    pub dialled: u32,
    /// Of these, outside the member's calling hours.
    pub outside_hours: u32,
    /// Days on which any program contacted the member.
    pub contact_days: u32,
    /// Of these, days on which more than one did.
    pub shared_days: u32,
    /// As of when the decision that stands was made.
    pub decided: Option<Day>,
}

/// A member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberRecord {
    /// By what reports are cut.
    pub traits: Traits,
    /// The decision as of the day of the report; none: nothing could be decided.
    pub decision: Option<DecisionKind>,
    /// Other programs that manage the member now.
    pub managed_by: Vec<Model>,
    /// The model that would fit best and is not to be had where the member lives.
    pub not_to_be_had: Option<Model>,
    /// Cases of every program.
    pub cases: Vec<CaseLog>,
    /// Days of contacts by anybody, one each: tries by any program or vendor as the shared ledger has them (no letters),
    /// contacts of service, contacts that the rosters of other programs state.
    pub contacts: Vec<Day>,
    /// What was used.
    pub usage: Usage,
    /// What guardrails count.
    pub watch: Watch,
}

impl MemberRecord {
    /// From everything known about a member; `touches` are those of the shared ledger. `first` is the first day whose
    /// use is wanted.
    pub fn of(
        facts: &MemberFacts,
        decision: &Decision,
        cases: Vec<CaseLog>,
        touches: &[Moment],
        first: Day,
        policy: Policy<'_>,
    ) -> Self {
        let as_of = decision.as_of;
        let person = facts.person(as_of);
        let needs = settled(facts, as_of, policy);
        let view = View::new(&needs, &person, as_of, policy, LeftOut::default());
        let served = cases.iter().flat_map(|log| Course::of(&log.case, &log.lines).contacts);
        let stated = facts.rosters.iter().flat_map(|row| row.contacts.iter().copied());
        let mut contacts: Vec<Day> = stated.chain(touches.iter().map(|at| at.day())).collect();
        contacts.extend(served.map(|contact| contact.at.day()));
        contacts.retain(|day| *day <= as_of);
        let active = decision.findings.iter().filter(|finding| finding.active);
        Self {
            traits: Traits {
                lob: decision.lob,
                language: person.language.as_ref().map(|code| code.as_str().to_ascii_lowercase().into()),
                county: person.county.clone(),
                race_ethnicity: person.race_ethnicity.as_ref().map(|held| held.expose().clone()),
                practice: person.pcp.clone(),
            },
            decision: Some(decision.kind),
            // Population management is never evidence of management (ruling 27).
            managed_by: active.map(|finding| finding.model).filter(|model| *model != Model::M4).collect(),
            not_to_be_had: arbiter::not_offered(&view, &decision.counts, as_of),
            cases,
            contacts,
            usage: Usage::of(facts, first, as_of, policy),
            watch: Watch::default(),
        }
    }
}
