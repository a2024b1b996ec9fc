//! The Tuva sets against a plain count by the csv crate: every claim, line and paid cent comes out, once.

use crate::shared::samples;
use flate2::read::MultiGzDecoder;
use icm_domain::facts::Fact;
use icm_domain::ids::SourceId;
use icm_domain::money::Cents;
use icm_formats::{Item, ReadOptions, read};
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

/// Lines and paid amount by feed and claim.
type Claims = BTreeMap<(String, String), (usize, Cents)>;

#[test]
fn every_claim_line_and_paid_cent_of_the_tuva_sets_is_read_once() {
    let Some(data) = samples() else { return };
    for set in ["tuva_synthetic", "de_synpuf", "probes/input"] {
        for table in ["medical_claim", "pharmacy_claim"] {
            let path = data.join("tuva").join(set).join(format!("{table}.csv.gz"));
            let (expected, found) = (counted(&path), claims(&path));
            eprintln!("{set} {table}: {} claims", found.len());
            assert_eq!(expected, found, "{set} {table}");
        }
        let path = data.join("tuva").join(set).join("eligibility.csv.gz");
        assert_eq!(rows(&path), spans(&path), "{set} eligibility");
    }
}

fn table(path: &Path) -> csv::Reader<MultiGzDecoder<File>> {
    csv::Reader::from_reader(MultiGzDecoder::new(File::open(path).unwrap()))
}

fn counted(path: &Path) -> Claims {
    let mut claims = Claims::new();
    let mut table = table(path);
    let header = table.headers().unwrap().clone();
    let [source, id, paid] = ["data_source", "claim_id", "paid_amount"]
        .map(|name| header.iter().position(|column| column == name));
    for row in table.records() {
        let row = row.unwrap();
        let cell = |column: Option<usize>| row[column.unwrap()].to_owned();
        let claim = claims.entry((cell(source), cell(id))).or_default();
        claim.0 += 1;
        claim.1 += Cents::parse(&cell(paid)).unwrap_or_default();
    }
    claims
}

fn claims(path: &Path) -> Claims {
    let mut claims = Claims::new();
    each(path, |fact| {
        if let Fact::Claim(claim) = fact {
            let paid: Cents = claim.lines.iter().filter_map(|line| line.paid).sum();
            assert_eq!(claim.paid.unwrap_or_default(), paid);
            let key = (claim.source.as_str().to_owned(), claim.claim_id.as_str().to_owned());
            assert!(claims.insert(key, (claim.lines.len(), paid)).is_none(), "a claim came out twice");
        }
    });
    claims
}

fn rows(path: &Path) -> usize {
    table(path).records().count()
}

fn spans(path: &Path) -> usize {
    let mut spans = 0;
    each(path, |fact| spans += usize::from(matches!(fact, Fact::Coverage(_))));
    spans
}

/// Every fact of a file; fails on a problem.
fn each(path: &Path, mut take: impl FnMut(Fact)) {
    let flow = read(&path.to_path_buf(), &ReadOptions::new(SourceId::from("x")), &mut |item| {
        assert!(!matches!(item, Item::Problem(_)), "{}: {item:?}", path.display());
        if let Item::Fact { fact, .. } = item {
            take(fact);
        }
        ControlFlow::Continue(())
    });
    assert_eq!(flow, ControlFlow::Continue(()));
}
