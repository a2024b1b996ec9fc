//! The worked examples of FACTS §10, with the shipped tables and with the published ones.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic, and says so when it is skipped"
)]

use icm_domain::criteria::Criteria;
use icm_domain::decision::{Policy, decide};
use icm_domain::tables::Tables;
use icm_formats::{tables, vignettes};
use serde_json::{Value, json};
use std::path::PathBuf;

fn shared() -> Option<PathBuf> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("ICM_SHARED").map_or_else(|| workspace.join("../shared"), PathBuf::from);
    if folder.join("domain/vignettes.json").is_file() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is absent", folder.join("domain/vignettes.json").display());
    None
}

/// Every key that an example's `expect` names must come out so.
fn disagreements(tables: &Tables, json: &[u8]) -> Vec<String> {
    let criteria = Criteria::default();
    let policy = Policy { criteria: &criteria, tables, cutoffs: None };
    let mut wrong = Vec::new();
    for case in vignettes::parse(json).unwrap() {
        let decision = decide(&case.facts(), &case.standing(), case.as_of, policy);
        let got = json!({
            "decision": decision.kind, "reason": decision.reason,
            "triggers": decision.triggers, "counts": decision.counts,
        });
        let expected = case.expect.as_object().cloned().unwrap_or_default();
        for (key, value) in expected {
            let same = match (&value, &got[&key]) {
                (Value::Object(some), Value::Object(all)) => some.iter().all(|(k, v)| all.get(k) == Some(v)),
                (one, other) => one == other,
            };
            if !same {
                wrong.push(format!("{} {key}: expected {value}, got {}", case.id, got[&key]));
            }
        }
    }
    wrong
}

#[test]
fn every_vignette_agrees_with_the_shipped_tables() {
    let Some(shared) = shared() else { return };
    let json = std::fs::read(shared.join("domain/vignettes.json")).unwrap();
    let wrong = disagreements(&tables::shipped().unwrap(), &json);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_vignette_agrees_with_the_published_tables() {
    let Some(shared) = shared() else { return };
    let json = std::fs::read(shared.join("domain/vignettes.json")).unwrap();
    let wrong = disagreements(&tables::from_folder(&shared.join("domain/tables")).unwrap(), &json);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
