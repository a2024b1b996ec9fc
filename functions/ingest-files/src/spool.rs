//! A dropped file on local disk while it is read: readers look at a file more than once, and a bucket charges each time.

use icm_ports::{ObjectRead, PortError, Result};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Bytes asked for at one time.
const RANGE_BYTES: u64 = 8 * 1024 * 1024;

const FAILED: PortError = PortError::Unavailable { operation: "spool file" };

/// A copy on disk; removed when dropped.
pub(crate) struct Spool(PathBuf);

impl Spool {
    /// Copies an object of `size` bytes into `folder`, under a name that no other copy has.
    pub(crate) async fn copy(
        ports: &impl ObjectRead,
        (key, tag, size): (&str, &str, u64),
        folder: &Path,
    ) -> Result<Self> {
        let name = icm_contract::keys::short_hash(format!("{key}#{tag}").as_bytes());
        std::fs::create_dir_all(folder).map_err(|_| FAILED)?;
        let mut copies = 0_u32;
        let (spool, mut file) = loop {
            let path = folder.join(format!("{name}.{copies}"));
            match File::create_new(&path) {
                Ok(file) => break (Self(path), file),
                Err(_) if copies < 1000 => copies += 1,
                Err(_) => return Err(FAILED),
            }
        };
        let mut offset = 0;
        while offset < size {
            let bytes = ports.range(key, offset, RANGE_BYTES.min(size - offset)).await?;
            if bytes.is_empty() {
                return Err(FAILED);
            }
            offset += bytes.len() as u64;
            file.write_all(&bytes).map_err(|_| FAILED)?;
        }
        Ok(spool)
    }

    /// Removes the copies that an earlier process left in the folder: the service ends one that takes too long where it
    /// stands, and keeps the disk.
    pub(crate) fn sweep(folder: &Path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            drop(std::fs::remove_file(entry.path()));
            drop(std::fs::remove_dir_all(entry.path()));
        }
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.0
    }
}

impl std::ops::Drop for Spool {
    fn drop(&mut self) {
        // What cannot be removed is removed with the environment.
        drop(std::fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_process_left_is_swept_away_and_the_folder_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("copy.0"), "x").unwrap();
        std::fs::create_dir(folder.path().join("spill")).unwrap();
        std::fs::write(folder.path().join("spill/p00"), "x").unwrap();
        Spool::sweep(folder.path());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        Spool::sweep(&folder.path().join("never made"));
    }
}
