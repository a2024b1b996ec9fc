//! Events as Lambda delivers them: only the fields that are read, so that a new field of AWS breaks nothing.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A batch from a queue.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct SqsEvent {
    /// Messages.
    #[serde(rename = "Records", default)]
    pub records: Vec<SqsRecord>,
}

/// A message. Its body is not printed: it may hold member data.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SqsRecord {
    /// Id of the message.
    pub message_id: String,
    /// Body.
    pub body: String,
    /// `ApproximateReceiveCount`, `SentTimestamp`, …
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// Queue it came from.
    #[serde(rename = "eventSourceARN", default)]
    pub source: String,
}

impl fmt::Debug for SqsRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqsRecord({}, {} bytes)", self.message_id, self.body.len())
    }
}

impl SqsRecord {
    /// How often the message was received, this time included.
    pub fn receive_count(&self) -> u32 {
        let count = self.attributes.get("ApproximateReceiveCount");
        count.and_then(|count| count.parse().ok()).unwrap_or(1)
    }

    /// The trace in which the message was sent: `1-…` of the `AWSTraceHeader`. It joins what a message causes with what
    /// caused it, from a dropped file on.
    pub fn trace(&self) -> Option<&str> {
        let header = self.attributes.get("AWSTraceHeader")?;
        header.split(';').find_map(|part| part.trim().strip_prefix("Root="))
    }
}

/// The answer to a batch: the messages that shall come again (`ReportBatchItemFailures`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// Failed items.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// One failed item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// Message id, or sequence number of a stream record.
    pub item_identifier: String,
}

impl BatchResponse {
    /// The answer with these failed items.
    pub fn failing(items: impl IntoIterator<Item = String>) -> Self {
        let failed = items.into_iter().map(|item_identifier| BatchItemFailure { item_identifier });
        Self { batch_item_failures: failed.collect() }
    }
}

/// A batch from a table's stream.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct StreamEvent {
    /// Records.
    #[serde(rename = "Records", default)]
    pub records: Vec<StreamRecord>,
}

/// A change of an item.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct StreamRecord {
    /// `INSERT`, `MODIFY` or `REMOVE`.
    #[serde(rename = "eventName", default)]
    pub event_name: String,
    /// The change.
    #[serde(default)]
    pub dynamodb: StreamChange,
}

/// The keys and place of a change. The image is not read: the record is read again before anything is done with it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct StreamChange {
    /// Key attributes.
    #[serde(rename = "Keys", default)]
    pub keys: BTreeMap<String, StreamText>,
    /// Place in the stream.
    #[serde(rename = "SequenceNumber", default)]
    pub sequence_number: String,
}

/// A text attribute. Not printed: keys name members.
#[derive(Clone, Default, Deserialize, Serialize)]
pub struct StreamText {
    /// The text; none for attributes of other types.
    #[serde(rename = "S", default)]
    pub text: Option<String>,
}

impl fmt::Debug for StreamText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamText")
    }
}

impl StreamRecord {
    /// Text of a key attribute.
    pub fn key(&self, name: &str) -> Option<&str> {
        self.dynamodb.keys.get(name)?.text.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_as_lambda_writes_them() {
        let sqs: SqsEvent = serde_json::from_str(
            r#"{"Records":[{"messageId":"m","receiptHandle":"r","body":"secret",
               "attributes":{"ApproximateReceiveCount":"3","AWSTraceHeader":"Root=1-5-a;Parent=b;Sampled=0"},"eventSourceARN":"arn:x","awsRegion":"us-east-1"}]}"#,
        )
        .unwrap();
        assert_eq!(sqs.records[0].receive_count(), 3);
        assert_eq!(sqs.records[0].trace(), Some("1-5-a"));
        assert!(!format!("{sqs:?}").contains("secret"));
        let stream: StreamEvent = serde_json::from_str(
            r#"{"Records":[{"eventID":"1","eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"M#secret"},
               "sk":{"S":"FX#1"}},"NewImage":{"v":{"N":"1"}},"SequenceNumber":"42"}}]}"#,
        )
        .unwrap();
        assert_eq!(stream.records[0].key("sk"), Some("FX#1"));
        assert!(!format!("{stream:?}").contains("secret"));
    }

    #[test]
    fn failures_are_reported_in_the_shape_of_lambda() {
        let answer = BatchResponse::failing(["a".to_owned()]);
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(json, r#"{"batchItemFailures":[{"itemIdentifier":"a"}]}"#);
    }
}
