//! The tables that ship are compact: patterns in place of lists. They must say the same as the published lists about
//! every code that those name.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use icm_domain::code::Code;
use icm_formats::tables;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The values of one column, of every row.
fn column(file: &Path, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let at = reader.headers().unwrap().iter().position(|header| header == name).unwrap();
    reader.records().map(|row| row.unwrap().get(at).unwrap().to_owned()).collect()
}

#[test]
fn shipped_sets_hold_the_published_codes_and_no_other_published_code() {
    let shared = std::env::var_os("ICM_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("domain/tables");
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is absent", folder.display());
        return;
    }
    let (shipped, published) = (tables::shipped().unwrap(), tables::from_folder(&folder).unwrap());
    let files = [
        ("acsc_pqi_v2024_slim.csv", "ahrq_format", "code", ""),
        ("ahrq_pqe_ed_v2024.csv", "code_set", "icd10cm", "PQE:"),
    ];
    let mut compared = 0;
    for (file, set_column, code_column, prefix) in files {
        let path = folder.join(file);
        let sets: BTreeSet<String> = column(&path, set_column).into_iter().collect();
        let codes: BTreeSet<String> = column(&path, code_column).into_iter().collect();
        for set in sets.iter().map(|set| format!("{prefix}{set}")) {
            let differs = |text: &&String| {
                let code = Code::new(text).unwrap();
                shipped.in_set(&set, &code) != published.in_set(&set, &code)
            };
            let differing: Vec<&String> = codes.iter().filter(differs).collect();
            assert!(differing.is_empty(), "{set}: {differing:?}");
            compared += codes.len();
        }
    }
    assert!(compared > 100_000, "{compared} look-ups");
}
