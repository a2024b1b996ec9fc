//! Runs that are told in advance: the first failures that such systems have.

use crate::invoke;
use crate::seeds::simulate;
use crate::sim::{Cause, Sim};
use crate::story::Told;
use crate::swarm::Stream;
use icm_domain::decision::DecisionKind;
use icm_domain::ids::MemberId;
use icm_ports::{Destination, EffectStatus};
use icm_testkit::Plant;

/// A run without faults, vendors' moods or stories of its own.
fn quiet(plant: Option<Plant>) -> Sim {
    let mut sim = Sim::new(0, plant, |swarm| {
        swarm.faults = crate::swarm::Faults::default();
        swarm.duplicates = 0;
        swarm.points = 30;
        swarm.daily_cap = 200;
    });
    sim.stories.clear();
    sim
}

fn member() -> MemberId {
    MemberId::new("m1")
}

/// Delivers all facts and runs them to the end.
fn settle(sim: &mut Sim) {
    while sim.facts.has_visible(sim.now()) {
        sim.deliver_facts();
        while !sim.running.is_empty() {
            sim.poll(0, 100);
        }
    }
    sim.checked().unwrap();
}

fn tell(sim: &mut Sim, told: &Told) {
    let body = told.message(&member(), sim.now().day());
    sim.facts.put(body);
}

/// A member who meets a trigger, with an open case.
fn identified(sim: &mut Sim) {
    for told in [Told::Profile, Told::Coverage, stay(0, 40), stay(1, 20)] {
        tell(sim, &told);
    }
    settle(sim);
    assert_eq!(decision(sim), Some(DecisionKind::IdentifiedIcm));
}

const fn stay(number: u32, days_before: i32) -> Told {
    Told::Stay { number, days_before }
}

fn decision(sim: &Sim) -> Option<DecisionKind> {
    let state = sim.world.state();
    state.members.get(&member())?.head.outcome.as_ref().map(|outcome| outcome.decision)
}

/// Lets the newest invocation run until it is about to make this call.
fn until(sim: &mut Sim, operation: &str) {
    let at = sim.running.len() - 1;
    for _ in 0..1000 {
        if sim.running[at].gate.calls().last() == Some(&operation) {
            return;
        }
        sim.poll(at, 1);
    }
    panic!("the invocation never comes to {operation}");
}

/// One decider has read a stay and is about to commit; another stores the void, sees nothing to change and is done; then
/// the first commits what is outdated by now, reads again and repairs it.
fn stale_decider(plant: Option<Plant>) -> Option<DecisionKind> {
    let mut sim = quiet(plant);
    for told in [Told::Profile, Told::Coverage, stay(0, 40)] {
        tell(&mut sim, &told);
    }
    settle(&mut sim);
    assert_eq!(decision(&sim), Some(DecisionKind::NotTriggered));
    tell(&mut sim, &stay(1, 20));
    sim.deliver_facts();
    until(&mut sim, "commit member");
    tell(&mut sim, &Told::Void { number: 1, days_before: 20 });
    sim.deliver_facts();
    while sim.running.len() > 1 {
        sim.poll(1, 100);
    }
    assert_eq!(decision(&sim), Some(DecisionKind::NotTriggered), "the second had nothing to change");
    while !sim.running.is_empty() {
        sim.poll(0, 100);
    }
    decision(&sim)
}

#[test]
fn a_stale_decider_that_commits_after_a_no_change_decider_reads_again() {
    assert_eq!(stale_decider(None), Some(DecisionKind::NotTriggered));
    assert_eq!(
        stale_decider(Some(Plant::NoReread)),
        Some(DecisionKind::IdentifiedIcm),
        "without reading again"
    );
}

/// Admits the member and crashes the admission right after its commit; returns whether the first task ever leaves.
fn crashed_after_the_commit(plant: Option<Plant>) -> bool {
    let mut sim = quiet(plant);
    sim.swarm.served = crate::swarm::Served::Team;
    sim.plant = plant;
    identified(&mut sim);
    sim.start("queue", Cause::Schedule, invoke::queue);
    while sim.world.state().stream.is_empty() {
        sim.poll(0, 1);
    }
    // The platform takes the machine away here.
    sim.running.clear();
    for _ in 0..6 {
        sim.later(60_000 * 30);
        sim.start("queue", Cause::Schedule, invoke::queue);
        while !sim.running.is_empty() {
            sim.poll(0, 100);
        }
        sim.sweep();
        while !sim.running.is_empty() {
            sim.poll(0, 100);
        }
    }
    let state = sim.world.state();
    let task = state.stream[0].1.clone();
    state.sent.iter().any(|(_, message)| *message.key == *task.as_str())
}

#[test]
fn a_crash_between_commit_and_sending_loses_nothing() {
    assert!(crashed_after_the_commit(None));
    assert!(!crashed_after_the_commit(Some(Plant::WriteThenSend)), "write, then send: the command is lost");
}

#[test]
fn with_the_stream_off_for_the_whole_run_everything_drains() {
    for seed in 1000..1012 {
        let run = simulate(seed, None, |swarm| swarm.stream = Stream::Off);
        let sim =
            run.unwrap_or_else(|failure| panic!("seed {seed}: {:?}\n{}", failure.broken, failure.trace));
        let state = sim.world.state();
        let waiting = state.members.values().flat_map(|held| held.effects.values());
        assert!(waiting.into_iter().all(|effect| effect.status != EffectStatus::Pending));
        assert_eq!(sim.stream_at, 0, "the stream woke nobody");
    }
}

#[test]
fn both_hand_over_modes_end_in_service() {
    use crate::swarm::Served;
    for served in [Served::Vendors, Served::DelegatedVendors, Served::Team] {
        let served_by = |seed| {
            let run = simulate(seed, None, |swarm| {
                swarm.served = served;
                swarm.points = 30;
                swarm.daily_cap = 200;
            });
            let sim =
                run.unwrap_or_else(|failure| panic!("seed {seed}: {:?}\n{}", failure.broken, failure.trace));
            let state = sim.world.state();
            for offer in state.sent.iter().filter(|(to, _)| matches!(to, Destination::Vendor(_))) {
                let message: serde_json::Value = serde_json::from_str(&offer.1.body).unwrap();
                let rules = &message["data"]["contact_rules"];
                let delegated = message["data"]["hand_over"] == "OUTREACH_DELEGATED";
                assert_eq!(rules.is_object(), delegated, "who reaches members is told what binds");
                assert!(
                    !delegated
                        || rules["opens"] == "08:00"
                            && rules["zones"].to_string().contains("America/Chicago"),
                    "{rules}"
                );
            }
            state
                .members
                .values()
                .flat_map(|held| held.cases.values())
                .any(|record| record.case.start.is_some())
        };
        assert!((2000..2016).any(served_by), "{served:?}: nobody was ever served");
    }
}
