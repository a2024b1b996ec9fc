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
pub mod feed;
pub mod functions;
pub mod report;
pub mod store;

use crate::stack::{Account, StackError, Triggers};
use actors::Actors;
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::record::record;
use icm_domain::decision::{Policy, Standing, decide};
use icm_domain::ids::{MemberId, SourceId};
use icm_domain::moment::Moment;
use indicatif::{ProgressBar, ProgressStyle};
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
    /// Days that pass with simulated staff, members and vendors; 0: nobody acts.
    pub days: u32,
    /// Seed of the simulated people.
    pub seed: u64,
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
    let built = functions::build(&account, &bucket)?;
    let triggers = Triggers::connect(Arc::clone(&account), built.handlers, WORKERS)?;
    functions::publish(&account).await?;
    functions::go_live(&built.api).await?;
    if plan.days > 0 {
        functions::confirm_small_teams(&built.api).await?;
    }
    let dropped = feed::drop_files(plan, &account, &bucket).await?;
    let began = std::time::Instant::now();
    let before = account.meter().counted();
    drain(&triggers, plan.progress, "claims and decisions").await?;
    let ingested = began.elapsed();
    let mut actors = Actors::new(&account, built.api, PROGRAM, plan.seed);
    live(plan, &account, &triggers, &mut actors).await?;
    crate::commands::output::diagnose(&format!(
        "claims and decisions {:.1} s, {} days {:.1} s",
        ingested.as_secs_f32(),
        plan.days,
        (began.elapsed() - ingested).as_secs_f32()
    ));
    store::keep_clock(plan, account.clock())?;
    // Read before the census, whose scans no request of the system makes (DESIGN D13).
    let counted = account.meter().counted().since(&before);
    let counted = counted.with_functions(account.template(), &triggers.invocations(), MILLIS);
    let members = functions::table(&account, "MEMBERS_TABLE");
    let census = census::take(&account, &members).await?;
    let explained = census.example.as_ref().and_then(|member| explain(plan, member));
    let report = Report::of(plan, &triggers, census, actors.deeds, dropped, explained);
    Ok(report.with_receipt(&counted))
}

/// One worked explanation, from the same files, with its claim lines.
fn explain(plan: &Plan, member: &MemberId) -> Option<String> {
    let options = icm_formats::ReadOptions::new(SourceId::from("files"));
    let population = crate::population::Population::read(&plan.data, &options);
    let facts = population.members.get(member)?;
    let (criteria, tables) = (Criteria::default(), icm_formats::tables::shipped().ok()?);
    let policy = Policy { criteria: &criteria, tables: &tables, cutoffs: None };
    let standing = Standing::default();
    let decision = decide(facts, &standing, plan.as_of, policy);
    let record = record(facts, &standing, plan.as_of, policy, &decision);
    Some(crate::commands::explain::text(member.as_str(), &record))
}

/// Days pass.
async fn live(
    plan: &Plan,
    account: &Arc<Account>,
    triggers: &Triggers,
    actors: &mut Actors,
) -> Result<(), RunError> {
    let bar = bar(plan.progress && plan.days > 0, u64::from(plan.days), "{bar:40} day {pos}/{len} {msg}");
    let first = Moment::from_millis(account.clock().now_ms()).day();
    for day in 0..i32::try_from(plan.days).unwrap_or(i32::MAX) {
        for hour in HOURS {
            let now = Moment::start_of(first.plus(day)).plus_hours(hour);
            if now.millis() < account.clock().now_ms() {
                continue;
            }
            account.clock().advance_to(now.millis()).map_err(StackError::from)?;
            triggers.fire_schedules().await;
            triggers.drain().await?;
            // What people do may cause new messages, which people may see in the same hour.
            while actors.step(account, now).await? > 0 {
                triggers.drain().await?;
            }
        }
        bar.inc(1);
        store::keep_clock(plan, account.clock())?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Drains with a spinner that tells how much is left.
async fn drain(triggers: &Triggers, progress: bool, what: &'static str) -> Result<(), RunError> {
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
