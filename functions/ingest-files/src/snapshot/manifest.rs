//! The manifest of the last snapshot of a series: a pointer in the registry, and the entries in the archive.

use super::entry::{Entry, Series};
use super::spill::parsed;
use crate::Ports;
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, Result};
use serde::{Deserialize, Serialize};

const VERSION: u8 = 1;

/// Where the entries of the last snapshot are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Pointer {
    /// Partitions that have entries.
    partitions: Vec<String>,
}

/// The last snapshot of a series; one that was never seen has no partitions.
pub(super) struct Manifest {
    series: Series,
    revision: u64,
    pointer: Pointer,
}

impl Manifest {
    /// The manifest that a new snapshot is compared with.
    pub(super) async fn last<P: Ports>(ports: &P, series: Series) -> Result<Self> {
        let found = RegistryRead::record(ports, RegistryKind::Progress, &registry_key(&series)).await?;
        let pointer = match &found {
            None => Pointer::default(),
            Some(record) => serde_json::from_str(&record.body.text)
                .map_err(|_| PortError::Corrupt { operation: "read manifest" })?,
        };
        Ok(Self { series, revision: found.map_or(0, |record| record.revision), pointer })
    }

    /// Whether a snapshot of the series was taken in before.
    pub(super) const fn is_first(&self) -> bool {
        self.revision == 0
    }

    /// Names the manifest that comes so many after this one, among all of its series.
    pub(super) fn name(&self, later: u64) -> String {
        format!("{}@{}", self.series.name(), self.revision + later)
    }

    /// The partitions that have entries.
    pub(super) fn partitions(&self) -> &[String] {
        &self.pointer.partitions
    }

    /// The entries of a partition.
    pub(super) async fn entries<P: Ports>(&self, ports: &P, partition: &str) -> Result<Vec<Entry>> {
        if !self.pointer.partitions.iter().any(|held| held == partition) {
            return Ok(Vec::new());
        }
        parsed(ports.archived(&self.archive_key(self.revision, partition)).await?.as_slice())
    }

    /// Keeps the entries of a partition for the manifest after this one. Nothing reads them before the pointer moves;
    /// until then another attempt may write them again.
    pub(super) async fn keep_next<P: Ports>(
        &self,
        ports: &P,
        partition: &str,
        entries: &[Entry],
    ) -> Result<()> {
        let mut lines = Vec::new();
        for entry in entries {
            lines.extend(serde_json::to_vec(entry).unwrap_or_default());
            lines.push(b'\n');
        }
        ports.archive(&self.archive_key(self.revision + 1, partition), lines).await
    }

    /// The entries kept for the manifest after this one.
    pub(super) async fn next_entries<P: Ports>(&self, ports: &P, partition: &str) -> Result<Vec<Entry>> {
        parsed(ports.archived(&self.archive_key(self.revision + 1, partition)).await?.as_slice())
    }

    /// Makes the kept entries the last snapshot's.
    pub(super) async fn advance<P: Ports>(&self, ports: &P, partitions: &[String]) -> Result<()> {
        let pointer = Pointer { partitions: partitions.to_vec() };
        let record = RegistryRecord {
            key: registry_key(&self.series).into(),
            revision: self.revision + 1,
            body: Body::new(VERSION, serde_json::to_string(&pointer).unwrap_or_default()),
        };
        ports.write(RegistryKind::Progress, &record).await
    }

    fn archive_key(&self, revision: u64, partition: &str) -> String {
        format!("snapshots/v1/{}/{revision:06}/{partition}.ndjson", self.series.name())
    }
}

fn registry_key(series: &Series) -> String {
    format!("snapshot#{}", series.name())
}
