//! The contract as files, for vendors without queues (FACTS §8: "build first"): CSV out and CSV in, one row a message.
//!
//! A file is a translation of the messages and no second contract: each column is a place in the message, a row becomes
//! the very JSON that a queue would have carried, and the same reader judges it. What is wrong with a row is therefore
//! named by the same numbers, with the column in the place of the JSON path.

use super::fhir;
use super::inbound::{BODY_BYTES_MAX, PREFIX};
use crate::malformed::{Malformed, MalformedKind};
use icm_domain::ids::VendorId;
use serde_json::{Map, Value, json};

/// Kinds of rows from the payer, by message type: add, change and term of a member, and the answer to a row of the
/// vendor's file.
const RECORDS: [(&str, &str); 6] = [
    ("icm.referral.offered.v1", "ADD"),
    ("icm.referral.updated.v1", "CHANGE"),
    ("icm.referral.cancelled.v1", "TERM"),
    ("icm.referral.recalled.v1", "TERM"),
    ("icm.reply.accepted.v1", "ACCEPTED"),
    ("icm.reply.rejected.v1", "REJECTION"),
];

/// Columns from the payer after `record`, and the place of each in the message. New columns are added at the end.
pub const OUT_COLUMNS: &[(&str, &str)] = &[
    ("type", "/type"),
    ("message_id", "/id"),
    ("dedupkey", "/dedupkey"),
    ("case_id", "/subject"),
    ("sequence", "/sequence"),
    ("time", "/time"),
    ("placer_id", "/data/placer_id"),
    ("program", "/data/program"),
    ("hand_over", "/data/hand_over"),
    ("priority", "/data/priority"),
    ("reason", "/data/reason"),
    ("stays", "/data/utilization/stays"),
    ("ed_visits", "/data/utilization/ed_visits"),
    ("last_discharge", "/data/last_discharge"),
    ("name", "/data/member/name"),
    ("birth_date", "/data/member/birth_date"),
    ("coverage_id", "/data/member/coverage_id"),
    ("line_of_business", "/data/member/line_of_business"),
    ("street", "/data/member/address/street"),
    ("city", "/data/member/address/city"),
    ("state", "/data/member/address/state"),
    ("zip", "/data/member/address/zip"),
    ("phones", "/data/member/phones"),
    ("channels_barred", "/data/member/channels_barred"),
    ("language", "/data/member/language"),
    ("interpreter", "/data/member/interpreter"),
    ("confidential", "/data/member/confidential"),
    ("pcp", "/data/pcp"),
    ("consent_scope", "/data/consent/scope"),
    ("consent_given", "/data/consent/given"),
    ("start", "/data/start"),
    ("receipt_due", "/data/receipt_due"),
    ("answer_due", "/data/answer_due"),
    ("reply_sequence", "/data/reply_sequence"),
    ("test", "/data/test"),
    ("change", "/data/change"),
    ("due", "/data/due"),
    ("confirm_due", "/data/confirm_due"),
    ("reply_id", "/data/message_id"),
    ("result", "/data/result"),
    ("code", "/data/code"),
    ("field", "/data/path"),
    ("taken_back", "/data/taken_back"),
    ("per_day", "/data/contact_rules/per_day"),
    ("per_week", "/data/contact_rules/per_week"),
    ("letters_per_week", "/data/contact_rules/letters_per_week"),
    ("contact_from", "/data/contact_rules/contact_from"),
    ("letter_from", "/data/contact_rules/letter_from"),
    ("opens", "/data/contact_rules/opens"),
    ("closes", "/data/contact_rules/closes"),
    ("zones", "/data/contact_rules/zones"),
    ("closed_days", "/data/contact_rules/closed_days"),
];

/// What a cell of the vendor's file is in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
}

/// Columns from the vendor: name, place in the message, what a cell is. `report` and `message_id` are read first.
pub const IN_COLUMNS: &[(&str, &str, Cell)] = &[
    ("message_id", "id", Cell::Text),
    ("case_id", "subject", Cell::Text),
    ("sequence", "sequence", Cell::Number),
    ("time", "time", Cell::Text),
    ("placer_id", "data.placer_id", Cell::Text),
    ("filler_id", "data.filler_id", Cell::Text),
    ("reason", "data.reason", Cell::Text),
    ("channel", "data.channel", Cell::Text),
    ("outcome", "data.outcome", Cell::Text),
    ("scope", "data.scope", Cell::Text),
    ("not_now", "data.not_now", Cell::Flag),
    ("start", "data.start", Cell::Text),
    ("minutes", "data.minutes", Cell::Number),
    ("mode", "data.mode", Cell::Text),
    ("two_way", "data.two_way", Cell::Flag),
    ("phone", "data.phone", Cell::Text),
];

/// Columns of the vendor's daily list, which is one part of a roster snapshot.
pub const ROSTER_COLUMNS: [&str; 4] = ["snapshot_id", "as_of", "case_id", "state"];

/// The CSV text of messages to a vendor: a header and one row for each body.
pub fn to_csv<'b>(bodies: impl IntoIterator<Item = &'b str>) -> Result<String, Malformed> {
    let wrong = || Malformed::new("body", MalformedKind::WrongShape);
    let mut out = csv::Writer::from_writer(Vec::new());
    let header = ["record"].into_iter().chain(OUT_COLUMNS.iter().map(|(name, _)| *name));
    out.write_record(header).map_err(|_| wrong())?;
    for body in bodies {
        let message: Value = serde_json::from_str(body).map_err(|error| Malformed::of_json(&error))?;
        let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
        let record = RECORDS.iter().find(|(known, _)| *known == kind).map_or("OTHER", |(_, record)| record);
        let cells = OUT_COLUMNS.iter().map(|(name, place)| {
            let text = message.pointer(place).map(cell).unwrap_or_default();
            // The field at fault is a column of the vendor's file, and no JSON path.
            if *name == "field" { column_of(&text).to_owned() } else { text }
        });
        out.write_record(std::iter::once(record.to_owned()).chain(cells)).map_err(|_| wrong())?;
    }
    let bytes = out.into_inner().map_err(|_| wrong())?;
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// The files of messages to a vendor: the ending of the name and the text. A vendor that is written to in FHIR gets its
/// Bundles, one a line; all others get rows.
pub fn to_files<'b>(
    bodies: impl IntoIterator<Item = &'b str>,
) -> Result<Vec<(&'static str, String)>, Malformed> {
    let (bundles, rows): (Vec<&str>, Vec<&str>) = bodies.into_iter().partition(|body| fhir::is_fhir(body));
    let mut files = Vec::new();
    if !rows.is_empty() {
        files.push(("csv", to_csv(rows)?));
    }
    if !bundles.is_empty() {
        files.push(("ndjson", bundles.iter().flat_map(|bundle| [*bundle, "\n"]).collect()));
    }
    Ok(files)
}

/// When a message was made, as the beginning of a file's name: `20260630T150000Z`.
pub fn time_of(body: &str) -> Option<String> {
    let message: Value = serde_json::from_str(body).ok()?;
    let time = message.get("time").or_else(|| message.get("timestamp"))?.as_str()?;
    let seconds = time.split_once('.').map_or(time.trim_end_matches('Z'), |(seconds, _)| seconds);
    Some(seconds.chars().filter(char::is_ascii_alphanumeric).chain(['Z']).collect())
}

/// The body of a row that is no row of the published shape: the reader refuses it, and the answer names file and line.
pub fn unreadable_row(file: &str, line: &str) -> String {
    json!({ "id": format!("{file} {line}"), "type": "row" }).to_string()
}

/// A value as a cell: lists with `;` between their members.
fn cell(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(members) => members.iter().map(cell).collect::<Vec<_>>().join(";"),
    }
}

/// The bodies of the rows of a vendor's file, in order, or of its FHIR resources. What cannot even be made a message,
/// because the number of cells is wrong or the line is no JSON, is named by its line.
pub fn to_bodies(vendor: &VendorId, bytes: &[u8]) -> Result<Vec<Result<String, Malformed>>, Malformed> {
    if bytes.iter().find(|byte| byte.is_ascii() && !byte.is_ascii_whitespace()) == Some(&b'{') {
        return resources(vendor, bytes);
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|_| Malformed::new("line 1", MalformedKind::BadEncoding))?.clone();
    let has = |name: &str| header.iter().any(|held| held == name);
    if ROSTER_COLUMNS.iter().all(|name| has(name)) {
        return Ok(roster(vendor, &header, reader)?.into_iter().map(Ok).collect());
    }
    for needed in ["message_id", "case_id", "sequence", "time", "report"] {
        if !has(needed) {
            return Err(Malformed::new(needed, MalformedKind::Blank));
        }
    }
    let rows = reader.records().zip(2..).map(|(row, line)| {
        let row = row.map_err(|_| Malformed::new(format!("line {line}"), MalformedKind::WrongShape))?;
        sendable(body(vendor, &header, &row), || format!("line {line}"))
    });
    Ok(rows.collect())
}

/// A body that a queue can carry. An opening quote without an end makes one row of all that follows.
fn sendable(body: String, place: impl FnOnce() -> String) -> Result<String, Malformed> {
    if body.len() > BODY_BYTES_MAX { Err(Malformed::new(place(), MalformedKind::TooLarge)) } else { Ok(body) }
}

/// Longest resource of a file, some 50,000 members: read as a whole it takes up to sixteen times its length, and the function
/// that reads it has a gigabyte. Longer lists come in parts.
const RESOURCE_BYTES_MAX: usize = 32 * 1024 * 1024;

fn json_of(text: &str) -> Result<Value, MalformedKind> {
    if text.len() > RESOURCE_BYTES_MAX {
        return Err(MalformedKind::TooLarge);
    }
    serde_json::from_str(text).map_err(|error| Malformed::of_json(&error).kind)
}

/// The bodies of a file of FHIR resources: one resource, or one a line (NDJSON). A Bundle goes on as it is; a Group of any
/// length becomes the parts of a snapshot.
fn resources(vendor: &VendorId, bytes: &[u8]) -> Result<Vec<Result<String, Malformed>>, Malformed> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| Malformed::new("line 1", MalformedKind::BadEncoding))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if let Ok(one) = json_of(text) {
        return Ok(resource(vendor, &one, "line 1"));
    }
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let read = lines.flat_map(|(line, number)| {
        let place = format!("line {number}");
        match json_of(line) {
            Ok(one) => resource(vendor, &one, &place),
            Err(kind) => vec![Err(Malformed::new(place, kind))],
        }
    });
    let bodies: Vec<Result<String, Malformed>> = read.collect();
    // Not a single resource: no file of this kind.
    if bodies.iter().all(Result::is_err) {
        Err(Malformed::new("line 1", MalformedKind::NotJson))
    } else {
        Ok(bodies)
    }
}

fn resource(vendor: &VendorId, one: &Value, place: &str) -> Vec<Result<String, Malformed>> {
    match fhir::attribution::list_in(vendor, one) {
        Some(Ok(parts)) => parts.into_iter().map(Ok).collect(),
        Some(Err(flaw)) => vec![Err(Malformed::new(format!("{place} {}", flaw.field), flaw.kind))],
        None => vec![sendable(one.to_string(), || place.to_owned())],
    }
}

/// One row as the message that a queue would have carried. Blank cells are absent; a cell that is no number or flag is
/// left as text, so that the reader refuses it by its place.
fn body(vendor: &VendorId, header: &csv::StringRecord, row: &csv::StringRecord) -> String {
    let of = |name: &str| {
        let at = header.iter().position(|held| held == name)?;
        row.get(at).filter(|text| !text.is_empty())
    };
    let mut data = Map::new();
    let mut message = Map::new();
    message.insert("specversion".to_owned(), json!("1.0"));
    message.insert("source".to_owned(), json!(format!("urn:vendor:{}", vendor.as_str())));
    let report = of("report").unwrap_or_default();
    message.insert("type".to_owned(), json!(format!("{PREFIX}{report}.v1")));
    for (name, place, kind) in IN_COLUMNS {
        let Some(text) = of(name) else { continue };
        let value = match kind {
            Cell::Text => json!(text),
            Cell::Number => text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number)),
            Cell::Flag => text.parse::<bool>().map_or_else(|_| json!(text), |flag| json!(flag)),
        };
        match place.strip_prefix("data.") {
            Some(field) => data.insert(field.to_owned(), value),
            None => message.insert((*place).to_owned(), value),
        };
    }
    message.insert("data".to_owned(), Value::Object(data));
    Value::Object(message).to_string()
}

/// The vendor's daily list as a snapshot in parts. A file that was cut off has lost its last line's end, which the reader
/// of the bucket sees by the size; count and hash are those of the file.
fn roster(
    vendor: &VendorId,
    header: &csv::StringRecord,
    mut reader: csv::Reader<&[u8]>,
) -> Result<Vec<String>, Malformed> {
    let at = |name: &str| header.iter().position(|held| held == name).unwrap_or(usize::MAX);
    let places = ROSTER_COLUMNS.map(at);
    let (mut id, mut as_of, mut lines) = (String::new(), String::new(), Vec::new());
    for (row, line) in reader.records().zip(2..) {
        let row = row.map_err(|_| Malformed::new(format!("line {line}"), MalformedKind::WrongShape))?;
        let [snapshot, day, case, state] = places.map(|place| row.get(place).unwrap_or_default().to_owned());
        if !id.is_empty() && (id != snapshot || as_of != day) {
            return Err(Malformed::new(format!("line {line}"), MalformedKind::WrongShape));
        }
        (id, as_of) = (snapshot, day);
        // A list without members is a header and one row with the two cells of the case blank.
        if !case.is_empty() {
            lines.push((case, state));
        }
    }
    Ok(super::roster::bodies(vendor, &id, &as_of, &format!("{as_of}T00:00:00Z"), &lines))
}

/// The column that a JSON path of a reply stands for; the path itself where no column does.
pub fn column_of(path: &str) -> &str {
    let inner = path.strip_prefix("$.").unwrap_or(path);
    if inner == "type" {
        return "report";
    }
    IN_COLUMNS.iter().find(|(_, place, _)| *place == inner).map_or(path, |(name, ..)| name)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
