//! Reports: made by a job from the whole store, kept by name and by the lines of business that a reader may see, shown
//! with the moment through which they hold. No request counts anybody (DESIGN D13).
//!
//! A report over two lines of business says something about each of them. So each is made once for every choice of lines
//! that somebody may be restricted to, and a reader gets that of exactly the own lines.

use crate::Ports;
use crate::access::Lines;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::csv;
use crate::problem::Problem;
use axum::Json;
use axum::extract::Path;
use axum::response::Response;
use icm_casework::overwrite;
use icm_contract::stored::{from_json, to_json};
use icm_domain::facts::LineOfBusiness;
use icm_domain::moment::Moment;
use icm_measure::table::Report;
use icm_ports::{PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Prefix of the keys of reports.
const REPORT: &str = "report";
/// Prefix of the keys of the lists of reports.
const LIST: &str = "reports";

const OPERATION: &str = "read report";

/// A report as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dated {
    /// When it was made: everything known then is in it.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub through: Moment,
    /// The lines of business that are in it; `*`: everybody.
    pub lines: String,
    /// The report.
    pub report: Report,
}

/// The reports that are kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Reports {
    /// In the order in which they are shown.
    pub(crate) reports: Vec<ReportName>,
}

/// A report's name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ReportName {
    /// Name.
    pub(crate) name: String,
    /// Title.
    pub(crate) title: String,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) through: Moment,
}

/// Every choice of lines of business that a reader may be restricted to, everybody first.
pub fn scopes() -> Vec<Lines> {
    let all = [LineOfBusiness::Medicaid, LineOfBusiness::MedicareAdvantage, LineOfBusiness::Commercial];
    let chosen = (1_usize..1 << all.len()).map(|choice| {
        let of = all.into_iter().enumerate().filter(|(at, _)| choice & (1 << at) != 0);
        Lines::Only(of.map(|(_, line)| line).collect())
    });
    std::iter::once(Lines::All).chain(chosen).collect()
}

/// The name of a choice of lines.
fn scope(lines: &Lines) -> String {
    match lines {
        Lines::All => "*".to_owned(),
        Lines::Only(lines) => lines.iter().map(|line| line.id()).collect::<Vec<_>>().join("+"),
    }
}

/// `GET /v1/reports`.
pub(crate) async fn list<P: Ports>(desk: Desk<P>) -> Result<Json<Reports>, Problem> {
    names(&desk).await.map(Json)
}

/// The reports that may be read.
pub(crate) async fn names<P: Ports>(desk: &Desk<P>) -> Result<Reports, Problem> {
    let key = format!("{LIST}#{}", scope(&desk.who.lines));
    let held = desk.store().record(RegistryKind::Reference, &key).await?;
    let read = |record: RegistryRecord| from_json(&record.body.text);
    let read = held.map(read).transpose().map_err(|_| PortError::Corrupt { operation: OPERATION })?;
    Ok(read.unwrap_or_default())
}

/// `GET /v1/reports/{name}`.
pub(crate) async fn show<P: Ports>(desk: Desk<P>, Path(name): Path<String>) -> Result<Json<Dated>, Problem> {
    report(&desk, &name).await.map(Json)
}

/// `GET /v1/reports/{name}/{table}`: a table as CSV.
pub(crate) async fn csv<P: Ports>(
    desk: Desk<P>,
    Path((name, table)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let dated = report(&desk, &name).await?;
    let table = dated.report.tables.iter().find(|held| held.id == table);
    let table = table.ok_or_else(|| Problem::not_found("table"))?;
    desk.audit(Entry::of(Act::ExportReport).what(format!("{name} {}", table.id))).await?;
    let mut text = csv::line(table.columns.iter().map(|column| column.id.as_str()));
    table.rows.iter().for_each(|row| text.push_str(&csv::line(row.iter().map(ToString::to_string))));
    Ok(csv::file(&format!("{}-{}", dated.report.name, table.id), text))
}

/// A report by name, of the reader's lines of business.
pub(crate) async fn report<P: Ports>(desk: &Desk<P>, name: &str) -> Result<Dated, Problem> {
    let key = format!("{REPORT}#{}#{name}", scope(&desk.who.lines));
    let record = desk.store().record(RegistryKind::Reference, &key).await?;
    let record = record.ok_or_else(|| Problem::not_found("report"))?;
    from_json(&record.body.text).map_err(|_| PortError::Corrupt { operation: OPERATION }.into())
}

/// Keeps the reports of these lines of business: what a job calls when it has made them. Newer ones replace the older.
pub async fn keep<S: RegistryRead + RegistryWrite>(
    store: &S,
    lines: &Lines,
    through: Moment,
    reports: &[Report],
) -> Result<(), PortError> {
    let scope = scope(lines);
    let mut list = Reports::default();
    for report in reports {
        let (name, title) = (report.name.clone(), report.title.clone());
        let dated = Dated { through, lines: scope.clone(), report: report.clone() };
        overwrite(store, RegistryKind::Reference, &format!("{REPORT}#{scope}#{name}"), to_json(&dated))
            .await?;
        list.reports.push(ReportName { name, title, through });
    }
    overwrite(store, RegistryKind::Reference, &format!("{LIST}#{scope}"), to_json(&list)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_restriction_has_reports_of_its_own() {
        let names: Vec<String> = scopes().iter().map(scope).collect();
        assert_eq!(names.len(), 8);
        assert!(names.contains(&"*".to_owned()) && names.contains(&"MEDICAID+COMMERCIAL".to_owned()));
    }
}
