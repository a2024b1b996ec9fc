//! A queue service compatible with SQS (standard queues, AWS JSON 1.0 protocol) for the local stack.
//!
//! Why our own: no permissively licensed crate counts receives correctly. One suite
//! (`tests/sqs_service.rs`) holds this one and any other emulator to the same behaviour through the
//! real SDK client.
//!
//! * [`Queues`] is the state machine: queues, messages, receives, dead letters. Time is an argument.
//! * The journal makes it durable: one JSON line per change, replayed on open, so that nothing is
//!   lost when the process is killed. It survives the process, not a power cut.
//! * [`serve`] speaks the protocol over HTTP.

mod attributes;
mod batch;
mod content;
mod dispatch;
mod error;
mod http;
mod journal;
mod messages;
mod moves;
mod queue;
mod queues;
#[cfg(test)]
mod tests;
mod wire;

pub use attributes::{QueueSettings, RedrivePolicy};
pub use error::SqsError;
pub use http::{Engine, serve};
pub use queue::QueueCounts;
pub use queues::Queues;

/// The account that every queue of the local stack belongs to.
pub const ACCOUNT: &str = "000000000000";

/// The region that every queue of the local stack is in.
pub const REGION: &str = "us-east-1";

/// The resource name of a queue of the local stack.
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// The queue's name out of its resource name or its URL: the last segment.
pub(crate) fn name_of(arn_or_url: &str) -> &str {
    arn_or_url.rsplit([':', '/']).next().unwrap_or(arn_or_url)
}
