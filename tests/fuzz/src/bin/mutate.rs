//! Mutation runner for a stable toolchain: `mutate TARGET|all EXECUTIONS [SEED [FOLDER]]`.
//!
//! Takes samples, changes them at random, reads them. A panic ends it with the seed of the execution, so that it can
//! be repeated; an execution longer than ten seconds counts as endless, and so does a process that comes to hold more
//! than 400 MiB.

use icm_fuzz::{Random, Target, mutate, read, seeds};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Longest input, in bytes.
const LONGEST: usize = 64 * 1024;

/// Longest execution.
const PATIENCE: Duration = Duration::from_secs(10);

/// Most memory that the process may come to hold, in KiB.
const MEMORY_KIB: u64 = 400 * 1024;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let executions = arguments.get(1).and_then(|count| count.parse::<u64>().ok());
    let targets: Vec<_> = Target::ALL
        .into_iter()
        .filter(|(known, _)| arguments.first().is_some_and(|name| name == known || name == "all"))
        .collect();
    let (Some(executions), false) = (executions, targets.is_empty()) else {
        let names: Vec<&str> = Target::ALL.into_iter().map(|(name, _)| name).collect();
        eprintln!("usage: mutate {}|all EXECUTIONS [SEED [FOLDER OF SAMPLES]]", names.join("|"));
        return ExitCode::from(64);
    };
    let seed = arguments.get(2).and_then(|seed| seed.parse::<u64>().ok()).unwrap_or(1);
    let folder = arguments.get(3).map(PathBuf::from);
    let each = executions.div_ceil(targets.len() as u64);
    // A panic that a reader answers for (damaged Parquet) is no news; one that breaks a promise is repeated aloud.
    let aloud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    for (name, target) in targets {
        if let Err((broken, bytes)) = run(target, each, seed, folder.as_deref()) {
            eprintln!("{name}: {broken}");
            std::panic::set_hook(aloud);
            read(target, &bytes);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Runs one target; what broke, by which seed, and the bytes.
fn run(target: Target, executions: u64, seed: u64, folder: Option<&Path>) -> Result<(), (String, Vec<u8>)> {
    let samples = seeds(target, folder);
    let start = Instant::now();
    for execution in 0..executions {
        let seed = seed.wrapping_add(execution);
        let mut random = Random::new(seed);
        let sample = &samples[random.below(samples.len())];
        let other = &samples[random.below(samples.len())];
        let bytes = mutate(sample, other, &mut random, LONGEST);
        let began = Instant::now();
        if std::panic::catch_unwind(|| read(target, &bytes)).is_err() || began.elapsed() > PATIENCE {
            return Err((format!("broken by seed {seed}"), bytes));
        }
        if execution % 100_000 == 0 && peak_kib().is_some_and(|peak| peak > MEMORY_KIB) {
            return Err((format!("holds more than {MEMORY_KIB} KiB by seed {seed}"), bytes));
        }
    }
    let peak = peak_kib().unwrap_or_default() / 1024;
    let (samples, took) = (samples.len(), start.elapsed());
    eprintln!(
        "{target:?}: {executions} executions of {samples} samples in {took:.0?}, none broken, peak {peak} MiB"
    );
    Ok(())
}

/// The most memory that the process has held (Linux; elsewhere unknown).
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
