//! How far a file has been sent: a file delivered again goes on where it stopped, and one that is done is not read again.

use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};

const VERSION: u8 = 1;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// Groups sent.
    groups: u64,
    /// The whole file is sent.
    done: bool,
    /// The manifests that a snapshot was compared with: against others its groups are others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    against: String,
}

/// The progress of one file of one content.
pub(crate) struct Progress {
    key: Box<str>,
    revision: u64,
    state: State,
}

impl Progress {
    /// The progress of the file with this tag.
    pub(crate) async fn read(ports: &impl RegistryRead, key: &str, tag: &str) -> Result<Self> {
        let key = format!("ingest#{}", icm_contract::keys::short_hash(format!("{key}#{tag}").as_bytes()));
        let found = ports.record(RegistryKind::Progress, &key).await?;
        let state = match &found {
            None => State::default(),
            Some(record) => serde_json::from_str(&record.body.text)
                .map_err(|_| PortError::Corrupt { operation: "read progress" })?,
        };
        Ok(Self { key: key.into(), revision: found.map_or(0, |record| record.revision), state })
    }

    /// Forgets what was sent: the file is read again from its start. The same facts make the same packs, so that what
    /// was sent before changes nothing (DESIGN D2).
    pub(crate) fn begin_again(&mut self) {
        self.state = State::default();
    }

    /// A snapshot goes on where it stopped only against the manifests against which it began.
    pub(crate) fn compared_with(&mut self, basis: String) {
        if self.state.against != basis {
            self.state = State { against: basis, ..State::default() };
        }
    }

    pub(crate) const fn is_done(&self) -> bool {
        self.state.done
    }

    /// Whether group `number`, counted from 0, was sent by an earlier delivery.
    pub(crate) const fn has_sent(&self, number: u64) -> bool {
        number < self.state.groups
    }

    /// Notes that all groups before `groups` are sent.
    pub(crate) async fn note(&mut self, ports: &impl RegistryWrite, groups: u64, done: bool) -> Result<()> {
        (self.state.groups, self.state.done) = (groups, done);
        let text = serde_json::to_string(&self.state).unwrap_or_default();
        let record = RegistryRecord {
            key: self.key.clone(),
            revision: self.revision + 1,
            body: Body::new(VERSION, text),
        };
        ports.write(RegistryKind::Progress, &record).await?;
        self.revision += 1;
        Ok(())
    }
}
