//! The quarantine: what could not be used, looked at with its reason, and replayed after a fix (DESIGN §6).

use crate::actor::Actor;
use crate::admin::audit;
use crate::problem::Problem;
use crate::{OpsStore, Shared};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use icm_domain::ids::VendorId;
use icm_ports::{
    Clock, Destination, Outgoing, PortError, QuarantineRead, QuarantineRecord, QuarantineWrite, QueueSend,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Records of a page of the quarantine.
const PAGE: usize = 100;

/// `GET /v1/quarantine`: the places that hold quarantined records.
pub(crate) async fn places<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    _actor: Actor,
) -> Result<Json<Value>, Problem> {
    Ok(Json(json!({ "origins": ops.store.origins().await? })))
}

#[derive(Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    after: Option<String>,
}

/// `GET /v1/quarantine/{origin}?after`: the records of a place, with reason and without content.
pub(crate) async fn list<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    _actor: Actor,
    Path(origin): Path<String>,
    Query(after): Query<After>,
) -> Result<Json<Value>, Problem> {
    let records = QuarantineRead::records(&ops.store, &origin, after.after.as_deref(), PAGE).await?;
    let cursor = if records.len() < PAGE { None } else { records.last().map(|last| last.id.clone()) };
    let shown: Vec<Value> = records.iter().map(shown).collect();
    Ok(Json(json!({ "records": shown, "cursor": cursor })))
}

/// A record without its content, which may hold member data.
fn shown(held: &QuarantineRecord) -> Value {
    json!({
        "id": held.id, "field": held.field, "reason": held.reason, "at": held.at,
        "has_content": held.content.is_some(), "replayed": held.replayed,
    })
}

/// `GET /v1/quarantine/{origin}/{record}`: one record with its content. It may hold member data: who read it stands in
/// the audit trail.
pub(crate) async fn show<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    actor: Actor,
    Path((origin, id)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let Some(held) = one(&ops.store, &origin, &id).await? else {
        return Err(Problem::not_found("quarantined record"));
    };
    audit("quarantine.show", &actor, &json!({ "origin": origin, "id": id }), &ops).await?;
    let mut answer = shown(&held);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("content".to_owned(), json!(held.content));
    }
    Ok(Json(answer))
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
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayBody {
    /// Records of a queue; absent: all that were not replayed. Of a file all records are replayed, with the file.
    #[serde(default)]
    ids: Option<Vec<String>>,
}

/// `POST /v1/admin/quarantine/{origin}`: replays records after a fix. Messages go to the queue that they came by; a
/// file is read again as a whole: what was read before changes nothing (DESIGN D2), what still fails returns here.
///
/// A record is marked as replayed before it is sent, and the mark taken back when it cannot be sent: a record that
/// comes back at once must not be hidden by a late mark.
pub(crate) async fn replay<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    actor: Actor,
    Path(origin): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let asked: ReplayBody = if body.is_empty() {
        ReplayBody::default()
    } else {
        serde_json::from_slice(&body).map_err(|_| Problem::malformed("ids"))?
    };
    let records = waiting(&ops.store, &origin, asked.ids.as_deref()).await?;
    if records.is_empty() {
        return Err(Problem::not_found("quarantined record that waits"));
    }
    audit("quarantine.replay", &actor, &json!({ "origin": origin, "records": records.len() }), &ops).await?;
    let (to, messages) = way_back(&origin, &records);
    mark(&ops.store, &records, true).await?;
    let sent = ops.queues.send(&to, &messages).await;
    let failed = match &sent {
        Ok(failures) => failures.len(),
        Err(_) => messages.len(),
    };
    if failed > 0 {
        mark(&ops.store, &records, false).await?;
        let error = PortError::Unavailable { operation: "replay quarantine" };
        return Err(sent.err().unwrap_or(error).into());
    }
    Ok(Json(json!({ "replayed": records.len(), "messages": messages.len() })))
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
        "queue:facts" => Destination::Facts,
        "queue:ingest" => Destination::Ingest,
        _ => match origin.split_once("-replies-") {
            Some((_, vendor)) => Destination::Replies(VendorId::new(vendor)),
            None => return (Destination::Ingest, vec![announcement(origin)]),
        },
    };
    let message = |held: &QuarantineRecord| {
        Some(Outgoing { key: held.id.clone(), body: held.content.as_deref()?.to_owned() })
    };
    (to, records.iter().filter_map(message).collect())
}

/// The announcement of a file in S3's form, with the word that it is to be read again.
fn announcement(key: &str) -> Outgoing {
    let body = json!({ "again": true, "Records": [{ "s3": { "object": { "key": encoded(key) } } }] });
    Outgoing { key: key.into(), body: body.to_string() }
}

/// Keys are form-encoded in announcements.
fn encoded(key: &str) -> String {
    use std::fmt::Write as _;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    key.bytes().fold(String::with_capacity(key.len()), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use icm_ports::Moment;

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
