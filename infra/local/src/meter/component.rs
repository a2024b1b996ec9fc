//! Parts of the bill.

use serde::Serialize;

/// What a request serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// Packs of facts written.
    PackWrites,
    /// Packs of facts read, strongly consistent.
    StrongReads,
    /// Heads of members read.
    MetaReads,
    /// Cases, case events, decision records and worklists read.
    CaseReads,
    /// Claims to members, and parked facts: read and written.
    Locator,
    /// Heads, decision records, cases, events and capacity written, with the worklist index.
    Commits,
    /// Effects written, leased, marked and read.
    Effects,
    /// The index of what is due: written and read.
    Timers,
    /// Versions of configuration and switches.
    Configuration,
    /// Audit trail and quarantine.
    Records,
    /// Requests to the queue service.
    QueueRequests,
    /// Invocations and their memory over time.
    Lambda,
}

impl Component {
    /// Every component, in the order of a receipt.
    pub const ALL: [Self; 12] = [
        Self::PackWrites,
        Self::StrongReads,
        Self::MetaReads,
        Self::CaseReads,
        Self::Locator,
        Self::Commits,
        Self::Effects,
        Self::Timers,
        Self::Configuration,
        Self::Records,
        Self::QueueRequests,
        Self::Lambda,
    ];

    /// Its name in receipts.
    pub const fn id(self) -> &'static str {
        match self {
            Self::PackWrites => "pack_writes",
            Self::StrongReads => "strong_reads",
            Self::MetaReads => "meta_reads",
            Self::CaseReads => "case_reads",
            Self::Locator => "locator",
            Self::Commits => "commits",
            Self::Effects => "effects",
            Self::Timers => "timers",
            Self::Configuration => "configuration",
            Self::Records => "records",
            Self::QueueRequests => "queue_requests",
            Self::Lambda => "lambda",
        }
    }
}
