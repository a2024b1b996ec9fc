//! Criteria that are published: proposed by one person, approved by another, in force for the next batch, and the
//! population decided again (DESIGN D6).

use icm_casework::rules::{self, Refused};
use icm_contract::{FactsMessage, MemberFactsMessage, pack};
use icm_domain::claim::{ClaimKind, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::DecisionKind;
use icm_domain::facts::{Coverage, Fact, LineOfBusiness};
use icm_domain::ids::{ActorId, ClaimId, MemberId, SourceId};
use icm_domain::moment::Moment;
use icm_lambda::{SqsEvent, SqsRecord};
use icm_ports::{Destination, MemberRead};
use icm_testkit::{FixedClock, Ports, World, run};
use identify_members::{IdKey, IdentifyMembers, Published};
use review_due::{Review, handle};
use std::sync::LazyLock;

const TODAY: Day = Day::from_count(20_000);

pub(crate) static TABLES: LazyLock<icm_domain::tables::Tables> =
    LazyLock::new(|| icm_formats::tables::shipped().unwrap());

fn ports(world: &World) -> Ports {
    world.open()
}

fn at(day: Day) -> FixedClock {
    FixedClock::at(Moment::start_of(day).plus_hours(9))
}

fn facts() -> Vec<Fact> {
    facts_on(TODAY)
}

/// Coverage, and two stays in the months before.
pub(crate) fn facts_on(today: Day) -> Vec<Fact> {
    let source = SourceId::new("plan");
    let stay = |id: &str, days_ago: i32| {
        let admit = today.plus(-days_ago);
        let mut claim = ClaimVersion::new(
            source.clone(),
            ClaimId::new(id),
            ClaimKind::Institutional,
            admit.plus(5),
            (admit, admit.plus(3)),
        );
        claim.bill_type = Code::bill_type("111");
        claim.facility = Some("F1".into());
        claim.admit = Some(admit);
        claim.admit_type = Code::new("1");
        claim.discharge_status = Code::two_digits("01");
        claim.dx = vec![Code::new("I509").unwrap()];
        claim.lines = vec![Line { rev: Code::revenue("0120"), ..Line::default() }];
        Fact::Claim(Box::new(claim))
    };
    let coverage = Coverage {
        source: source.clone(),
        received: today.plus(-400),
        lob: LineOfBusiness::Medicaid,
        from: today.plus(-400),
        thru: None,
        retracted: false,
    };
    vec![Fact::Coverage(coverage), stay("A", 20), stay("B", 60)]
}

/// Delivers a body to the function, whose environment has lived as long as `function`.
fn deliver(function: &IdentifyMembers<Ports, Published, FixedClock>, body: String) {
    let record = SqsRecord {
        message_id: "1".to_owned(),
        body,
        attributes: std::collections::BTreeMap::new(),
        source: String::new(),
    };
    let answer = run(function.handle(SqsEvent { records: vec![record] }));
    assert!(answer.batch_item_failures.is_empty());
}

fn function(world: &World, day: Day) -> IdentifyMembers<Ports, Published, FixedClock> {
    let rules = Published::new("ICM", TABLES.clone()).unwrap();
    IdentifyMembers::new(ports(world), rules, at(day), IdKey::of("test"))
}

fn decision(world: &World, member: &MemberId) -> DecisionKind {
    run(ports(world).head(member)).unwrap().outcome.unwrap().decision
}

/// Runs `review-due` and delivers what it asks for.
fn review(world: &World, function: &IdentifyMembers<Ports, Published, FixedClock>, day: Day) -> u64 {
    let review =
        Review { store: ports(world), queues: ports(world), clock: at(day), tables: TABLES.clone().into() };
    let asked = run(handle(serde_json::Value::Null, &review)).unwrap().reevaluated;
    let sent = std::mem::take(&mut world.state().sent);
    for (to, message) in sent {
        assert_eq!(to, Destination::Facts);
        deliver(function, message.body);
    }
    asked
}

/// Stricter than the shipped: two stays are not enough.
pub(crate) fn stricter() -> Criteria {
    let mut criteria =
        Criteria { version: "2".to_owned(), effective_from: Some(TODAY), ..Criteria::default() };
    criteria.triggers.r1_stays180 = 9;
    criteria.triggers.r2_stays365 = 9;
    criteria.triggers.r7_readmit180 = 9;
    criteria.triggers.r8_pqi365 = 9;
    criteria
}

fn who(name: &str) -> ActorId {
    ActorId::new(name)
}

#[test]
fn publication_needs_two_people_and_valid_criteria_that_overlap_no_others() {
    let world = World::new();
    let (store, now) = (ports(&world), Moment::start_of(TODAY));
    let invalid = Criteria { id: " ".into(), ..stricter() };
    assert!(matches!(
        run(rules::propose(&store, invalid, who("ann"), now)).unwrap(),
        Err(Refused::Invalid(_))
    ));
    let draft = Criteria { draft: true, ..stricter() };
    assert_eq!(run(rules::propose(&store, draft, who("ann"), now)).unwrap(), Err(Refused::Draft));
    assert_eq!(run(rules::propose(&store, stricter(), who("ann"), now)).unwrap(), Ok(()));
    assert_eq!(run(rules::propose(&store, stricter(), who("bob"), now)).unwrap(), Err(Refused::Exists));
    let id = stricter().id;
    let approve =
        |version: &str, by: &str| run(rules::approve(&store, (&id, version), who(by), now)).unwrap();
    assert_eq!(approve("2", "ann"), Err(Refused::SamePerson));
    assert!(run(rules::criteria(&store)).unwrap().is_empty(), "proposed is not in force");
    assert_eq!(approve("2", "bob"), Ok(()));
    assert_eq!(approve("2", "bob"), Err(Refused::Decided));
    let next = Criteria { version: "3".to_owned(), ..stricter() };
    assert_eq!(run(rules::propose(&store, next, who("ann"), now)).unwrap(), Ok(()));
    assert_eq!(approve("3", "bob"), Err(Refused::Overlap { version: "2".to_owned(), day: TODAY }));
}

#[test]
fn when_criteria_are_published_everybody_is_decided_again_by_them_in_steps() {
    let world = World::new();
    let function = function(&world, TODAY);
    let members: Vec<MemberId> = (0..7).map(|n| MemberId::new(format!("m{n}"))).collect();
    for member in &members {
        let part = MemberFactsMessage { member: member.clone(), packs: pack::encode(member, &facts()) };
        deliver(&function, FactsMessage { members: vec![part] }.to_body());
        assert_eq!(decision(&world, member), DecisionKind::IdentifiedIcm);
    }
    assert_eq!(review(&world, &function, TODAY), 0, "a new store has nobody to decide again");
    let (store, now) = (ports(&world), Moment::start_of(TODAY));
    run(rules::propose(&store, stricter(), who("ann"), now)).unwrap().unwrap();
    run(rules::approve(&store, (&stricter().id, "2"), who("bob"), now)).unwrap().unwrap();
    assert_eq!(review(&world, &function, TODAY), 7);
    for member in &members {
        assert_eq!(decision(&world, member), DecisionKind::NotTriggered);
        let record = run(ports(&world).decision(member)).unwrap().unwrap();
        assert!(record.text.contains(r#""criteria_version":"2""#), "the record names the version");
        let state = world.state();
        let held = &state.members[member];
        assert!(held.cases.values().all(|record| !record.case.is_open()), "never contacted: withdrawn");
    }
    assert_eq!(review(&world, &function, TODAY), 0, "once");
}

#[test]
fn criteria_that_begin_later_decide_from_their_first_day_on() {
    let world = World::new();
    let member = MemberId::new("m1");
    let begin = TODAY.plus(3);
    let (store, now) = (ports(&world), Moment::start_of(TODAY));
    let later = Criteria { effective_from: Some(begin), ..stricter() };
    run(rules::propose(&store, later, who("ann"), now)).unwrap().unwrap();
    run(rules::approve(&store, (&stricter().id, "2"), who("bob"), now)).unwrap().unwrap();
    let part = MemberFactsMessage { member: member.clone(), packs: pack::encode(&member, &facts()) };
    deliver(&function(&world, TODAY), FactsMessage { members: vec![part] }.to_body());
    assert_eq!(decision(&world, &member), DecisionKind::IdentifiedIcm);
    assert_eq!(review(&world, &function(&world, begin.plus(-1)), begin.plus(-1)), 0);
    assert_eq!(review(&world, &function(&world, begin), begin), 1);
    assert_eq!(decision(&world, &member), DecisionKind::NotTriggered);
}
