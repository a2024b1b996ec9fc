//! Files of vendors without queues: each row becomes a message on the vendor's reply queue, where the same function takes
//! it as takes the messages of the others. The folder that a file lies in is the vendor's identity: no other may write
//! there.

use crate::Ports;
use icm_contract::vendor::file;
use icm_domain::ids::VendorId;
use icm_ports::{Destination, Outgoing, Result};

/// The first part of the keys of files from vendors.
const PREFIX: &str = "in/";
/// Longest file: a year of replies of a large vendor.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What became of a vendor's file.
pub(crate) enum Delivered {
    /// So many messages are on the vendor's reply queue.
    Sent(u64),
    /// The file as a whole cannot be used: the column or line at fault.
    Unusable(String),
}

/// The vendor of a key `in/<vendor>/<name>`; none for every other file.
pub(crate) fn vendor_of(key: &str) -> Option<VendorId> {
    let (vendor, name) = key.strip_prefix(PREFIX)?.split_once('/')?;
    (!vendor.is_empty() && !name.is_empty()).then(|| VendorId::new(vendor))
}

/// Puts the rows of a file on the vendor's reply queue, in their order. A second delivery sends the same messages with
/// the same ids, which the receiver takes once.
pub(crate) async fn take<P: Ports>(ports: &P, vendor: &VendorId, key: &str, size: u64) -> Result<Delivered> {
    if size > BYTES_MAX {
        return Ok(Delivered::Unusable("size".to_owned()));
    }
    let bytes = ports.range(key, 0, size).await?;
    let rows = match file::to_bodies(vendor, &bytes) {
        Ok(rows) => rows,
        Err(flaw) => return Ok(Delivered::Unusable(flaw.field.into_owned())),
    };
    let name = key.rsplit('/').next().unwrap_or(key);
    let outgoing: Vec<Outgoing> = rows
        .into_iter()
        .enumerate()
        .map(|(at, row)| Outgoing {
            key: at.to_string().into(),
            body: row.unwrap_or_else(|flaw| file::unreadable_row(name, &flaw.field)),
        })
        .collect();
    let failed = ports.send(&Destination::Replies(vendor.clone()), &outgoing).await?;
    // The file comes again as a whole.
    match failed.into_iter().next() {
        Some(failure) => Err(failure.error),
        None => Ok(Delivered::Sent(outgoing.len() as u64)),
    }
}

/// A file that cannot be used at all.
pub(crate) const UNUSABLE: &str = "not a file of the published columns";

#[cfg(test)]
mod tests {
    use super::vendor_of;

    #[test]
    fn the_folder_is_the_vendor_and_nothing_else_is() {
        assert_eq!(vendor_of("in/V1/a.csv").unwrap().as_str(), "V1");
        assert_eq!(vendor_of("in/V1/sub/a.csv").unwrap().as_str(), "V1");
        for key in ["in/a.csv", "in//a.csv", "in/V1/", "claims/in/V1/a.csv", "out/V1/a.csv"] {
            assert!(vendor_of(key).is_none(), "{key}");
        }
    }
}
