//! The changes of the queues, one JSON line each, so that a killed process loses none.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::attributes::{AttributeTexts, QueueSettings};
use super::queue::Message;

/// One change of state. The state of the queues is the fold of their changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "c", rename_all = "snake_case")]
pub(super) enum Change {
    /// Numbers below were given out already.
    Numbered {
        next: u64,
    },
    Created {
        queue: String,
        settings: QueueSettings,
        tags: AttributeTexts,
        at_ms: i64,
    },
    Set {
        queue: String,
        settings: QueueSettings,
        at_ms: i64,
    },
    Tagged {
        queue: String,
        tags: AttributeTexts,
    },
    Dropped {
        queue: String,
    },
    Purged {
        queue: String,
        at_ms: i64,
    },
    /// A message that was sent, or that arrives as a dead letter or from one.
    Put {
        queue: String,
        message: Message,
    },
    Received {
        queue: String,
        number: u64,
        visible_ms: i64,
        at_ms: i64,
    },
    Hidden {
        queue: String,
        number: u64,
        visible_ms: i64,
    },
    Removed {
        queue: String,
        number: u64,
    },
}

/// An append-only file of changes; absent for queues in memory.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    lines: usize,
}

impl Journal {
    /// Opens the journal and reads what it holds. A last line that was cut by a kill was never
    /// acknowledged, so it is left out; the next [`compact`](Journal::compact) removes it.
    ///
    /// # Errors
    /// When the file cannot be opened, or holds a line before the last that is no change.
    pub(super) fn open(path: &Path) -> std::io::Result<(Self, Vec<Change>)> {
        let file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let changes = read(&file)?;
        let journal = Self { file, path: path.to_owned(), lines: changes.len() };
        Ok((journal, changes))
    }

    /// Writes the changes with one call, so that they are all there or (when killed) cut at one place.
    pub(super) fn append(&mut self, changes: &[Change]) -> std::io::Result<()> {
        self.file.write_all(&lines(changes)?)?;
        self.lines += changes.len();
        Ok(())
    }

    /// Whether rewriting pays: many lines, few of which still matter.
    pub(super) fn is_bloated(&self, live: usize) -> bool {
        const LINES_MIN: usize = 100_000;
        self.lines > LINES_MIN && self.lines / 4 > live
    }

    /// Replaces the journal by these changes, through a file beside it.
    pub(super) fn compact(&mut self, changes: &[Change]) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        std::fs::write(&beside, lines(changes)?)?;
        std::fs::rename(&beside, &self.path)?;
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        self.lines = changes.len();
        Ok(())
    }
}

fn lines(changes: &[Change]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for change in changes {
        serde_json::to_writer(&mut bytes, change)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn read(file: &File) -> std::io::Result<Vec<Change>> {
    let mut changes = Vec::new();
    let mut cut = false;
    for line in BufReader::new(file).split(b'\n') {
        if cut {
            return Err(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                "a line of the queue journal is no change",
            ));
        }
        match serde_json::from_slice(&line?) {
            Ok(change) => changes.push(change),
            Err(_) => cut = true,
        }
    }
    Ok(changes)
}
