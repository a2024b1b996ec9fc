//! What a store remembers of its feeds: which repeat everything, and which day counts as the day of receipt. In AWS these
//! are parameters of the deployment.

use super::{Plan, RunError};
use icm_domain::ids::SourceId;
use ingest_files::Feeds;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a plan says of the feeds.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Whether the day of ingest counts as the day of receipt; none: as before.
    pub received_at_ingest: Option<bool>,
    /// Feeds whose files repeat everything.
    pub snapshots: BTreeSet<SourceId>,
}

fn file(folder: &Path) -> PathBuf {
    folder.join("feeds.json")
}

/// The feeds of a store.
///
/// # Errors
/// When the store's file cannot be read.
pub fn remembered(folder: &Path) -> Result<Feeds, RunError> {
    let file = file(folder);
    let wrong = |source| RunError::Files { what: file.display().to_string(), source };
    match std::fs::read(&file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| wrong(error.into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Feeds::default()),
        Err(error) => Err(wrong(error)),
    }
}

/// The feeds of a run: what its plan says, on top of what its store remembers. A feed that was a snapshot stays one.
///
/// # Errors
/// When the store's file cannot be read or written.
pub fn of(plan: &Plan) -> Result<Feeds, RunError> {
    let mut feeds = plan.store.as_deref().map_or_else(|| Ok(Feeds::default()), remembered)?;
    let before = feeds.clone();
    feeds.received_at_ingest = plan.feeds.received_at_ingest.unwrap_or(feeds.received_at_ingest);
    feeds.snapshots.extend(plan.feeds.snapshots.iter().cloned());
    if let Some(folder) = plan.store.as_deref().filter(|_| feeds != before) {
        remember(folder, &feeds)?;
    }
    Ok(feeds)
}

fn remember(folder: &Path, feeds: &Feeds) -> Result<(), RunError> {
    let file = file(folder);
    let wrong = |source| RunError::Files { what: file.display().to_string(), source };
    let text = serde_json::to_vec(feeds).map_err(|error| wrong(error.into()))?;
    std::fs::write(&file, text).map_err(wrong)
}
