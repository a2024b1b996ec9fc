//! The quarantine: what could not be used, looked at with its reason, and replayed after a fix (DESIGN §6).

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading::{self, Asked};
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use icm_contract::announcement;
use icm_domain::ids::VendorId;
use icm_domain::moment::Moment;
use icm_ports::{
    Destination, Outgoing, PortError, QuarantineRead, QuarantineRecord, QuarantineWrite, QueueSend,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Records of a page of the quarantine.
const PAGE: usize = 100;
/// Longest id of a record; keys of the store end at 1,024 bytes.
const ID_MAX: usize = 400;

/// Places that hold quarantined records.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Origins {
    /// Files and queues.
    pub(crate) origins: Vec<String>,
}

/// `GET /v1/quarantine`.
pub(crate) async fn places<P: Ports>(desk: Desk<P>) -> Result<Json<Origins>, Problem> {
    origins(&desk).await.map(Json)
}

/// The places that hold quarantined records.
pub(crate) async fn origins<P: Ports>(desk: &Desk<P>) -> Result<Origins, Problem> {
    let origins = desk.store().origins().await?;
    Ok(Origins { origins: origins.into_iter().map(Into::into).collect() })
}

/// Where a page begins.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    /// Goes on after this record.
    #[serde(default)]
    pub(crate) after: Option<String>,
}

/// A quarantined record without its content, which may hold member data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Held {
    /// Its id within the place.
    pub(crate) id: String,
    /// The field at fault; empty: the whole record or file.
    pub(crate) field: String,
    /// The reason. Never carries the value.
    pub(crate) reason: String,
    /// When it was put here.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) at: Moment,
    /// Whether the record itself is kept here.
    pub(crate) has_content: bool,
    /// Whether it was replayed.
    pub(crate) replayed: bool,
    /// The record itself; only where one record is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<String>,
}

impl Held {
    fn of(held: &QuarantineRecord) -> Self {
        Self {
            id: held.id.to_string(),
            field: held.field.to_string(),
            reason: held.reason.to_string(),
            at: held.at,
            has_content: held.content.is_some(),
            replayed: held.replayed,
            content: None,
        }
    }
}

/// A page of quarantined records.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct HeldPage {
    /// Records.
    pub(crate) records: Vec<Held>,
    /// Where the next page begins; none: this is the end.
    pub(crate) cursor: Option<String>,
}

/// `GET /v1/quarantine/{origin}?after`: the records of a place, with reason and without content.
pub(crate) async fn list<P: Ports>(
    desk: Desk<P>,
    Path(origin): Path<String>,
    Asked(after): Asked<After>,
) -> Result<Json<HeldPage>, Problem> {
    page(&desk, &origin, after.after.as_deref()).await.map(Json)
}

/// The records of a place, with reason and without content.
pub(crate) async fn page<P: Ports>(
    desk: &Desk<P>,
    origin: &str,
    after: Option<&str>,
) -> Result<HeldPage, Problem> {
    if after.is_some_and(|after| after.len() > ID_MAX) {
        return Err(Problem::malformed("after"));
    }
    let records = QuarantineRead::records(desk.store(), origin, after, PAGE).await?;
    let cursor = if records.len() < PAGE { None } else { records.last().map(|last| last.id.to_string()) };
    Ok(HeldPage { records: records.iter().map(Held::of).collect(), cursor })
}

/// `GET /v1/quarantine/{origin}/{record}`: one record with its content. It may hold member data: who read it stands in
/// the audit trail.
pub(crate) async fn show<P: Ports>(
    desk: Desk<P>,
    Path((origin, id)): Path<(String, String)>,
) -> Result<Json<Held>, Problem> {
    // A record may be about anybody: whoever is restricted to some lines of business sees the reason alone.
    desk.every_line()?;
    let Some(held) = one(desk.store(), &origin, &id).await? else {
        return Err(Problem::not_found("quarantined record"));
    };
    desk.audit(Entry::of(Act::ReadQuarantine).what(format!("{origin} {id}"))).await?;
    Ok(Json(Held { content: held.content.as_deref().map(str::to_owned), ..Held::of(&held) }))
}

async fn one(
    store: &impl QuarantineRead,
    origin: &str,
    id: &str,
) -> Result<Option<QuarantineRecord>, PortError> {
    // Records are read in the order of their ids: the page that begins before this one begins with it.
    let mut after: Option<Box<str>> = None;
    loop {
        let page = QuarantineRead::records(store, origin, after.as_deref(), PAGE).await?;
        after = page.last().map(|last| last.id.clone());
        let full = page.len() == PAGE;
        if let Some(found) = page.into_iter().find(|held| *held.id == *id) {
            return Ok(Some(found));
        }
        if !full {
            return Ok(None);
        }
    }
}

/// What is to be replayed.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayBody {
    /// Records of a queue; absent: all that were not replayed. Of a file all records are replayed, with the file.
    #[serde(default)]
    ids: Option<Vec<String>>,
}

/// What was replayed.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct Replayed {
    /// Records.
    pub(crate) replayed: usize,
    /// Messages that were sent for them.
    pub(crate) messages: usize,
}

/// `POST /v1/admin/quarantine/{origin}`: replays records after a fix. Messages go to the queue that they came by; a
/// file is read again as a whole: what was read before changes nothing (DESIGN D2), what still fails returns here.
///
/// A record is marked as replayed before it is sent, and the mark taken back when it cannot be sent: a record that
/// comes back at once must not be hidden by a late mark.
pub(crate) async fn replay<P: Ports>(
    desk: Desk<P>,
    Path(origin): Path<String>,
    body: Bytes,
) -> Result<Json<Replayed>, Problem> {
    let asked: ReplayBody = reading::json_or_default(&body)?;
    again(&desk, &origin, asked.ids.as_deref()).await.map(Json)
}

/// Replays the records of a place that wait, or those of them that are named.
pub(crate) async fn again<P: Ports>(
    desk: &Desk<P>,
    origin: &str,
    ids: Option<&[String]>,
) -> Result<Replayed, Problem> {
    desk.every_line()?;
    let records = waiting(desk.store(), origin, ids).await?;
    if records.is_empty() {
        return Err(Problem::not_found("quarantined record that waits"));
    }
    let entry = Entry::of(Act::ReplayQuarantine).what(format!("{origin} {}", records.len()));
    desk.act(entry, send_back(desk, origin, &records)).await
}

async fn send_back<P: Ports>(
    desk: &Desk<P>,
    origin: &str,
    records: &[QuarantineRecord],
) -> Result<Replayed, Problem> {
    let (to, messages) = way_back(origin, records);
    mark(desk.store(), records, true).await?;
    let sent = desk.ports().queues().send(&to, &messages).await;
    let failed = match &sent {
        Ok(failures) => failures.len(),
        Err(_) => messages.len(),
    };
    if failed > 0 {
        mark(desk.store(), records, false).await?;
        let error = PortError::Unavailable { operation: "replay quarantine" };
        return Err(sent.err().unwrap_or(error).into());
    }
    Ok(Replayed { replayed: records.len(), messages: messages.len() })
}

/// The records of a place that were not replayed yet, or those of them that are asked for.
async fn waiting(
    store: &impl QuarantineRead,
    origin: &str,
    ids: Option<&[String]>,
) -> Result<Vec<QuarantineRecord>, PortError> {
    let (mut found, mut after): (Vec<QuarantineRecord>, Option<Box<str>>) = (Vec::new(), None);
    loop {
        let page = QuarantineRead::records(store, origin, after.as_deref(), PAGE).await?;
        after = page.last().map(|last| last.id.clone());
        let full = page.len() == PAGE;
        let wanted = |held: &QuarantineRecord| {
            !held.replayed && ids.is_none_or(|ids| ids.iter().any(|id| **id == *held.id))
        };
        found.extend(page.into_iter().filter(wanted));
        if !full {
            return Ok(found);
        }
    }
}

async fn mark(
    store: &impl QuarantineWrite,
    records: &[QuarantineRecord],
    replayed: bool,
) -> Result<(), PortError> {
    let marked: Vec<QuarantineRecord> =
        records.iter().map(|held| QuarantineRecord { replayed, ..held.clone() }).collect();
    store.quarantine(&marked).await
}

/// Where records of a place go, and as what.
fn way_back(origin: &str, records: &[QuarantineRecord]) -> (Destination, Vec<Outgoing>) {
    let to = match origin {
        "queue:facts" | icm_contract::OUTBOX_ORIGIN => Destination::Facts,
        "queue:ingest" => Destination::Ingest,
        _ => {
            let Some((_, vendor)) = origin.split_once("-replies-") else {
                let file = Outgoing { key: origin.into(), body: announcement::again(origin) };
                return (Destination::Ingest, vec![file]);
            };
            Destination::Replies(VendorId::new(vendor))
        }
    };
    let message = |held: &QuarantineRecord| {
        Some(Outgoing { key: held.id.clone(), body: held.content.as_deref()?.to_owned() })
    };
    (to, records.iter().filter_map(message).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use icm_ports::Moment;
    use serde_json::Value;

    fn held(content: Option<&str>) -> QuarantineRecord {
        QuarantineRecord {
            origin: "any".into(),
            id: "0000000001#from".into(),
            field: "from".into(),
            reason: "not a date that exists".into(),
            at: Moment::from_millis(0),
            content: content.map(Into::into),
            replayed: false,
        }
    }

    #[test]
    fn messages_go_back_to_the_queue_they_came_by() {
        for (origin, to) in [
            ("queue:facts", Destination::Facts),
            ("queue:outbox", Destination::Facts),
            ("queue:ingest", Destination::Ingest),
            ("icm-dev-replies-VENDOR-1", Destination::Replies(VendorId::new("VENDOR-1"))),
        ] {
            let (found, messages) = way_back(origin, &[held(Some("body"))]);
            assert_eq!(found, to);
            assert_eq!(messages.iter().map(|sent| sent.body.as_str()).collect::<Vec<_>>(), ["body"]);
        }
    }

    #[test]
    fn a_file_is_announced_once_however_many_of_its_records_failed() {
        let (to, messages) = way_back("acme/in box/é.csv", &[held(None), held(None)]);
        assert_eq!(to, Destination::Ingest);
        let body: Value = serde_json::from_str(&messages[0].body).unwrap();
        assert_eq!(messages.len(), 1);
        assert_eq!(body["again"], true);
        assert_eq!(body["Records"][0]["s3"]["object"]["key"], "acme/in%20box/%C3%A9.csv");
    }
}
