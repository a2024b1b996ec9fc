//! What is kept for years: normalised facts, events, audit (DESIGN D13).

use crate::body::Body;
use crate::error::Result;
use icm_domain::day::Day;
use icm_domain::ids::{ActorId, MemberId};
use icm_domain::moment::Moment;
use std::future::Future;

/// May write to the archive.
pub trait ArchiveWrite: Send + Sync {
    /// Writes an object; writing the same key again with the same content changes nothing.
    fn archive(&self, key: &str, bytes: Vec<u8>) -> impl Future<Output = Result<()>> + Send;
}

/// May read what it wrote to the archive.
pub trait ArchiveRead: Send + Sync {
    /// The content of an object; one that is not there is corrupt, because its key was written down after it.
    fn archived(&self, key: &str) -> impl Future<Output = Result<Vec<u8>>> + Send;
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

    /// Appends a line about one member, so that it is found under the member as well as under its day.
    fn audit_about(&self, record: &AuditRecord, member: &MemberId)
    -> impl Future<Output = Result<()>> + Send;
}

/// A place in the audit trail, from which the next page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditSpan<'a> {
    /// Lines later than this place (`<moment>#<id>`); none: from the beginning.
    pub after: Option<&'a str>,
    /// Lines at most.
    pub limit: usize,
}

/// May search the audit trail: by day, or by member. Never a scan (D13).
pub trait AuditRead: Send + Sync {
    /// The lines of a day in order of time.
    fn audited_on(
        &self,
        day: Day,
        span: AuditSpan<'_>,
    ) -> impl Future<Output = Result<Vec<AuditRecord>>> + Send;

    /// The lines about one member in order of time.
    fn audited_about(
        &self,
        member: &MemberId,
        span: AuditSpan<'_>,
    ) -> impl Future<Output = Result<Vec<AuditRecord>>> + Send;
}

impl AuditRecord {
    /// The place of the line in its day's and its member's trail.
    pub fn place(&self) -> String {
        format!("{}#{}", self.at, self.id)
    }
}
