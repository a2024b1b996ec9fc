//! Releasing a batch: lease and check each effect, take the daily cap, send by destination, mark as sent.

use crate::cap::{self, Granted, Shares, Side};
use crate::one::{ACTOR, Checked, Ready, check_one, unreserve};
use crate::{Relay, RelayStore, Wanted};
use futures_util::StreamExt;
use icm_casework::{CASE_SOURCE, Switches};
use icm_contract::FactsMessage;
use icm_contract::stored::to_json;
use icm_domain::case::effect::EffectKind;
use icm_domain::ids::{ActorId, ClaimId, MemberId, ProgramId, SourceId};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_ports::{
    AuditRecord, AuditWrite, Body, Clock, Destination, LocatorWrite, Outgoing, PortError, QuarantineRecord,
    QueueSend, Result,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Time that must be left of a lease when sending begins, in milliseconds (DESIGN D4).
const SEND_MS: i64 = 20_000;
/// Members worked on at the same time.
const CONCURRENT: usize = 8;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sent and marked.
    pub sent: u64,
    /// Given back until later.
    pub held: u64,
    /// Of these: because a source is stale or identification has jumped.
    pub stopped: u64,
    /// Cancelled, or dropped so that the case plans again.
    pub cancelled: u64,
    /// Sent, cancelled or leased by somebody else already.
    pub already_done: u64,
    /// Left as they are: they come again.
    pub failed: u64,
}

/// Releases effects. Returns the names of those that must come again, and counts. An error: nothing is known of any.
pub async fn release<S, Q, C>(wanted: &[Wanted], relay: &Relay<S, Q, C>) -> Result<(Vec<String>, Counts)>
where
    S: RelayStore,
    Q: QueueSend,
    C: Clock,
{
    let mut counts = Counts::default();
    if wanted.is_empty() {
        return Ok((Vec::new(), counts));
    }
    let catalogue = icm_casework::load_catalogue(&relay.store, relay.clock.today()).await?;
    let switches = Switches::load(&relay.store).await?;
    let mut by_member: BTreeMap<&MemberId, Vec<&Wanted>> = BTreeMap::new();
    for one in wanted {
        by_member.entry(&one.member).or_default().push(one);
    }
    // Effects of one member one after the other: the second sees what the first has released.
    let checked: Vec<Vec<Checked>> = futures_util::stream::iter(by_member.into_values())
        .map(|effects| check_all(effects, relay, &catalogue, &switches))
        .buffer_unordered(CONCURRENT)
        .collect()
        .await;
    let mut failed = Vec::new();
    let mut ready = Vec::new();
    for outcome in checked.into_iter().flatten() {
        match outcome {
            Checked::Ready(one) => ready.push(*one),
            Checked::Held => counts.held += 1,
            Checked::Stopped => {
                counts.held += 1;
                counts.stopped += 1;
            }
            Checked::Cancelled => counts.cancelled += 1,
            Checked::AlreadyDone => counts.already_done += 1,
            Checked::Failed(item) => failed.push(item),
        }
    }
    let capped = within_the_cap(ready, relay, &catalogue, &switches, &mut counts).await?;
    send(capped, relay, &mut counts, &mut failed).await;
    counts.failed = failed.len() as u64;
    Ok((failed, counts))
}

async fn check_all<S, Q, C>(
    effects: Vec<&Wanted>,
    relay: &Relay<S, Q, C>,
    catalogue: &Catalogue,
    switches: &Switches,
) -> Vec<Checked>
where
    S: RelayStore,
    Q: Sync,
    C: Clock,
{
    let mut outcomes = Vec::with_capacity(effects.len());
    for wanted in effects {
        outcomes.push(match check_one(wanted, relay, catalogue, switches).await {
            Ok(outcome) => outcome,
            Err(PortError::Conflict { .. }) => Checked::AlreadyDone,
            Err(error) => {
                if matches!(error, PortError::Corrupt { .. }) {
                    put_aside(wanted, &error, relay).await;
                }
                tracing::warn!(
                    operation = error.operation(),
                    effect = wanted.effect.as_str(),
                    "effect not released"
                );
                Checked::Failed(wanted.item.clone())
            }
        });
    }
    outcomes
}

/// What cannot be read is told to the quarantine, with its reason and the way back: to decide the member again. The effect
/// stays where it is; each sweep tries it, and it goes out once it is mended.
async fn put_aside<S, Q, C>(wanted: &Wanted, error: &PortError, relay: &Relay<S, Q, C>)
where
    S: RelayStore,
    C: Clock,
{
    let record = QuarantineRecord {
        origin: icm_contract::OUTBOX_ORIGIN.into(),
        id: wanted.effect.as_str().into(),
        field: "".into(),
        reason: error.to_string().into(),
        at: relay.clock.now(),
        content: Some(FactsMessage::review([wanted.member.clone()]).to_body().into()),
        replayed: false,
    };
    if relay.store.quarantine(&[record]).await.is_err() {
        // The next sweep says it again.
        tracing::warn!(effect = wanted.effect.as_str(), "effect that cannot be read not quarantined");
    }
}

/// Keeps what the caps of the day allow; the rest is held until it may be asked for again.
async fn within_the_cap<S, Q, C>(
    ready: Vec<Ready>,
    relay: &Relay<S, Q, C>,
    catalogue: &Catalogue,
    switches: &Switches,
    counts: &mut Counts,
) -> Result<Vec<Ready>>
where
    S: RelayStore,
    C: Clock,
{
    let mut wanted: BTreeMap<ProgramId, Shares> = BTreeMap::new();
    for one in &ready {
        if let Some(side) = Side::of(&one.record.effect.what) {
            *wanted.entry(one.record.program.clone()).or_default().side(side) += 1;
        }
    }
    let mut granted: BTreeMap<ProgramId, Granted> = BTreeMap::new();
    for (program, wanted) in wanted {
        let cap = catalogue.program(program.as_str()).map_or(0, |known| switches.daily_cap(known));
        let got = cap::take(&relay.store, &program, relay.clock.now(), wanted, cap).await?;
        granted.insert(program, got);
    }
    let mut kept = Vec::with_capacity(ready.len());
    for one in ready {
        let side = Side::of(&one.record.effect.what);
        if let (Some(side), Some(granted)) = (side, granted.get_mut(&one.record.program)) {
            let left = granted.shares.side(side);
            if *left == 0 {
                hold_until(&one, granted.again, relay).await;
                counts.held += 1;
                continue;
            }
            *left -= 1;
        }
        kept.push(one);
    }
    Ok(kept)
}

/// Gives an effect back with what was reserved for it; if that fails its lease ends by itself.
async fn hold_until<S: RelayStore, Q, C>(one: &Ready, until: Moment, relay: &Relay<S, Q, C>) {
    if one.reserved
        && let Err(error) = unreserve(&one.wanted, &relay.store).await
    {
        tracing::warn!(operation = error.operation(), "effect stays leased and its touch reserved");
        return;
    }
    let token = one.record.lease.as_ref().map(|lease| lease.token.clone()).unwrap_or_default();
    let given = relay.store.give_back(&one.wanted.member, &one.wanted.effect, &token, Some(until)).await;
    if let Err(error) = given {
        tracing::warn!(operation = error.operation(), "effect stays leased");
    }
}

/// Sends by destination, in as few requests as it takes, and marks what was sent.
async fn send<S, Q, C>(
    ready: Vec<Ready>,
    relay: &Relay<S, Q, C>,
    counts: &mut Counts,
    failed: &mut Vec<String>,
) where
    S: RelayStore,
    Q: QueueSend,
    C: Clock,
{
    let mut by_destination: BTreeMap<Destination, Vec<Ready>> = BTreeMap::new();
    for one in ready {
        by_destination.entry(one.record.to.clone()).or_default().push(one);
    }
    for (to, group) in by_destination {
        let now = relay.clock.now();
        let timely =
            |one: &Ready| one.record.lease.as_ref().is_some_and(|lease| lease.until.since(now) > SEND_MS);
        let (group, late): (Vec<Ready>, Vec<Ready>) = group.into_iter().partition(timely);
        failed.extend(late.into_iter().map(|one| one.wanted.item));
        send_group(&to, group, relay, counts, failed).await;
    }
}

async fn send_group<S, Q, C>(
    to: &Destination,
    group: Vec<Ready>,
    relay: &Relay<S, Q, C>,
    counts: &mut Counts,
    failed: &mut Vec<String>,
) where
    S: RelayStore,
    Q: QueueSend,
    C: Clock,
{
    let (group, unknown) = located(group, relay).await;
    failed.extend(unknown);
    let outgoing: Vec<Outgoing> = group
        .iter()
        .map(|one| Outgoing { key: one.wanted.effect.as_str().into(), body: one.body.clone() })
        .collect();
    if outgoing.is_empty() {
        return;
    }
    let unsent: BTreeSet<Box<str>> = match relay.queues.send(to, &outgoing).await {
        Ok(failures) => failures.into_iter().map(|failure| failure.key).collect(),
        Err(error) => {
            tracing::warn!(operation = error.operation(), "batch not sent");
            failed.extend(group.into_iter().map(|one| one.wanted.item));
            return;
        }
    };
    for one in group {
        let sent = !unsent.contains(one.wanted.effect.as_str()) && mark(&one, relay).await;
        if sent {
            tell(&one);
            counts.sent += 1;
        } else {
            failed.push(one.wanted.item);
        }
    }
}

/// One line for what left: the last link from a dropped file to what a receiver got, whose message carries the same ids.
fn tell(one: &Ready) {
    let case = one.record.case_id.as_ref().map_or("", icm_domain::ids::CaseId::as_str);
    let effect = &one.record.effect;
    tracing::info!(effect = effect.id.as_str(), case, kind = effect.what.id(), "effect sent");
}

/// Before a case is first offered, the locator learns whose it is: replies name the case alone. Returns what may be sent
/// and the names of what may not.
async fn located<S: RelayStore, Q, C>(
    group: Vec<Ready>,
    relay: &Relay<S, Q, C>,
) -> (Vec<Ready>, Vec<String>) {
    let mut places: Vec<(ClaimId, MemberId)> = Vec::new();
    for one in &group {
        if let (EffectKind::OfferVendor { .. }, Some(case)) = (&one.record.effect.what, &one.record.case_id) {
            places.push((ClaimId::new(case.as_str()), one.wanted.member.clone()));
        }
    }
    let cases = SourceId::new(CASE_SOURCE);
    if places.is_empty() || LocatorWrite::record(&relay.store, &cases, &places).await.is_ok() {
        return (group, Vec::new());
    }
    let is_offer = |one: &Ready| matches!(one.record.effect.what, EffectKind::OfferVendor { .. });
    let (offers, others): (Vec<Ready>, Vec<Ready>) = group.into_iter().partition(is_offer);
    (others, offers.into_iter().map(|one| one.wanted.item).collect())
}

/// Records a disclosure, then marks the effect as sent. False: it comes again, with the same deduplication key.
async fn mark<S, Q, C>(one: &Ready, relay: &Relay<S, Q, C>) -> bool
where
    S: RelayStore,
    C: Clock,
{
    let now = relay.clock.now();
    let token = one.record.lease.as_ref().map(|lease| lease.token.clone()).unwrap_or_default();
    let marked = async {
        if one.record.effect.what.discloses() {
            disclosed(one, relay, now).await?;
        }
        relay.store.mark_sent(&one.wanted.member, &one.wanted.effect, &token, now).await
    };
    match marked.await {
        // Conflict: sent twice at worst, and the receiver acts once per key. Whoever took the lease over marks it.
        Ok(()) | Err(PortError::Conflict { .. }) => true,
        Err(error) => {
            tracing::warn!(operation = error.operation(), "effect sent and not marked");
            false
        }
    }
}

/// A line of the disclosure log: what kind of message went to whom about which case (DESIGN D8). The content is what
/// the member's facts said at that moment.
#[derive(Serialize)]
struct Disclosure<'a> {
    act: &'static str,
    effect: &'a str,
    case: Option<&'a str>,
    kind: &'static str,
    to: &'a str,
}

async fn disclosed<S: AuditWrite, Q, C>(one: &Ready, relay: &Relay<S, Q, C>, at: Moment) -> Result<()> {
    let to = one.record.effect.what.vendor().map_or("practice or program", |vendor| vendor.as_str());
    let line = Disclosure {
        act: "DISCLOSED",
        effect: one.record.effect.id.as_str(),
        case: one.record.case_id.as_ref().map(icm_domain::ids::CaseId::as_str),
        kind: one.record.effect.what.id(),
        to,
    };
    let id = one.record.effect.id.as_str().into();
    let record = AuditRecord { at, id, actor: ActorId::new(ACTOR), body: Body::new(1, to_json(&line)) };
    relay.store.audit(&record).await
}
