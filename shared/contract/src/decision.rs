//! The decision record: what was decided, on what, when (FACTS §0). It is as of the last change; an explanation
//! computes the decision again and adds the evidence (DESIGN D3).

use icm_domain::day::Day;
use icm_domain::decision::priority::Priority;
use icm_domain::decision::{Counts, Outcome};
use serde::{Deserialize, Serialize};

/// A decision as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// The day for which it was made.
    pub as_of: Day,
    /// The outcome.
    pub outcome: Outcome,
    /// Counts of the full view.
    pub counts: Counts,
    /// Counts of the shareable view: the only ones that a message to a party outside may draw on (DESIGN D8). Absent
    /// in records from before the field: nothing is said then.
    #[serde(default)]
    pub outward_counts: Option<Counts>,
    /// Place in the queue, for members who meet a trigger.
    pub priority: Option<Priority>,
    /// Id of the criteria.
    pub criteria: String,
    /// Version of the criteria.
    pub criteria_version: String,
    /// Version of the code tables.
    pub tables_version: String,
    /// The member's version that this decision made.
    pub facts_version: u64,
    /// How many packs of facts it saw.
    pub packs: u64,
}

crate::stored_v1!(DecisionRecord);
