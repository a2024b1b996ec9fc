//! A folder in the place of a bucket: the local stack's files.

use icm_ports::{ArchiveRead, ArchiveWrite, ObjectMeta, ObjectRead, PortError, Result};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

/// A folder whose files are objects, keyed by their relative path.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The file of a key; a key may not lead out of the folder.
    fn path(&self, key: &str) -> Result<PathBuf> {
        let inside = Path::new(key).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || key.is_empty() {
            return Err(PortError::Corrupt { operation: "name object" });
        }
        Ok(self.root.join(key))
    }
}

const READ: PortError = PortError::Unavailable { operation: "read object" };
const WRITE: PortError = PortError::Ambiguous { operation: "write archive" };

impl ObjectRead for Folder {
    async fn meta(&self, key: &str) -> Result<Option<ObjectMeta>> {
        match std::fs::metadata(self.path(key)?) {
            Ok(found) if found.is_file() => {
                let modified = found.modified().ok();
                let since = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
                let tag = format!("{:x}-{:x}", found.len(), since.unwrap_or_default().as_millis());
                Ok(Some(ObjectMeta { size: found.len(), tag: tag.into() }))
            }
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(_) => Err(READ),
        }
    }

    async fn range(&self, key: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
        let mut file = std::fs::File::open(self.path(key)?).map_err(|_| READ)?;
        file.seek(SeekFrom::Start(offset)).map_err(|_| READ)?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes).map_err(|_| READ)?;
        Ok(bytes)
    }
}

impl ArchiveWrite for Folder {
    async fn archive(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        let path = self.path(key)?;
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder).map_err(|_| WRITE)?;
        // Written beside and moved: a killed process leaves no half object.
        let beside = path.with_extension("part");
        std::fs::write(&beside, bytes).map_err(|_| WRITE)?;
        std::fs::rename(&beside, &path).map_err(|_| WRITE)
    }
}

impl ArchiveRead for Folder {
    async fn archived(&self, key: &str) -> Result<Vec<u8>> {
        match std::fs::read(self.path(key)?) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(PortError::Corrupt { operation: "read archive" })
            }
            Err(_) => Err(PortError::Unavailable { operation: "read archive" }),
        }
    }
}
