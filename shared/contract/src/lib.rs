//! Versioned shapes that leave the process: messages on queues, stored items, vendor messages.
//!
//! The domain's types may change from one commit to the next; what is stored or in flight may not. Whatever is
//! written here carries a version, and `tests/data/golden` holds one example of each version that ever shipped.

pub mod announcement;
pub mod decision;
pub mod facts_message;
pub mod keys;
pub mod malformed;
pub mod pack;
pub mod stored;
pub mod vendor;

pub use decision::DecisionRecord;
pub use facts_message::{FactsMessage, MemberFactsMessage};
pub use malformed::{Malformed, MalformedKind};
pub use pack::{EncodedPack, PackClass};

/// Where the quarantine keeps effects of the outbox that nobody can read. Their content is the message that has their
/// member decided again.
pub const OUTBOX_ORIGIN: &str = "queue:outbox";
