//! Sending messages.

use crate::effect::Destination;
use crate::error::{PortError, Result};
use std::fmt;
use std::future::Future;

/// A message to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The caller's name of the entry, to match failures.
    pub key: Box<str>,
    /// The body.
    pub body: String,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({}, {} bytes)", self.key, self.body.len())
    }
}

/// An entry that was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendFailure {
    /// The entry's name.
    pub key: Box<str>,
    /// Why.
    pub error: PortError,
}

/// May send messages.
pub trait QueueSend: Send + Sync {
    /// Sends all messages, in as many requests as it takes; entries that failed are tried again and what still
    /// failed is returned. An error means that nothing is known of any entry. Sending twice is allowed: receivers
    /// act once per deduplication key (D4).
    fn send(
        &self,
        to: &Destination,
        messages: &[Outgoing],
    ) -> impl Future<Output = Result<Vec<SendFailure>>> + Send;
}
