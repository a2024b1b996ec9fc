//! The CloudEvents 1.0 envelope, structured JSON mode.

use icm_domain::ids::{CaseId, EffectId};
use icm_domain::moment::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of `specversion`.
pub const SPEC_VERSION: &str = "1.0";

/// The value of `source` of everything that the payer sends.
pub const SOURCE: &str = "urn:icm:payer";

/// The content of a message: its type, with the major version at the end.
pub trait Message: Serialize + JsonSchema {
    /// The CloudEvents `type`.
    const TYPE: &'static str;
}

/// A message with its envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope<D> {
    /// Version of CloudEvents.
    pub specversion: String,
    /// Id of the message. A message sent again has the same id.
    #[schemars(length(max = 256))]
    pub id: String,
    /// Who sends.
    pub source: String,
    /// What it is, with the major version: `icm.referral.offered.v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The case, opaque. Empty for messages that concern no single case.
    #[schemars(length(max = 256))]
    pub subject: String,
    /// When it happened.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Moment,
    /// The schema of the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataschema: Option<String>,
    /// Number within the case, counted by the sender from 1. Receivers keep early ones and drop repeated ones.
    pub sequence: u64,
    /// The receiver acts once per key; a message that is sent again carries the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupkey: Option<String>,
    /// The content.
    pub data: D,
}

/// The name of a message's schema.
pub fn schema_name(kind: &str) -> String {
    format!("urn:icm:schema:{kind}")
}

impl<D: Message> Envelope<D> {
    /// A message of the payer about a case. `id` is the effect, `dedup` its deduplication key.
    pub fn of(case: &CaseId, id: &EffectId, dedup: &EffectId, sequence: u64, at: Moment, data: D) -> Self {
        Self {
            specversion: SPEC_VERSION.to_owned(),
            id: id.as_str().to_owned(),
            source: SOURCE.to_owned(),
            kind: D::TYPE.to_owned(),
            subject: case.as_str().to_owned(),
            time: at,
            dataschema: Some(schema_name(D::TYPE)),
            sequence,
            dedupkey: Some(dedup.as_str().to_owned()),
            data,
        }
    }

    /// The body of the message.
    pub fn to_body(&self) -> String {
        crate::stored::to_json(self)
    }
}
