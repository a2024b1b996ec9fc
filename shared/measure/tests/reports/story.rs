//! Members whose courses are written down, event by event.

use icm_domain::calendar::business::HolidayCalendar;
use icm_domain::case::event::{CaseEvent, EventKind};
use icm_domain::case::log::CaseLine;
use icm_domain::case::open::{Opening, open};
use icm_domain::case::required::Participation;
use icm_domain::case::state::{Case, Terms};
use icm_domain::case::status::Status;
use icm_domain::case::transition::HistoryEntry;
use icm_domain::day::Day;
use icm_domain::decision::DecisionKind;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::facts::{Channel, LineOfBusiness};
use icm_domain::ids::{ActorId, CaseId, MemberId, ProgramId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::{Attempt, NumberClass, Outcome};
use icm_domain::program::care_plan::{CarePlan, CareTask, LoopStatus};
use icm_domain::program::definition::ServiceAmount;
use icm_domain::program::team::{RateBasis, Team, TeamKind};
use icm_domain::vendor::reply::ContactMode;
use icm_measure::Setting;
use icm_measure::member::{CaseLog, MemberRecord, Traits};

/// A Monday.
pub(crate) const TODAY: &str = "2026-06-29";

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub(crate) fn at(text: &str) -> Moment {
    Moment::start_of(day(text)).plus_hours(15)
}

pub(crate) fn setting() -> Setting {
    let team = Team {
        id: VendorId::new("VENDOR-1"),
        version: 1,
        kind: TeamKind::Vendor,
        active: true,
        test: false,
        contract_major: None,
        message_format: icm_domain::program::team::MessageFormat::Native,
        languages: Vec::new(),
        practices: Vec::new(),
        capacity: Vec::new(),
        clocks: icm_domain::vendor::sla::OfferClocks::default(),
        rate_basis: Some(RateBasis::ContactMonth),
    };
    let calendar = HolidayCalendar {
        id: "none".into(),
        version: 1,
        federal: Vec::new(),
        states: std::collections::BTreeMap::new(),
    };
    Setting { through: at(TODAY), calendar, teams: vec![team], cadences: Vec::new(), waves: Vec::new() }
}

/// A case written event by event.
pub(crate) struct Story {
    pub(crate) case: Case,
    pub(crate) lines: Vec<CaseLine>,
}

impl Story {
    pub(crate) fn opened(id: &str, on: &str) -> Self {
        let priority = Priority {
            tier: Tier::High,
            persistence: Persistence::Usual,
            not_impactable: 1,
            waiting_since: day(on),
        };
        let opening = Opening {
            id: CaseId::new(id),
            member: MemberId::new(format!("member of {id}")),
            program: ProgramId::new("ICM"),
            terms: Terms::default(),
            priority,
            participation: Participation::Voluntary,
            facts_version: 1,
            co_managers: Vec::new(),
            details: None,
            at: at(on),
        };
        let case = open(opening, None, None).unwrap();
        Self { lines: vec![CaseLine::Opened(Box::new(case.clone()))], case }
    }

    /// Something happened, after which the case stands in `to`.
    pub(crate) fn then(mut self, on: &str, kind: EventKind, to: Status) -> Self {
        let key: Box<str> = format!("event {}", self.lines.len()).into();
        let actor = ActorId::new("somebody");
        let entry = HistoryEntry {
            key: key.clone(),
            event: kind.id().into(),
            from: self.case.status,
            to,
            reason: None,
            actor: actor.clone(),
            occurred: at(on),
            recorded: at(on),
        };
        let event = CaseEvent { key, actor, occurred: at(on), recorded: at(on), kind };
        self.case.status = to;
        self.lines.push(CaseLine::Applied { event: Box::new(event), entry });
        self
    }

    pub(crate) fn tried(self, on: &str, outcome: Outcome, to: Status) -> Self {
        let attempt = Attempt {
            task: None,
            at: at(on),
            channel: Channel::Call,
            number_class: NumberClass::ALL[0],
            phone: None,
            outcome,
            call_back: None,
        };
        self.then(on, EventKind::AttemptRecorded(attempt), to)
    }

    pub(crate) fn contact(self, on: &str, minutes: u16, two_way: bool) -> Self {
        let to = self.case.status;
        self.then(on, EventKind::ContactLogged { minutes, mode: ContactMode::Phone, two_way }, to)
    }

    pub(crate) fn log(self) -> CaseLog {
        CaseLog { case: self.case, lines: self.lines }
    }
}

pub(crate) fn enrolled(to: &str) -> EventKind {
    EventKind::Enrolled { to: VendorId::new(to), start: day("2026-05-11"), facts_version: 1 }
}

/// Identified on a Friday, called the next Monday and Tuesday, in service since 11 May.
pub(crate) fn in_service(id: &str) -> Story {
    let mut story = Story::opened(id, "2026-05-01")
        .then("2026-05-01", EventKind::Queued, Status::Queued)
        .then("2026-05-04", EventKind::PendEnded, Status::Outreach)
        .tried("2026-05-04", Outcome::NoAnswer, Status::Outreach)
        .tried("2026-05-05", Outcome::ReachedMember, Status::Engaged)
        .then("2026-05-06", EventKind::PendEnded, Status::Consented)
        .then("2026-05-07", enrolled("VENDOR-1"), Status::Enrolled)
        .then("2026-05-08", EventKind::PendEnded, Status::VendorAccepted)
        .then("2026-05-11", EventKind::ServiceStarted { on: day("2026-05-11") }, Status::Active)
        .contact("2026-05-12", 40, true)
        .contact("2026-05-20", 5, false)
        .contact("2026-06-02", 25, false);
    story.case.plan = Some(Box::new(plan(LoopStatus::Received, "2026-05-25")));
    story
}

pub(crate) fn plan(assessment: LoopStatus, since: &str) -> CarePlan {
    let start = day("2026-05-11");
    let task = CareTask {
        code: "INITIAL_ASSESSMENT".into(),
        due: start.plus(30),
        closed_loop: false,
        status: assessment,
        since: day(since),
    };
    let amount = ServiceAmount {
        tier: Tier::High,
        contacts_per_month: 1,
        in_person_per_month: 0,
        intensive_weeks: 4,
        months_max: 6,
    };
    CarePlan {
        program_version: 1,
        start,
        amount: Some(amount),
        goals: Vec::new(),
        barriers: Vec::new(),
        tasks: vec![task],
    }
}

pub(crate) fn member(county: &str, story: Option<Story>) -> MemberRecord {
    MemberRecord {
        traits: Traits {
            lob: Some(LineOfBusiness::Medicaid),
            county: Some(county.into()),
            practice: Some("PCP-1".into()),
            ..Traits::default()
        },
        decision: Some(if story.is_some() { DecisionKind::AlreadyOpen } else { DecisionKind::NotTriggered }),
        cases: story.into_iter().map(Story::log).collect(),
        ..MemberRecord::default()
    }
}
