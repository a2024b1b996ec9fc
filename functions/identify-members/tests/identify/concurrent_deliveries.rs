//! Two invocations at one time, crashes at every port call, and redelivery: the decision that stands has seen every
//! fact (DESIGN D3).

use crate::support::{self, Told, coverage, deliver, end_of, function, member, original, stay, void};
use icm_domain::decision::DecisionKind;
use icm_domain::ids::{CaseId, EffectId, MemberId, ProgramId};
use icm_ports::{
    Body, CaseRecord, CasesRead, Commit, EffectRecord, EffectsRead, EventRecord, FactsAppend, FactsRead,
    Head, MemberCommit, MemberRead, Pack, PackKey, QuarantineRecord, QuarantineWrite, RegistryKind,
    RegistryRead, RegistryRecord, RegistryWrite, Result,
};
use icm_testkit::{Fault, Gate, Ports, World, explore, run, run_until_stuck};

/// Changes from one invocation to the other in an interleaving: two make every race of read and write, three leave room
/// for its repair to be raced.
const SWITCHES: usize = 3;

/// Runs two deliveries in every interleaving; each world begins with `before` delivered. Returns the ends that differ
/// from the decision over all facts, and the number of runs.
fn interleave(before: &[Told], first: &Told, second: &Told, reread: bool) -> (usize, usize) {
    let mut wrong = 0;
    let runs = explore(
        SWITCHES,
        || {
            let world = World::new();
            for told in before {
                run(deliver(world.open(), told.clone()));
            }
            let begin = |told: &Told| {
                let ports = world.ports(Gate::yielding());
                let told = told.clone();
                let invocation: icm_testkit::explore::Invocation<'static> = if reread {
                    Box::pin(async move { drop(deliver(ports, told).await) })
                } else {
                    Box::pin(async move { drop(deliver(WithoutReread(ports), told).await) })
                };
                invocation
            };
            let invocations = [begin(first), begin(second)];
            (world, invocations)
        },
        |world, _| {
            let end = end_of(world);
            if end.decision != end.decision_over_all_facts || end.open_cases != usize::from(end.identified) {
                wrong += 1;
            }
        },
    );
    (wrong, runs)
}

/// The function as it would be without the last step: the keys are read, and say nothing.
struct WithoutReread(Ports);

impl FactsAppend for WithoutReread {
    async fn append(&self, member: &MemberId, packs: &[Pack]) -> Result<()> {
        self.0.append(member, packs).await
    }
}
impl FactsRead for WithoutReread {
    async fn packs(&self, member: &MemberId) -> Result<Vec<Pack>> {
        self.0.packs(member).await
    }
    async fn pack_keys(&self, _: &MemberId) -> Result<Vec<PackKey>> {
        Ok(Vec::new())
    }
}
impl MemberRead for WithoutReread {
    async fn head(&self, member: &MemberId) -> Result<Head> {
        self.0.head(member).await
    }
    async fn decision(&self, member: &MemberId) -> Result<Option<Body>> {
        self.0.decision(member).await
    }
}
impl MemberCommit for WithoutReread {
    async fn commit(&self, commit: &Commit) -> Result<()> {
        self.0.commit(commit).await
    }
}
impl CasesRead for WithoutReread {
    async fn cases(&self, member: &MemberId) -> Result<Vec<CaseRecord>> {
        self.0.cases(member).await
    }
    async fn case(&self, member: &MemberId, program: &ProgramId) -> Result<Option<CaseRecord>> {
        self.0.case(member, program).await
    }
    async fn events(&self, member: &MemberId, case_id: &CaseId) -> Result<Vec<EventRecord>> {
        self.0.events(member, case_id).await
    }
}
impl EffectsRead for WithoutReread {
    async fn effect(&self, member: &MemberId, id: &EffectId) -> Result<Option<EffectRecord>> {
        self.0.effect(member, id).await
    }
    async fn effects(&self, member: &MemberId) -> Result<Vec<EffectRecord>> {
        self.0.effects(member).await
    }
}
impl QuarantineWrite for WithoutReread {
    async fn quarantine(&self, records: &[QuarantineRecord]) -> Result<()> {
        self.0.quarantine(records).await
    }
}

impl RegistryRead for WithoutReread {
    async fn record(&self, kind: RegistryKind, key: &str) -> Result<Option<RegistryRecord>> {
        RegistryRead::record(&self.0, kind, key).await
    }
    async fn records(&self, kind: RegistryKind, prefix: &str) -> Result<Vec<RegistryRecord>> {
        RegistryRead::records(&self.0, kind, prefix).await
    }
    async fn taken(&self, key: &str) -> Result<i64> {
        self.0.taken(key).await
    }
}
impl RegistryWrite for WithoutReread {
    async fn write(&self, kind: RegistryKind, record: &RegistryRecord) -> Result<()> {
        self.0.write(kind, record).await
    }
}

#[test]
fn an_original_and_its_void_at_one_time_end_as_if_one_after_the_other() {
    let before = [vec![coverage(), stay("s1", 10)]];
    let (wrong, runs) = interleave(&before, &vec![original("s2", 40)], &vec![void("s2", 40)], true);
    eprintln!("{runs} interleavings");
    assert!(runs > 100, "the explorer must have choices");
    assert_eq!(wrong, 0);
}

#[test]
fn the_harness_catches_a_decision_that_is_not_read_again() {
    let before = [vec![coverage(), stay("s1", 10)]];
    let (wrong, _) = interleave(&before, &vec![original("s2", 40)], &vec![void("s2", 40)], false);
    assert!(wrong > 0, "without reading again some interleaving must leave an outdated decision");
}

#[test]
fn two_deciders_that_change_nothing_alone_never_miss_each_other() {
    // Neither stay alone is a trigger; both together are.
    let before = [vec![coverage()]];
    let (wrong, runs) = interleave(&before, &vec![stay("s1", 10)], &vec![stay("s2", 40)], true);
    // All interleavings of up to three switches: short sequences have fewer of them.
    assert!(runs > 50, "the explorer must have choices, it had {runs}");
    assert_eq!(wrong, 0);
}

#[test]
fn the_same_message_twice_at_one_time_opens_one_case() {
    let told = vec![coverage(), stay("s1", 10), stay("s2", 40)];
    let (wrong, _) = interleave(&[], &told, &told, true);
    assert_eq!(wrong, 0);
}

#[test]
fn a_crash_at_any_call_is_repaired_by_the_redelivery() {
    let told = vec![coverage(), stay("s1", 10), stay("s2", 40)];
    let expected = {
        let world = World::new();
        run(deliver(world.open(), told.clone()));
        end_of(&world)
    };
    assert_eq!((expected.decision, expected.open_cases), (Some(DecisionKind::IdentifiedIcm), 1));
    let calls = {
        let (world, gate) = (World::new(), Gate::open());
        let ports = world.ports(gate);
        run(deliver(ports.clone(), told.clone()));
        ports.gate.calls().len()
    };
    for call in 0..calls {
        for fault in [Fault::CrashBefore, Fault::CrashAfter] {
            let world = World::new();
            let crashed =
                run_until_stuck(deliver(world.ports(Gate::with_fault(call, fault.clone())), told.clone()));
            assert!(crashed.is_none(), "call {call} must have crashed");
            let answer = run(deliver(world.open(), told.clone()));
            assert!(answer.batch_item_failures.is_empty());
            assert_eq!(end_of(&world), expected, "call {call}, {fault:?}");
        }
    }
}

#[test]
fn an_error_at_any_call_gives_the_message_back_or_is_overcome() {
    let told = vec![coverage(), stay("s1", 10), stay("s2", 40)];
    for call in 0..6 {
        for fault in [Fault::Throttle, Fault::Unavailable, Fault::Ambiguous, Fault::Conflict] {
            let world = World::new();
            let answer = run(deliver(world.ports(Gate::with_fault(call, fault.clone())), told.clone()));
            let returned = !answer.batch_item_failures.is_empty();
            if returned {
                run(deliver(world.open(), told.clone()));
            }
            let end = end_of(&world);
            assert_eq!(end.decision, end.decision_over_all_facts, "call {call}, {fault:?}");
            assert_eq!(end.open_cases, 1, "call {call}, {fault:?}");
        }
    }
}

#[test]
fn messages_in_any_order_and_twice_end_the_same() {
    let parts = [coverage(), stay("s1", 10), original("s2", 40), void("s2", 40), stay("s3", 80)];
    let orders: [[usize; 5]; 6] = [
        [0, 1, 2, 3, 4],
        [4, 3, 2, 1, 0],
        [2, 0, 3, 1, 4],
        [3, 2, 4, 0, 1],
        [1, 4, 0, 2, 3],
        [0, 4, 2, 1, 3],
    ];
    let mut ends = Vec::new();
    for order in orders {
        let world = World::new();
        for repeated in [false, true] {
            for at in order {
                run(deliver(world.open(), vec![parts[at].clone()]));
                if repeated {
                    run(deliver(world.open(), vec![parts[at].clone()]));
                }
            }
        }
        let end = end_of(&world);
        ends.push((end.decision, end.open_cases, end.packs));
    }
    ends.dedup();
    assert_eq!(ends.len(), 1, "{ends:?}");
}

#[test]
fn a_void_withdraws_the_case_that_its_original_opened() {
    let world = World::new();
    run(deliver(world.open(), vec![coverage(), stay("s1", 10), original("s2", 40)]));
    assert_eq!(end_of(&world).open_cases, 1);
    run(deliver(world.open(), vec![void("s2", 40)]));
    let end = end_of(&world);
    assert_eq!((end.decision, end.open_cases), (Some(DecisionKind::NotTriggered), 0));
    let state = world.state();
    let case = state.members[&member()].cases["ICM"].case.clone();
    assert_eq!(case.closed.map(|closed| closed.ending.reason.id()), Some("CLAIM_REVERSED"));
}

#[test]
fn a_bad_message_is_quarantined_and_the_others_are_decided() {
    let world = World::new();
    let mut event = support::event(&[vec![coverage(), stay("s1", 10), stay("s2", 40)]]);
    let mut bad = event.records[0].clone();
    bad.message_id = "bad".to_owned();
    bad.body = "{\"type\":\"icm.facts.v1\",\"members\":7}".to_owned();
    event.records.insert(0, bad);
    let answer = run(function(world.open()).handle(event));
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(end_of(&world).open_cases, 1);
    let state = world.state();
    let kept: Vec<&QuarantineRecord> = state.quarantine.values().collect();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].content.is_some() && !kept[0].reason.contains('7'));
}

#[test]
fn an_old_id_and_a_new_one_are_one_person() {
    let world = World::new();
    let old = MemberId::new("m0");
    run(deliver(world.open(), vec![coverage(), stay("s1", 10)]));
    run(function(world.open()).handle(support::event_about(&old, &[vec![stay("s2", 40)]])));
    assert_eq!(end_of(&world).open_cases, 0);
    run(deliver(world.open(), vec![support::alias("m0")]));
    run(function(world.open()).handle(support::event_about(&old, &[vec![support::alias("m1")]])));
    let state = world.state();
    let open: usize = state
        .members
        .values()
        .flat_map(|held| held.cases.values())
        .filter(|record| record.case.is_open())
        .count();
    assert_eq!(open, 1, "the stays of both ids count together, and open one case");
}

/// What the circuit breaker reads (DESIGN D12).
#[test]
fn a_member_who_is_identified_is_counted_once_however_often_the_facts_are_delivered() {
    let world = World::new();
    let told = vec![coverage(), stay("s1", 10), stay("s2", 40)];
    for _ in 0..3 {
        run(deliver(world.open(), told.clone()));
    }
    let state = world.state();
    let counts: Vec<&str> = state
        .registry
        .iter()
        .filter(|((kind, key), _)| *kind == RegistryKind::Progress.id() && key.starts_with("identified#ICM#"))
        .map(|(_, record)| record.body.text.as_ref())
        .collect();
    assert_eq!(counts, [r#"{"count":1}"#]);
}
