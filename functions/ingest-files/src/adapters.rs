//! Several adapters as the one set of ports that the function asks for.

use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_ports::{
    ArchiveRead, ArchiveWrite, Destination, LocatorRead, LocatorWrite, ObjectMeta, ObjectRead, Outgoing,
    Parked, QuarantineRecord, QuarantineWrite, QueueSend, RegistryKind, RegistryRead, RegistryRecord,
    RegistryWrite, Result, SendFailure,
};

/// Files, archive, queue and store of one deployment.
#[derive(Clone, Debug)]
pub struct Adapters<F, A, Q, S> {
    /// Where files are dropped.
    pub files: F,
    /// The archive.
    pub archive: A,
    /// The queues.
    pub queue: Q,
    /// The store.
    pub store: S,
}

/// What all four parts must be: shared between tasks.
pub trait Part: Send + Sync {}
impl<T: Send + Sync> Part for T {}

impl<F: ObjectRead, A: Part, Q: Part, S: Part> ObjectRead for Adapters<F, A, Q, S> {
    async fn meta(&self, key: &str) -> Result<Option<ObjectMeta>> {
        self.files.meta(key).await
    }
    async fn range(&self, key: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
        self.files.range(key, offset, length).await
    }
}

impl<F: Part, A: ArchiveWrite, Q: Part, S: Part> ArchiveWrite for Adapters<F, A, Q, S> {
    async fn archive(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        self.archive.archive(key, bytes).await
    }
}

impl<F: Part, A: ArchiveRead, Q: Part, S: Part> ArchiveRead for Adapters<F, A, Q, S> {
    async fn archived(&self, key: &str) -> Result<Vec<u8>> {
        self.archive.archived(key).await
    }
}

impl<F: Part, A: Part, Q: QueueSend, S: Part> QueueSend for Adapters<F, A, Q, S> {
    async fn send(&self, to: &Destination, messages: &[Outgoing]) -> Result<Vec<SendFailure>> {
        self.queue.send(to, messages).await
    }
}

impl<F: Part, A: Part, Q: Part, S: QuarantineWrite> QuarantineWrite for Adapters<F, A, Q, S> {
    async fn quarantine(&self, records: &[QuarantineRecord]) -> Result<()> {
        self.store.quarantine(records).await
    }
}

impl<F: Part, A: Part, Q: Part, S: LocatorRead> LocatorRead for Adapters<F, A, Q, S> {
    async fn locate(&self, source: &SourceId, control: &ClaimId) -> Result<Option<MemberId>> {
        self.store.locate(source, control).await
    }
    async fn parked(&self, source: &SourceId, control: &ClaimId) -> Result<Vec<Parked>> {
        self.store.parked(source, control).await
    }
}

impl<F: Part, A: Part, Q: Part, S: LocatorWrite> LocatorWrite for Adapters<F, A, Q, S> {
    async fn record(&self, source: &SourceId, places: &[(ClaimId, MemberId)]) -> Result<()> {
        LocatorWrite::record(&self.store, source, places).await
    }
    async fn park(&self, source: &SourceId, control: &ClaimId, fact: &Parked) -> Result<()> {
        self.store.park(source, control, fact).await
    }
    async fn unpark(&self, source: &SourceId, control: &ClaimId, id: &str) -> Result<()> {
        self.store.unpark(source, control, id).await
    }
}

impl<F: Part, A: Part, Q: Part, S: RegistryRead> RegistryRead for Adapters<F, A, Q, S> {
    async fn record(&self, kind: RegistryKind, key: &str) -> Result<Option<RegistryRecord>> {
        RegistryRead::record(&self.store, kind, key).await
    }
    async fn records(&self, kind: RegistryKind, prefix: &str) -> Result<Vec<RegistryRecord>> {
        RegistryRead::records(&self.store, kind, prefix).await
    }
    async fn taken(&self, key: &str) -> Result<i64> {
        self.store.taken(key).await
    }
}

impl<F: Part, A: Part, Q: Part, S: RegistryWrite> RegistryWrite for Adapters<F, A, Q, S> {
    async fn write(&self, kind: RegistryKind, record: &RegistryRecord) -> Result<()> {
        self.store.write(kind, record).await
    }
}
