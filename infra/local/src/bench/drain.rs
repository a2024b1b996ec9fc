//! `icm bench drain`: how fast committed offers reach their vendors on this machine.

use super::{Latency, catalogue, seed};
use crate::clock::StoreClock;
use crate::run::{RunError, functions};
use crate::stack::{Account, Handlers, Triggers};
use icm_aws::{Queues, Sender, Store};
use icm_domain::ids::VendorId;
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use relay_outbox::Relay;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Cases that are made beside each other.
const SEEDERS: usize = 4;
/// Calls of the relay beside each other.
const WORKERS: u32 = 4;
/// Messages that a vendor takes at once (the service's limit).
const TAKE: i32 = 10;
/// How long nothing may arrive before the benchmark gives up.
const SILENCE: Duration = Duration::from_mins(2);

/// What to measure.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Cases.
    pub cases: usize,
    /// Vendors, each with its own queue.
    pub vendors: usize,
    /// Commit everything before the relay begins, instead of beside it.
    pub backlog: bool,
    /// Where the store lies; none: in the system's folder for such things.
    pub store: Option<PathBuf>,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Cases offered, each received once or more.
    pub cases: usize,
    /// Vendors.
    pub vendors: usize,
    /// Messages that the vendors took; more than the cases when an offer was sent twice.
    pub received: usize,
    /// Milliseconds until all cases were committed.
    pub committed_ms: u64,
    /// Milliseconds from the first commit (with a backlog: from the relay's start) to the last receipt.
    pub drained_ms: u64,
    /// Cases a second over that time.
    pub cases_per_second: u64,
    /// From the commit of the offer to its receipt by the vendor.
    pub commit_to_receipt: Latency,
    /// The build that was measured.
    pub build: &'static str,
}

/// Moments of one case.
#[derive(Clone, Copy, Default)]
struct Times {
    committed: Option<Instant>,
    received: Option<Instant>,
}

/// What committers and receivers share.
struct Board {
    times: Mutex<BTreeMap<String, Times>>,
    received: AtomicUsize,
    distinct: AtomicUsize,
}

impl Board {
    fn note(&self, case: &str, set: impl FnOnce(&mut Times) -> bool) -> bool {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        set(times.entry(case.to_owned()).or_default())
    }

    fn received(&self, case: &str) {
        self.received.fetch_add(1, Ordering::Relaxed);
        let first = self.note(case, |times| {
            let first = times.received.is_none();
            times.received.get_or_insert_with(Instant::now);
            first
        });
        self.distinct.fetch_add(usize::from(first), Ordering::Relaxed);
    }
}

/// Measures.
///
/// # Errors
/// When the engines do not answer, or offers stop arriving.
pub async fn drain(plan: &Plan) -> Result<Measured, RunError> {
    let folder = folder_of(plan)?;
    let clock = StoreClock::set_at(crate::kit::wall_now().millis());
    let account = Arc::new(Account::open(Some(&folder), clock).await?);
    let queues = vendor_queues(&account, plan.vendors).await?;
    let vendors: Vec<VendorId> = queues.keys().cloned().collect();
    let definitions = catalogue(&vendors).map_err(|_| RunError::Function("definitions".to_owned()))?;
    let store = functions::store(&account, "relay-outbox");
    icm_casework::catalogue::publish(&store, &definitions).await?;
    let triggers = Triggers::connect(Arc::clone(&account), relay(&account, &store, &queues), WORKERS)?;
    let board = Arc::new(Board {
        times: Mutex::default(),
        received: AtomicUsize::new(0),
        distinct: AtomicUsize::new(0),
    });
    let takers: Vec<_> = queues.values().map(|url| take(&account, url.clone(), &board)).collect();
    let began = Instant::now();
    let seeding = commit_all(plan.cases, &vendors, &store, &definitions, &board);
    let (committed, from) = if plan.backlog {
        seeding.await?;
        (began.elapsed(), Instant::now())
    } else {
        let (seeded, ()) = tokio::join!(seeding, until_seeded(&triggers, &board, plan.cases));
        seeded?;
        (began.elapsed(), began)
    };
    let finished = until_received(&triggers, &board, plan.cases).await;
    takers.iter().for_each(tokio::task::JoinHandle::abort);
    if plan.store.is_none() {
        // What is left behind lies in the system's own folder for such things.
        let _ = std::fs::remove_dir_all(&folder);
    }
    finished?;
    Ok(measured(plan, &board, committed, from))
}

fn folder_of(plan: &Plan) -> Result<PathBuf, RunError> {
    let passing = std::env::temp_dir().join(format!("icm-bench-{}", std::process::id()));
    let folder = plan.store.clone().unwrap_or(passing);
    let wrong = |source| RunError::Files { what: folder.display().to_string(), source };
    std::fs::create_dir_all(&folder).map_err(wrong)?;
    Ok(folder)
}

/// Makes a queue for each vendor.
async fn vendor_queues(account: &Account, vendors: usize) -> Result<BTreeMap<VendorId, String>, RunError> {
    let mut queues = BTreeMap::new();
    for nth in 1..=vendors {
        let vendor = VendorId::new(format!("BENCH-{nth:02}"));
        let name = format!("icm-dev-offers-{}", vendor.as_str());
        let made = account.clients().sqs.create_queue().queue_name(name).send().await;
        let made = made.map_err(|_| RunError::Queue)?;
        queues.insert(vendor, made.queue_url.unwrap_or_default());
    }
    Ok(queues)
}

/// The relay alone; all other triggers rest.
fn relay(account: &Account, store: &Store, queues: &BTreeMap<VendorId, String>) -> Handlers {
    let queues = Queues { vendors: queues.clone(), ..Queues::default() };
    let sender = Sender::new(account.clients().sqs.clone(), queues);
    let relay = Arc::new(Relay { store: store.clone(), queues: sender, clock: account.clock().clone() });
    Handlers::new().with("relay-outbox", move |event| functions::relayed(event, Arc::clone(&relay)))
}

/// Commits every case, some beside each other, each to the next vendor in turn.
async fn commit_all(
    cases: usize,
    vendors: &[VendorId],
    store: &Store,
    definitions: &Catalogue,
    board: &Arc<Board>,
) -> Result<(), RunError> {
    let seeders = (0..SEEDERS).map(|lane| async move {
        for nth in (lane..cases).step_by(SEEDERS) {
            let Some(vendor) = vendors.get(nth % vendors.len().max(1)) else { continue };
            let now = Moment::from_millis(crate::kit::wall_now().millis());
            seed::offered(store, nth, vendor, definitions, now).await?;
            let committed = Instant::now();
            board.note(seed::case_id(nth).as_str(), |times| {
                times.committed = Some(committed);
                false
            });
        }
        Ok::<(), RunError>(())
    });
    futures_util::future::try_join_all(seeders).await.map(drop)
}

/// A vendor: takes, deletes, notes.
fn take(account: &Account, url: String, board: &Arc<Board>) -> tokio::task::JoinHandle<()> {
    let client = account.connection().clients().sqs;
    let board = Arc::clone(board);
    tokio::spawn(async move {
        loop {
            let asked =
                client.receive_message().queue_url(&url).max_number_of_messages(TAKE).wait_time_seconds(1);
            let Ok(taken) = asked.send().await else { continue };
            for message in taken.messages.unwrap_or_default() {
                let body: serde_json::Value =
                    serde_json::from_str(message.body().unwrap_or_default()).unwrap_or_default();
                board.received(body.get("subject").and_then(serde_json::Value::as_str).unwrap_or_default());
                let handle = message.receipt_handle().unwrap_or_default();
                // What is not deleted comes again and counts as received twice.
                let _ = client.delete_message().queue_url(&url).receipt_handle(handle).send().await;
            }
        }
    })
}

/// Drains while cases are committed.
async fn until_seeded(triggers: &Triggers, board: &Board, cases: usize) {
    while board.times.lock().unwrap_or_else(PoisonError::into_inner).len() < cases {
        if triggers.drain().await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Drains, and lets the sweep find what the stream did not wake for, until every case has been received.
async fn until_received(triggers: &Triggers, board: &Board, cases: usize) -> Result<(), RunError> {
    let (mut heard, mut last) = (Instant::now(), 0);
    while board.distinct.load(Ordering::Relaxed) < cases {
        triggers.drain().await?;
        let now = board.distinct.load(Ordering::Relaxed);
        if now > last {
            (heard, last) = (Instant::now(), now);
        } else if heard.elapsed() > SILENCE {
            return Err(RunError::Queue);
        } else if heard.elapsed() > Duration::from_secs(2) {
            let clock = triggers.account().clock();
            clock.advance_to(clock.now_ms() + 61_000).map_err(crate::stack::StackError::from)?;
            triggers.fire_schedules().await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

fn measured(plan: &Plan, board: &Board, committed: Duration, from: Instant) -> Measured {
    let times = board.times.lock().unwrap_or_else(PoisonError::into_inner);
    let waited: Vec<Duration> = times
        .values()
        .filter_map(|times| Some(times.received?.saturating_duration_since(times.committed?)))
        .collect();
    let last = times.values().filter_map(|times| times.received).max().unwrap_or(from);
    let drained = last.saturating_duration_since(from);
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let drained_ms = millis(drained).max(1);
    Measured {
        cases: plan.cases,
        vendors: plan.vendors,
        received: board.received.load(Ordering::Relaxed),
        committed_ms: millis(committed),
        drained_ms,
        cases_per_second: (waited.len() as u64).saturating_mul(1000) / drained_ms,
        commit_to_receipt: Latency::of(&waited),
        build: if cfg!(debug_assertions) { "debug" } else { "release" },
    }
}
