//! A worklist as a file, under its own permission.

use super::{Row, WorkQuery, list};
use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::Act;
use crate::csv;
use crate::problem::Problem;
use crate::reading::Asked;
use axum::response::Response;
use http::HeaderValue;

/// Rows of a file at most: an answer of a function ends at 6 MB.
const ROWS_MAX: usize = 5_000;
/// Rows that are read for a file at most: what a filter passes over must not outlast the request.
const READ_MAX: usize = 20_000;
/// Rows of a page of which the file is made.
const PAGE: u16 = 500;
/// Where the next file begins; absent: this one holds the end of the list.
pub(crate) const NEXT: &str = "x-icm-next-cursor";

/// `GET /v1/worklist/export`: the list as CSV (RFC 4180). A file that ends before the list says so: in the header and in
/// its last row, both with the cursor by which the next file goes on.
pub(crate) async fn export<P: Ports>(
    desk: Desk<P>,
    Asked(query): Asked<WorkQuery>,
) -> Result<Response, Problem> {
    let most = query.limit.map_or(ROWS_MAX, usize::from);
    let mut text = String::from(HEADER);
    let (mut rows, mut read) = (0, 0);
    let mut query = WorkQuery { limit: Some(PAGE), ..query };
    loop {
        let left = u16::try_from(most.saturating_sub(rows)).unwrap_or(PAGE);
        query.limit = Some(left.min(PAGE));
        let page = list(&desk, &query, Act::Export).await?;
        rows += page.rows.len();
        read += page.read;
        page.rows.iter().for_each(|row| text.push_str(&line(row)));
        query.cursor = page.cursor;
        if query.cursor.is_none() || rows >= most || read >= READ_MAX {
            break;
        }
    }
    Ok(file(text, query.cursor.as_deref()))
}

/// The file, and where the next one begins.
fn file(mut text: String, next: Option<&str>) -> Response {
    if let Some(cursor) = next {
        text.push_str(&csv::line(["MORE ROWS FOLLOW", "export again with this cursor", cursor]));
    }
    let mut response = csv::file("worklist", text);
    if let Some(cursor) = next.and_then(|cursor| HeaderValue::from_str(cursor).ok()) {
        response.headers_mut().insert(NEXT, cursor);
    }
    response
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
