//! What is written to a folder.

use crate::reading::{day, population};
use icm_synth::{Folder, Population, Receipt, Written};
use std::collections::BTreeMap;
use std::path::Path;

pub(crate) fn write(dir: &Path, population: &Population, receipt: Receipt) -> Written {
    let mut folder = Folder::create(dir, population, receipt).unwrap();
    for member in population.iter() {
        folder.write(&member).unwrap();
    }
    folder.finish().unwrap()
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

fn rows(bytes: &[u8]) -> usize {
    csv::Reader::from_reader(bytes).into_byte_records().count()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (one, two, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let population = population(300);
    let until = Receipt::until(population.as_of);
    let written = write(one.path(), &population, until);
    assert_eq!(written, write(two.path(), &population, until));
    assert_eq!(files(one.path()), files(two.path()));
    write(other.path(), &Population { seed: 43, ..population }, until);
    assert_ne!(files(one.path()), files(other.path()));
}

#[test]
fn every_row_has_the_columns_of_its_header() {
    let dir = tempfile::tempdir().unwrap();
    let population = population(500);
    let written = write(dir.path(), &population, Receipt::default());
    let files = files(dir.path());
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    let expected = [
        "availability",
        "closure",
        "consent",
        "eligibility",
        "medical_claim",
        "member",
        "pharmacy_claim",
        "preference",
        "roster",
    ];
    assert_eq!(names, expected.map(|name| format!("{name}.csv")));
    for (name, bytes) in &files {
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(bytes.as_slice());
        assert!(reader.byte_records().all(|row| row.is_ok()), "{name}");
    }
    let lines: usize = population.iter().map(|member| member.lines()).sum();
    assert_eq!(written.claim_lines, lines as u64);
    assert_eq!(rows(&files["medical_claim.csv"]) + rows(&files["pharmacy_claim.csv"]), lines);
    assert_eq!(rows(&files["member.csv"]), 500);
}

#[test]
fn two_drops_hold_together_what_one_holds() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let population = population(400);
    let cut = day("2026-04-15");
    let known = write(first.path(), &population, Receipt::until(cut));
    let later = write(second.path(), &population, Receipt::after(cut));
    let lines: usize = population.iter().map(|member| member.lines()).sum();
    assert!(later.claim_lines > 0);
    assert_eq!(known.claim_lines + later.claim_lines, lines as u64);
    assert_eq!(rows(&files(second.path())["member.csv"]), 0);
}
