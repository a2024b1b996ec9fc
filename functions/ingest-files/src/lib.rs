//! `ingest-files`: from a dropped file to messages on the facts queue.
//!
//! The file is copied to local disk in ranges, read by `icm-formats` in constant memory, grouped by member up to a
//! bound, archived, and sent. Grouping depends on the content alone, so that a second delivery of the same file makes
//! the same messages, and the same messages make the same packs. Whatever cannot be used is quarantined with file,
//! record, field and reason.

mod adapters;
mod drops;
mod flush;
mod ingest;
mod intake;
mod memberless;
mod progress;
mod settings;
mod snapshot;
mod spool;
mod through;
mod vendors;

pub use adapters::{Adapters, Part};
pub use drops::{Drop, DropError};
pub use ingest::{IngestFiles, Tally};
pub use settings::{Feeds, Settings};

icm_ports::bundle! {
    /// The ports that this function may use.
    pub trait Ports:
        icm_ports::ObjectRead,
        icm_ports::ArchiveRead,
        icm_ports::ArchiveWrite,
        icm_ports::QueueSend,
        icm_ports::QuarantineWrite,
        icm_ports::LocatorRead,
        icm_ports::LocatorWrite,
        icm_ports::RegistryRead,
        icm_ports::RegistryWrite;
}
