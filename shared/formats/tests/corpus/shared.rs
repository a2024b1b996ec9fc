//! Finding the samples, reading them, and collecting differences.

use icm_domain::claim::ClaimVersion;
use icm_domain::facts::Fact;
use icm_domain::ids::SourceId;
use icm_formats::{Item, Problem, ReadOptions};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The folder of samples beside the workspace (or where `ICM_SHARED` says); none where it is absent.
pub(crate) fn samples() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let shared = std::env::var_os("ICM_SHARED").map_or_else(|| workspace.join("../shared"), PathBuf::from);
    let data = shared.join("data");
    if data.join("expected").is_dir() {
        return Some(data);
    }
    eprintln!("SKIPPED: no samples at {}", data.display());
    None
}

/// What a file yields.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) claims: Vec<ClaimVersion>,
    /// Members of facts that are no claims, each once, in order.
    pub(crate) members: Vec<String>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) ignored: Vec<&'static str>,
}

/// Reads a file through the door that every file takes.
pub(crate) fn read(path: &Path) -> Read {
    let mut read = Read::default();
    let options = ReadOptions::new(SourceId::from("sample"));
    let flow = icm_formats::read(&path.to_path_buf(), &options, &mut |item| {
        match item {
            Item::Fact { fact: Fact::Claim(claim), .. } => read.claims.push(*claim),
            Item::Fact { member: Some(member), fact: Fact::Profile(_), .. } => {
                read.members.push(member.as_str().to_owned());
            }
            Item::Fact { .. } | Item::Availability { .. } => {}
            Item::Problem(problem) => read.problems.push(problem),
            Item::Ignored { rule, .. } => read.ignored.push(rule),
        }
        ControlFlow::Continue(())
    });
    assert_eq!(flow, ControlFlow::Continue(()));
    read
}

/// The sample named `name` somewhere below `corpus/origin`.
pub(crate) fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|e| e.path()).collect();
    entries.sort();
    entries.into_iter().find_map(|path| {
        if path.is_dir() {
            find(&path, name)
        } else {
            (path.file_name().and_then(|n| n.to_str()) == Some(name)).then_some(path)
        }
    })
}

/// Expected results of one kind: file name of the expectation and its JSON, in order of names.
pub(crate) fn expectations(data: &Path, kind: &str) -> Vec<(String, Value)> {
    let mut paths: Vec<_> =
        std::fs::read_dir(data.join("expected").join(kind)).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap())
        })
        .collect()
}

/// Differences found, and how many files and claims of each origin agreed.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) differences: Vec<String>,
    /// By origin: files, claims or members, lines.
    pub(crate) agreed: BTreeMap<String, (usize, usize, usize)>,
    /// By rule: how often it explains a difference.
    pub(crate) explained: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// Records a difference when the two are not equal. The text goes to the developer's terminal only: samples are
    /// public files without real persons.
    #[expect(clippy::needless_pass_by_value, reason = "the values are made at the call")]
    pub(crate) fn same<T: PartialEq + std::fmt::Debug>(&mut self, place: &str, expected: T, found: T) {
        if expected != found {
            self.differences.push(format!("{place}: expected {expected:?}, found {found:?}"));
        }
    }

    /// Counts a file of an origin.
    pub(crate) fn count(&mut self, origin: &str, claims: usize, lines: usize) {
        let entry = self.agreed.entry(origin.to_owned()).or_default();
        entry.0 += 1;
        entry.1 += claims;
        entry.2 += lines;
    }

    /// Notes that a named rule explains a difference.
    pub(crate) fn explain(&mut self, rule: &'static str) {
        *self.explained.entry(rule).or_default() += 1;
    }

    /// Prints the counts and fails on differences that no rule explains.
    pub(crate) fn finish(self, what: &str) {
        for (origin, (files, claims, lines)) in &self.agreed {
            eprintln!("{what} {origin}: {files} files, {claims} claims or members, {lines} lines");
        }
        for (rule, count) in &self.explained {
            eprintln!("{what} explained by {rule}: {count}");
        }
        let shown = self.differences.len().min(60);
        assert!(
            self.differences.is_empty(),
            "{} differences\n{}",
            self.differences.len(),
            self.differences[..shown].join("\n")
        );
    }
}

/// Text of a JSON member, none when null or blank.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str().map(str::trim).filter(|text| !text.is_empty())
}
