//! What a message carries: body and attributes, their size, their permitted characters, their sums.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::SqsError;

/// A typed value beside the body, as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributeValue {
    /// `String`, `Number` or `Binary`, with an optional suffix after a point.
    pub(super) data_type: String,
    /// The text of strings and numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) string_value: Option<String>,
    /// The bytes of a binary, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) binary_value: Option<String>,
}

/// Attributes by name.
pub(super) type AttributeValues = BTreeMap<String, AttributeValue>;

/// Body and attributes of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) body: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: AttributeValues,
    /// The trace header, the one system attribute that a sender may set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<String>,
}

/// A message has at most this many attributes.
const ATTRIBUTES_MAX: usize = 10;

impl Content {
    /// Bytes that count against the queue's limit: body, attribute names, types and values.
    pub(super) fn bytes(&self) -> usize {
        let attributes: usize = self.attributes.iter().map(|(name, value)| name.len() + value.bytes()).sum();
        self.body.len() + attributes
    }

    /// Refuses what the service refuses.
    pub(super) fn check(&self, bytes_max: u32) -> Result<(), SqsError> {
        if self.body.is_empty() {
            return Err(SqsError::MissingParameter("MessageBody"));
        }
        if self.bytes() > usize::try_from(bytes_max).unwrap_or(usize::MAX) {
            return Err(SqsError::InvalidParameterValue(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {bytes_max} bytes."
            )));
        }
        if !self.body.chars().all(is_permitted) {
            return Err(SqsError::InvalidMessageContents);
        }
        if self.attributes.len() > ATTRIBUTES_MAX {
            return Err(SqsError::InvalidParameterValue(format!(
                "Number of message attributes [{}] exceeds the allowed maximum [{ATTRIBUTES_MAX}].",
                self.attributes.len()
            )));
        }
        self.attributes.iter().try_for_each(|(name, value)| value.check(name))
    }

    /// The sum of the body in hexadecimal, as clients compare it.
    pub(super) fn body_md5(&self) -> String {
        format!("{:x}", md5::compute(self.body.as_bytes()))
    }
}

/// The sum over attributes in the order of their names; nothing when there are none.
pub(super) fn attributes_md5<'a>(
    attributes: impl Iterator<Item = (&'a String, &'a AttributeValue)>,
) -> Option<String> {
    let mut sum = md5::Context::new();
    let mut any = false;
    for (name, value) in attributes {
        any = true;
        consume(&mut sum, name.as_bytes());
        consume(&mut sum, value.data_type.as_bytes());
        match (&value.string_value, &value.binary_value) {
            (Some(text), _) => {
                sum.consume([1]);
                consume(&mut sum, text.as_bytes());
            }
            (None, binary) => {
                sum.consume([2]);
                consume(&mut sum, &decoded(binary.as_deref()));
            }
        }
    }
    any.then(|| format!("{:x}", sum.compute()))
}

/// Each part is preceded by its length in four bytes, most significant first.
fn consume(sum: &mut md5::Context, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    sum.consume(length.to_be_bytes());
    sum.consume(part);
}

fn decoded(base64: Option<&str>) -> Vec<u8> {
    base64.and_then(|text| aws_smithy_types::base64::decode(text).ok()).unwrap_or_default()
}

impl AttributeValue {
    fn bytes(&self) -> usize {
        let text = self.string_value.as_ref().map_or(0, String::len);
        let binary = self.binary_value.as_deref();
        self.data_type.len() + text + decoded(binary).len()
    }

    fn check(&self, name: &str) -> Result<(), SqsError> {
        let kind = self.data_type.split('.').next().unwrap_or_default();
        let matching = match kind {
            "String" | "Number" => self.string_value.as_deref().is_some_and(|text| !text.is_empty()),
            "Binary" => self.binary_value.is_some(),
            _ => false,
        };
        if matching {
            Ok(())
        } else {
            Err(SqsError::InvalidParameterValue(format!(
                "The message attribute '{name}' has an invalid type or an empty value."
            )))
        }
    }
}

fn is_permitted(character: char) -> bool {
    matches!(character,
        '\u{9}' | '\u{A}' | '\u{D}' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Content {
        Content { body: body.to_owned(), attributes: AttributeValues::new(), trace: None }
    }

    #[test]
    fn a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
        assert!(text(&"é".repeat(512)).check(1_024).is_ok());
        assert!(text(&"a".repeat(1_025)).check(1_024).is_err());
    }

    #[test]
    fn characters_that_xml_does_not_allow_are_refused() {
        assert_eq!(text("a\u{1}b").check(1_024), Err(SqsError::InvalidMessageContents));
        assert_eq!(text("a\u{FFFF}").check(1_024), Err(SqsError::InvalidMessageContents));
        assert!(text("tab\t and newline\n").check(1_024).is_ok());
    }

    #[test]
    fn the_sum_of_attributes_is_that_of_the_service() {
        // Computed by botocore's own algorithm for {"n": Number 1}: see the shared suite for the wire.
        let value = AttributeValue {
            data_type: "Number".to_owned(),
            string_value: Some("1".to_owned()),
            binary_value: None,
        };
        let mut expected = md5::Context::new();
        expected.consume(b"\0\0\0\x01n\0\0\0\x06Number\x01\0\0\0\x011");
        assert_eq!(
            attributes_md5(std::iter::once((&"n".to_owned(), &value))),
            Some(format!("{:x}", expected.compute()))
        );
        assert_eq!(attributes_md5(std::iter::empty()), None);
    }
}
