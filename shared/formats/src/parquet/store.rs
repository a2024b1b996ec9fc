//! An input that is read at any place.

use bytes::Bytes;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// The bytes of an input, to be read at any place. Clones read the same bytes.
#[derive(Clone, Debug)]
pub enum Store {
    /// An open file.
    File(Arc<File>),
    /// Bytes in memory.
    Bytes(Bytes),
}

impl Store {
    /// Count of bytes.
    pub(super) fn size(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => Ok(file.metadata()?.len()),
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// So many bytes from this place on.
    ///
    /// # Errors
    /// `UnexpectedEof` when there are fewer: nothing is allocated for what is not there.
    pub(super) fn at(&self, offset: u64, length: u64) -> io::Result<Bytes> {
        let end = offset.checked_add(length).filter(|end| self.size().is_ok_and(|size| *end <= size));
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        let place = |at: u64| usize::try_from(at).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof));
        match self {
            Self::File(file) => {
                let mut bytes = vec![0; place(length)?];
                file.read_exact_at(&mut bytes, offset)?;
                Ok(bytes.into())
            }
            Self::Bytes(bytes) => Ok(bytes.slice(place(offset)?..place(end)?)),
        }
    }
}
