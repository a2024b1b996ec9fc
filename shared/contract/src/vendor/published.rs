//! The published contract: JSON Schemas and an AsyncAPI document, generated from the types. `infra/contracts/` holds the
//! result; the test `contracts` compares it and rewrites it when `ICM_WRITE_CONTRACTS` is set.

use super::envelope::{Envelope, Message, schema_name};
use super::{file, inbound, major, outbound, tasks};
use icm_domain::case::refusal::Refusal;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Who sends a message on which channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// From the payer on a vendor's offer queue.
    Offer,
    /// From a vendor on its reply queue.
    Reply,
    /// From the payer on its own outreach queue.
    Outreach,
}

struct Published {
    kind: String,
    way: Way,
    schema: Value,
}

/// Every published file: its path under `infra/contracts/` and its text.
pub fn files() -> BTreeMap<String, String> {
    let messages = all();
    let mut files: BTreeMap<String, String> = messages
        .iter()
        .map(|message| (format!("schemas/{}.json", message.kind), pretty(&message.schema)))
        .collect();
    files.insert("asyncapi.json".to_owned(), pretty(&asyncapi(&messages)));
    files.insert("rejections.csv".to_owned(), rejections());
    files.insert("transitions.csv".to_owned(), icm_domain::case::table::csv());
    files.insert("files.csv".to_owned(), columns());
    files.insert("fhir.csv".to_owned(), super::fhir::places::csv());
    files
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn all() -> Vec<Published> {
    let mut all = vec![
        sent::<outbound::Offered>(Way::Offer),
        sent::<outbound::Updated>(Way::Offer),
        sent::<outbound::Cancelled>(Way::Offer),
        sent::<outbound::Recalled>(Way::Offer),
        sent::<outbound::ReplyAccepted>(Way::Offer),
        sent::<outbound::ReplyRejected>(Way::Offer),
        sent::<tasks::OutreachTask>(Way::Outreach),
        sent::<tasks::OutreachCancelled>(Way::Outreach),
        sent::<tasks::StaffTask>(Way::Outreach),
        sent::<tasks::Notice>(Way::Outreach),
        sent::<tasks::ConferenceRequested>(Way::Outreach),
        reply::<inbound::Rejected>("rejected"),
        reply::<inbound::Attempted>("outreach.attempted"),
        reply::<inbound::Consented>("consented"),
        reply::<inbound::Declined>("declined"),
        reply::<inbound::Enrolled>("enrolled"),
        reply::<inbound::ContactCompleted>("contact.completed"),
        reply::<inbound::Hold>("hold"),
        reply::<inbound::Disenrolled>("disenrolled"),
        reply::<inbound::RosterSnapshot>("roster.snapshot"),
    ];
    let plain = [
        "received",
        "accepted",
        "engaged",
        "unreachable",
        "stop.requested",
        "resumed",
        "graduated",
        "recall.confirmed",
    ];
    all.extend(plain.into_iter().map(reply::<inbound::Plain>));
    // Vendors choose their major; the payer's own outreach queue knows one.
    let later: Vec<Published> = all
        .iter()
        .filter(|message| message.way != Way::Outreach)
        .map(|message| {
            let (kind, schema) = major::schema(&message.kind, &message.schema);
            Published { kind, way: message.way, schema }
        })
        .collect();
    all.extend(later);
    all.sort_by(|one, other| (one.way, &one.kind).cmp(&(other.way, &other.kind)));
    all
}

fn sent<D: Message>(way: Way) -> Published {
    published::<D>(D::TYPE.to_owned(), way)
}

fn reply<D: JsonSchema>(name: &str) -> Published {
    published::<D>(format!("{}{name}.v1", inbound::PREFIX), Way::Reply)
}

fn published<D: JsonSchema>(kind: String, way: Way) -> Published {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Envelope<D>>().to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".to_owned(), json!(schema_name(&kind)));
        root.insert("title".to_owned(), json!(kind));
        if let Some(at) = root.get_mut("properties").and_then(|fields| fields.get_mut("type")) {
            *at = json!({ "const": kind });
        }
    }
    Published { kind, way, schema }
}

fn asyncapi(messages: &[Published]) -> Value {
    let of = |way: Way| messages.iter().filter(move |message| message.way == way);
    let channel = |way: Way, address: &str, description: &str| {
        let listed: serde_json::Map<String, Value> = of(way)
            .map(|message| {
                let place = format!("#/components/messages/{}", message.kind);
                (message.kind.clone(), json!({ "$ref": place }))
            })
            .collect();
        json!({ "address": address, "description": description, "messages": listed })
    };
    let components: serde_json::Map<String, Value> = messages
        .iter()
        .map(|message| {
            let payload = json!({ "$ref": format!("schemas/{}.json", message.kind) });
            let body = json!({
                "name": message.kind,
                "contentType": "application/cloudevents+json",
                "payload": payload,
            });
            (message.kind.clone(), body)
        })
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Intensive care management: vendor contract",
            "version": "1.0.0",
            "description": DESCRIPTION,
        },
        "channels": {
            "offers": channel(Way::Offer, "icm-{environment}-offers-{vendor}", "Payer to vendor."),
            "replies": channel(Way::Reply, "icm-{environment}-replies-{vendor}", "Vendor to payer."),
            "outreach": channel(Way::Outreach, "outreach", "Payer to its own dialler, printer and staff."),
        },
        "operations": {
            "takeOffers": { "action": "receive", "channel": { "$ref": "#/channels/offers" } },
            "sendReplies": { "action": "send", "channel": { "$ref": "#/channels/replies" } },
            "takeTasks": { "action": "receive", "channel": { "$ref": "#/channels/outreach" } },
        },
        "components": { "messages": components },
    })
}

/// The rules that the schemas cannot say; written for the vendor's engineer.
const DESCRIPTION: &str = "\
Seen from the vendor. Standard queues: delivery is at least once and in any order. \
(1) Act once per `dedupkey`; an offer that is sent again carries the same one. \
(2) `subject` is the case. `sequence` counts our messages of a case; for one placer_id ignore what is lower than what you \
have acted on. \
(3) Number your replies per case 1, 2, 3 ... from the first offer on, across resends. We keep early ones and drop repeated \
ones; a reply that is refused has used its number, but for 4036 (INBOX_FULL): more than 50 wait, or the number is more than 1000 ahead. \
Ids and subjects have at most 256 bytes, scopes 64, every message an id of its own; a time later than ours is taken as now. \
(4) Acknowledge twice: icm.vendor.received.v1 when the offer could be read, icm.vendor.accepted.v1 or \
icm.vendor.rejected.v1 when you have decided. \
(5) Every reply is answered by icm.reply.accepted.v1 or icm.reply.rejected.v1 with the reply's id. \
(6) A cancel ends an offer at once; a recall is a request to stop. Confirm either, once, with \
icm.vendor.recall.confirmed.v1, also for a case that you have not seen before, and then do nothing more for the member; \
an offer that comes after its own cancel is dropped. \
(7) The queue that a reply came by is your identity; cases of others do not exist for you. \
(8) With hand_over OUTREACH_DELEGATED the offer names in contact_rules the hours and caps that bind you, after what others \
have done. Order of reports: received, then accepted or rejected; after accepted: with hand_over OUTREACH_DELEGATED \
outreach.attempted, engaged, consented or declined or unreachable; then enrolled when service begins, contact.completed, \
hold, resumed, graduated or disenrolled. transitions.csv lists every message in every mode and state; rejections.csv the \
numbers. (9) Once a day send icm.vendor.roster.snapshot.v1 with every case that you hold, in parts of at most 1000 lines: \
the same snapshot_id, parts, count and hash in all of them. (10) Without queues the same messages are CSV files: from us out/<vendor>/*.csv (record ADD, CHANGE, TERM, ACCEPTED, \
REJECTION), from you in/<vendor>/*.csv, one row a reply; files.csv lists the columns, and which field of a message each \
is. (11) Two majors are spoken beside each other; you are written to in the one of your definition, and may answer in either. \
Major 2 differs in data.member: name in its parts, phones as E.164. Files are of major 1. (12) Within a major version messages only gain optional fields: ignore what you do not know. \
(13) A vendor whose definition says FHIR_R4 is written to in FHIR message Bundles with a Task, on its queue or as NDJSON files, \
and anybody may answer so: fhir.csv says which element each field is and of which system its codes are, in which states of a Task a report stands, and \
which state tells a report by itself; fhir/ has an example of each. A reply is one Bundle with one MessageHeader, whose id the \
answer names in response.identifier, and one Task. Of the inputs of a Task a name with dots is a field below another, and a list is one input a member; an output \
stands once, with any value[x]. A rejection names the element. The daily list may be a Group as the Da Vinci \
ATR guide has it, alone in its body, each member with the case and its state: up to 32 MiB in a file, in parts on a queue. A new \
list has a new number, else a new meta.lastUpdated; its answers name the header of its Bundle, else roster-<number>-<part>. \
What is named and is no id of FHIR is a hash in response.identifier and stands itself in issue.diagnostics.";

/// The columns of the files of vendors without queues, and the place of each in the messages.
fn columns() -> String {
    let mut lines = vec!["direction,column,place".to_owned(), "out,record,".to_owned()];
    lines.extend(file::OUT_COLUMNS.iter().map(|(name, place)| format!("out,{name},{place}")));
    lines.push("in,report,/type".to_owned());
    let place_of = |place: &str| place.replace('.', "/");
    lines.extend(file::IN_COLUMNS.iter().map(|(name, place, _)| format!("in,{name},/{}", place_of(place))));
    lines.extend(file::ROSTER_COLUMNS.iter().map(|name| format!("in (daily list),{name},")));
    lines.push(String::new());
    lines.join("\n")
}

/// The numbered rejections.
fn rejections() -> String {
    let mut lines = vec!["code,reason".to_owned()];
    let mut numbered: Vec<(u16, &str)> =
        Refusal::ALL.iter().map(|refusal| (refusal.number(), refusal.id())).collect();
    numbered.extend(UNREADABLE);
    numbered.sort_unstable();
    lines.extend(numbered.into_iter().map(|(code, reason)| format!("{code},{reason}")));
    lines.push(String::new());
    lines.join("\n")
}

/// Numbers of replies that could not be read.
pub const UNREADABLE: [(u16, &str); 3] =
    [(5001, "UNREADABLE"), (5002, "UNKNOWN_TYPE"), (5003, "FIELD_MALFORMED")];
