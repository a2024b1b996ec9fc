//! What could not be used: kept with its reason, inspected, replayed after a fix (DESIGN §6).

use crate::error::Result;
use icm_domain::moment::Moment;
use std::fmt;
use std::future::Future;

/// One quarantined record.
#[derive(Clone, PartialEq, Eq)]
pub struct QuarantineRecord {
    /// The place it came from: a file's key, or a queue's name. Records of one place are listed together.
    pub origin: Box<str>,
    /// Unique within the place; the same record always has the same id (`<ordinal, ten digits>#<field>`).
    pub id: Box<str>,
    /// The field at fault; empty: the whole record or file.
    pub field: Box<str>,
    /// The reason in words. Never carries the value.
    pub reason: Box<str>,
    /// When it was put here.
    pub at: Moment,
    /// The record itself where it is not to be found at `origin` any more (a message's body); may hold member data.
    pub content: Option<Box<str>>,
    /// True once it was replayed.
    pub replayed: bool,
}

impl fmt::Debug for QuarantineRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QuarantineRecord({} {} {:?} {})", self.origin, self.id, self.field, self.reason)
    }
}

/// May put records into quarantine.
pub trait QuarantineWrite: Send + Sync {
    /// Keeps the records; keeping one again changes nothing but its time.
    fn quarantine(&self, records: &[QuarantineRecord]) -> impl Future<Output = Result<()>> + Send;
}

/// May look at quarantined records.
pub trait QuarantineRead: Send + Sync {
    /// The places that hold quarantined records.
    fn origins(&self) -> impl Future<Output = Result<Vec<Box<str>>>> + Send;

    /// The records of a place, in order, up to `limit`, after the id `after`.
    fn records(
        &self,
        origin: &str,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<QuarantineRecord>>> + Send;
}
