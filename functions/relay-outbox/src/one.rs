//! One effect until it may be sent: leased, looked at once more, its touch reserved.

use crate::check::{Scene, Verdict, verdict};
use crate::message::{self, Outward};
use crate::{Relay, RelayStore, Wanted};
use icm_casework::work::event_of;
use icm_casework::{Person, RELOADS, Switches, Work, planning};
use icm_domain::case::effect::EffectKind;
use icm_domain::case::event::{DropReason, EventKind};
use icm_domain::case::transition::LedgerNote;
use icm_domain::outreach::attempt::Phone;
use icm_domain::program::Catalogue;
use icm_ports::{
    Clock, Commit, EffectRecord, EffectsLease, Lease, MemberCommit, MemberRead, PortError, Result,
};

/// Who acts here.
pub(crate) const ACTOR: &str = "system:relay-outbox";
/// How long a lease runs, in milliseconds: longer than the function's timeout.
const LEASE_MS: i64 = 60_000;

/// An effect that may be sent.
pub(crate) struct Ready {
    pub(crate) wanted: Wanted,
    pub(crate) record: EffectRecord,
    pub(crate) body: String,
    /// A touch was reserved for it just now.
    pub(crate) reserved: bool,
}

/// What one effect came to before sending.
pub(crate) enum Checked {
    Ready(Box<Ready>),
    Held,
    Stopped,
    Cancelled,
    AlreadyDone,
    Failed(String),
}

/// Leases, reads everything anew, decides, and does what is not sending.
pub(crate) async fn check_one<S, Q, C>(
    wanted: &Wanted,
    relay: &Relay<S, Q, C>,
    catalogue: &Catalogue,
    switches: &Switches,
) -> Result<Checked>
where
    S: RelayStore,
    C: Clock,
{
    const OPERATION: &str = "release effect";
    let (store, now) = (&relay.store, relay.clock.now());
    let (member, id) = (&wanted.member, &wanted.effect);
    let token = format!("{}#{}", now.millis(), id.as_str());
    let lease = Lease { token: token.as_str().into(), until: now.plus_millis(LEASE_MS) };
    let record = store.lease(member, id, &lease, now).await?;
    for _ in 0..RELOADS {
        // Everything is read after the lease: what was committed before it, an opt-out above all, is seen.
        let head = store.head(member).await?;
        let cases = store.cases(member).await?;
        let effects = store.effects(member).await?;
        let person = Person::load(store, member, now.day()).await?;
        let (head, cases, effects, person) = (&head, &*cases, &*effects, &person);
        let scene = Scene { catalogue, switches, head, cases, effects, person, member, now };
        match verdict(&record, &scene) {
            Verdict::Send(phone) => match reserve(&record, &scene, store).await {
                Ok(reserved) => {
                    return ready(wanted, (record.clone(), reserved), &token, phone.as_ref(), &scene, store)
                        .await;
                }
                // Somebody has committed meanwhile: a stop of the member, or a touch of another program.
                Err(error) if error.wants_reload() => {}
                Err(error) => return Err(error),
            },
            Verdict::Hold(until) => {
                store.give_back(member, id, &token, Some(until)).await?;
                return Ok(Checked::Held);
            }
            Verdict::Stopped(until) => {
                store.give_back(member, id, &token, Some(until)).await?;
                return Ok(Checked::Stopped);
            }
            Verdict::Cancel => {
                store.give_back(member, id, &token, None).await?;
                return Ok(Checked::Cancelled);
            }
            Verdict::Drop(reason) => {
                // A touch is reserved just before it is sent: whoever did so and was never heard of may have sent it.
                let may_have_left = scene.is_reserved(id);
                let reason = if may_have_left { DropReason::NoResult } else { reason };
                drop_task(wanted, reason, &scene, &record, relay).await?;
                store.give_back(member, id, &token, None).await?;
                return Ok(Checked::Cancelled);
            }
        }
    }
    Err(PortError::Throttled { operation: OPERATION })
}

/// A touch is reserved in the member's shared ledger before it is made, in a commit on the very version that was looked
/// at: two programs that release at the same time cannot both go over the cap (FACTS §5.3). A task that was reserved before,
/// and left or did not leave, is reserved anew: the caps count from the last time at which its touch may have been made.
/// True: reserved for the first time.
async fn reserve<S: MemberCommit>(record: &EffectRecord, scene: &Scene<'_>, store: &S) -> Result<bool> {
    let EffectKind::OutreachTask { channel, not_before, .. } = &record.effect.what else { return Ok(false) };
    let task = record.effect.id.clone();
    let (at, program) = (scene.now.max(*not_before), record.program.clone());
    let before = scene.reserved_at(&task);
    if before.is_some_and(|before| before >= at) {
        return Ok(false);
    }
    let mut head = scene.head.clone();
    LedgerNote::Reserved { at, program, channel: *channel, task }.write_into(&mut head.ledger);
    head.trim_ledger();
    store.commit(&Commit::of_head(scene.member.clone(), scene.head, head)).await.map(|()| before.is_none())
}

/// Takes back what was reserved for a task that is held after all: a touch that nobody makes must not fill the member's
/// week, nor stand for one that is made days later.
pub(crate) async fn unreserve<S: MemberRead + MemberCommit>(wanted: &Wanted, store: &S) -> Result<()> {
    for _ in 0..RELOADS {
        let head = store.head(&wanted.member).await?;
        let mut next = head.clone();
        LedgerNote::Released(wanted.effect.clone()).write_into(&mut next.ledger);
        match store.commit(&Commit::of_head(wanted.member.clone(), &head, next)).await {
            Err(error) if error.wants_reload() => {}
            done => return done,
        }
    }
    Err(PortError::Throttled { operation: "take back reservation" })
}

/// The message of an effect that may be sent, in the form and major of the contract that its receiver speaks.
async fn ready<S: MemberRead + EffectsLease>(
    wanted: &Wanted,
    (record, reserved): (EffectRecord, bool),
    token: &str,
    phone: Option<&Phone>,
    scene: &Scene<'_>,
    store: &S,
) -> Result<Checked> {
    let offer = matches!(record.effect.what, EffectKind::OfferVendor { .. });
    let decision = if offer { store.decision(scene.member).await? } else { None };
    let body = message::body(&record, phone, &Outward::of(decision.as_ref()), scene);
    let Some(body) = message::as_agreed(&record, body, scene.catalogue) else {
        let id = &record.effect.id;
        tracing::error!(effect = id.as_str(), "the vendor's form or major of the contract is not spoken");
        store.give_back(scene.member, id, token, Some(scene.now.plus_hours(1))).await?;
        return Ok(Checked::Held);
    };
    Ok(Checked::Ready(Box::new(Ready { wanted: wanted.clone(), record, body, reserved })))
}

/// Tells the case that its task will not be carried out and plans the next contact, before the effect is cancelled: a
/// crash in between finds the task gone already and cancels the effect.
async fn drop_task<S, Q, C>(
    wanted: &Wanted,
    reason: DropReason,
    scene: &Scene<'_>,
    record: &EffectRecord,
    relay: &Relay<S, Q, C>,
) -> Result<()>
where
    S: RelayStore,
    C: Clock,
{
    const OPERATION: &str = "drop outreach task";
    let now = relay.clock.now();
    for _ in 0..RELOADS {
        let loaded = Work::load(&relay.store, &wanted.member, &record.program).await?;
        let Some(mut work) = loaded.filter(|work| Some(&work.case().id) == record.case_id.as_ref()) else {
            return Ok(());
        };
        let task = record.effect.id.clone();
        let key = format!("dropped#{}", task.as_str());
        let event = event_of(key, ACTOR, now, EventKind::TaskDropped { task, reason });
        if work.apply(&event).is_err() {
            return Ok(());
        }
        planning::plan_next(&mut work, scene.person, scene.catalogue, ACTOR, now);
        match work.commit(&relay.store).await {
            Ok(_) => return Ok(()),
            Err(error) if error.wants_reload() => {}
            Err(error) => return Err(error),
        }
    }
    Err(PortError::Throttled { operation: OPERATION })
}
