//! What the kit tells the vendor's engineer.

use super::Unreadable;
use icm_domain::case::state::HandOver;
use icm_domain::vendor::kit::{Fault, Finding, Scenario};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The result of one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Played {
    /// Its name.
    pub scenario: &'static str,
    /// What it proves.
    pub proves: &'static str,
    /// True: no fault.
    pub passed: bool,
    /// Faults, by their code.
    pub faults: Vec<&'static str>,
}

/// A place at which replies break the schema, with how many do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BrokenPlace {
    /// JSON path.
    pub path: String,
    /// What is wrong there.
    pub what: String,
}

/// The result of the kit.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// True: the vendor passes.
    pub passed: bool,
    /// The mode that was played.
    pub hand_over: HandOver,
    /// Replies read.
    pub replies: u64,
    /// Every fault that was found, once, by its code.
    pub faults: Vec<&'static str>,
    /// Each scenario.
    pub scenarios: Vec<Played>,
    /// Where replies break the schema.
    pub unreadable: Vec<BrokenPlace>,
    #[serde(skip)]
    found: BTreeSet<Fault>,
}

impl Report {
    pub(super) fn of(
        hand_over: HandOver,
        played: Vec<(&'static Scenario, Vec<Finding>)>,
        strangers: &[Finding],
        unreadable: Vec<Unreadable>,
        replies: u64,
    ) -> Self {
        let mut found: BTreeSet<Fault> = strangers.iter().map(|finding| finding.fault).collect();
        let mut scenarios = Vec::with_capacity(played.len());
        for (scenario, findings) in played {
            let faults: BTreeSet<Fault> = findings.iter().map(|finding| finding.fault).collect();
            scenarios.push(Played {
                scenario: scenario.name,
                proves: scenario.proves,
                passed: faults.is_empty(),
                faults: faults.iter().map(|fault| fault.id()).collect(),
            });
            found.extend(faults);
        }
        let places: BTreeSet<BrokenPlace> = unreadable
            .into_iter()
            .map(|broken| BrokenPlace { path: broken.path, what: broken.what })
            .collect();
        Self {
            passed: found.is_empty(),
            hand_over,
            replies,
            faults: found.iter().map(|fault| fault.id()).collect(),
            scenarios,
            unreadable: places.into_iter().collect(),
            found,
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ =
            writeln!(out, "Conformance, hand-over {}: {} replies read\n", self.hand_over.id(), self.replies);
        for played in &self.scenarios {
            let verdict = if played.passed { "ok  " } else { "FAIL" };
            let _ = writeln!(out, "  {verdict}  {:<24} {}", played.scenario, played.proves);
            for fault in &played.faults {
                let _ = writeln!(out, "        {fault}");
            }
        }
        if !self.found.is_empty() {
            let _ = writeln!(out, "\nFaults");
        }
        for fault in &self.found {
            let _ = writeln!(out, "  {:<24} {}", fault.id(), fault.says());
        }
        for broken in &self.unreadable {
            let _ = writeln!(out, "  {:<24} {}", broken.path, broken.what);
        }
        let _ = writeln!(
            out,
            "\n{}",
            if self.passed { "The vendor passes." } else { "The vendor does not pass." }
        );
        out
    }
}
