//! Throughput of the readers of tables, parse alone, in processor time of one core. Goal: 150 MB/s for CSV.
//! `cargo bench -p icm-formats --bench parse`.

mod cpu;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use icm_domain::ids::SourceId;
use icm_formats::{Item, ReadOptions, read};
use std::fmt::Write as _;
use std::hint::black_box;
use std::ops::ControlFlow;

/// Bytes of each benchmarked file.
const FILE_BYTES: usize = 24 << 20;

fn bench(criterion: &mut Criterion<cpu::CpuTime>) {
    let mut group = criterion.benchmark_group("parse");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for (name, file) in [
        ("medical_claim.csv", medical(1)),
        ("medical_claim.csv, rows of a claim apart", medical(997)),
        ("eligibility.csv", eligibility()),
    ] {
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| facts(black_box(&file))));
    }
    let file = medical(1);
    group.throughput(Throughput::Bytes(file.len() as u64));
    group.bench_function("csv crate, ByteRecord alone", |bencher| bencher.iter(|| cells(black_box(&file))));
    group.finish();
}

/// Everything that a reader yields, counted.
fn facts(file: &Vec<u8>) -> u64 {
    let mut count = 0;
    let flow = read(file, &ReadOptions::new(SourceId::from("bench")), &mut |item| {
        count += u64::from(matches!(item, Item::Fact { .. }));
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue() && count > 0);
    count
}

/// What the csv crate takes to split the same file into cells: the yardstick of our own splitter.
fn cells(file: &[u8]) -> usize {
    let mut reader = csv::ReaderBuilder::new().from_reader(file);
    let (mut record, mut cells) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).is_ok_and(|more| more) {
        cells += record.len();
    }
    cells
}

/// Claims of five lines in the shape of real files: 143 columns, most of them blank. Rows of a claim are `stride`
/// rows apart.
fn medical(stride: usize) -> Vec<u8> {
    let numbered = |stem: &str| (1..=25).fold(String::new(), |list, n| list + "," + stem + &n.to_string());
    let header = format!(
        "claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,claim_start_date,claim_end_date,\
         claim_line_start_date,claim_line_end_date,admission_date,discharge_date,admit_source_code,admit_type_code,\
         discharge_disposition_code,place_of_service_code,bill_type_code,drg_code_type,drg_code,revenue_center_code,\
         service_unit_quantity,hcpcs_code,hcpcs_modifier_1,hcpcs_modifier_2,hcpcs_modifier_3,hcpcs_modifier_4,\
         hcpcs_modifier_5,rendering_npi,rendering_tin,billing_npi,billing_tin,facility_npi,paid_date,paid_amount,\
         allowed_amount,charge_amount,coinsurance_amount,copayment_amount,deductible_amount,total_cost_amount,\
         diagnosis_code_type{}{},procedure_code_type{}{},in_network_flag,data_source,file_date,file_name,\
         ingest_datetime\n",
        numbered("diagnosis_code_"),
        numbered("diagnosis_poa_"),
        numbered("procedure_code_"),
        numbered("procedure_date_")
    );
    let mut file = header;
    let blank = |count: usize| ",".repeat(count);
    let mut row = 0;
    while file.len() < FILE_BYTES {
        let block = row / (stride * 5);
        let (claim, line) = (block * stride + row % stride, row / stride % 5 + 1);
        let member = claim % 5000;
        let _ = writeln!(
            file,
            "IP{claim:015},{line},institutional,M{member:09},M{member:09},medicare,medicare ffs,2017-12-09,2017-12-13,\
             2017-12-09,2017-12-13,2017-12-09,2017-12-13,1,1,01,,111,ms-drg,241,0120,4,99284{},3115083157,,2200GD,,\
             2200GD,2017-12-20,2000.0,3068.0,2000.0,0.00,,1068.00,,icd-10-cm,I10,K522,N400,I2510,Z8673,I674,R079,R270\
             {},icd-10-pcs{},1,bench,2018-12-31,DE1_0_2008_to_2010,2019-01-01 00:00:00",
            blank(5),
            blank(42),
            blank(50)
        );
        row += 1;
    }
    file.into_bytes()
}

fn eligibility() -> Vec<u8> {
    let mut file = "person_id,member_id,gender,race,birth_date,death_date,death_flag,enrollment_start_date,\
                    enrollment_end_date,payer,payer_type,plan,state,zip_code,data_source\n"
        .to_owned();
    let mut row = 0;
    while file.len() < FILE_BYTES / 4 {
        let _ = writeln!(
            file,
            "M{row:09},M{row:09},female,white,1950-01-02,,0,2016-01-01,2018-12-31,medicare,medicare,ffs,MI,48197,bench"
        );
        row += 1;
    }
    file.into_bytes()
}

criterion_group! { name = benches; config = cpu::criterion(); targets = bench }
criterion_main!(benches);
