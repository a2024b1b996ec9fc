//! Vendors without queues: their messages leave as files, and their files come in beside the claims (FACTS §8).

use crate::Sender;
use icm_contract::vendor::file;
use icm_domain::ids::VendorId;
use icm_ports::{
    ArchiveWrite, Destination, ObjectMeta, ObjectRead, Outgoing, PortError, QueueSend, Result, SendFailure,
};
use std::collections::BTreeSet;

/// The first part of the keys of files from vendors: `in/<vendor>/…`. A vendor may write under its own id alone, so the
/// key is its identity.
pub const FROM_VENDORS: &str = "in/";

/// Sends to queues, and to the folder `out/<vendor>/` of vendors that have none.
#[derive(Clone, Debug)]
pub struct Outlet<B> {
    queues: Sender,
    files: B,
    by_file: BTreeSet<VendorId>,
}

impl<B> Outlet<B> {
    /// Over these queues and this bucket. A vendor whose queue has a blank address has none.
    pub fn new(queues: Sender, files: B) -> Self {
        let by_file = queues.vendors_without_queue();
        Self { queues, files, by_file }
    }
}

impl<B: ArchiveWrite> QueueSend for Outlet<B> {
    async fn send(&self, to: &Destination, messages: &[Outgoing]) -> Result<Vec<SendFailure>> {
        match to {
            Destination::Vendor(vendor) if self.by_file.contains(vendor) => {
                write(&self.files, vendor, messages).await.map(|()| Vec::new())
            }
            Destination::Vendor(_)
            | Destination::Outreach
            | Destination::Facts
            | Destination::Ingest
            | Destination::Replies(_) => self.queues.send(to, messages).await,
        }
    }
}

/// One file with all messages of a form; its name sorts by time and is the same for the same messages.
async fn write<B: ArchiveWrite>(files: &B, vendor: &VendorId, messages: &[Outgoing]) -> Result<()> {
    let corrupt = |_| PortError::Corrupt { operation: "write vendor file" };
    let Some(first) = messages.first() else { return Ok(()) };
    let texts = file::to_files(messages.iter().map(|message| message.body.as_str())).map_err(corrupt)?;
    let sent = file::time_of(&first.body).unwrap_or_default();
    for (ending, text) in texts {
        let hash = icm_contract::keys::short_hash(text.as_bytes());
        let key = format!("out/{}/{sent}-{hash}.{ending}", vendor.as_str());
        files.archive(&key, text.into_bytes()).await?;
    }
    Ok(())
}

/// Reads dropped files: those of vendors from their bucket, all others from the claims bucket.
#[derive(Clone, Debug)]
pub struct Drops<C, V> {
    /// Claims and side files.
    pub claims: C,
    /// Files of vendors.
    pub vendors: V,
}

impl<C: ObjectRead, V: ObjectRead> ObjectRead for Drops<C, V> {
    async fn meta(&self, key: &str) -> Result<Option<ObjectMeta>> {
        if key.starts_with(FROM_VENDORS) { self.vendors.meta(key).await } else { self.claims.meta(key).await }
    }

    async fn range(&self, key: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
        if key.starts_with(FROM_VENDORS) {
            self.vendors.range(key, offset, length).await
        } else {
            self.claims.range(key, offset, length).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Drops, Outlet};
    use crate::{Connection, Folder, Queues, Sender};
    use icm_domain::ids::VendorId;
    use icm_ports::{Destination, ObjectRead, Outgoing, QueueSend};

    fn outlet(folder: &std::path::Path) -> Outlet<Folder> {
        let named = |name: &str| (name == "VENDOR_QUEUES").then(|| r#"{"V1":""}"#.to_owned());
        let client = Connection::local("http://127.0.0.1:9", "http://127.0.0.1:9").clients().sqs;
        Outlet::new(Sender::new(client, Queues::from_vars(named).unwrap()), Folder::new(folder))
    }

    #[tokio::test]
    async fn a_vendor_without_a_queue_gets_a_file_in_its_folder_and_a_repetition_writes_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let body = r#"{"type":"icm.referral.cancelled.v1","id":"e1","subject":"c1","sequence":2,"dedupkey":"e1",
            "time":"2026-06-30T15:00:00.000Z","data":{"placer_id":"p1","reason":"COVERAGE"}}"#;
        let message = Outgoing { key: "e1".into(), body: body.to_owned() };
        let to = Destination::Vendor(VendorId::new("V1"));
        for _ in 0..2 {
            assert_eq!(outlet(folder.path()).send(&to, std::slice::from_ref(&message)).await, Ok(Vec::new()));
        }
        let files: Vec<_> = std::fs::read_dir(folder.path().join("out/V1"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(files.len(), 1);
        assert!(files[0].file_name().unwrap().to_str().unwrap().starts_with("20260630T150000Z-"));
        let text = std::fs::read_to_string(&files[0]).unwrap();
        assert!(text.lines().nth(1).unwrap().starts_with("TERM,icm.referral.cancelled.v1,e1,e1,c1,2,"));
    }

    #[tokio::test]
    async fn files_of_vendors_are_read_from_their_bucket_and_no_other() {
        let (claims, vendors) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir_all(vendors.path().join("in/V1")).unwrap();
        std::fs::write(vendors.path().join("in/V1/a.csv"), "vendor").unwrap();
        std::fs::write(claims.path().join("a.csv"), "claims").unwrap();
        let drops = Drops { claims: Folder::new(claims.path()), vendors: Folder::new(vendors.path()) };
        assert_eq!(drops.range("in/V1/a.csv", 0, 10).await.unwrap(), b"vendor");
        assert_eq!(drops.range("a.csv", 0, 10).await.unwrap(), b"claims");
        assert_eq!(drops.meta("in/V1/b.csv").await.unwrap(), None);
    }
}
