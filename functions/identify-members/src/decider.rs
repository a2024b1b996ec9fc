//! What is decided, and by which rules.

use crate::stays::{self, StayTold};
use icm_casework::InForce;
use icm_contract::DecisionRecord;
use icm_domain::case::required::{Participation, Required};
use icm_domain::case::state::{CoManager, Terms};
use icm_domain::day::Day;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::decision::{
    Decision, Judged, LeftOut, Outcome, Policy, Standing, Verdict, View, decide, settled,
};
use icm_domain::facts::{LineOfBusiness, MemberFacts};
use icm_domain::ids::ProgramId;
use icm_domain::program::Locality;
use icm_domain::program::definition::{Mode, ParticipationRule, Program};
use icm_domain::tables::Tables;

/// A decision with everything that acting on it needs.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The record; its version and count of packs are set when it is committed.
    pub record: DecisionRecord,
    /// How the program would serve the member; only for members who meet a trigger, or are identified without one.
    pub triggered: Option<Triggered>,
    /// Last covered day, when not covered on the day decided for.
    pub covered_until: Option<Day>,
    /// The exclusive manager that is to be asked for a case conference.
    pub escalate_to: Option<CoManager>,
}

impl Decided {
    /// The outcome: what is committed when it differs.
    pub const fn outcome(&self) -> &Outcome {
        &self.record.outcome
    }
}

/// How the program would serve a member.
#[derive(Clone, Debug)]
pub struct Triggered {
    /// Terms of the case.
    pub terms: Terms,
    /// Voluntary or required.
    pub participation: Participation,
    /// Place in the queue.
    pub priority: Priority,
    /// Who else manages.
    pub co_managers: Vec<CoManager>,
}

/// Decides about a member. Pure: the same facts and day give the same decision, whatever the order of the facts.
pub trait Decider: Send + Sync {
    /// The program that is decided for.
    fn program(&self) -> &ProgramId;

    /// Whether identified members get a case (DESIGN D12: a program that is OFF opens none).
    fn opens_cases(&self) -> bool;

    /// Whether what only messages tell may be told to vendors (the criteria's `adt.leaves_the_payer`).
    fn shares_messages(&self, facts: &MemberFacts, as_of: Day) -> bool;

    /// The stays that claims tell of and that may still be news (see [`StayTold`]).
    fn stays(&self, facts: &MemberFacts, as_of: Day) -> Vec<StayTold>;

    /// Whether our own service, begun on `start`, does not work: after the time that every service is given a trigger is
    /// met by events after the ramp alone (FACTS §3.3, ruling 16).
    fn fails(&self, facts: &MemberFacts, start: Day, as_of: Day) -> bool;

    /// Whether an acute stay or an ED visit after this day counts towards a trigger.
    fn has_event_after(&self, facts: &MemberFacts, day: Day, as_of: Day) -> bool;

    /// The decision from the facts known on a day.
    fn decide(&self, facts: &MemberFacts, as_of: Day) -> Decided;
}

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The shipped program definitions are broken.
    #[error("program definitions cannot be read")]
    Programs(#[from] serde_json::Error),
    /// There is no program of this id.
    #[error("there is no such program")]
    NoSuchProgram,
}

/// Criteria, tables and program of one deployment.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Criteria, tables and cut-offs.
    pub in_force: InForce,
    /// The program.
    pub program: Program,
}

/// The program definitions that ship with the project.
const SHIPPED_PROGRAMS: &str = include_str!("../../../infra/programs/programs.json");

impl Rules {
    /// The shipped program of this id with default criteria and these tables.
    pub fn shipped(program: &str, tables: Tables) -> Result<Self, RuleError> {
        let programs: Vec<Program> = serde_json::from_str(SHIPPED_PROGRAMS)?;
        let wanted = programs.into_iter().find(|held| held.id.as_str() == program);
        let program = wanted.ok_or(RuleError::NoSuchProgram)?;
        Ok(Self { in_force: InForce::shipped(tables), program })
    }

    /// What holds for a member on a day: the published criteria of the member's line of business.
    pub fn policy(&self, facts: &MemberFacts, as_of: Day) -> Policy<'_> {
        self.in_force.policy(facts, as_of)
    }

    fn triggered(&self, facts: &MemberFacts, decision: &Decision, as_of: Day) -> Option<Triggered> {
        // A program for other lines of business opens no case, whatever the criteria say.
        if decision.lob.is_some_and(|lob| !self.program.takes(lob)) {
            return None;
        }
        let person = facts.person(as_of);
        let member = Locality {
            county: person.county.as_deref(),
            language: person.language.as_ref().map(icm_domain::code::Code::as_str),
            lob: decision.lob.unwrap_or(LineOfBusiness::Medicaid),
            practice: person.pcp.as_deref(),
        };
        let route = self.program.routes.iter().find(|route| route.covers(member));
        let route = route.or_else(|| self.program.routes.first());
        let participation = match &self.program.participation {
            ParticipationRule::Voluntary => Participation::Voluntary,
            ParticipationRule::Required { legal_basis } => Participation::Required(Required {
                legal_basis: legal_basis.clone(),
                emergency_exempt: true,
                notice: None,
                appeal_pending: false,
            }),
        };
        Some(Triggered {
            terms: route.map(|route| self.program.terms(route)).unwrap_or_default(),
            participation,
            priority: decision.priority.or_else(|| referred(facts, decision, as_of))?,
            co_managers: others(facts, decision, Verdict::Comanage),
        })
    }
}

/// The place of a member whom a referral or a clinician alone has brought: no sign of urgency, waiting since their word.
fn referred(facts: &MemberFacts, decision: &Decision, as_of: Day) -> Option<Priority> {
    let referred = facts.referrals.iter().map(|referral| referral.received);
    let said = referred.chain(facts.overrides.iter().map(|held| held.received)).filter(|day| *day <= as_of);
    decision.kind.identifies().then(|| Priority {
        tier: Tier::Standard,
        persistence: Persistence::Usual,
        not_impactable: 3,
        waiting_since: said.max().unwrap_or(as_of),
    })
}

/// The managers with this verdict, from the view that may leave the payer (DESIGN D8).
fn others(facts: &MemberFacts, decision: &Decision, verdict: Verdict) -> Vec<CoManager> {
    let program = |judged: &Judged| {
        let row = judged.finding.rows.last().and_then(|row| facts.rosters.get(*row));
        row.map_or_else(|| judged.finding.model.id().into(), |row| row.program.as_str().into())
    };
    let judged = decision.outward().judged.iter().filter(|judged| judged.verdict == verdict);
    judged.map(|judged| CoManager { model: judged.finding.model, program: program(judged) }).collect()
}

impl Decider for Rules {
    fn program(&self) -> &ProgramId {
        &self.program.id
    }

    fn opens_cases(&self) -> bool {
        self.program.mode != Mode::Off
    }

    fn shares_messages(&self, facts: &MemberFacts, as_of: Day) -> bool {
        self.policy(facts, as_of).criteria.adt.leaves_the_payer
    }

    fn stays(&self, facts: &MemberFacts, as_of: Day) -> Vec<StayTold> {
        stays::told(facts, as_of, self.policy(facts, as_of))
    }

    fn fails(&self, facts: &MemberFacts, start: Day, as_of: Day) -> bool {
        let policy = self.policy(facts, as_of);
        if as_of.since(start) < policy.criteria.grace_days {
            return false;
        }
        let facts = &*settled(facts, as_of, policy);
        let person = facts.person(as_of);
        let view = View::new(facts, &person, as_of, policy, LeftOut::default());
        let ramp_end = start.plus(policy.criteria.ramp_days);
        !view.rules(&view.counts(Some(ramp_end)), Some(ramp_end)).is_empty()
    }

    fn has_event_after(&self, facts: &MemberFacts, day: Day, as_of: Day) -> bool {
        let policy = self.policy(facts, as_of);
        let facts = &*settled(facts, as_of, policy);
        let person = facts.person(as_of);
        let view = View::new(facts, &person, as_of, policy, LeftOut::default());
        let counts = view.counts(Some(day.plus(1)));
        counts.stays365 > 0 || counts.ed365 > 0
    }

    /// The program's own open case is left out of the standing: a decision that opened a case must still be the
    /// decision when the same message comes again. That a case is open is judged where the case is opened; ends of
    /// cases are facts.
    fn decide(&self, facts: &MemberFacts, as_of: Day) -> Decided {
        let policy = self.policy(facts, as_of);
        let decision = decide(facts, &Standing::default(), as_of, policy);
        let spans = facts.coverage.iter().filter(|span| span.received <= as_of && !span.retracted);
        let last = spans.filter_map(|span| span.thru).filter(|thru| *thru < as_of).max();
        Decided {
            record: DecisionRecord {
                as_of,
                outcome: decision.outcome(),
                counts: decision.counts,
                outward_counts: Some(decision.outward().counts),
                priority: decision.priority,
                criteria: policy.criteria.id.clone(),
                criteria_version: policy.criteria.version.clone(),
                tables_version: self.in_force.tables.version.to_string(),
                facts_version: 0,
                packs: 0,
            },
            triggered: self.triggered(facts, &decision, as_of),
            covered_until: if facts.covering(as_of, as_of).is_some() { None } else { last },
            escalate_to: others(facts, &decision, Verdict::Escalate).into_iter().next(),
        }
    }
}
