//! The decision: is this member unmanaged, why, and why not (FACTS §0).

pub mod arbiter;
pub mod evidence;
pub mod exclusion;
pub mod fingerprint;
pub mod flip;
pub mod priority;
pub mod record;

mod absent;
mod cutoffs;
mod decide;
mod judge;
mod review;
mod settled;
mod view;

pub use absent::Absent;
pub use cutoffs::{Cutoff, Cutoffs};
pub use decide::{Conclusion, Decision, Policy, Standing, decide};
pub use exclusion::Cooldown;
pub use judge::{Judged, Verdict};
pub use settled::settled;
pub use view::{LeftOut, View, is_part2};

use crate::day::Day;
use crate::facts::Model;
use serde::{Deserialize, Serialize};

/// What was decided. The spelling of [`DecisionKind::id`] is a stable contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisionKind {
    /// No rule is met.
    NotTriggered,
    /// A hard exclusion, a cool-down or an opt-out holds (FACTS §2.4, 5.4).
    Excluded,
    /// A case of the program is open.
    AlreadyOpen,
    /// A specialty pathway fits better (ruling 13).
    ReferOther,
    /// Another program manages the member successfully (FACTS §3.3).
    ManagedOk,
    /// Another program has only begun: hold until the re-evaluation date.
    ManagedTooSoon,
    /// Unmanaged high utilization: offer intensive care management.
    IdentifiedIcm,
    /// Another, non-exclusive program is engaged and failing: offer beside it, and tell it.
    IdentifiedIcmComanage,
    /// An exclusive program is failing: ask it for a case conference; never enrol in parallel.
    EscalateToCurrentManager,
    /// Identified on data that may not be disclosed: nothing leaves the payer (ruling 20).
    IdentifiedInternalOnly,
}

impl DecisionKind {
    /// Every kind, in the order of the contract.
    pub const ALL: [Self; 10] = [
        Self::NotTriggered,
        Self::Excluded,
        Self::AlreadyOpen,
        Self::ReferOther,
        Self::ManagedOk,
        Self::ManagedTooSoon,
        Self::IdentifiedIcm,
        Self::IdentifiedIcmComanage,
        Self::EscalateToCurrentManager,
        Self::IdentifiedInternalOnly,
    ];

    /// The spelling of the contract.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NotTriggered => "NOT_TRIGGERED",
            Self::Excluded => "EXCLUDED",
            Self::AlreadyOpen => "ALREADY_OPEN",
            Self::ReferOther => "REFER_OTHER",
            Self::ManagedOk => "MANAGED_OK",
            Self::ManagedTooSoon => "MANAGED_TOO_SOON",
            Self::IdentifiedIcm => "IDENTIFIED_ICM",
            Self::IdentifiedIcmComanage => "IDENTIFIED_ICM_COMANAGE",
            Self::EscalateToCurrentManager => "ESCALATE_TO_CURRENT_MANAGER",
            Self::IdentifiedInternalOnly => "IDENTIFIED_INTERNAL_ONLY",
        }
    }

    /// Whether the outcome offers the program: a case is opened.
    pub const fn identifies(self) -> bool {
        matches!(self, Self::IdentifiedIcm | Self::IdentifiedIcmComanage)
    }

    /// Whether acting on the outcome tells someone outside the payer (ruling 20).
    pub const fn leaves_the_payer(self) -> bool {
        matches!(
            self,
            Self::IdentifiedIcm
                | Self::IdentifiedIcmComanage
                | Self::EscalateToCurrentManager
                | Self::ReferOther
        )
    }
}

/// The trigger rules (FACTS §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// Two or more stays in 180 days.
    #[serde(rename = "R1_IP2_180")]
    R1,
    /// Three or more stays in 365 days.
    #[serde(rename = "R2_IP3_365")]
    R2,
    /// Six or more ED visits in 365 days and one in the last 90.
    #[serde(rename = "R3_ED6_365")]
    R3,
    /// Five or more ED visits in 180 days.
    #[serde(rename = "R4_ED5_180")]
    R4,
    /// A stay and three ED visits in 180 days.
    #[serde(rename = "R5_MIX_180")]
    R5,
    /// Serious mental illness and two stays in 365 days.
    #[serde(rename = "R6_SMI_IP2_365")]
    R6,
    /// An unplanned readmission in 180 days and two chronic conditions or five drugs.
    #[serde(rename = "R7_READMIT_180")]
    R7,
    /// Two PQI-90 admissions in 365 days.
    #[serde(rename = "R8_PQI2_365")]
    R8,
    /// Allowed amount in the top 5% of the line of business in both half-years.
    #[serde(rename = "R9_COST_PERSIST")]
    R9,
    /// Four PQE visits in 365 days.
    #[serde(rename = "R10_PQE4_365")]
    R10,
}

impl Rule {
    /// Every rule, in order.
    pub const ALL: [Self; 10] =
        [Self::R1, Self::R2, Self::R3, Self::R4, Self::R5, Self::R6, Self::R7, Self::R8, Self::R9, Self::R10];

    /// The id of the contract.
    pub const fn id(self) -> &'static str {
        match self {
            Self::R1 => "R1_IP2_180",
            Self::R2 => "R2_IP3_365",
            Self::R3 => "R3_ED6_365",
            Self::R4 => "R4_ED5_180",
            Self::R5 => "R5_MIX_180",
            Self::R6 => "R6_SMI_IP2_365",
            Self::R7 => "R7_READMIT_180",
            Self::R8 => "R8_PQI2_365",
            Self::R9 => "R9_COST_PERSIST",
            Self::R10 => "R10_PQE4_365",
        }
    }
}

/// The counts that the rules compare (VIGNETTES.md).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counts {
    /// Trigger stays in 180 days.
    pub stays180: u32,
    /// Trigger stays in 365 days.
    pub stays365: u32,
    /// ED visits in 90 days.
    pub ed90: u32,
    /// ED visits in 180 days.
    pub ed180: u32,
    /// ED visits in 365 days.
    pub ed365: u32,
    /// Unplanned 30-day readmissions admitted in 180 days.
    pub readmit180: u32,
    /// PQI-90 admissions in 365 days.
    pub pqi365: u32,
    /// PQE visits in 365 days.
    pub pqe365: u32,
}

/// The part of a decision that, when it differs, is committed (DESIGN D3): a record with the same outcome is not
/// written again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outcome {
    /// What was decided.
    pub decision: DecisionKind,
    /// The reason of the contract (VIGNETTES.md).
    pub reason: String,
    /// Rules met, in the view that may leave the payer where the outcome leaves it (ruling 20).
    pub triggers: Vec<Rule>,
    /// The manager that the outcome rests on.
    pub lead: Option<Model>,
    /// The day on which time alone may change the outcome; only for triggered members.
    pub next_review: Option<Day>,
}
