//! The settings of a queue: defaults, ranges, and their text form in requests and answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::SqsError;
use super::name_of;

/// Attribute names and their text values as they travel.
pub(super) type AttributeTexts = BTreeMap<String, String>;

/// When a message has been received too often, where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedrivePolicy {
    /// The name of the dead-letter queue.
    pub dead_letter_queue: String,
    /// Receives after which the next attempt moves the message (1 to 1,000).
    pub max_receive_count: u32,
}

/// What a queue does with its messages. The defaults are those of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSettings {
    /// Seconds that a received message stays hidden (0 to 43,200).
    pub visibility_timeout_s: u32,
    /// Seconds before a new message can be received (0 to 900).
    pub delay_s: u32,
    /// Bytes of body and attributes together (1,024 to 1,048,576).
    pub maximum_message_bytes: u32,
    /// Seconds after which a message is dropped, without a dead letter (60 to 1,209,600).
    pub retention_s: u32,
    /// Seconds that a receive waits for a first message (0 to 20).
    pub receive_wait_s: u32,
    /// The dead-letter rule.
    pub redrive: Option<RedrivePolicy>,
    /// Attributes that are kept and answered but change nothing here: policy and encryption.
    pub kept: AttributeTexts,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            visibility_timeout_s: 30,
            delay_s: 0,
            maximum_message_bytes: 1_048_576,
            retention_s: 345_600,
            receive_wait_s: 0,
            redrive: None,
            kept: AttributeTexts::new(),
        }
    }
}

/// Attributes of a standard queue that the engine stores without acting on them.
const KEPT: [&str; 5] = [
    "Policy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "RedriveAllowPolicy",
];

impl QueueSettings {
    /// Takes over the given attributes; the others stay.
    ///
    /// # Errors
    /// [`SqsError::InvalidAttributeName`] and [`SqsError::InvalidAttributeValue`].
    pub fn with(mut self, texts: &AttributeTexts) -> Result<Self, SqsError> {
        for (name, value) in texts {
            self.take(name, value)?;
        }
        Ok(self)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        match name {
            "VisibilityTimeout" => self.visibility_timeout_s = ranged(name, value, 0, 43_200)?,
            "DelaySeconds" => self.delay_s = ranged(name, value, 0, 900)?,
            "MaximumMessageSize" => {
                self.maximum_message_bytes = ranged(name, value, 1_024, 1_048_576)?;
            }
            "MessageRetentionPeriod" => self.retention_s = ranged(name, value, 60, 1_209_600)?,
            "ReceiveMessageWaitTimeSeconds" => self.receive_wait_s = ranged(name, value, 0, 20)?,
            "RedrivePolicy" => self.redrive = redrive(value)?,
            kept if KEPT.contains(&kept) => {
                self.kept.insert(kept.to_owned(), value.to_owned());
            }
            unknown => return Err(SqsError::InvalidAttributeName(unknown.to_owned())),
        }
        Ok(())
    }

    /// The settings as they are answered.
    pub(super) fn texts(&self) -> AttributeTexts {
        let mut texts = self.kept.clone();
        let numbers = [
            ("VisibilityTimeout", self.visibility_timeout_s),
            ("DelaySeconds", self.delay_s),
            ("MaximumMessageSize", self.maximum_message_bytes),
            ("MessageRetentionPeriod", self.retention_s),
            ("ReceiveMessageWaitTimeSeconds", self.receive_wait_s),
        ];
        texts.extend(numbers.map(|(name, value)| (name.to_owned(), value.to_string())));
        if let Some(redrive) = &self.redrive {
            texts.insert("RedrivePolicy".to_owned(), redrive.text());
        }
        texts
    }

    /// The first attribute in which a repeated creation differs from what is there.
    pub(super) fn first_difference(&self, asked: &AttributeTexts) -> Result<Option<String>, SqsError> {
        let would_be = self.clone().with(asked)?.texts();
        let is = self.texts();
        Ok(would_be.into_iter().find(|(name, value)| is.get(name) != Some(value)).map(|(name, _)| name))
    }
}

impl RedrivePolicy {
    fn text(&self) -> String {
        serde_json::json!({
            "deadLetterTargetArn": super::queue_arn(&self.dead_letter_queue),
            "maxReceiveCount": self.max_receive_count,
        })
        .to_string()
    }
}

fn ranged(name: &str, value: &str, low: u32, high: u32) -> Result<u32, SqsError> {
    value
        .parse()
        .ok()
        .filter(|number| (low..=high).contains(number))
        .ok_or_else(|| SqsError::InvalidAttributeValue(name.to_owned()))
}

/// The receive count comes as a number or as text, depending on who wrote the policy.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedriveText {
    dead_letter_target_arn: String,
    max_receive_count: serde_json::Value,
}

/// An empty text takes the rule away.
fn redrive(value: &str) -> Result<Option<RedrivePolicy>, SqsError> {
    if value.is_empty() {
        return Ok(None);
    }
    let invalid = || SqsError::InvalidAttributeValue("RedrivePolicy".to_owned());
    let text: RedriveText = serde_json::from_str(value).map_err(|_| invalid())?;
    let count =
        text.max_receive_count.as_str().map_or_else(|| text.max_receive_count.to_string(), str::to_owned);
    Ok(Some(RedrivePolicy {
        dead_letter_queue: name_of(&text.dead_letter_target_arn).to_owned(),
        max_receive_count: ranged("RedrivePolicy", &count, 1, 1_000)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> AttributeTexts {
        AttributeTexts::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn every_number_is_refused_just_outside_its_range_and_taken_at_its_ends() {
        let ranges = [
            ("VisibilityTimeout", 0_i64, 43_200),
            ("DelaySeconds", 0, 900),
            ("MaximumMessageSize", 1_024, 1_048_576),
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ];
        for (name, low, high) in ranges {
            for good in [low, high] {
                assert!(QueueSettings::default().with(&one(name, &good.to_string())).is_ok());
            }
            for bad in [low - 1, high + 1] {
                assert_eq!(
                    QueueSettings::default().with(&one(name, &bad.to_string())),
                    Err(SqsError::InvalidAttributeValue(name.to_owned()))
                );
            }
        }
    }

    #[test]
    fn a_redrive_policy_reads_back_as_it_was_given_whether_its_count_is_a_number_or_text() {
        for count in ["3", "\"3\""] {
            let text = format!(
                "{{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:Dead\",\"maxReceiveCount\":{count}}}"
            );
            let settings = QueueSettings::default().with(&one("RedrivePolicy", &text)).unwrap();
            assert_eq!(
                settings.redrive,
                Some(RedrivePolicy { dead_letter_queue: "Dead".to_owned(), max_receive_count: 3 })
            );
            let again = QueueSettings::default().with(&settings.texts()).unwrap();
            assert_eq!(again, settings);
        }
    }

    #[test]
    fn an_attribute_of_fifo_queues_is_unknown_here() {
        assert_eq!(
            QueueSettings::default().with(&one("FifoQueue", "true")),
            Err(SqsError::InvalidAttributeName("FifoQueue".to_owned()))
        );
    }
}
