//! Mutation runner for a stable toolchain: `mutate TARGET EXECUTIONS [SEED [FOLDER]]`.
//!
//! Takes samples, changes them at random, reads them. A panic ends it with the seed of the execution, so that it can
//! be repeated; an execution longer than ten seconds counts as endless.

use icm_fuzz::{Random, Target, mutate, read, seeds};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Longest input, in bytes.
const LONGEST: usize = 64 * 1024;

/// Longest execution.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let target = arguments.first().and_then(|name| Target::ALL.iter().find(|(known, _)| known == name));
    let executions = arguments.get(1).and_then(|count| count.parse::<u64>().ok());
    let (Some((name, target)), Some(executions)) = (target, executions) else {
        eprintln!("usage: mutate x12|fhir|csv|any EXECUTIONS [SEED [FOLDER OF SAMPLES]]");
        return ExitCode::from(64);
    };
    let seed = arguments.get(2).and_then(|seed| seed.parse::<u64>().ok()).unwrap_or(1);
    let samples = seeds(*target, arguments.get(3).map(PathBuf::from).as_deref());
    let start = Instant::now();
    for execution in 0..executions {
        let mut random = Random::new(seed.wrapping_add(execution));
        let sample = &samples[random.below(samples.len())];
        let other = &samples[random.below(samples.len())];
        let bytes = mutate(sample, other, &mut random, LONGEST);
        let began = Instant::now();
        if std::panic::catch_unwind(|| read(*target, &bytes)).is_err() || began.elapsed() > PATIENCE {
            eprintln!("{name}: broken by seed {}", seed.wrapping_add(execution));
            return ExitCode::FAILURE;
        }
    }
    eprintln!("{name}: {executions} executions in {:.0?}, none broken", start.elapsed());
    ExitCode::SUCCESS
}
