//! Sending to queues.

use crate::error::{Intent, of_code, port_error};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, SendMessageBatchRequestEntry,
};
use icm_domain::ids::VendorId;
use icm_ports::{Destination, Outgoing, PortError, QueueSend, Result, SendFailure};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

const OPERATION: &str = "send messages";

/// Entries in one request (SQS's limit).
const BATCH_ENTRIES: usize = 10;
/// Bytes in one request: SQS takes 256 KB (1 MiB since 2025); the smaller bound works with every engine.
const BATCH_BYTES: usize = 256 * 1024;
/// How often entries that failed are tried again.
const ROUNDS: u32 = 3;

/// Addresses of the queues that a function may send to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// Facts queue.
    pub facts: Option<String>,
    /// Queue of outreach tasks.
    pub outreach: Option<String>,
    /// Queue of announcements of dropped files.
    pub ingest: Option<String>,
    /// Offer queue of each vendor.
    pub vendors: BTreeMap<VendorId, String>,
    /// Reply queue of each vendor, for what replays quarantined replies.
    pub replies: BTreeMap<VendorId, String>,
}

impl Queues {
    /// From `FACTS_QUEUE_URL`, `OUTREACH_QUEUE_URL`, `INGEST_QUEUE_URL`, `VENDOR_QUEUES` and `REPLY_QUEUES` (JSON
    /// objects: vendor id → address). None: one of the last two is there and is no such object.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            facts: var("FACTS_QUEUE_URL"),
            outreach: var("OUTREACH_QUEUE_URL"),
            ingest: var("INGEST_QUEUE_URL"),
            vendors: by_vendor(var("VENDOR_QUEUES"))?,
            replies: by_vendor(var("REPLY_QUEUES"))?,
        })
    }

    /// From the process's environment; without queues when `VENDOR_QUEUES` cannot be read, so that every send fails
    /// loudly and nothing is lost.
    pub fn from_env() -> Self {
        Self::from_vars(|name| std::env::var(name).ok()).unwrap_or_default()
    }

    fn url(&self, to: &Destination) -> Result<&str> {
        let url = match to {
            Destination::Facts => self.facts.as_deref(),
            Destination::Ingest => self.ingest.as_deref(),
            Destination::Replies(vendor) => self.replies.get(vendor).map(String::as_str),
            Destination::Outreach => self.outreach.as_deref(),
            Destination::Vendor(vendor) => self.vendors.get(vendor).map(String::as_str),
        };
        url.ok_or(PortError::Unavailable { operation: "find queue" })
    }
}

/// A JSON object of vendor id → address; empty where the variable is not set.
fn by_vendor(variable: Option<String>) -> Option<BTreeMap<VendorId, String>> {
    let named: BTreeMap<String, String> = match variable {
        Some(text) if !text.trim().is_empty() => serde_json::from_str(&text).ok()?,
        _ => BTreeMap::new(),
    };
    Some(named.into_iter().map(|(vendor, url)| (VendorId::new(vendor), url)).collect())
}

/// Sends messages.
#[derive(Clone, Debug)]
pub struct Sender {
    client: Client,
    queues: Queues,
}

impl Sender {
    /// A sender to these queues.
    pub const fn new(client: Client, queues: Queues) -> Self {
        Self { client, queues }
    }

    /// Vendors whose queue has a blank address: they exchange files.
    pub(crate) fn vendors_without_queue(&self) -> BTreeSet<VendorId> {
        let blank = self.queues.vendors.iter().filter(|(_, url)| url.trim().is_empty());
        blank.map(|(vendor, _)| vendor.clone()).collect()
    }

    /// One request; entries that failed come back with the reason.
    async fn request<'a>(&self, url: &str, batch: &[&'a Outgoing]) -> Result<Vec<(&'a Outgoing, PortError)>> {
        let trace = trace_attributes(std::env::var("_X_AMZN_TRACE_ID").ok())?;
        let entry = |(at, message): (usize, &&Outgoing)| {
            SendMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .message_body(message.body.as_str())
                .set_message_system_attributes(trace.clone())
                .build()
                .map_err(|_| PortError::Corrupt { operation: OPERATION })
        };
        let entries = batch.iter().enumerate().map(entry).collect::<Result<Vec<_>>>()?;
        let answer = self
            .client
            .send_message_batch()
            .queue_url(url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| port_error(OPERATION, Intent::Write, &error))?;
        let failed = answer.failed.iter().filter_map(|failed| {
            let message = batch.get(failed.id.parse::<usize>().ok()?)?;
            let status = if failed.sender_fault { 400 } else { 503 };
            let code = Some(failed.code.as_str());
            Some((*message, of_code(OPERATION, Intent::Write, code, status)))
        });
        Ok(failed.collect())
    }
}

/// Attributes of a message that the service itself knows.
type SystemAttributes = HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>;

/// The trace of the invocation, which the runtime keeps in the process's environment; none outside Lambda. The message
/// carries it to the next function, whose log lines name it.
fn trace_attributes(trace: Option<String>) -> Result<Option<SystemAttributes>> {
    let Some(trace) = trace else { return Ok(None) };
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(trace).build();
    let value = value.map_err(|_| PortError::Corrupt { operation: OPERATION })?;
    Ok(Some(HashMap::from([(MessageSystemAttributeNameForSends::AwsTraceHeader, value)])))
}

impl QueueSend for Sender {
    async fn send(&self, to: &Destination, messages: &[Outgoing]) -> Result<Vec<SendFailure>> {
        let url = self.queues.url(to)?;
        let mut waiting: Vec<&Outgoing> = messages.iter().collect();
        let mut failures = Vec::new();
        for round in 0..ROUNDS {
            failures.clear();
            for batch in batches(&waiting) {
                match self.request(url, batch).await {
                    Ok(failed) => failures.extend(failed),
                    // The other batches may have gone: say so entry by entry.
                    Err(error) => {
                        failures.extend(batch.iter().map(|message| (*message, error.clone())));
                    }
                }
            }
            waiting = failures.iter().map(|(message, _)| *message).collect();
            if waiting.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50 << round)).await;
        }
        let failure =
            |(message, error): (&Outgoing, PortError)| SendFailure { key: message.key.clone(), error };
        Ok(failures.into_iter().map(failure).collect())
    }
}

/// Splits into requests, bounded in entries and bytes.
fn batches<'m, 'a>(messages: &'m [&'a Outgoing]) -> Vec<&'m [&'a Outgoing]> {
    let mut out = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, message) in messages.iter().enumerate() {
        let full = at - start == BATCH_ENTRIES || bytes + message.body.len() > BATCH_BYTES;
        if full && at > start {
            out.extend(messages.get(start..at));
            (start, bytes) = (at, 0);
        }
        bytes += message.body.len();
    }
    if start < messages.len() {
        out.extend(messages.get(start..));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_bounded_in_entries_and_bytes_and_lose_nothing() {
        let message =
            |n: usize, bytes: usize| Outgoing { key: n.to_string().into(), body: "x".repeat(bytes) };
        let messages: Vec<Outgoing> =
            (0..40).map(|n| message(n, if n % 7 == 0 { 200_000 } else { 10 })).collect();
        let all: Vec<&Outgoing> = messages.iter().collect();
        let split = batches(&all);
        for batch in &split {
            assert!(!batch.is_empty() && batch.len() <= BATCH_ENTRIES);
            assert!(batch.iter().map(|message| message.body.len()).sum::<usize>() <= BATCH_BYTES);
        }
        assert_eq!(split.concat(), all);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn a_message_carries_the_trace_of_its_sender_where_there_is_one() {
        assert_eq!(trace_attributes(None).unwrap(), None);
        let found = trace_attributes(Some("Root=1-5-a".to_owned())).unwrap().unwrap();
        let header = &found[&MessageSystemAttributeNameForSends::AwsTraceHeader];
        assert_eq!(header.string_value(), Some("Root=1-5-a"));
    }

    #[test]
    fn queues_come_from_the_environment() {
        let var = |name: &str| match name {
            "FACTS_QUEUE_URL" => Some("http://q/facts".to_owned()),
            "VENDOR_QUEUES" => Some(r#"{"V1":"http://q/v1"}"#.to_owned()),
            _ => None,
        };
        let queues = Queues::from_vars(var).unwrap();
        assert_eq!(queues.url(&Destination::Vendor(VendorId::new("V1"))).unwrap(), "http://q/v1");
        assert!(queues.url(&Destination::Outreach).is_err());
        assert_eq!(Queues::from_vars(|_| Some("[]".to_owned())), None);
    }
}
