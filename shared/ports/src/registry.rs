//! Versioned configuration and the switches of operation (DESIGN D6, D12).

use crate::body::Body;
use crate::error::Result;
use std::future::Future;

/// What a registry record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegistryKind {
    /// Criteria of identification; immutable versions.
    Criteria,
    /// Programs; immutable versions.
    Program,
    /// Vendors; immutable versions.
    Vendor,
    /// Outreach cadences; immutable versions.
    Cadence,
    /// Calendars and calling hours; immutable versions.
    Calendar,
    /// Code tables; immutable versions.
    Table,
    /// Mode of a program: OFF, SHADOW, LIVE with a cap.
    Mode,
    /// Data-through day of a source.
    Watermark,
    /// Places per program, vendor and line of business.
    Capacity,
    /// Waves of outreach.
    Wave,
    /// What is paused.
    Pause,
    /// Snapshot manifests and progress of ingestion and re-evaluation.
    Progress,
    /// What the circuit breaker of a program has seen, and whether it stopped release.
    Breaker,
    /// Parts of the vendors' roster snapshots, and what the last comparison found.
    Roster,
    /// Percentiles and other reference values made by a job (D1).
    Reference,
    /// Saved views of worklists.
    View,
    /// Who is working on which case, for some minutes.
    Reservation,
    /// Criteria tried on everybody, and what came of it.
    WhatIf,
}

impl RegistryKind {
    /// The stored spelling.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Criteria => "criteria",
            Self::Program => "program",
            Self::Vendor => "vendor",
            Self::Cadence => "cadence",
            Self::Calendar => "calendar",
            Self::Table => "table",
            Self::Mode => "mode",
            Self::Watermark => "watermark",
            Self::Capacity => "capacity",
            Self::Wave => "wave",
            Self::Pause => "pause",
            Self::Progress => "progress",
            Self::Breaker => "breaker",
            Self::Roster => "roster",
            Self::Reference => "reference",
            Self::View => "view",
            Self::Reservation => "reservation",
            Self::WhatIf => "what-if",
        }
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryRecord {
    /// Key within its kind; immutable versions are keyed `<id>#<version, six digits>`.
    pub key: Box<str>,
    /// Counts the writes of the record; 0 for one never written.
    pub revision: u64,
    /// The content, as `icm-contract` encodes it.
    pub body: Body,
}

/// May read the registry, strongly consistent.
pub trait RegistryRead: Send + Sync {
    /// One record.
    fn record(
        &self,
        kind: RegistryKind,
        key: &str,
    ) -> impl Future<Output = Result<Option<RegistryRecord>>> + Send;

    /// The records of a kind whose key begins with `prefix`, in order of key.
    fn records(
        &self,
        kind: RegistryKind,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<RegistryRecord>>> + Send;

    /// The places taken under a capacity key (see `CapacityTake`).
    fn taken(&self, key: &str) -> impl Future<Output = Result<i64>> + Send;
}

/// May write the registry.
pub trait RegistryWrite: Send + Sync {
    /// Writes the record if its stored revision is `record.revision - 1` (0: not there); else `Conflict`.
    /// A published version is written at revision 1 and never again.
    fn write(&self, kind: RegistryKind, record: &RegistryRecord) -> impl Future<Output = Result<()>> + Send;
}
