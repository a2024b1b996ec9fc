//! Criteria as versioned data: every threshold and window of the decision (FACTS §2.2, §3.2, §5.4, §11; DESIGN D6).
//! The file format is JSON; absent keys take the shipped defaults; unknown keys are errors.

mod defaults;
mod validate;

pub use validate::{Invalid, in_force, overlap, validate};

use crate::adt::AdtRules;
use crate::decision::Rule;
use crate::facts::{ClosureKind, LineOfBusiness, Model};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One version of the identification criteria.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// Name of the rule set.
    pub id: String,
    /// Version, named by every decision made with it.
    pub version: String,
    /// Lines of business it applies to; empty: all. A member of another line of business is EXCLUDED.
    pub lines_of_business: Vec<LineOfBusiness>,
    /// First day in force; none: always was.
    pub effective_from: Option<crate::day::Day>,
    /// Last day in force; none: open.
    pub effective_thru: Option<crate::day::Day>,
    /// A draft is never applied to live members.
    pub draft: bool,
    /// Discharge-to-admission gap up to which two stays are one (FACTS §1.3).
    pub transfer_gap_days: i32,
    /// Days before an admission on which an ED visit belongs to the stay (FACTS §1.2).
    pub ed_admit_gap_days: i32,
    /// Whether an observation stay counts as a stay (FACTS §1.4).
    pub count_observation_as_stay: bool,
    /// Whether inpatient rehabilitation and long-term acute care count as stays (ruling 7).
    pub count_rehab_as_stay: bool,
    /// Whether revenue 0456 is an ED visit (FACTS §1.2).
    pub count_0456_as_ed: bool,
    /// Whether claims not yet adjudicated count (FACTS §1.1).
    pub include_provisional: bool,
    /// Whether denied claims count when the service took place (ruling 4).
    pub count_denied: CountDenied,
    /// Windows in days.
    pub windows: Windows,
    /// Age of an episode below which management is too young to judge (ruling 16).
    pub grace_days: i32,
    /// Days from the start of an episode after which events count against it (FACTS §3.3).
    pub ramp_days: i32,
    /// Days for which a hospice service excludes (ruling 12).
    pub hospice_active_days: i32,
    /// Months, the current one included, in which a monthly code makes a program active (FACTS §3.2).
    pub active_lookback_months: i32,
    /// Billed months among the last four completed ones that make the dose (FACTS §3.2).
    pub dose_months_required: usize,
    /// What is critical (FACTS §2.3, §3.3).
    pub critical: Critical,
    /// Days of cool-down by kind of closure; null never expires (FACTS §5.4).
    pub cooldown_days: BTreeMap<ClosureKind, Option<i32>>,
    /// Thresholds of the trigger rules (FACTS §2.2).
    pub triggers: Triggers,
    /// Rules that are switched off.
    pub disabled_rules: Vec<Rule>,
    /// Youngest age served (ruling 14).
    pub age_min: i32,
    /// Nursing-facility days in the last 120 that make a long-term resident (ruling 14).
    pub ltc_days: usize,
    /// Whether an available, not failed model of the continuum is preferred to ICM (ruling 21).
    pub prefer_other_models: bool,
    /// Whether a fall of events by this per mille after the start of management accepts it; none: off (ruling 16).
    pub accept_fall_permille: Option<u32>,
    /// How admissions and discharges told by messages count until claims come.
    pub adt: AdtRules,
    /// Amount of service by model: contacts, setting, staff (FACTS §4), shown with the recommendation.
    pub services: BTreeMap<Model, String>,
}

/// Which denied claims count as utilization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountDenied {
    /// None.
    None,
    /// Those whose service took place (default).
    ServiceOccurred,
}

/// Windows in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Windows {
    /// A year.
    pub long: i32,
    /// Half a year.
    pub mid: i32,
    /// A quarter.
    pub recent: i32,
    /// Readmission.
    pub readmit: i32,
}

/// Counts in 180 days from which on a member is critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Critical {
    /// Stays.
    pub stays180: u32,
    /// ED visits.
    pub ed180: u32,
}

/// Thresholds of the trigger rules; the names follow the rule ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Triggers {
    /// R1: stays in 180 days.
    pub r1_stays180: u32,
    /// R2: stays in 365 days.
    pub r2_stays365: u32,
    /// R3: ED visits in 365 days.
    pub r3_ed365: u32,
    /// R3: ED visits in the last 90 days.
    pub r3_ed90: u32,
    /// R4: ED visits in 180 days.
    pub r4_ed180: u32,
    /// R5: stays in 180 days.
    pub r5_stays180: u32,
    /// R5: ED visits in 180 days.
    pub r5_ed180: u32,
    /// R6: stays in 365 days with serious mental illness.
    pub r6_stays365: u32,
    /// R7: unplanned readmissions in 180 days.
    pub r7_readmit180: u32,
    /// R7: chronic conditions, or …
    pub r7_chronic: u16,
    /// R7: … concurrent medications.
    pub r7_meds: u16,
    /// R8: PQI-90 admissions in 365 days.
    pub r8_pqi365: u32,
    /// R10: PQE visits in 365 days.
    pub r10_pqe365: u32,
}
