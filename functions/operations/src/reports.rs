//! Reports: made by jobs from the whole store, kept by name, shown with the day through which they hold. No request
//! counts the population (DESIGN D13).

use crate::Ports;
use crate::access::desk::Desk;
use crate::problem::Problem;
use axum::Json;
use axum::extract::Path;
use icm_contract::stored::{from_json, to_json};
use icm_domain::moment::Moment;
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Prefix of the keys of reports.
const PREFIX: &str = "report#";

/// The name of the funnel.
pub const FUNNEL: &str = "funnel";

/// A report as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Its name.
    pub name: String,
    /// When it was made: everything known then is in it.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub through: Moment,
    /// The report; each has a shape of its own.
    #[schemars(with = "crate::api::Free")]
    pub content: Value,
}

/// A step of the funnel. A case counts in every step that it reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelStep {
    /// What was reached.
    pub step: String,
    /// Cases that reached it.
    pub cases: u64,
    /// Of how many: the denominator.
    pub of: u64,
    /// What the denominator counts.
    pub of_what: String,
}

/// The funnel: members decided about, and how far cases came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Funnel {
    /// Members with any fact.
    pub members: u64,
    /// Steps.
    pub steps: Vec<FunnelStep>,
    /// Members by current decision.
    pub decisions: std::collections::BTreeMap<String, u64>,
    /// Cases by present status.
    pub statuses: std::collections::BTreeMap<String, u64>,
}

/// The reports that are kept.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Reports {
    /// Names and moments.
    pub(crate) reports: Vec<ReportName>,
}

/// A report's name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ReportName {
    /// Name.
    pub(crate) name: String,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) through: Moment,
}

/// `GET /v1/reports`.
pub(crate) async fn list<P: Ports>(desk: Desk<P>) -> Result<Json<Reports>, Problem> {
    let records = desk.store().records(RegistryKind::Reference, PREFIX).await?;
    let read = |record: &RegistryRecord| {
        let report: Report = from_json(&record.body.text).ok()?;
        Some(ReportName { name: report.name, through: report.through })
    };
    Ok(Json(Reports { reports: records.iter().filter_map(read).collect() }))
}

/// `GET /v1/reports/{name}`.
pub(crate) async fn show<P: Ports>(desk: Desk<P>, Path(name): Path<String>) -> Result<Json<Report>, Problem> {
    report(&desk, &name).await.map(Json)
}

/// A report by name.
pub(crate) async fn report<P: Ports>(desk: &Desk<P>, name: &str) -> Result<Report, Problem> {
    let record = desk.store().record(RegistryKind::Reference, &format!("{PREFIX}{name}")).await?;
    let record = record.ok_or_else(|| Problem::not_found("report"))?;
    from_json(&record.body.text).map_err(|_| PortError::Corrupt { operation: "read report" }.into())
}

/// Keeps a report: what a job calls when it has made one. A newer one replaces the older.
pub async fn keep<S: RegistryRead + RegistryWrite>(store: &S, report: &Report) -> Result<(), PortError> {
    let key = format!("{PREFIX}{}", report.name);
    let before = store.record(RegistryKind::Reference, &key).await?.map_or(0, |record| record.revision);
    let body = Body::new(1, to_json(report));
    let record = RegistryRecord { key: key.into(), revision: before + 1, body };
    store.write(RegistryKind::Reference, &record).await
}
