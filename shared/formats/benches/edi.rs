//! Reading speed of 837 and ExplanationOfBenefit, parse alone, in processor time of one core. Aim: at least 150 MB/s each.
//! `cargo bench -p icm-formats --bench edi`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot write its input has nothing to measure")]

mod cpu;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use icm_domain::claim::{ClaimKind, ClaimVersion, Line, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_domain::money::Cents;
use icm_formats::{ReadOptions, fhir, x12};
use std::ops::ControlFlow;

/// Claims in each input.
const CLAIMS: i32 = 20_000;

fn claims() -> Vec<ClaimVersion> {
    (0..CLAIMS).map(claim).collect()
}

/// The n-th claim: three lines, four diagnoses, every third a facility's.
fn claim(number: i32) -> ClaimVersion {
    let from = Day::from_count(19_000 + number % 700);
    let facility = number % 3 == 0;
    let kind = if facility { ClaimKind::Institutional } else { ClaimKind::Professional };
    let id = ClaimId::new(format!("C{number:09}"));
    let mut claim = ClaimVersion::new(SourceId::from("s"), id, kind, from, (from, from.plus(2)));
    claim.member_id = Some(MemberId::new(format!("M{:07}", number / 9)));
    claim.billing_npi = Some(format!("1{:09}", number / 40).into());
    claim.facility.clone_from(&claim.billing_npi);
    claim.frequency = Code::new("1");
    if facility {
        claim.bill_type = Code::new("111");
        claim.admit = Some(from);
        (claim.admit_type, claim.admit_source) = (Code::new("1"), Code::new("1"));
        (claim.discharge_status, claim.drg) = (Code::new("01"), Code::new("291"));
    }
    claim.dx = ["I5023", "E119", "N186", "Z7901"].iter().filter_map(|code| Code::new(code)).collect();
    claim.charge = Some(Cents(123_456));
    claim.lines = (0..3)
        .map(|line| Line {
            rev: if facility { Code::new("0450") } else { None },
            hcpcs: Code::new("99285"),
            modifiers: Code::new("25").into_iter().collect(),
            pos: if facility { None } else { Code::new("23") },
            from: Some(from.plus(line)),
            thru: Some(from.plus(line)),
            units: Some("1".into()),
            charge: Some(Cents(41_152)),
            paid: Some(Cents(30_000)),
            ..Line::default()
        })
        .collect();
    claim.action = action_of(claim.frequency, claim.bill_type);
    claim
}

fn count(bytes: &Vec<u8>) -> usize {
    let options = ReadOptions::new(SourceId::from("s"));
    let mut claims = 0;
    let _: ControlFlow<()> = icm_formats::read(bytes, &options, &mut |item| {
        claims += 1;
        drop(item);
        ControlFlow::Continue(())
    });
    claims
}

fn readers(criterion: &mut Criterion<cpu::CpuTime>) {
    let claims = claims();
    let mut bill = Vec::new();
    x12::write(&claims, x12::Interchange { control: 1, written: Day::from_count(19_700) }, &mut bill)
        .unwrap();
    let mut eob = Vec::new();
    fhir::write(&claims, &mut eob).unwrap();
    let mut group = criterion.benchmark_group("read");
    group.sample_size(20);
    for (name, bytes) in [("837", &bill), ("eob", &eob)] {
        group.throughput(Throughput::Bytes(u64::try_from(bytes.len()).unwrap()));
        group.bench_function(name, |bencher| bencher.iter(|| count(bytes)));
    }
    group.finish();
}

criterion_group! { name = benches; config = cpu::criterion(); targets = readers }
criterion_main!(benches);
