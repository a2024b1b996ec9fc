//! What time alone makes due: reviews of members and cases, and stranded effects (DESIGN D4, D5).

use crate::error::Result;
use icm_domain::ids::{EffectId, MemberId, ProgramId};
use icm_domain::moment::Moment;
use std::future::Future;

/// Shards of the due index (D13).
pub const DUE_SHARDS: u8 = 16;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DueKind {
    /// A decision that time alone may change.
    Member,
    /// A case with a deadline.
    Case,
    /// An effect pending, held, or with a lease.
    Effect,
}

impl DueKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Member, Self::Case, Self::Effect];

    /// The stored spelling.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Case => "case",
            Self::Effect => "effect",
        }
    }
}

/// The record that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DueSubject {
    /// The member's decision.
    Member,
    /// The newest case of a program.
    Case(ProgramId),
    /// An effect.
    Effect(EffectId),
}

/// One entry of the index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueEntry {
    /// When it is due.
    pub at: Moment,
    /// Whose record.
    pub member: MemberId,
    /// The record.
    pub what: DueSubject,
}

/// May ask what is due. The index lags behind commits: an entry may be outdated, an entry may come later.
pub trait DueIndex: Send + Sync {
    /// Up to `limit` entries of one shard due at or before `until`, earliest first, later than `after`'s position
    /// when given (entries of the same moment may repeat).
    fn due(
        &self,
        kind: DueKind,
        shard: u8,
        until: Moment,
        after: Option<Moment>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<DueEntry>>> + Send;
}
