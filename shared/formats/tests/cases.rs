//! Worked cases of our own (`tests/data/cases`), in the format of VIGNETTES.md: every rule at its edges, and for
//! each model one case working, failing, too soon and lapsed, by claims and by roster. Decided with the shipped
//! tables, and with the published ones where they are there.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use icm_domain::criteria::Criteria;
use icm_domain::decision::{Policy, decide};
use icm_domain::facts::LineOfBusiness;
use icm_domain::tables::Tables;
use icm_formats::vignettes::Case;
use icm_formats::{tables, vignettes};
use serde_json::{Value, json};
use std::path::PathBuf;

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every case of every file, with the name of its file.
fn cases() -> Vec<(String, Case)> {
    let folder = workspace().join("tests/data/cases");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            let parsed = vignettes::parse(&std::fs::read(file).unwrap());
            let list = parsed.unwrap_or_else(|error| panic!("{name}: {error}"));
            list.into_iter().map(move |case| (name.clone(), case))
        })
        .collect()
}

/// What differs from the expectation; an expectation that names some counts is about those only.
fn disagreements(tables: &Tables) -> Vec<String> {
    let criteria = Criteria::default();
    let policy = Policy { criteria: &criteria, tables, cutoffs: None };
    let mut wrong = Vec::new();
    for (file, case) in cases() {
        let decision = decide(&case.facts(), &case.standing(), case.as_of, policy);
        let got = json!({
            "decision": decision.kind, "reason": decision.reason,
            "triggers": decision.triggers, "counts": decision.counts,
            "finding": decision.full.absence.map(|absent| absent.what),
        });
        for (key, expected) in case.expect.as_object().unwrap() {
            let same = match (expected, &got[key]) {
                (Value::Object(some), Value::Object(all)) => some.iter().all(|(k, v)| all.get(k) == Some(v)),
                (one, other) => one == other,
            };
            if !same {
                wrong.push(format!(
                    "{file} {} ({}) {key}: expected {expected}, got {}",
                    case.id, case.title, got[key]
                ));
            }
        }
    }
    wrong
}

#[test]
fn every_case_agrees_with_the_shipped_tables() {
    let wrong = disagreements(&tables::shipped().unwrap());
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
}

#[test]
fn every_case_agrees_with_the_published_tables() {
    let shared = std::env::var_os("ICM_SHARED").map_or_else(|| workspace().join("../shared"), PathBuf::from);
    let folder = shared.join("domain/tables");
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is absent", folder.display());
        return;
    }
    let wrong = disagreements(&tables::from_folder(&folder).unwrap());
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
}

#[test]
fn cases_have_their_own_ids_and_a_third_is_not_medicaid() {
    let all = cases();
    let mut ids: Vec<(&str, &str)> =
        all.iter().map(|(file, case)| (file.as_str(), case.id.as_str())).collect();
    let before = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), before, "an id is used twice");
    let lobs = all.iter().map(|(_, case)| case.facts().lob(case.as_of));
    let others = lobs.filter(|lob| *lob != Some(LineOfBusiness::Medicaid)).count();
    assert!(others * 3 >= before, "{others} of {before}");
}
