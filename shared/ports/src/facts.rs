//! Facts of a member: append-only packs (DESIGN D2).

use crate::error::Result;
use icm_domain::ids::MemberId;
use std::fmt;
use std::future::Future;

/// The key of a pack within its member: receipt period, class and content hash, `202401#cg#9f3a…`. The same facts
/// of the same message always make the same key, so that a redelivery writes the same item again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackKey(Box<str>);

impl PackKey {
    /// Wraps the text of a key; `icm-contract` makes it.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text of the key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An encoded pack of facts. `icm-contract` writes and reads the bytes; the first byte is the encoding version.
#[derive(Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its key within the member.
    pub key: PackKey,
    /// The encoded facts.
    pub bytes: Vec<u8>,
    /// When the store may forget it, in seconds since the epoch, counted from receipt; none: never.
    pub expires: Option<i64>,
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pack({:?}, {} bytes)", self.key, self.bytes.len())
    }
}

/// May append facts.
pub trait FactsAppend: Send + Sync {
    /// Stores the packs of a member. Without read and without condition: writing a pack again changes nothing.
    fn append(&self, member: &MemberId, packs: &[Pack]) -> impl Future<Output = Result<()>> + Send;
}

/// May read facts. Every read is strongly consistent: it sees all appends acknowledged before it began (D3).
pub trait FactsRead: Send + Sync {
    /// All packs of the member's own partition, ordered by key.
    fn packs(&self, member: &MemberId) -> impl Future<Output = Result<Vec<Pack>>> + Send;

    /// The keys of all packs of the member's own partition, in order.
    fn pack_keys(&self, member: &MemberId) -> impl Future<Output = Result<Vec<PackKey>>> + Send;
}
