//! What to list: filters, sort and place, as a request, a saved view and "get next" name them.

use super::Band;
use crate::problem::Problem;
use crate::reading;
use icm_contract::vendor::codes;
use icm_domain::case::next_step::{StepKind, Turn};
use icm_domain::case::status::Status;
use icm_domain::decision::priority::Tier;
use icm_domain::facts::LineOfBusiness;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rows of a page.
const PAGE: usize = 50;
/// Rows of a page at most.
const PAGE_MAX: usize = 500;

/// How a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sort {
    /// By due date, then priority.
    #[default]
    Due,
    /// By priority, then waiting time; needs a status.
    Priority,
}

pub(super) fn turn(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let spellings: Vec<&str> = Turn::ALL.iter().map(|turn| turn.id()).collect();
    schemars::json_schema!({ "type": "string", "enum": spellings })
}

pub(super) fn step(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let spellings: Vec<&str> = StepKind::ALL.iter().map(|step| step.id()).collect();
    schemars::json_schema!({ "type": "string", "enum": spellings })
}

pub(super) fn status(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let spellings: Vec<&str> = Status::ALL.iter().map(|status| status.id()).collect();
    schemars::json_schema!({ "type": "string", "enum": spellings })
}

/// What to list. A saved view keeps the same fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkQuery {
    /// Program; the first one published, when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) program: Option<String>,
    /// Who acts next; the plan, when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "turn")]
    pub(crate) turn: Option<Turn>,
    /// How soon it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) band: Option<Band>,
    /// Status of the case, as spelled in the contract (FACTS §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "status")]
    pub(crate) status: Option<String>,
    /// What is to be done next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "step")]
    pub(crate) step: Option<StepKind>,
    /// Urgency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "codes::tier")]
    pub(crate) tier: Option<Tier>,
    /// Line of business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "codes::line_of_business")]
    pub(crate) lob: Option<LineOfBusiness>,
    /// County as the plan writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) county: Option<String>,
    /// Preferred language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<String>,
    /// Team or vendor that holds the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) team: Option<String>,
    /// Who leads: a person, as `ops:anna` or `anna`, or a vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lead: Option<String>,
    /// Attributed practice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) practice: Option<String>,
    /// Attempts so far, at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) attempts_min: Option<u16>,
    /// Attempts so far, at most; 0: nobody has tried yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) attempts_max: Option<u16>,
    /// How the list is sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sort: Option<Sort>,
    /// Goes on after this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<String>,
    /// Rows at most: 1 to 500, 50 when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 500))]
    pub(crate) limit: Option<u16>,
}

impl WorkQuery {
    /// Rows that are asked for. What cannot be a filter is refused, and named.
    pub(super) fn checked(&self) -> Result<usize, Problem> {
        if self.status.as_deref().is_some_and(|status| Status::parse(status).is_none()) {
            return Err(Problem::malformed("status"));
        }
        if self.program.as_deref().is_some_and(|program| !reading::is_id(program)) {
            return Err(Problem::malformed("program"));
        }
        let names = [
            ("county", &self.county),
            ("language", &self.language),
            ("team", &self.team),
            ("lead", &self.lead),
            ("practice", &self.practice),
        ];
        for (parameter, name) in names {
            if name.as_deref().is_some_and(|name| !reading::is_name(name)) {
                return Err(Problem::malformed(parameter));
            }
        }
        let limit = self.limit.map_or(PAGE, usize::from);
        if (1..=PAGE_MAX).contains(&limit) { Ok(limit) } else { Err(Problem::malformed("limit")) }
    }
}
