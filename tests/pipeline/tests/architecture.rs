//! The rooms of the workspace: what each crate may depend on, and what no file may contain (DESIGN §4).
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a workspace that cannot be read is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Direct, non-development dependencies of every crate of the workspace.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_package = |package: &serde_json::Value| {
        let own = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"].is_null());
        own.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), of_package(package)))
        .collect()
}

const FUNCTIONS: [&str; 7] = [
    "ingest-files",
    "identify-members",
    "review-due",
    "queue-outreach",
    "relay-outbox",
    "receive-vendor",
    "operations",
];

fn is_sdk(name: &str) -> bool {
    name.starts_with("aws-")
}

#[test]
fn domain_and_measures_know_no_async_no_sdk_no_clock_and_no_log() {
    let all = dependencies();
    // Two hashes: one for what is kept and compared, one for maps that are filled for every member decided about.
    let allowed = ["serde", "thiserror", "blake3", "foldhash", "jiff"];
    for name in &all["icm-domain"] {
        assert!(allowed.contains(&name.as_str()), "icm-domain depends on {name}");
    }
    for name in &all["icm-measure"] {
        assert!(
            ["icm-domain", "schemars", "serde"].contains(&name.as_str()),
            "icm-measure depends on {name}"
        );
    }
}

#[test]
fn only_the_aws_room_and_the_local_stack_know_the_sdk() {
    for (package, names) in dependencies() {
        let may = ["icm-aws", "icm", "icm-pipeline-tests"].contains(&package.as_str());
        for name in names.iter().filter(|name| is_sdk(name)) {
            assert!(may, "{package} depends on {name}");
        }
    }
}

#[test]
fn rooms_depend_only_downwards() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("icm-domain", &[][..]),
        ("icm-contract", &["icm-domain", "icm-ports"][..]),
        ("icm-formats", &["icm-domain", "icm-contract"][..]),
        ("icm-ports", &["icm-domain"][..]),
        ("icm-measure", &["icm-domain"][..]),
        ("icm-aws", &["icm-ports", "icm-domain", "icm-contract"][..]),
        ("icm-casework", &["icm-ports", "icm-domain", "icm-contract", "icm-measure"][..]),
        ("icm-lambda", &["icm-ports", "icm-domain", "icm-contract"][..]),
        ("icm-synth", &["icm-domain"][..]),
    ]);
    let all = dependencies();
    for (package, may) in allowed {
        for name in all[package].iter().filter(|name| all.contains_key(*name)) {
            assert!(may.contains(&name.as_str()), "{package} depends on {name}");
        }
    }
    for function in FUNCTIONS {
        for name in all[function].iter().filter(|name| all.contains_key(*name)) {
            assert!(!FUNCTIONS.contains(&name.as_str()), "{function} depends on {name}");
        }
    }
}

#[test]
fn function_libraries_read_no_environment_and_no_sdk() {
    for function in FUNCTIONS {
        for file in rust_files(&workspace().join("functions").join(function).join("src")) {
            let is_main = file.file_name().is_some_and(|name| name == "main.rs");
            let text = std::fs::read_to_string(&file).unwrap();
            if is_main {
                assert!(text.lines().count() <= 40, "{} is more than wiring", file.display());
            } else {
                for word in ["std::env", "aws_sdk_", "icm_aws::"] {
                    assert!(!text.contains(word), "{} contains {word}", file.display());
                }
            }
        }
    }
}

#[test]
fn the_visible_top_level_is_the_agreed_one() {
    let agreed = ["Cargo.toml", "Cargo.lock", "README.md", "functions", "infra", "shared", "tests", "target"];
    for entry in std::fs::read_dir(workspace()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with('.') || agreed.contains(&name.as_str()), "{name} stands at the top level");
    }
}

#[test]
fn files_have_one_subject() {
    for room in ["shared", "functions", "infra", "tests"] {
        for file in rust_files(&workspace().join(room)) {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= 500, "{} has {lines} lines", file.display());
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let skipped = path.file_name().is_some_and(|name| name == "target" || name == "node_modules");
        if path.is_dir() && !skipped {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}
