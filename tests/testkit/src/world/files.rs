//! Files and the archive.

use super::Ports;
use icm_ports::{ArchiveRead, ArchiveWrite, ObjectMeta, ObjectRead, PortError, Result};

impl ObjectRead for Ports {
    async fn meta(&self, key: &str) -> Result<Option<ObjectMeta>> {
        self.look("find object", |state| {
            let bytes = state.objects.get(key)?;
            let tag = icm_contract::keys::short_hash(bytes).into();
            Some(ObjectMeta { size: bytes.len() as u64, tag })
        })
        .await
    }

    async fn range(&self, key: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
        self.look("read object", |state| {
            let bytes = state.objects.get(key).map(Vec::as_slice).unwrap_or_default();
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            bytes.iter().skip(start).take(length).copied().collect()
        })
        .await
    }
}

impl ArchiveWrite for Ports {
    async fn archive(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        self.call("write archive", |state| {
            state.archive.insert(key.to_owned(), bytes);
            Ok(())
        })
        .await
    }
}

impl ArchiveRead for Ports {
    async fn archived(&self, key: &str) -> Result<Vec<u8>> {
        let found = self.look("read archive", |state| state.archive.get(key).cloned()).await?;
        found.ok_or(PortError::Corrupt { operation: "read archive" })
    }
}
