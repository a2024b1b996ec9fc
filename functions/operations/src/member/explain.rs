//! The decision made again from the facts, with everything behind it: the stored record says what was decided when it
//! last changed, an explanation is computed (DESIGN D3).

use crate::Ports;
use crate::access::desk::Desk;
use crate::problem::Problem;
use icm_casework::{Person, rules};
use icm_domain::criteria::{Criteria, in_force};
use icm_domain::day::Day;
use icm_domain::decision::record::{Record, record};
use icm_domain::decision::{Policy, Standing, decide};
use icm_domain::tables::Tables;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::LazyLock;

/// The code tables that ship with the project; read once for a process.
static TABLES: LazyLock<Option<Tables>> = LazyLock::new(|| icm_formats::tables::shipped().ok());

/// The code tables.
pub(super) fn tables() -> Option<&'static Tables> {
    TABLES.as_ref()
}

/// An explanation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Explained {
    /// Decision, clauses, other programs, evidence, near misses, what would flip it; as `icm explain --json` prints it.
    #[schemars(with = "crate::api::Free")]
    pub(crate) record: Record,
    /// The claims cited, with the lines that carry a code of the tables.
    pub(crate) claims: Vec<ClaimLines>,
}

/// A cited claim with its lines.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ClaimLines {
    /// The claim.
    pub(crate) claim_id: String,
    /// First service day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) from: Day,
    /// Last service day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) thru: Day,
    /// Day of receipt.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) received: Day,
    /// Label: `GENERAL` or `PART2` (42 CFR Part 2).
    pub(crate) sensitivity: String,
    /// Bill type.
    pub(crate) bill_type: Option<String>,
    /// Diagnoses, the principal first.
    pub(crate) diagnoses: Vec<String>,
    /// Lines.
    pub(crate) lines: Vec<LineView>,
}

/// A line of a claim.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct LineView {
    /// Ordinal, from 1.
    pub(crate) number: usize,
    /// Revenue code.
    pub(crate) revenue: Option<String>,
    /// Procedure code.
    pub(crate) procedure: Option<String>,
    /// Place of service.
    pub(crate) place: Option<String>,
    /// Whether the decision rests on it.
    pub(crate) cited: bool,
}

/// Explains the decision for `as_of`, today when nothing was decided yet, by the rules that are in force then.
pub(super) async fn explain<P: Ports>(
    desk: &Desk<P>,
    person: &Person,
    as_of: Option<Day>,
) -> Result<Option<Explained>, Problem> {
    let Some(tables) = tables().filter(|_| !person.facts.claims.is_empty()) else { return Ok(None) };
    let as_of = as_of.unwrap_or_else(|| desk.today());
    let (published, cutoffs) = (rules::criteria(desk.store()).await?, rules::cutoffs(desk.store()).await?);
    let shipped = Criteria::default();
    let in_force = person.facts.lob(as_of).and_then(|lob| in_force(&published, lob, as_of));
    let policy = Policy { criteria: in_force.unwrap_or(&shipped), tables, cutoffs: cutoffs.as_ref() };
    let standing = Standing::default();
    let decision = decide(&person.facts, &standing, as_of, policy);
    let record = record(&person.facts, &standing, as_of, policy, &decision);
    let claims = claims(&record, person);
    Ok(Some(Explained { record, claims }))
}

fn claims(record: &Record, person: &Person) -> Vec<ClaimLines> {
    let text = |code: &icm_domain::code::Code| code.as_str().to_owned();
    record
        .cited
        .claims
        .iter()
        .filter_map(|cited| {
            let mut versions = person.facts.claims.iter();
            let claim = versions
                .rfind(|claim| claim.claim_id == cited.claim_id && claim.received == cited.received)?;
            let lines = claim.lines.iter().zip(1..).map(|(line, number)| LineView {
                number,
                revenue: line.rev.as_ref().map(text),
                procedure: line.hcpcs.as_ref().map(text),
                place: line.pos.as_ref().map(text),
                cited: cited.lines.contains(&number),
            });
            Some(ClaimLines {
                claim_id: cited.claim_id.as_str().to_owned(),
                from: cited.from,
                thru: cited.thru,
                received: cited.received,
                sensitivity: cited.sensitivity.to_owned(),
                bill_type: claim.bill_type.as_ref().map(text),
                diagnoses: claim.dx.iter().map(text).collect(),
                lines: lines.collect(),
            })
        })
        .collect()
}
