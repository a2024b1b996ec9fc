//! Claim lines generated in a second on one core: `cargo run --release -p icm-synth --example throughput`.
#![expect(clippy::print_stdout, reason = "an example that prints its measurement")]

use icm_domain::day::Day;
use icm_synth::Population;
use std::time::Instant;

fn main() {
    let Some(as_of) = Day::from_ymd(2026, 6, 30) else { return };
    let population = Population { members: 50_000, seed: 42, months: 12, as_of };
    let start = Instant::now();
    let (claims, lines) = population
        .iter()
        .fold((0, 0), |(claims, lines), member| (claims + member.claims.len(), lines + member.lines()));
    let elapsed = start.elapsed();
    let rate = lines as u128 * 1_000_000 / elapsed.as_micros().max(1);
    println!("{claims} claims, {lines} lines in {elapsed:?}: {rate} lines a second");
}
