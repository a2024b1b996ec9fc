//! What is kept for years: normalised facts, events, audit (DESIGN D13).

use crate::body::Body;
use crate::error::Result;
use icm_domain::ids::ActorId;
use icm_domain::moment::Moment;
use std::future::Future;

/// May write to the archive.
pub trait ArchiveWrite: Send + Sync {
    /// Writes an object; writing the same key again with the same content changes nothing.
    fn archive(&self, key: &str, bytes: Vec<u8>) -> impl Future<Output = Result<()>> + Send;
}

/// One line of the audit trail: who did what, when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Moment,
    /// Unique within the moment; the same act always has the same id.
    pub id: Box<str>,
    /// Who.
    pub actor: ActorId,
    /// What, as `icm-contract` encodes it.
    pub body: Body,
}

/// May write the audit trail.
pub trait AuditWrite: Send + Sync {
    /// Appends a line; appending it again changes nothing.
    fn audit(&self, record: &AuditRecord) -> impl Future<Output = Result<()>> + Send;
}
