//! Handler of the `receive-vendor` function: replies of vendors become events of cases (DESIGN D7, FACTS §8).
//!
//! The queue that a reply came by is the vendor's identity; what the reply says about itself counts for nothing. Every
//! reply is answered: by the case's own commit, or, when it could not be read or is about no case of this vendor, by an
//! answer in the vendor's own partition. Nothing is sent here: answers are effects, and the relay sends them.

mod answer;
mod reply;
mod roster;

use icm_casework::RELOADS;
use icm_contract::vendor::VendorMessage;
use icm_domain::ids::VendorId;
use icm_domain::program::Catalogue;
use icm_lambda::{
    BatchResponse, Disposition, Failure, InvocationError, Metrics, SqsEvent, SqsRecord, disposition,
};
use icm_ports::{
    AuditWrite, CasesRead, Clock, EffectsRead, FactsRead, LocatorRead, MemberCommit, MemberRead, PortError,
    QuarantineRecord, QuarantineWrite, RegistryRead, RegistryWrite, Worklist,
};
use serde_json::Value;

icm_ports::bundle! {
    /// What the receiver may do to the store.
    pub trait ReceiverStore:
        MemberRead,
        CasesRead,
        EffectsRead,
        FactsRead,
        MemberCommit,
        RegistryRead,
        RegistryWrite,
        LocatorRead,
        QuarantineWrite,
        Worklist,
        AuditWrite;
}

/// The ports of the receiver.
#[derive(Clone, Debug)]
pub struct Receiver<S, C> {
    /// The store.
    pub store: S,
    /// The store's clock.
    pub clock: C,
}

/// Handles a batch of one vendor's reply queue. Answers the messages that must come again.
pub async fn handle<S, C>(event: Value, receiver: &Receiver<S, C>) -> Result<BatchResponse, InvocationError>
where
    S: ReceiverStore,
    C: Clock,
{
    let batch: SqsEvent =
        serde_json::from_value(event).map_err(|_| InvocationError("not a queue event".to_owned()))?;
    let catalogue = icm_casework::load_catalogue(&receiver.store, receiver.clock.today()).await?;
    let (mut again, mut quarantined) = (Vec::new(), 0);
    for record in &batch.records {
        if let Err(failure) = take(record, &catalogue, receiver).await {
            tracing::warn!(?failure, message = record.message_id, "reply not taken");
            match settle(record, &failure, receiver).await {
                Disposition::Retry => again.push(record.message_id.clone()),
                Disposition::Quarantine => quarantined += 1,
                Disposition::Ack => {}
            }
        }
    }
    Metrics::of("receive-vendor")
        .count("replies", batch.records.len() as u64)
        .count("again", again.len() as u64)
        .count("quarantined", quarantined)
        .emit(receiver.clock.now());
    Ok(BatchResponse::failing(again))
}

/// Puts a reply that fails for good where a person finds it; if even that fails it comes again.
async fn settle<S: ReceiverStore, C: Clock>(
    record: &SqsRecord,
    failure: &Failure,
    receiver: &Receiver<S, C>,
) -> Disposition {
    let decided = disposition(failure);
    if decided != Disposition::Quarantine {
        return decided;
    }
    let kept = keep(record, "", "cannot be processed", receiver).await;
    if kept.is_ok() { Disposition::Quarantine } else { Disposition::Retry }
}

/// The vendor of a reply queue: `arn:…:icm-<environment>-replies-<vendor>`, as the catalogue spells it.
fn vendor_of(arn: &str, catalogue: &Catalogue) -> Option<VendorId> {
    let queue = arn.rsplit(':').next()?;
    let (_, name) = queue.split_once("-replies-")?;
    let known = catalogue.teams.iter().find(|team| team.id.as_str().eq_ignore_ascii_case(name))?;
    Some(known.id.clone())
}

async fn take<S: ReceiverStore, C: Clock>(
    record: &SqsRecord,
    catalogue: &Catalogue,
    receiver: &Receiver<S, C>,
) -> Result<(), Failure> {
    let Some(vendor) = vendor_of(&record.source, catalogue) else {
        keep(record, "eventSourceARN", "queue of an unknown vendor", receiver).await?;
        return Ok(());
    };
    match VendorMessage::parse(&vendor, &record.body) {
        Ok(message) => reply::take(&vendor, message, catalogue, receiver).await?,
        Err(unread) => {
            keep(record, &unread.flaw.field, &unread.flaw.kind.to_string(), receiver).await?;
            let id = unread.id.as_deref().unwrap_or(&record.message_id);
            answer::unreadable(&vendor, id, &unread, receiver).await?;
        }
    }
    Ok(())
}

/// Keeps a reply with its reason. The same message is kept once.
async fn keep<S: ReceiverStore, C: Clock>(
    record: &SqsRecord,
    field: &str,
    reason: &str,
    receiver: &Receiver<S, C>,
) -> icm_ports::Result<()> {
    let queue = record.source.rsplit(':').next().unwrap_or("replies");
    let kept = QuarantineRecord {
        origin: queue.into(),
        id: record.message_id.as_str().into(),
        field: field.into(),
        reason: reason.into(),
        at: receiver.clock.now(),
        content: Some(record.body.as_str().into()),
        replayed: false,
    };
    receiver.store.quarantine(&[kept]).await
}

/// The error of a commit that kept meeting others.
const fn contended(operation: &'static str) -> PortError {
    PortError::Throttled { operation }
}

/// Loads, decides and commits until it stands or the reloads are used up. Answers what the last attempt did.
async fn until_done<T, F, W>(operation: &'static str, mut attempt: F) -> icm_ports::Result<T>
where
    F: FnMut() -> W,
    W: Future<Output = icm_ports::Result<T>>,
{
    for _ in 0..RELOADS {
        match attempt().await {
            Err(error) if error.wants_reload() => {}
            done => return done,
        }
    }
    Err(contended(operation))
}
