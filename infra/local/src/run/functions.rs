//! The functions of the template, built over the stack's engines: what each function's `main` does in AWS.

use super::{PROGRAM, RunError, rules};
use crate::clock::{StoreClock, unrepeated};
use crate::stack::{Account, Failed, Handlers, Reply};
use axum::body::Body;
use axum::{Extension, Router};
use http::Request;
use icm_aws::{Folder, Outlet, Queues, Sender, Store, Tables};
use icm_domain::program::Catalogue;
use identify_members::{IdKey, IdentifyMembers};
use ingest_files::{Adapters, Feeds, IngestFiles, Settings};
use operations::{Ops, Process};
use queue_outreach::Queue;
use receive_vendor::Receiver;
use relay_outbox::Relay;
use review_due::Review;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

/// Handlers by function, and the operations API.
pub struct Built {
    /// Handlers of the triggers.
    pub handlers: Handlers,
    /// The operations API, for people on this machine.
    pub api: Router,
}

/// Name of a table by the variable that a function's environment has for it.
pub fn table(account: &Account, variable: &str) -> String {
    account
        .environment("identify-members")
        .get(variable)
        .cloned()
        .unwrap_or_else(|| "MembersTable".to_owned())
}

/// The store, with the tables that the environment of a function names.
pub fn store(account: &Account, function: &str) -> Store {
    let environment = account.environment(function);
    Store::new(account.clients().dynamodb.clone(), Tables::from_vars(|name| environment.get(name).cloned()))
}

fn sender(account: &Account, function: &str) -> Result<Sender, RunError> {
    let environment = account.environment(function);
    let queues = Queues::from_vars(|name| environment.get(name).cloned());
    let queues = queues.ok_or_else(|| RunError::Function(function.to_owned()))?;
    Ok(Sender::new(account.clients().sqs.clone(), queues))
}

/// Reads an event, calls, writes the answer: the runtime's part.
async fn typed<E: DeserializeOwned, A: Serialize>(
    event: Value,
    call: impl AsyncFnOnce(E) -> Result<A, String> + Send,
) -> Reply {
    let event =
        serde_json::from_value(event).map_err(|_| Failed("the event is of another shape".to_owned()))?;
    let answer = call(event).await.map_err(Failed)?;
    serde_json::to_value(answer).map_err(|_| Failed("the answer cannot be written".to_owned()))
}

/// Builds every function.
pub fn build(account: &Arc<Account>, buckets: &Path, feeds: Feeds) -> Result<Built, RunError> {
    let clock = account.clock().clone();
    let handlers = with_files(Handlers::new(), account, buckets, feeds)?;
    let handlers = with_decisions(handlers, account, &clock)?;
    let handlers = with_casework(handlers, account, buckets, &clock)?;
    Ok(Built { handlers, api: api(account)? })
}

/// The operations API of an account, for the people on this machine.
pub(crate) fn api(account: &Account) -> Result<Router, RunError> {
    operations_for(account, operations::access::local::operator())
}

/// The operations API and console for this operator, on loopback.
pub fn operations_for(account: &Account, operator: operations::Identity) -> Result<Router, RunError> {
    let clock = account.clock().clone();
    let ops = Ops { store: store(account, "operations"), queues: sender(account, "operations")?, clock };
    Ok(operations::local_router_as(ops, operator).layer(Extension(Process(unrepeated().into()))))
}

fn with_files(
    handlers: Handlers,
    account: &Account,
    buckets: &Path,
    feeds: Feeds,
) -> Result<Handlers, RunError> {
    let clock = account.clock().clone();
    let ports = Adapters {
        files: Folder::new(buckets),
        archive: Folder::new(buckets.join("archive")),
        queue: sender(account, "ingest-files")?,
        store: store(account, "ingest-files"),
    };
    let settings = Settings { spool: buckets.join("spool"), feeds };
    let function = Arc::new(IngestFiles::new(ports, clock, settings));
    Ok(handlers.with("ingest-files", move |event| {
        let function = Arc::clone(&function);
        async move { typed(event, async |event| Ok(function.handle(event).await)).await }
    }))
}

fn with_decisions(handlers: Handlers, account: &Account, clock: &StoreClock) -> Result<Handlers, RunError> {
    let (rules, ids) = (rules::rulebook()?, IdKey::of("local"));
    let function =
        Arc::new(IdentifyMembers::new(store(account, "identify-members"), rules, clock.clone(), ids));
    Ok(handlers.with("identify-members", move |event| {
        let function = Arc::clone(&function);
        async move { typed(event, async |event| Ok(function.handle(event).await)).await }
    }))
}

/// The functions behind a decision: the queue of outreach, the relay, replies of vendors, reviews.
pub(crate) fn with_casework(
    handlers: Handlers,
    account: &Account,
    buckets: &Path,
    clock: &StoreClock,
) -> Result<Handlers, RunError> {
    let relay = Arc::new(Relay {
        store: store(account, "relay-outbox"),
        queues: Outlet::new(sender(account, "relay-outbox")?, Folder::new(buckets)),
        clock: clock.clone(),
    });
    let receiver = Arc::new(Receiver { store: store(account, "receive-vendor"), clock: clock.clone() });
    let queue = Arc::new(Queue { store: store(account, "queue-outreach"), clock: clock.clone() });
    let review = Arc::new(Review {
        store: store(account, "review-due"),
        queues: sender(account, "review-due")?,
        clock: clock.clone(),
        tables: Arc::new(rules::tables()?),
    });
    Ok(handlers
        .with("relay-outbox", move |event| relayed(event, Arc::clone(&relay)))
        .with("receive-vendor", move |event| {
            let receiver = Arc::clone(&receiver);
            async move { answer(receive_vendor::handle(event, &receiver).await) }
        })
        .with("queue-outreach", move |event| {
            let queue = Arc::clone(&queue);
            async move { answer(queue_outreach::handle(event, &queue).await) }
        })
        .with("review-due", move |event| {
            let review = Arc::clone(&review);
            async move { answer(review_due::handle(event, &review).await) }
        }))
}

/// Calls the relay on a thread of its own: the compiler cannot show that its future may move between threads.
pub async fn relayed<Q>(event: Value, relay: Arc<Relay<Store, Q, StoreClock>>) -> Reply
where
    Q: icm_ports::QueueSend + 'static,
{
    let call = move || {
        let runtime = tokio::runtime::Handle::current();
        answer(runtime.block_on(async { relay_outbox::handle(event, &relay).await }))
    };
    let ended = tokio::task::spawn_blocking(call).await;
    ended.unwrap_or_else(|_| Err(Failed("the relay panicked".to_owned())))
}

fn answer<A: Serialize>(answer: Result<A, impl std::fmt::Display>) -> Reply {
    let answer = answer.map_err(|error| Failed(error.to_string()))?;
    serde_json::to_value(answer).map_err(|_| Failed("the answer cannot be written".to_owned()))
}

/// Publishes the definitions that ship with the project. A version that is there already is left as it is.
pub async fn publish(account: &Account) -> Result<(), RunError> {
    let catalogue = shipped().map_err(|_| RunError::Function("program definitions".to_owned()))?;
    icm_casework::catalogue::publish(&store(account, "operations"), &catalogue)
        .await
        .map_err(|error| RunError::Function(error.to_string()))
}

/// The shipped programs, teams, cadences and calendars.
pub(crate) fn shipped() -> Result<Catalogue, serde_json::Error> {
    Ok(Catalogue {
        programs: serde_json::from_str(include_str!("../../../programs/programs.json"))?,
        teams: serde_json::from_str(include_str!("../../../programs/vendors.json"))?,
        cadences: serde_json::from_str(include_str!("../../../programs/cadences.json"))?,
        calendars: serde_json::from_str(include_str!("../../../programs/calendars.json"))?,
    })
}

/// Sets the program live on this machine, as an operator does: a new store begins in shadow (DESIGN D12).
pub async fn go_live(api: &Router) -> Result<(), RunError> {
    administer(api, "modes", &json!({ "program": PROGRAM, "mode": "LIVE", "daily_cap": 10_000 })).await
}

/// Confirms a small capacity of the payer's own teams, so that a simulated run also needs the vendors.
pub async fn confirm_small_teams(api: &Router) -> Result<(), RunError> {
    for team in ["TEAM-NORTH", "TEAM-SOUTH"] {
        confirm_points(api, team, None, POINTS_OF_SMALL_TEAMS).await?;
    }
    Ok(())
}

/// Confirms these points for a team, or for its places of one line of business.
pub async fn confirm_points(
    api: &Router,
    team: &str,
    lob: Option<&str>,
    points: u32,
) -> Result<(), RunError> {
    let place = json!({ "team": team, "county": null, "language": null, "lob": lob });
    administer(api, "capacity", &json!({ "place": place, "points": points })).await
}

/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Weighted caseload of a small team: six new members at three points (FACTS §6.4).
const POINTS_OF_SMALL_TEAMS: u32 = 18;

/// An administrator's command to the operations API.
pub(crate) async fn administer(api: &Router, what: &str, body: &Value) -> Result<(), RunError> {
    let request = Request::post(format!("/v1/admin/{what}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .map_err(|_| RunError::Api)?;
    let Ok(response) = api.clone().oneshot(request).await;
    if response.status().is_success() {
        return Ok(());
    }
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.unwrap_or_default();
    // A problem of an administrator's command names programs and teams, never a member.
    let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let why = ["detail", "title"].iter().find_map(|key| problem.get(*key)?.as_str()).unwrap_or("no reason");
    Err(RunError::Refused(format!("{what}: {status} {why}")))
}
