//! The entries of a snapshot on local disk, by series and partition: a snapshot has more of them than memory has room.

use super::entry::{Entry, Series};
use icm_contract::keys;
use icm_domain::ids::MemberId;
use icm_ports::{PortError, Result};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// Bytes of a partition that wait in memory.
const WAITING_BYTES: usize = 16 * 1024;

const FAILED: PortError = PortError::Unavailable { operation: "spool snapshot" };

/// The partition of a member in a manifest: 256 of them, so that one fits in memory where the whole does not.
pub(super) fn partition(member: &MemberId) -> String {
    keys::short_hash(member.as_str().as_bytes()).chars().take(2).collect()
}

/// Entries on disk; removed when dropped.
pub(super) struct Spill {
    folder: PathBuf,
    waiting: BTreeMap<(Series, String), Vec<u8>>,
}

impl Spill {
    /// An empty one, in a folder of its own under `folder`.
    pub(super) fn under(folder: &Path, name: &str) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|_| FAILED)?;
        let mut copies = 0_u32;
        loop {
            let own = folder.join(format!("{name}.snapshot.{copies}"));
            match std::fs::create_dir(&own) {
                Ok(()) => return Ok(Self { folder: own, waiting: BTreeMap::new() }),
                Err(_) if copies < 1000 => copies += 1,
                Err(_) => return Err(FAILED),
            }
        }
    }

    /// Adds an entry.
    pub(super) fn add(&mut self, series: Series, entry: &Entry) -> Result<()> {
        let place = (series, partition(&entry.member));
        let file = self.file(&place.0, &place.1);
        let waiting = self.waiting.entry(place).or_default();
        serde_json::to_writer(&mut *waiting, entry).map_err(|_| FAILED)?;
        waiting.push(b'\n');
        if waiting.len() >= WAITING_BYTES {
            append(&file, waiting)?;
            waiting.clear();
        }
        Ok(())
    }

    /// The series that have entries.
    pub(super) fn series(&self) -> Vec<Series> {
        let mut found: Vec<Series> = self.waiting.keys().map(|(series, _)| series.clone()).collect();
        found.dedup();
        found
    }

    /// The partitions of a series that have entries.
    pub(super) fn partitions(&self, series: &Series) -> Vec<String> {
        let own = self.waiting.keys().filter(|(of, _)| of == series);
        own.map(|(_, partition)| partition.clone()).collect()
    }

    /// The entries of a partition, in the order in which they were added.
    pub(super) fn entries(&self, series: &Series, partition: &str) -> Result<Vec<Entry>> {
        let mut found = match File::open(self.file(series, partition)) {
            Ok(file) => parsed(BufReader::new(file))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(_) => return Err(FAILED),
        };
        if let Some(waiting) = self.waiting.get(&(series.clone(), partition.to_owned())) {
            found.extend(parsed(waiting.as_slice())?);
        }
        Ok(found)
    }

    fn file(&self, series: &Series, partition: &str) -> PathBuf {
        self.folder.join(format!("{}-{partition}", series.name()))
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // What cannot be removed is removed with the environment.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn append(file: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(file).map_err(|_| FAILED)?;
    file.write_all(bytes).map_err(|_| FAILED)
}

/// Entries as lines of JSON.
pub(super) fn parsed(lines: impl BufRead) -> Result<Vec<Entry>> {
    const CORRUPT: PortError = PortError::Corrupt { operation: "read manifest" };
    let parse = |line: std::io::Result<String>| {
        let line = line.map_err(|_| CORRUPT)?;
        serde_json::from_str(&line).map_err(|_| CORRUPT)
    };
    lines.lines().map(parse).collect()
}
