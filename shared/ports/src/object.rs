//! Files that were dropped for the system: S3 in AWS, a folder in the local stack.

use crate::error::Result;
use std::future::Future;

/// What is known of an object before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Size in bytes.
    pub size: u64,
    /// The store's tag of this content (ETag, or size and modification time of a file).
    pub tag: Box<str>,
}

/// May read objects.
pub trait ObjectRead: Send + Sync {
    /// What is known of the object; none: there is no such object.
    fn meta(&self, key: &str) -> impl Future<Output = Result<Option<ObjectMeta>>> + Send;

    /// Up to `length` bytes from `offset`; shorter only at the end of the object.
    fn range(&self, key: &str, offset: u64, length: u64) -> impl Future<Output = Result<Vec<u8>>> + Send;
}
