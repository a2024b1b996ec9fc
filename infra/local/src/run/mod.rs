//! The main job: files through the whole system on one machine, with the same handlers and the same SDK clients as in
//! AWS, against the engines of [`crate::stack`].
//!
//! 1. The store is opened; its clock stands at the day of the run (DESIGN D5).
//! 2. Files are dropped into the claims bucket, a folder here; the triggers do the rest: facts, decisions, cases.
//! 3. With simulated people, time passes in steps; staff, members and vendors act through the API and the queues only.
//! 4. The store is counted and the funnel, an explanation, offers and the receipt are printed.
//!
//! A run can be killed at any point and started again on the same store: files dropped again change nothing, commands
//! carry idempotency keys, messages that were taken and not settled are delivered again.

pub mod actors;
pub mod census;
pub mod explained;
pub mod feed;
pub mod feeds;
pub mod functions;
pub mod journal;
pub mod measuring;
pub mod opened;
pub mod replay;
pub mod report;
pub mod rules;
pub mod site;
pub mod store;

use crate::stack::{Account, StackError, Triggers};
use actors::Actors;
use icm_domain::day::Day;
use icm_domain::moment::Moment;
use indicatif::{ProgressBar, ProgressStyle};
use opened::Opened;
use std::path::PathBuf;
use std::sync::Arc;

pub use report::Report;

/// Why a run ended early. Carries no member data.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The local stack did not start or did not answer.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The store could not be counted.
    #[error(transparent)]
    Census(#[from] census::CensusError),
    /// A folder or file could not be read or written.
    #[error("{what}: {source}")]
    Files {
        /// What was tried.
        what: String,
        /// Cause.
        source: std::io::Error,
    },
    /// A function could not be built.
    #[error("function {0} could not be started")]
    Function(String),
    /// The operations API did not answer.
    #[error("the operations API did not answer")]
    Api,
    /// The store did not answer, or an item of it cannot be read.
    #[error(transparent)]
    Port(#[from] icm_ports::PortError),
    /// There is no store in this folder.
    #[error("{0}: no store")]
    NoStore(String),
    /// The operations API refused a command of the run.
    #[error("the operations API refused {0}")]
    Refused(String),
    /// The store has nothing of this name.
    #[error("there is nothing of this name")]
    NotFound,
    /// A queue did not answer.
    #[error("a queue did not answer")]
    Queue,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Folders of files to drop.
    pub data: Vec<PathBuf>,
    /// The day at which the store's clock starts.
    pub as_of: Day,
    /// Where the store is kept; none: it ends with the process.
    pub store: Option<PathBuf>,
    /// Days that pass.
    pub days: u32,
    /// Simulated staff, members and vendors act meanwhile; otherwise only timers and schedules do.
    pub people: bool,
    /// A new store stays in shadow: it decides and records, and sends nothing (DESIGN D12).
    pub shadow: bool,
    /// Seed of the simulated people.
    pub seed: u64,
    /// Deliver everything twice and in shuffled order, by this seed.
    pub redeliver: Option<u64>,
    /// What is said of the feeds, on top of what the store remembers.
    pub feeds: feeds::Said,
    /// Progress bars on standard error.
    pub progress: bool,
}

/// The program that the run is about.
pub const PROGRAM: &str = "ICM";

/// Calls of one function beside each other: two cores.
const WORKERS: u32 = 4;

/// Stated milliseconds of an average invocation: those of this machine say nothing about Lambda's.
const MILLIS: u64 = 100;

/// Hours of a simulated day at which people act, in UTC: from nine in the morning to nine at night, Eastern time.
const HOURS: [i64; 5] = [14, 17, 20, 23, 25];

/// Runs the main job.
pub async fn run(plan: &Plan) -> Result<Report, RunError> {
    let clock = store::open_clock(plan)?;
    let kept = store::folder(plan)?;
    let account = Arc::new(Account::open(Some(kept.path()), clock).await?);
    let bucket = feed::bucket_folder(plan)?;
    let feeds = feeds::of(plan)?;
    let Opened { triggers, api, .. } = Opened::over(Arc::clone(&account), &bucket, plan.redeliver, feeds)?;
    functions::publish(&account).await?;
    // A store that is there keeps the modes and capacities that its operators set.
    if plan.store.as_deref().and_then(store::kept_at).is_none() {
        if !plan.shadow {
            functions::go_live(&api).await?;
        }
        if plan.people {
            functions::confirm_small_teams(&api).await?;
        }
    }
    let dropped = feed::drop_files(plan, &account, &bucket).await?;
    let began = std::time::Instant::now();
    let before = account.meter().counted();
    drain(&triggers, plan.progress, "claims and decisions").await?;
    let ingested = began.elapsed();
    let lived = std::time::Instant::now();
    let mut actors = Actors::new(&account, api, PROGRAM, plan.seed);
    if let Some(store) = plan.store.as_deref().filter(|_| plan.people) {
        actors.remember(&account, store).await?;
        drain(&triggers, plan.progress, "what people had begun").await?;
    }
    live(plan, &account, &triggers, &mut actors).await?;
    crate::commands::output::diagnose(&format!(
        "claims and decisions {:.1} s, {} days {:.1} s",
        ingested.as_secs_f32(),
        plan.days,
        lived.elapsed().as_secs_f32()
    ));
    store::keep_clock(plan, account.clock())?;
    // Read before the census, whose scans no request of the system makes (DESIGN D13).
    let counted = account.meter().counted().since(&before);
    let counted = counted.with_functions(account.template(), &triggers.invocations(), MILLIS);
    let members = functions::table(&account, "MEMBERS_TABLE");
    let census = census::take(&account, &members).await?;
    let explained = match &census.example {
        Some(member) => explained::text(&account, member).await?,
        None => None,
    };
    let report = Report::of(plan, &triggers, census, actors.deeds, dropped, explained);
    Ok(report.with_receipt(&counted))
}

/// Days pass.
pub(crate) async fn live(
    plan: &Plan,
    account: &Arc<Account>,
    triggers: &Triggers,
    actors: &mut Actors,
) -> Result<(), RunError> {
    let first = Moment::from_millis(account.clock().now_ms()).day();
    let days = store::last_day(plan, first)?.since(first);
    let length = u64::try_from(days).unwrap_or_default();
    let bar = bar(plan.progress && days > 0, length, "{bar:40} day {pos}/{len} {msg}");
    for day in 0..days {
        for hour in HOURS {
            let now = Moment::start_of(first.plus(day)).plus_hours(hour);
            if now.millis() < account.clock().now_ms() {
                continue;
            }
            account.clock().advance_to(now.millis()).map_err(StackError::from)?;
            store::keep_clock(plan, account.clock())?;
            triggers.fire_schedules().await;
            triggers.drain().await?;
            // What people do may cause new messages, which people may see in the same hour.
            while plan.people && actors.step(account, now).await? > 0 {
                triggers.drain().await?;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    store::ended(plan)
}

/// Drains with a spinner that tells how much is left.
pub(crate) async fn drain(triggers: &Triggers, progress: bool, what: &'static str) -> Result<(), RunError> {
    let bar = bar(progress, 0, "{spinner} {msg} {elapsed}");
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    let account = Arc::clone(triggers.account());
    let shown = bar.clone();
    let watch = tokio::spawn(async move {
        loop {
            let left: u64 = account.queue_counts().iter().map(|(_, counts)| counts.visible as u64).sum();
            shown.set_message(format!("{what}: {left} messages wait"));
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    });
    let drained = triggers.drain().await;
    watch.abort();
    bar.finish_and_clear();
    drained?;
    Ok(())
}

/// A bar on standard error, or none.
pub(crate) fn bar(shown: bool, length: u64, template: &str) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}
