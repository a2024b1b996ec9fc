//! What a vendor sends. A reply is read in two steps: the envelope, then the data of its type. What is wrong is named
//! by its JSON path and never by its value (DESIGN D11).

use super::envelope::{Envelope, SPEC_VERSION};
use super::fhir;
use crate::malformed::{Malformed, MalformedKind};
use icm_domain::case::reason::{HoldReason, RejectReason};
use icm_domain::day::Day;
use icm_domain::facts::Channel;
use icm_domain::ids::{CaseId, EffectId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::{Outcome, Phone};
use icm_domain::phi::Phi;
use icm_domain::vendor::reconcile::VendorStatus;
use icm_domain::vendor::reply::{ContactMode, Report, VendorEnding, VendorReply};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Longest body that is read: a roster part is the largest.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// Longest id of a message, a case, an order or a vendor's case, in bytes: ids are parts of keys.
pub const ID_BYTES_MAX: usize = 256;

/// Longest scope of a consent, in bytes.
const SCOPE_BYTES_MAX: usize = 64;

/// Most parts of a roster snapshot: a part holds over a thousand lines.
pub const PARTS_MAX: u32 = 1_000;

/// The two numbers that every reply may carry (FACTS §8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plain {
    /// Our id of the offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placer_id: Option<String>,
    /// The vendor's own id of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filler_id: Option<String>,
}

macro_rules! reply {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            /// Our id of the offer.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub placer_id: Option<String>,
            /// The vendor's own id of the case.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub filler_id: Option<String>,
            $($(#[$field_doc])* pub $field: $type),+
        }
    };
}

reply! {
    /// `icm.vendor.rejected.v1`.
    Rejected {
        /// Why.
        #[schemars(schema_with = "super::codes::reject_reason")]
        reason: RejectReason,
    }
}

reply! {
    /// `icm.vendor.outreach.attempted.v1`.
    Attempted {
        /// How.
        #[schemars(schema_with = "super::codes::channel")]
        channel: Channel,
        /// How it ended.
        #[schemars(schema_with = "super::codes::outcome")]
        outcome: Outcome,
        /// The number that was dialled (ten digits): one that is wrong is not dialled again, by anybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>", length(max = 24))]
        phone: Option<Phi<Box<str>>>,
    }
}

reply! {
    /// `icm.vendor.consented.v1`.
    Consented {
        /// Scope, as the code of the consent form.
        #[schemars(length(min = 1, max = 64))]
        scope: String,
    }
}

reply! {
    /// `icm.vendor.declined.v1`.
    Declined {
        /// "Not now", rather than "no".
        #[serde(default)]
        not_now: bool,
    }
}

reply! {
    /// `icm.vendor.enrolled.v1`.
    Enrolled {
        /// First day of service.
        #[schemars(with = "String", extend("format" = "date"))]
        start: Day,
    }
}

reply! {
    /// `icm.vendor.contact.completed.v1`.
    ContactCompleted {
        /// Minutes.
        minutes: u16,
        /// How.
        #[schemars(schema_with = "super::codes::contact_mode")]
        mode: ContactMode,
        /// Whether the member or an authorised caregiver answered.
        two_way: bool,
    }
}

reply! {
    /// `icm.vendor.hold.v1`.
    Hold {
        /// Why.
        #[schemars(schema_with = "super::codes::hold_reason")]
        reason: HoldReason,
    }
}

reply! {
    /// `icm.vendor.disenrolled.v1`.
    Disenrolled {
        /// Why.
        #[schemars(schema_with = "super::codes::vendor_ending")]
        reason: VendorEnding,
    }
}

/// One line of a vendor's roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RosterLine {
    /// The case.
    pub case_id: String,
    /// Where it stands at the vendor. A case that has ended there is not listed.
    #[schemars(schema_with = "super::codes::vendor_status")]
    pub state: VendorStatus,
}

/// `icm.vendor.roster.snapshot.v1`: a part of the vendor's list of all our cases, for the daily reconciliation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RosterSnapshot {
    /// Id of the snapshot, the same in all parts.
    pub snapshot_id: String,
    /// The day that it describes.
    #[schemars(with = "String", extend("format" = "date"))]
    pub as_of: Day,
    /// Number of this part, from 1.
    pub part: u32,
    /// Number of parts.
    pub parts: u32,
    /// Lines in all parts together.
    pub count: u32,
    /// SHA-256 over the sorted lines `case_id,state\n` of all parts, hexadecimal.
    pub hash: String,
    /// The lines of this part.
    pub lines: Vec<RosterLine>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A report about a case.
    Report {
        /// The case.
        case: CaseId,
        /// The reply in domain terms.
        reply: Box<VendorReply>,
    },
    /// A part of a roster.
    Roster(Box<RosterSnapshot>),
}

/// A message that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorMessage {
    /// The vendor's message id.
    pub id: Box<str>,
    /// The vendor's own id of the case, where given.
    pub filler: Option<Box<str>>,
    /// When it happened, by the vendor's clock.
    pub time: Moment,
    /// What it says.
    pub what: Inbound,
}

/// The prefix of the types that vendors send.
pub const PREFIX: &str = "icm.vendor.";

/// A message that could not be read, with its id where that much was readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The vendor's message id.
    pub id: Option<Box<str>>,
    /// What is wrong.
    pub flaw: Malformed,
}

impl Unread {
    /// The number of the rejection that answers it (`rejections.csv`).
    pub fn number(&self) -> u16 {
        match (self.flaw.kind, &*self.flaw.field) {
            (MalformedKind::UnknownVersion, _) if self.is_of_type() => 5002,
            (_, "$") => 5001,
            _ => 5003,
        }
    }

    /// Whether the type of the message is at fault, in either form.
    fn is_of_type(&self) -> bool {
        matches!(&*self.flaw.field, "$.type" | "MessageHeader.reason" | "Task.businessStatus")
    }
}

#[derive(Deserialize)]
struct Type {
    #[serde(default)]
    id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
}

impl VendorMessage {
    /// Reads a body that came by the queue of `vendor`.
    pub fn parse(vendor: &VendorId, body: &str) -> Result<Self, Unread> {
        if body.len() > BODY_BYTES_MAX {
            return Err(Unread { id: None, flaw: Malformed::new("$", MalformedKind::TooLarge) });
        }
        // A vendor may answer in either form, as in either major: what a body is shows in it.
        let read = if fhir::is_fhir(body) {
            let body = fhir::inbound::body(vendor, body);
            body.and_then(|body| Self::of_message(vendor, &body).map_err(fhir::inbound::renamed))
        } else {
            Self::of_message(vendor, body)
        };
        // What is too long to be an id is not repeated in the answer either.
        let fits = |id: &str| !id.trim().is_empty() && id.len() <= ID_BYTES_MAX;
        read.map_err(|Unread { id, flaw }| Unread { id: id.filter(|id| fits(id)), flaw })
    }

    fn of_message(vendor: &VendorId, body: &str) -> Result<Self, Unread> {
        let unread = |id: Option<String>| move |flaw| Unread { id: id.map(Into::into), flaw };
        let head: Type = typed(body).map_err(unread(None))?;
        read(vendor, &head.kind, body).map_err(unread(head.id))
    }
}

/// The case that a reply names, as far as it can be read; else a blank one.
pub fn subject_of(body: &str) -> CaseId {
    let message: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let named = message.get("subject").and_then(serde_json::Value::as_str);
    CaseId::new(named.or_else(|| fhir::inbound::case_of(&message)).unwrap_or_default())
}

fn read(vendor: &VendorId, kind: &str, body: &str) -> Result<VendorMessage, Malformed> {
    let unknown = || Malformed::new("$.type", MalformedKind::UnknownVersion);
    let name = super::major::report_of(kind).ok_or_else(unknown)?;
    let plain = |report: Report| {
        let envelope: Envelope<Plain> = typed(body)?;
        let (placer, filler) = (envelope.data.placer_id.clone(), envelope.data.filler_id.clone());
        report_of(vendor, envelope, placer, filler, |_| report)
    };
    match name {
        "received" => plain(Report::Received),
        "accepted" => plain(Report::Accepted),
        "engaged" => plain(Report::Engaged),
        "unreachable" => plain(Report::Unreachable),
        "stop.requested" => plain(Report::StopRequested),
        "resumed" => plain(Report::Resumed),
        "graduated" => plain(Report::Graduated),
        "recall.confirmed" => plain(Report::RecallConfirmed),
        "rejected" => with(vendor, body, |d: Rejected| {
            (d.placer_id, d.filler_id, Report::Rejected { reason: d.reason, next: None })
        }),
        "outreach.attempted" => with(vendor, body, |d: Attempted| {
            // What is no number names none: the attempt stands all the same.
            let phone = d.phone.as_ref().and_then(|number| Phone::parse(number.expose()));
            (
                d.placer_id,
                d.filler_id,
                Report::OutreachAttempted { channel: d.channel, outcome: d.outcome, phone },
            )
        }),
        "consented" => with(vendor, body, |d: Consented| {
            (d.placer_id, d.filler_id, Report::Consented { scope: d.scope.into() })
        }),
        "declined" => with(vendor, body, |d: Declined| {
            (d.placer_id, d.filler_id, Report::Declined { not_now: d.not_now })
        }),
        "enrolled" => {
            with(vendor, body, |d: Enrolled| (d.placer_id, d.filler_id, Report::Enrolled { start: d.start }))
        }
        "contact.completed" => with(vendor, body, |d: ContactCompleted| {
            let report = Report::ContactCompleted { minutes: d.minutes, mode: d.mode, two_way: d.two_way };
            (d.placer_id, d.filler_id, report)
        }),
        "hold" => with(vendor, body, |d: Hold| (d.placer_id, d.filler_id, Report::Hold { reason: d.reason })),
        "disenrolled" => with(vendor, body, |d: Disenrolled| {
            (d.placer_id, d.filler_id, Report::Disenrolled { reason: d.reason })
        }),
        "roster.snapshot" => roster(body),
        _ => Err(unknown()),
    }
}

type Parts = (Option<String>, Option<String>, Report);

fn with<D: DeserializeOwned>(
    vendor: &VendorId,
    body: &str,
    split: impl Fn(D) -> Parts,
) -> Result<VendorMessage, Malformed> {
    let envelope: Envelope<D> = typed(body)?;
    let Envelope { specversion, id, source, kind, subject, time, dataschema, sequence, dedupkey, data } =
        envelope;
    let (placer, filler, report) = split(data);
    let data = ();
    let head =
        Envelope { specversion, id, source, kind, subject, time, dataschema, sequence, dedupkey, data };
    report_of(vendor, head, placer, filler, |()| report)
}

fn report_of<D>(
    vendor: &VendorId,
    envelope: Envelope<D>,
    placer: Option<String>,
    filler: Option<String>,
    report: impl FnOnce(D) -> Report,
) -> Result<VendorMessage, Malformed> {
    check(&envelope)?;
    if envelope.subject.trim().is_empty() {
        return Err(Malformed::new("$.subject", MalformedKind::Blank));
    }
    if envelope.sequence == 0 {
        return Err(Malformed::new("$.sequence", MalformedKind::WrongShape));
    }
    for (path, id) in [
        ("$.subject", Some(&envelope.subject)),
        ("$.data.placer_id", placer.as_ref()),
        ("$.data.filler_id", filler.as_ref()),
    ] {
        if id.is_some_and(|id| id.len() > ID_BYTES_MAX) {
            return Err(Malformed::new(path, MalformedKind::TooLarge));
        }
    }
    let report = report(envelope.data);
    if let Report::Consented { scope } = &report {
        check_scope(scope)?;
    }
    let message: Box<str> = envelope.id.into();
    let reply = VendorReply {
        vendor: vendor.clone(),
        message: message.clone(),
        sequence: envelope.sequence,
        answers: placer.map(EffectId::new),
        occurred: envelope.time,
        report,
    };
    let case = CaseId::new(envelope.subject);
    let what = Inbound::Report { case, reply: Box::new(reply) };
    Ok(VendorMessage { id: message, filler: filler.map(Into::into), time: envelope.time, what })
}

/// A consent without a scope says nothing (FACTS §6.1).
fn check_scope(scope: &str) -> Result<(), Malformed> {
    let wrong = if scope.trim().is_empty() {
        MalformedKind::Blank
    } else if scope.len() > SCOPE_BYTES_MAX {
        MalformedKind::TooLarge
    } else {
        return Ok(());
    };
    Err(Malformed::new("$.data.scope", wrong))
}

fn roster(body: &str) -> Result<VendorMessage, Malformed> {
    let envelope: Envelope<RosterSnapshot> = typed(body)?;
    check(&envelope)?;
    let snapshot = &envelope.data;
    for (path, wrong) in [
        ("$.data.snapshot_id", snapshot.snapshot_id.trim().is_empty() || snapshot.snapshot_id.len() > 64),
        ("$.data.parts", snapshot.parts == 0 || snapshot.parts > PARTS_MAX),
        ("$.data.part", snapshot.part == 0 || snapshot.part > snapshot.parts),
        ("$.data.hash", snapshot.hash.len() != 64),
    ] {
        if wrong {
            return Err(Malformed::new(path, MalformedKind::WrongShape));
        }
    }
    let time = envelope.time;
    let what = Inbound::Roster(Box::new(envelope.data));
    Ok(VendorMessage { id: envelope.id.into(), filler: None, time, what })
}

fn check<D>(envelope: &Envelope<D>) -> Result<(), Malformed> {
    if envelope.specversion != SPEC_VERSION {
        return Err(Malformed::new("$.specversion", MalformedKind::UnknownVersion));
    }
    let known_time = envelope.time > Moment::from_millis(0);
    for (path, blank) in [
        ("$.id", envelope.id.trim().is_empty()),
        ("$.source", envelope.source.trim().is_empty()),
        ("$.time", !known_time),
    ] {
        if blank {
            return Err(Malformed::new(path, MalformedKind::Blank));
        }
    }
    if envelope.id.len() > ID_BYTES_MAX {
        return Err(Malformed::new("$.id", MalformedKind::TooLarge));
    }
    Ok(())
}

/// The field that is missing, when that is the error: its name is ours, never the sender's.
fn missing(error: &str) -> Option<&str> {
    error.strip_prefix("missing field `")?.split_once('`').map(|(field, _)| field)
}

/// Reads JSON, naming the path of what is wrong.
fn typed<T: DeserializeOwned>(body: &str) -> Result<T, Malformed> {
    let mut reader = serde_json::Deserializer::from_str(body);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = match error.path().to_string() {
            root if root == "." => "$".to_owned(),
            path => format!("$.{path}"),
        };
        match missing(&error.inner().to_string()) {
            Some(field) => Malformed::new(format!("{path}.{field}"), MalformedKind::Blank),
            None => Malformed::new(path, Malformed::of_json(error.inner()).kind),
        }
    })?;
    reader.end().map_err(|error| Malformed::new("$", Malformed::of_json(&error).kind))?;
    Ok(value)
}
