//! Many seeds: those that once failed first, then as many as asked for.

use crate::check::Broken;
use crate::sim::Sim;
use crate::swarm::Swarm;
use icm_testkit::Plant;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Seeds of one run of the tests, unless `ICM_SIM_SEEDS` says otherwise.
const SEEDS: u64 = 256;

/// A run that broke a rule, with what happened before.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) broken: Broken,
    pub(crate) trace: String,
}

/// Runs one seed.
pub(crate) fn simulate(
    seed: u64,
    plant: Option<Plant>,
    change: impl FnOnce(&mut Swarm),
) -> Result<Sim, Box<Failure>> {
    let mut sim = Sim::new(seed, plant, change);
    let run = sim.chaos().and_then(|()| sim.drain()).and_then(|()| sim.end());
    match run {
        Ok(()) => Ok(sim),
        Err(broken) => Err(Box::new(Failure { seed, broken, trace: sim.trace() })),
    }
}

fn kept_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../data/seeds.txt")
}

/// The seeds that once broke a rule: a number at the beginning of each line.
fn kept() -> Vec<u64> {
    let text = std::fs::read_to_string(kept_file()).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

/// Keeps a seed that broke a rule, so that it is run first from now on.
fn keep(failure: &Failure) {
    if kept().contains(&failure.seed) {
        return;
    }
    let mut file = std::fs::OpenOptions::new().append(true).open(kept_file()).unwrap();
    writeln!(file, "{} {:?}", failure.seed, failure.broken.rule).unwrap();
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn seeds_keep_every_rule() {
    if let Some(seed) = number("ICM_SIM_SEED") {
        if let Err(failure) = simulate(seed, None, |_| {}) {
            panic!("seed {seed}: {:?}\n{}", failure.broken, failure.trace);
        }
        return;
    }
    let first = number("ICM_SIM_FROM").unwrap_or(0);
    let many = number("ICM_SIM_SEEDS").unwrap_or(SEEDS);
    let seeds: Vec<u64> = kept().into_iter().chain(first..first + many).collect();
    let (next, steps, failures) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::new(Vec::new()));
    let began = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) =
                    seeds.get(usize::try_from(next.fetch_add(1, Ordering::SeqCst)).unwrap())
                {
                    match simulate(*seed, None, |_| {}) {
                        Ok(sim) => drop(steps.fetch_add(sim.steps, Ordering::SeqCst)),
                        Err(failure) => failures.lock().unwrap().push(failure),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let seconds = began.elapsed().as_secs_f64();
    eprintln!(
        "{} seeds, {} steps, {seconds:.1} s, {} failed",
        seeds.len(),
        steps.into_inner(),
        failures.len()
    );
    let mut report = String::new();
    for failure in &failures {
        keep(failure);
        writeln!(report, "ICM_SIM_SEED={} breaks {:?}", failure.seed, failure.broken).unwrap();
    }
    if let Some(failure) = failures.first() {
        panic!("{report}\nwhat happened last in seed {}:\n{}", failure.seed, failure.trace);
    }
}

/// Everything that a run leaves behind, as one number.
fn footprint(sim: &Sim) -> blake3::Hash {
    let state = sim.world.state();
    let mut text = format!("{} ", sim.steps);
    for (to, message) in &state.sent {
        writeln!(text, "{to:?} {} {}", message.key, message.body).unwrap();
    }
    for (member, held) in &state.members {
        writeln!(text, "{member:?} {:?} {:?} {:?}", held.head, held.cases, held.packs.keys()).unwrap();
    }
    blake3::hash(text.as_bytes())
}

#[test]
fn a_seed_gives_the_same_run_each_time() {
    for seed in [1, 2, 3] {
        let [one, other] = [(); 2].map(|()| simulate(seed, None, |_| {}).map(|sim| footprint(&sim)).ok());
        assert!(one.is_some());
        assert_eq!(one, other, "seed {seed}");
    }
}

#[test]
fn runs_are_not_empty() {
    let (mut opened, mut active, mut offers, mut calls, mut quarantined, mut stays) = (0, 0, 0, 0, 0, 0);
    // Every second run has places for many and days that pass, so that some members are served long enough to have a stay.
    for seed in 0..48 {
        let room = |swarm: &mut Swarm| {
            if seed % 2 == 0 {
                (swarm.points, swarm.daily_cap, swarm.jumps) = (30, 200, 20);
            }
        };
        let Ok(sim) = simulate(seed, None, room) else { continue };
        let state = sim.world.state();
        let cases = || state.members.values().flat_map(|held| held.cases.values());
        opened += cases().count();
        active += cases().filter(|record| record.case.start.is_some()).count();
        offers += sim.vendors.acts.len();
        calls += sim.staff.acts.len();
        quarantined += state.quarantine.len();
        stays += sim.stays_now.len();
    }
    eprintln!(
        "48 seeds: {opened} cases, {calls} contacts, {offers} offers, {active} served, {stays} stays of them, \
         {quarantined} quarantined"
    );
    assert!(opened > 20 && calls > 20 && active > 3 && offers > 5 && quarantined > 3 && stays > 3);
}
