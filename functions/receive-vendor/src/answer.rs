//! Answers to replies that belong to no case of the vendor: in the vendor's own partition, once per message.

use crate::{Receiver, ReceiverStore, until_done};
use icm_contract::keys::short_hash;
use icm_contract::vendor::inbound::Unread;
use icm_domain::case::effect::{AnswerVerdict, Effect, EffectKind};
use icm_domain::case::refusal::Refusal;
use icm_domain::ids::{EffectId, MemberId, ProgramId, VendorId};
use icm_ports::{Clock, Commit, EffectRecord, Result};

/// The partition of a vendor's answers. No member is numbered so.
fn partition(vendor: &VendorId) -> MemberId {
    MemberId::new(format!("vendor:{}", vendor.as_str()))
}

/// Answers a reply that could not be read.
pub(crate) async fn unreadable<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    message: &str,
    unread: &Unread,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    let verdict =
        AnswerVerdict::Unreadable { code: unread.number(), path: unread.flaw.field.as_ref().into() };
    once(vendor, message, verdict, receiver).await
}

/// Answers a reply that was refused.
pub(crate) async fn refused<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    message: &str,
    refusal: Refusal,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    once(vendor, message, AnswerVerdict::Rejected(refusal), receiver).await
}

/// Answers a reply that is about no case and was taken.
pub(crate) async fn taken<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    message: &str,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    once(vendor, message, AnswerVerdict::Accepted, receiver).await
}

/// Commits the answer, unless the message has been answered already.
async fn once<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    message: &str,
    verdict: AnswerVerdict,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    let (store, now) = (&receiver.store, receiver.clock.now());
    let member = partition(vendor);
    let id = EffectId::new(format!("answer#{}#{}", vendor.as_str(), short_hash(message.as_bytes())));
    let what = EffectKind::AnswerReply { vendor: vendor.clone(), message: message.into(), verdict };
    let effect = Effect { id: id.clone(), dedup: id.clone(), sequence: 0, what };
    until_done("answer reply", || async {
        if store.effect(&member, &id).await?.is_some() {
            return Ok(());
        }
        let head = store.head(&member).await?;
        let mut commit = Commit::of_head(member.clone(), &head, head.clone());
        commit.effects.push(EffectRecord::pending(effect.clone(), ProgramId::new("NONE"), None, now));
        store.commit(&commit).await
    })
    .await
}
