//! The local stack kept running: the operations API and console on loopback, while the store's clock goes with the
//! machine's and the triggers do their work.

use crate::commands::output::diagnose;
use crate::run::actors::Actors;
use crate::run::measuring::measure;
use crate::run::opened::Opened;
use crate::run::{self, Plan, RunError, feed, feeds, functions, store};
use crate::stack::{Account, StackError, Triggers};
use icm_domain::moment::Moment;
use operations::Identity;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// What to serve.
pub struct Serving {
    /// Store, files to drop first, days to pass first.
    pub plan: Plan,
    /// Whether the store is new.
    pub is_new: bool,
    /// Where to listen: loopback.
    pub address: SocketAddr,
    /// Who uses it.
    pub operator: Identity,
}

/// Hour of the morning, in UTC, at which a new store is opened: calling hours have begun in every time zone of the
/// synthetic plan.
const MORNING_HOUR: i64 = 16;
/// Points at first: fewer than the identified members need, so that some wait and vendors are needed.
const POINTS_AT_FIRST: [(&str, Option<&str>, u32); 7] = [
    ("TEAM-NORTH", None, 36),
    ("TEAM-SOUTH", None, 36),
    ("EMBEDDED-1", None, 18),
    ("PRACTICE-1", None, 18),
    ("VENDOR-1", Some("MEDICAID"), 48),
    ("VENDOR-1", Some("MEDICARE_ADVANTAGE"), 24),
    ("VENDOR-2", None, 30),
];
/// Points that each own team confirms before the console opens: room for new members.
const POINTS_OF_THE_DAY: u32 = 60;
/// How often triggers are looked at.
const PULSE: Duration = Duration::from_secs(2);

/// Prepares the store, then serves until Ctrl-C.
pub async fn serve(serving: Serving) -> Result<(), RunError> {
    if !serving.address.ip().is_loopback() {
        return Err(RunError::Function("a console beyond loopback".to_owned()));
    }
    let listener = TcpListener::bind(serving.address)
        .await
        .map_err(|source| RunError::Files { what: format!("listen on {}", serving.address), source })?;
    let plan = &serving.plan;
    let account = Arc::new(Account::open(plan.store.as_deref(), store::open_clock(plan)?).await?);
    let bucket = feed::bucket_folder(plan)?;
    let feeds = feeds::of(plan)?;
    let Opened { triggers, api, .. } = Opened::over(Arc::clone(&account), &bucket, None, feeds)?;
    functions::publish(&account).await?;
    if serving.is_new {
        functions::go_live(&api).await?;
        for (team, lob, points) in POINTS_AT_FIRST {
            functions::confirm_points(&api, team, lob, points).await?;
        }
        feed::drop_files(plan, &account, &bucket).await?;
        run::drain(&triggers, plan.progress, "claims and decisions").await?;
        let mut actors = Actors::new(&account, api.clone(), run::PROGRAM, plan.seed);
        run::live(plan, &account, &triggers, &mut actors).await?;
        for team in ["TEAM-NORTH", "TEAM-SOUTH"] {
            functions::confirm_points(&api, team, None, POINTS_OF_THE_DAY).await?;
        }
        unattended(&account, &triggers).await?;
    }
    store::keep_clock(plan, account.clock())?;
    report(&account).await?;
    let router = functions::operations_for(&account, serving.operator.clone())?;
    announce(&listener, &account);
    let server = axum::serve(listener, router).with_graceful_shutdown(asked_to_end());
    tokio::select! {
        ended = server => ended.map_err(|source| RunError::Files { what: "serve".to_owned(), source })?,
        stopped = pulse(plan, &account, &triggers) => stopped?,
    }
    store::keep_clock(plan, account.clock())
}

/// Waits for Ctrl-C, or for the word of whoever started the process. Without a handler the process is ended from
/// outside, which a store survives.
async fn asked_to_end() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// A day on which nobody of the staff acts: some of its contacts are overdue the next morning, new members are admitted
/// to the places that were confirmed, and the day's contacts are there to be made.
async fn unattended(account: &Account, triggers: &Triggers) -> Result<(), RunError> {
    let first = Moment::start_of(Moment::from_millis(account.clock().now_ms()).day());
    for hour in (MORNING_HOUR..=MORNING_HOUR + 24).step_by(3) {
        let next = first.plus_hours(hour);
        if next.millis() > account.clock().now_ms() {
            account.clock().advance_to(next.millis()).map_err(StackError::from)?;
        }
        triggers.fire_schedules().await;
        triggers.drain().await?;
    }
    Ok(())
}

/// Makes the reports: the job that counts the whole store, before the console opens and once on each later day
/// (DESIGN D13).
async fn report(account: &Account) -> Result<(), RunError> {
    let through = Moment::from_millis(account.clock().now_ms());
    measure(&functions::store(account, "operations"), through).await.map(|_| ())
}

fn announce(listener: &TcpListener, account: &Account) {
    let address = listener.local_addr().map_or_else(|_| "loopback".to_owned(), |address| address.to_string());
    let now = Moment::from_millis(account.clock().now_ms());
    diagnose(&format!("the store's clock: {now}"));
    diagnose(&format!("\n  console   http://{address}/console\n  API       http://{address}/openapi.json\n"));
    diagnose(
        "Open the console, press \"Get next\", then the button of what came of the call. Ctrl-C ends it.",
    );
}

/// The store's clock goes with the machine's; schedules are fired and queues are emptied.
async fn pulse(plan: &Plan, account: &Account, triggers: &Triggers) -> Result<(), RunError> {
    let (began, start_ms) = (Instant::now(), account.clock().now_ms());
    let today = || Moment::from_millis(account.clock().now_ms()).day();
    let mut reported = today();
    loop {
        tokio::time::sleep(PULSE).await;
        let passed = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        // A clock that stands later already (a drain waited for a delayed message) is left where it is.
        let _ = account.clock().advance_to(start_ms.saturating_add(passed));
        triggers.fire_schedules().await;
        triggers.drain().await?;
        store::keep_clock(plan, account.clock())?;
        if today() > reported {
            reported = today();
            report(account).await?;
        }
    }
}
