//! What a deployment decides about files.

use icm_domain::ids::SourceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a deployment says of the feeds that it receives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feeds {
    /// `true`: the day of ingest counts as the day of receipt, whatever files state.
    pub received_at_ingest: bool,
    /// Feeds whose files repeat everything: what a file no longer holds is taken back (DESIGN D2).
    pub snapshots: BTreeSet<SourceId>,
}

impl Settings {
    /// Empties the folder of copies. Only where no file is being read: when the process starts, in a folder of its own.
    pub fn sweep(&self) {
        crate::spool::Spool::sweep(&self.spool);
    }
}

/// How the function works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder for copies of files while they are read.
    pub spool: PathBuf,
    /// The feeds.
    pub feeds: Feeds,
}
