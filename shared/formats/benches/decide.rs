//! Fold and decide on one core, in memory, without explanations: `cargo bench -p icm-formats --bench decide`.
//! In processor time of the thread: what a decision costs does not depend on what else the machine does. Goal: a
//! million claims a second; and utilization from the samples of The Tuva Project, repeated fifty times,
//! parse included: 200,000 claim lines a second.

mod cpu;

use cpu::CpuTime;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use icm_domain::claim::family::resolve;
use icm_domain::day::Day;
use icm_domain::decision::{Policy, Standing, decide};
use icm_domain::facts::{Fact, MemberFacts};
use icm_domain::ids::SourceId;
use icm_domain::utilization::{Person, Utilization};
use icm_formats::input::Input;
use icm_formats::{Item, ReadOptions, files, tables};
use icm_synth::Population;
use std::collections::HashMap;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Members of the population that is decided.
const MEMBERS: u64 = 4000;
/// Repetitions of the sample.
const TIMES: usize = 50;

fn decisions(criterion: &mut Criterion<CpuTime>) {
    let Ok(tables) = tables::shipped() else { return };
    let criteria = icm_domain::criteria::Criteria::default();
    let policy = Policy { criteria: &criteria, tables: &tables, cutoffs: None };
    let Some(as_of) = Day::from_ymd(2026, 6, 30) else { return };
    let population = Population { members: MEMBERS, seed: 42, months: 24, as_of };
    let everybody: Vec<MemberFacts> =
        population.iter().map(icm_synth::SyntheticMember::into_member_facts).collect();
    // Members as the triggers meet them: those with a claim history of any size.
    let members: Vec<&MemberFacts> = everybody.iter().filter(|facts| facts.claims.len() >= 10).collect();
    let claims: usize = members.iter().map(|facts| facts.claims.len()).sum();
    let standing = Standing::default();
    let mut group = criterion.benchmark_group("decide");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(claims as u64));
    group.bench_function("claims", |bencher| {
        bencher.iter(|| {
            members
                .iter()
                .filter(|facts| decide(black_box(facts), &standing, as_of, policy).kind.identifies())
                .count()
        });
    });
    group.finish();
}

/// The medical claims of the larger sample, its rows repeated under other claim and person numbers.
fn repeated() -> Option<(Vec<u8>, u64)> {
    let shared = std::env::var_os("ICM_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let file = shared.join("data/tuva/de_synpuf/medical_claim.csv.gz");
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut icm_formats::input::content(&file).ok()?, &mut text).ok()?;
    let header_end = text.iter().position(|byte| *byte == b'\n')? + 1;
    let (header, rows) = text.split_at(header_end);
    let names: Vec<&str> = std::str::from_utf8(header).ok()?.trim_end().split(',').collect();
    let numbered: Vec<usize> = ["claim_id", "person_id", "member_id"]
        .iter()
        .filter_map(|name| names.iter().position(|n| n == name))
        .collect();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(rows);
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;
    let mut writer = csv::Writer::from_writer(header.to_vec());
    for time in 0..TIMES {
        for record in &records {
            let cells = record.iter().enumerate().map(|(at, cell)| {
                if numbered.contains(&at) { format!("{cell}-{time}") } else { cell.to_owned() }
            });
            writer.write_record(cells).ok()?;
        }
    }
    Some((writer.into_inner().ok()?, (records.len() * TIMES) as u64))
}

fn utilization(criterion: &mut Criterion<CpuTime>) {
    let (Some((file, lines)), Ok(tables)) = (repeated(), tables::shipped()) else { return };
    let criteria = icm_domain::criteria::Criteria::default();
    let mut group = criterion.benchmark_group("utilization");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(lines));
    group.bench_function("claim lines, parse included", |bencher| {
        bencher.iter(|| {
            let mut members: HashMap<Box<str>, MemberFacts> = HashMap::new();
            let inputs: [&dyn Input; 1] = [&file];
            let flow =
                files::read_all(&inputs, &ReadOptions::new(SourceId::from("bench")), &mut |_, item| {
                    if let Item::Fact { member: Some(member), fact: fact @ Fact::Claim(_), .. } = item {
                        members.entry(member.as_str().into()).or_default().push(fact);
                    }
                    ControlFlow::Continue(())
                });
            assert!(flow.is_continue());
            members
                .values()
                .map(|facts| {
                    let versions: Vec<_> = facts.claims.iter().collect();
                    Utilization::of(resolve(&versions), Person::default(), &criteria, &tables).stays.len()
                })
                .sum::<usize>()
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = cpu::criterion();
    targets = decisions, utilization
}
criterion_main!(benches);
