//! From a payer's control number to the member, for sources whose reversals and remittances name none (D2).

use crate::error::Result;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use std::fmt;
use std::future::Future;

/// A fact that waits for the member of its claim to become known.
#[derive(Clone, PartialEq, Eq)]
pub struct Parked {
    /// Content hash: parking the same fact again changes nothing.
    pub id: Box<str>,
    /// The encoded fact, as `icm-contract` encodes it.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parked({}, {} bytes)", self.id, self.bytes.len())
    }
}

/// May look up the member of a claim; strongly consistent.
pub trait LocatorRead: Send + Sync {
    /// The member of the claim with this control number.
    fn locate(
        &self,
        source: &SourceId,
        control: &ClaimId,
    ) -> impl Future<Output = Result<Option<MemberId>>> + Send;

    /// What waits for this claim.
    fn parked(
        &self,
        source: &SourceId,
        control: &ClaimId,
    ) -> impl Future<Output = Result<Vec<Parked>>> + Send;
}

/// May record where claims belong. Whoever records a place then asks what is parked there; whoever parks then asks
/// for the place: of two at the same time at least one sees the other.
pub trait LocatorWrite: Send + Sync {
    /// Records the member of each claim; recording it again changes nothing, a later member replaces an earlier.
    fn record(
        &self,
        source: &SourceId,
        places: &[(ClaimId, MemberId)],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Parks a fact until its claim is known.
    fn park(
        &self,
        source: &SourceId,
        control: &ClaimId,
        fact: &Parked,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Forgets a parked fact after it was sent on.
    fn unpark(
        &self,
        source: &SourceId,
        control: &ClaimId,
        id: &str,
    ) -> impl Future<Output = Result<()>> + Send;
}
