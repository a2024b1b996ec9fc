//! How far each stream has been read, kept in the store's folder.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::error::StackError;

/// The last sequence number that was settled, by trigger and shard.
#[derive(Debug, Default)]
pub(super) struct Positions {
    read: Mutex<BTreeMap<String, String>>,
    file: Option<PathBuf>,
}

impl Positions {
    /// From the folder's file; a store without one begins at the oldest record. A position lost costs
    /// a second reading, which handlers bear.
    pub(super) fn open(file: Option<PathBuf>) -> Result<Self, StackError> {
        let text = match &file {
            Some(path) if path.exists() => {
                std::fs::read_to_string(path).map_err(StackError::io("read the positions of the streams"))?
            }
            Some(_) | None => String::new(),
        };
        Ok(Self { read: Mutex::new(serde_json::from_str(&text).unwrap_or_default()), file })
    }

    pub(super) fn get(&self, key: &str) -> Option<String> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Replaces the file as a whole: a kill leaves the old one or the new one.
    pub(super) fn set(&self, key: &str, sequence: &str) -> Result<(), StackError> {
        let text = {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            read.insert(key.to_owned(), sequence.to_owned());
            serde_json::json!(*read).to_string()
        };
        let Some(file) = &self.file else { return Ok(()) };
        let failed = StackError::io("write the positions of the streams");
        let beside = file.with_extension("new");
        std::fs::write(&beside, text).map_err(&failed)?;
        std::fs::rename(&beside, file).map_err(&failed)
    }
}
