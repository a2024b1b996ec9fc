//! A member, their claims, and the function over fakes with the shipped rules.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use icm_contract::{FactsMessage, MemberFactsMessage, pack};
use icm_domain::adt::AdtRules;
use icm_domain::claim::{Action, ClaimKind, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::decision::DecisionKind;
use icm_domain::facts::{AdtEvent, AdtKind, Coverage, Fact, LineOfBusiness, MemberFacts};
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_domain::moment::Moment;
use icm_lambda::{BatchResponse, SqsEvent, SqsRecord};
use icm_testkit::{FixedClock, World};
use identify_members::{Decider, IdKey, IdentifyMembers, Ports, Rules};
use std::sync::LazyLock;

/// The day on which everything is decided.
pub(crate) const TODAY: Day = Day::from_count(20_000);

/// What a message tells about the member.
pub(crate) type Told = Vec<Fact>;

static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::shipped("ICM", icm_formats::tables::shipped().unwrap()).unwrap());

pub(crate) fn member() -> MemberId {
    MemberId::new("m1")
}

pub(crate) fn coverage() -> Fact {
    Fact::Coverage(Coverage {
        source: SourceId::new("plan"),
        received: TODAY.plus(-400),
        lob: LineOfBusiness::Medicaid,
        from: TODAY.plus(-400),
        thru: None,
        retracted: false,
    })
}

/// A message about an inpatient visit, sent so many hours into a day.
pub(crate) fn visit(what: AdtKind, day: Day, hour: i64) -> AdtEvent {
    AdtEvent {
        received: day,
        facility: "HOSP".into(),
        visit: "V7".into(),
        what,
        class: Some(Code::literal("I")),
        admit_type: None,
        sent: Some(Moment::start_of(day).plus_hours(hour)),
        admit: Some(day),
        discharge: None,
        control_id: hour.to_string().into(),
    }
}

pub(crate) fn claim(id: &str, days_ago: i32) -> ClaimVersion {
    let admit = TODAY.plus(-days_ago);
    let (source, id) = (SourceId::new("plan"), ClaimId::new(id));
    let days = (admit, admit.plus(3));
    let mut claim = ClaimVersion::new(source, id, ClaimKind::Institutional, admit.plus(5), days);
    claim.member_id = Some(member());
    claim.bill_type = Code::bill_type("111");
    claim.facility = Some("F1".into());
    claim.admit = Some(admit);
    claim.admit_type = Code::new("1");
    claim.discharge_status = Code::two_digits("01");
    claim.dx = vec![Code::new("I509").unwrap()];
    claim.lines = vec![Line { rev: Code::revenue("0120"), ..Line::default() }];
    claim
}

/// An unplanned acute stay of three days.
pub(crate) fn stay(id: &str, days_ago: i32) -> Fact {
    Fact::Claim(Box::new(claim(id, days_ago)))
}

/// The same as [`stay`], to be voided.
pub(crate) fn original(id: &str, days_ago: i32) -> Fact {
    stay(id, days_ago)
}

/// The void of a stay.
pub(crate) fn void(id: &str, days_ago: i32) -> Fact {
    let mut void = claim(id, days_ago);
    void.action = Action::Void;
    void.frequency = Code::new("8");
    void.replaces = Some(ClaimId::new(id));
    void.received = void.received.plus(1);
    Fact::Claim(Box::new(void))
}

pub(crate) fn alias(other: &str) -> Fact {
    Fact::Alias { received: TODAY.plus(-1), other: MemberId::new(other) }
}

pub(crate) fn event_about(member: &MemberId, messages: &[Told]) -> SqsEvent {
    let record = |(at, facts): (usize, &Told)| {
        let part = MemberFactsMessage { member: member.clone(), packs: pack::encode(member, facts) };
        SqsRecord {
            message_id: at.to_string(),
            body: FactsMessage { members: vec![part] }.to_body(),
            attributes: std::collections::BTreeMap::new(),
            source: String::new(),
        }
    };
    SqsEvent { records: messages.iter().enumerate().map(record).collect() }
}

pub(crate) fn event(messages: &[Told]) -> SqsEvent {
    event_about(&member(), messages)
}

pub(crate) fn function<P: Ports>(ports: P) -> IdentifyMembers<P, Rules, FixedClock> {
    let clock = FixedClock::at(Moment::start_of(TODAY).plus_hours(9));
    IdentifyMembers::new(ports, RULES.clone(), clock, IdKey::of("test"))
}

/// Delivers in the morning of another day than [`TODAY`].
pub(crate) async fn deliver_on<P: Ports>(ports: P, day: Day, told: Told) -> BatchResponse {
    let clock = FixedClock::at(Moment::start_of(day).plus_hours(9));
    IdentifyMembers::new(ports, RULES.clone(), clock, IdKey::of("test")).handle(event(&[told])).await
}

/// The function with criteria that treat messages so.
pub(crate) fn function_sharing<P: Ports>(ports: P, adt: AdtRules) -> IdentifyMembers<P, Rules, FixedClock> {
    let mut rules = RULES.clone();
    rules.in_force.criteria.adt = adt;
    let clock = FixedClock::at(Moment::start_of(TODAY).plus_hours(9));
    IdentifyMembers::new(ports, rules, clock, IdKey::of("test"))
}

pub(crate) async fn deliver<P: Ports>(ports: P, told: Told) -> BatchResponse {
    function(ports).handle(event(&[told])).await
}

/// Where the world stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) decision: Option<DecisionKind>,
    pub(crate) decision_over_all_facts: Option<DecisionKind>,
    pub(crate) identified: bool,
    pub(crate) open_cases: usize,
    pub(crate) cases: usize,
    pub(crate) effects: usize,
    pub(crate) packs: usize,
}

pub(crate) fn end_of(world: &World) -> End {
    let state = world.state();
    let held = state.members.get(&member()).cloned().unwrap_or_default();
    let facts: MemberFacts =
        held.packs.values().flat_map(|held| pack::decode(&member(), &held.bytes).unwrap()).collect();
    let over_all = RULES.decide(&facts, TODAY).outcome().decision;
    End {
        decision: held.head.outcome.as_ref().map(|outcome| outcome.decision),
        decision_over_all_facts: Some(over_all),
        identified: over_all.identifies(),
        open_cases: held.cases.values().filter(|record| record.case.is_open()).count(),
        cases: held.cases.len(),
        effects: held.effects.len(),
        packs: held.packs.len(),
    }
}
