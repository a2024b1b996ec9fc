//! The events that handlers get, in the shapes of AWS.

use std::fmt::Write;

use aws_sdk_sqs::types::Message;
use icm_ports::Clock;
use serde_json::{Map, Value, json};

use crate::clock::StoreClock;
use crate::sqs::{ACCOUNT, REGION, queue_arn};

/// Messages of a queue.
pub fn queue_event(queue: &str, messages: &[Message]) -> Value {
    let records: Vec<Value> = messages.iter().map(|message| queue_record(queue, message)).collect();
    json!({"Records": records})
}

fn queue_record(queue: &str, message: &Message) -> Value {
    let system = message.attributes().into_iter().flatten();
    let attributes: Map<String, Value> =
        system.map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
    let mut own = Map::new();
    for (name, value) in message.message_attributes().into_iter().flatten() {
        let binary = value.binary_value().map(aws_smithy_types::base64::encode);
        own.insert(
            name.clone(),
            json!({
                "dataType": value.data_type(),
                "stringValue": value.string_value(),
                "binaryValue": binary,
                "stringListValues": [],
                "binaryListValues": [],
            }),
        );
    }
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "attributes": attributes,
        "messageAttributes": own,
        "md5OfBody": message.md5_of_body(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn(queue),
        "awsRegion": REGION,
    })
}

/// A call of the scheduler.
pub fn scheduled_event(function: &str, clock: &StoreClock) -> Value {
    let time = clock.now();
    json!({
        "version": "0",
        "id": format!("{function}-{}", time.millis()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": time.to_string(),
        "region": REGION,
        "resources": [format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{function}")],
        "detail": "{}",
    })
}

/// A bucket's announcement of a new object.
pub fn dropped_file(bucket: &str, key: &str, size: u64, tag: &str, clock: &StoreClock) -> Value {
    let time = clock.now();
    json!({"Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": time.to_string(),
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "local"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "local",
            "bucket": {"name": bucket, "ownerIdentity": {"principalId": "local"}, "arn": format!("arn:aws:s3:::{bucket}")},
            "object": {"key": encoded(key), "size": size, "eTag": tag, "sequencer": format!("{:016X}", time.millis())},
        },
    }]})
}

/// Keys travel like the values of a form: a space is a plus sign.
fn encoded(key: &str) -> String {
    let mut text = String::new();
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                text.push(char::from(byte));
            }
            b' ' => text.push('+'),
            other => {
                // Writing to a string cannot fail.
                let _ = write!(text, "%{other:02X}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_encoded_as_the_bucket_does_it() {
        let event = dropped_file("b", "in/a file+é.csv", 7, "t", &StoreClock::set_at(0));
        assert_eq!(event.pointer("/Records/0/s3/object/key"), Some(&json!("in/a+file%2B%C3%A9.csv")));
        assert_eq!(event.pointer("/Records/0/eventTime"), Some(&json!("1970-01-01T00:00:00.000Z")));
    }
}
