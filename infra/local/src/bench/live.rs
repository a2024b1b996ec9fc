//! `icm bench live`: the hand-over to a vendor's real program, in a process that may be killed at any moment and started
//! again on the same store until every case is served.

use super::{PROGRAM, catalogue, seed};
use crate::clock::StoreClock;
use crate::run::opened::Opened;
use crate::run::{RunError, functions, store};
use crate::stack::{Account, StackError};
use icm_domain::case::status::Status;
use icm_domain::ids::{ProgramId, VendorId};
use icm_domain::moment::Moment;
use icm_ports::CasesRead;
use ingest_files::Feeds;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The vendor of the template whose queues are used.
pub const VENDOR: &str = "VENDOR-1";
/// By how much the store's clock goes on after each round: leases end and hidden messages come back while a person waits
/// for a test, not for an hour.
const STEP_MS: i64 = 15_000;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Cases.
    pub cases: usize,
    /// The store.
    pub store: PathBuf,
    /// Give up after so long.
    pub wait: Duration,
}

/// Where a run ended.
#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    /// Cases.
    pub cases: usize,
    /// Cases by status: all of them, once.
    pub statuses: BTreeMap<&'static str, usize>,
    /// True: every case is served.
    pub served: bool,
}

/// Runs until every case is served, or the time is up. The queue service's address stands in `<store>/endpoint` while the
/// process lives.
///
/// # Errors
/// When the engines do not answer.
pub async fn live(plan: &Plan) -> Result<Ended, RunError> {
    let wrong = |source| RunError::Files { what: plan.store.display().to_string(), source };
    std::fs::create_dir_all(&plan.store).map_err(wrong)?;
    let at = store::kept_at(&plan.store).unwrap_or_else(|| crate::kit::wall_now().millis());
    let account = Arc::new(Account::open(Some(&plan.store), StoreClock::set_at(at)).await?);
    let opened = Opened::over(Arc::clone(&account), &plan.store.join("buckets"), None, Feeds::default())?;
    let vendor = VendorId::new(VENDOR);
    let definitions = catalogue(std::slice::from_ref(&vendor));
    let definitions = definitions.map_err(|_| RunError::Function("definitions".to_owned()))?;
    let tables = functions::store(&account, "relay-outbox");
    icm_casework::catalogue::publish(&tables, &definitions).await?;
    announce(&account, &plan.store)?;
    let began = Instant::now();
    for nth in 0..plan.cases {
        let now = Moment::from_millis(account.clock().now_ms());
        seed::offered(&tables, nth, &vendor, &definitions, now).await?;
        if nth % 20 == 0 {
            opened.triggers.drain().await?;
        }
    }
    loop {
        let ended = count(plan.cases, &tables).await?;
        if ended.served || began.elapsed() > plan.wait {
            return Ok(ended);
        }
        opened.triggers.drain().await?;
        account.clock().advance_to(account.clock().now_ms() + STEP_MS).map_err(StackError::from)?;
        store::keep_clock_at(&plan.store, account.clock())?;
        opened.triggers.fire_schedules().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Writes down where the queue service is: beside and moved, so that nobody reads half an address.
fn announce(account: &Account, folder: &Path) -> Result<(), RunError> {
    let wrong = |source| RunError::Files { what: folder.display().to_string(), source };
    let url = account.queue_url("");
    let endpoint = url.split_once("/0").map_or(url.as_str(), |(endpoint, _)| endpoint);
    let beside = folder.join("endpoint.part");
    std::fs::write(&beside, endpoint).map_err(wrong)?;
    std::fs::rename(&beside, folder.join("endpoint")).map_err(wrong)
}

async fn count<S: CasesRead>(cases: usize, store: &S) -> Result<Ended, RunError> {
    let mut statuses: BTreeMap<&'static str, usize> = BTreeMap::new();
    for nth in 0..cases {
        let held = store.case(&seed::member(nth), &ProgramId::new(PROGRAM)).await?;
        let status = held.map_or("NONE", |record| record.case.status.id());
        *statuses.entry(status).or_default() += 1;
    }
    let served = statuses.get(Status::Active.id()) == Some(&cases);
    Ok(Ended { cases, statuses, served })
}
