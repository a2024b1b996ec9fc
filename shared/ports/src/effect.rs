//! Effects: what is to be sent, committed in the transaction of the event that caused it (DESIGN D4).

use crate::error::Result;
use icm_domain::case::due::OfferLeft;
use icm_domain::case::effect::Effect;
use icm_domain::ids::{CaseId, EffectId, MemberId, ProgramId, VendorId};
use icm_domain::moment::Moment;
use std::future::Future;

/// Where an effect is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// The payer's own outreach staff.
    Outreach,
    /// A vendor's offer queue.
    Vendor(VendorId),
    /// The facts queue.
    Facts,
    /// The queue of announcements of dropped files: a file is read again.
    Ingest,
    /// A vendor's reply queue: a quarantined reply is taken again, under the identity of the queue it came by.
    Replies(VendorId),
}

/// Where an effect stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectStatus {
    /// Committed, not yet leased.
    Pending,
    /// Released: a sender holds the lease.
    Leased,
    /// Sent.
    Sent,
    /// Cancelled before release.
    Cancelled,
    /// Held back by mode, pause, cap or freshness (D12); looked at again later.
    Held,
}

impl EffectStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Leased, Self::Sent, Self::Cancelled, Self::Held];

    /// The stored spelling.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Leased => "leased",
            Self::Sent => "sent",
            Self::Cancelled => "cancelled",
            Self::Held => "held",
        }
    }

    /// The status with this spelling.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.id() == id)
    }
}

/// The lease on an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Token of the holder: whoever marks the effect must name it.
    pub token: Box<str>,
    /// End of the lease.
    pub until: Moment,
}

/// One effect in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectRecord {
    /// Program that causes it.
    pub program: ProgramId,
    /// Case that causes it, if any.
    pub case_id: Option<CaseId>,
    /// Receiver.
    pub to: Destination,
    /// The effect itself; its number lets receivers drop lower ones (D4).
    pub effect: Effect,
    /// When it was committed, or when it is to be looked at again if held.
    pub since: Moment,
    /// Status.
    pub status: EffectStatus,
    /// The lease, when leased.
    pub lease: Option<Lease>,
    /// How often it was leased.
    pub attempts: u32,
    /// When it was sent.
    pub sent: Option<Moment>,
}

impl EffectRecord {
    /// An effect as it is committed: pending.
    pub fn pending(effect: Effect, program: ProgramId, case_id: Option<CaseId>, since: Moment) -> Self {
        let to =
            effect.what.vendor().map_or(Destination::Outreach, |vendor| Destination::Vendor(vendor.clone()));
        Self {
            program,
            case_id,
            to,
            effect,
            since,
            status: EffectStatus::Pending,
            lease: None,
            attempts: 0,
            sent: None,
        }
    }

    /// Whether an offer has left, and when: from then on its vendor's clocks run.
    pub const fn offer_left(&self) -> OfferLeft {
        match (self.status, self.sent) {
            (EffectStatus::Sent, Some(sent)) => OfferLeft::At(sent),
            (EffectStatus::Sent | EffectStatus::Cancelled, _) => OfferLeft::AtOnce,
            (EffectStatus::Pending | EffectStatus::Held | EffectStatus::Leased, _) => OfferLeft::NotYet,
        }
    }

    /// The id of the outbox item.
    pub const fn id(&self) -> &EffectId {
        &self.effect.id
    }
}

/// May read the effects of a member, strongly consistent.
pub trait EffectsRead: Send + Sync {
    /// One effect.
    fn effect(
        &self,
        member: &MemberId,
        id: &EffectId,
    ) -> impl Future<Output = Result<Option<EffectRecord>>> + Send;

    /// All effects of the member, ordered by id.
    fn effects(&self, member: &MemberId) -> impl Future<Output = Result<Vec<EffectRecord>>> + Send;
}

/// May release effects: the sender alone (D4).
pub trait EffectsLease: Send + Sync {
    /// Leases a pending or held effect, or one whose lease ended before `now`; the commit of the lease is the
    /// release. `Conflict`: it is sent, cancelled, or held by another sender whose lease runs.
    fn lease(
        &self,
        member: &MemberId,
        id: &EffectId,
        lease: &Lease,
        now: Moment,
    ) -> impl Future<Output = Result<EffectRecord>> + Send;

    /// Marks a leased effect as sent. `Conflict`: the lease token is not ours any more, or it was cancelled.
    fn mark_sent(
        &self,
        member: &MemberId,
        id: &EffectId,
        token: &str,
        at: Moment,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Gives a leased effect back unsent: held until `again`, or cancelled when `again` is none.
    fn give_back(
        &self,
        member: &MemberId,
        id: &EffectId,
        token: &str,
        again: Option<Moment>,
    ) -> impl Future<Output = Result<()>> + Send;
}
