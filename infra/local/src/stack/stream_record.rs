//! A stream's record in the shape that Lambda hands to handlers.

use std::collections::HashMap;

use aws_sdk_dynamodbstreams::types::{AttributeValue, Record};
use serde_json::{Map, Value, json};

/// One record with its place in the stream.
#[derive(Debug, Clone)]
pub(super) struct StreamRecord {
    pub(super) sequence: String,
    pub(super) event: Value,
}

/// The record as an event; `None` for one without a sequence number.
pub(super) fn stream_record(record: &Record, stream_arn: &str) -> Option<StreamRecord> {
    let change = record.dynamodb()?;
    let sequence = change.sequence_number()?.to_owned();
    let mut dynamodb = json!({
        "ApproximateCreationDateTime": change.approximate_creation_date_time().map(aws_smithy_types::DateTime::secs),
        "Keys": change.keys().map(item),
        "SequenceNumber": sequence,
        "SizeBytes": change.size_bytes(),
        "StreamViewType": change.stream_view_type().map(|view| view.as_str().to_owned()),
    });
    for (name, image) in [("NewImage", change.new_image()), ("OldImage", change.old_image())] {
        if let (Some(image), Some(fields)) = (image, dynamodb.as_object_mut()) {
            fields.insert(name.to_owned(), item(image));
        }
    }
    let event = json!({
        "eventID": record.event_id(),
        "eventName": record.event_name().map(|name| name.as_str().to_owned()),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": crate::sqs::REGION,
        "dynamodb": dynamodb,
        "eventSourceARN": stream_arn,
        "userIdentity": record.user_identity().map(|by| json!({"type": by.r#type(), "principalId": by.principal_id()})),
    });
    Some(StreamRecord { sequence, event })
}

fn item(attributes: &HashMap<String, AttributeValue>) -> Value {
    let members: Map<String, Value> =
        attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    Value::Object(members)
}

/// The typed form of the wire: `{"S": "text"}`.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the SDK's type is open: NULL, and any kind that it learns later, is shown as absent"
)]
fn attribute(value: &AttributeValue) -> Value {
    let encoded = |blob: &aws_smithy_types::Blob| aws_smithy_types::base64::encode(blob);
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::B(blob) => json!({"B": encoded(blob)}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Ss(texts) => json!({"SS": texts}),
        AttributeValue::Ns(numbers) => json!({"NS": numbers}),
        AttributeValue::Bs(blobs) => json!({"BS": blobs.iter().map(encoded).collect::<Vec<_>>()}),
        AttributeValue::L(items) => json!({"L": items.iter().map(attribute).collect::<Vec<_>>()}),
        AttributeValue::M(members) => json!({"M": item(members)}),
        _ => json!({"NULL": true}),
    }
}
