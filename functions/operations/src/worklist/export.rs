//! A worklist as a file, under its own permission.

use super::{Row, WorkQuery, list};
use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::Act;
use crate::csv;
use crate::problem::Problem;
use crate::reading::Asked;
use axum::response::Response;

/// Rows of a file at most: what is longer is exported in parts, by filter.
const ROWS_MAX: usize = 5_000;

/// `GET /v1/worklist/export`: the list as CSV (RFC 4180).
pub(crate) async fn export<P: Ports>(
    desk: Desk<P>,
    Asked(query): Asked<WorkQuery>,
) -> Result<Response, Problem> {
    let mut text = String::from(HEADER);
    let mut query = WorkQuery { limit: Some(500), cursor: None, ..query };
    let mut rows = 0;
    loop {
        let page = list(&desk, &query, Act::Export).await?;
        rows += page.rows.len();
        page.rows.iter().for_each(|row| text.push_str(&line(row)));
        if page.cursor.is_none() || rows >= ROWS_MAX {
            break;
        }
        query.cursor = page.cursor;
    }
    Ok(csv::file("worklist", text))
}

const HEADER: &str = "member_id,name,age,line_of_business,county,language,practice,program,status,since,step,due,band,\
tier,attempts,last_attempt,last_outcome,last_two_way,team,lead,identified\r\n";

fn line(row: &Row) -> String {
    let last = row.last_attempt.as_ref();
    let fields = [
        row.member_id.clone(),
        row.name.clone().unwrap_or_default(),
        row.age.map(|age| age.to_string()).unwrap_or_default(),
        row.lob.map(|lob| lob.id().to_owned()).unwrap_or_default(),
        row.county.clone().unwrap_or_default(),
        row.language.clone().unwrap_or_default(),
        row.practice.clone().unwrap_or_default(),
        row.program.clone(),
        row.status.to_owned(),
        row.since.to_string(),
        row.step.id().to_owned(),
        row.due.to_string(),
        row.band.id().to_owned(),
        format!("{:?}", row.tier).to_ascii_uppercase(),
        row.attempts.to_string(),
        last.map(|last| last.at.to_string()).unwrap_or_default(),
        last.map(|last| last.outcome.id().to_owned()).unwrap_or_default(),
        row.last_two_way.map(|at| at.to_string()).unwrap_or_default(),
        row.team.clone().unwrap_or_default(),
        row.lead.clone().unwrap_or_default(),
        row.identified.to_string(),
    ];
    csv::line(fields)
}
