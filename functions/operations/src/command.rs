//! Commands: one route, one transaction each. A command with a key that was applied before answers as it did then.

mod body;

use crate::actor::Actor;
use crate::problem::Problem;
use crate::read::names_after;
use crate::view::CaseView;
use crate::{Ops, OpsStore, Shared};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use icm_casework::person::Around;
use icm_casework::{Person, RELOADS, Work, planning};
use icm_domain::case::event::{CaseEvent, EventKind};
use icm_domain::case::refusal::Refusal;
use icm_domain::case::status::Status;
use icm_domain::ids::{MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_lambda::Metrics;
use icm_ports::{Clock, PortError, QueueSend};
use serde_json::json;

/// Who plans contacts after a command.
const ACTOR: &str = "system:operations";
/// Longest key that is taken.
const KEY_MAX: usize = 128;

/// A command as it came in.
struct Command {
    member: MemberId,
    program: ProgramId,
    key: String,
    expected: Option<u64>,
    actor: Actor,
    occurred: Moment,
    kind: body::Asked,
}

/// `POST /v1/cases/{member}/{program}/{command}` with `Idempotency-Key`, and `If-Match` where the caller decided on what
/// it had read.
pub(crate) async fn run<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    actor: Actor,
    Path((member, program, name)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let now = ops.clock.now();
    let key = idempotency_key(&headers)?;
    let kind = body::read(&name, &body, &actor, now)?;
    let command = Command {
        member: MemberId::new(member),
        program: ProgramId::new(program),
        key: format!("api#{}#{name}#{key}", actor.0.as_str()),
        expected: expected_version(&headers)?,
        occurred: kind.occurred().unwrap_or(now),
        actor,
        kind,
    };
    for _ in 0..RELOADS {
        match attempt(&command, &ops).await? {
            Tried::Done(response) => return Ok(response),
            Tried::Again => {}
        }
    }
    Err(Problem::from(PortError::Throttled { operation: "run command" }))
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::trim);
    match key {
        Some(key) if !key.is_empty() && key.len() <= KEY_MAX => Ok(key.to_owned()),
        Some(_) | None => Err(Problem::malformed("Idempotency-Key")),
    }
}

fn expected_version(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("if-match") else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::malformed("If-Match"))?;
    let number = text.trim().trim_matches('"').parse();
    number.map(Some).map_err(|_| Problem::malformed("If-Match"))
}

enum Tried {
    Done(Response),
    Again,
}

/// Loads, decides, commits once.
async fn attempt<S: OpsStore, Q: QueueSend, C: Clock>(
    command: &Command,
    ops: &Ops<S, Q, C>,
) -> Result<Tried, Problem> {
    let store = &ops.store;
    let now = ops.clock.now();
    let loaded = Work::load(store, &command.member, &command.program).await?;
    let mut work = loaded.ok_or_else(|| Problem::not_found("case"))?;
    let version = work.record().lines;
    let person = Person::load(store, &command.member, now.day()).await?;
    let mut outcome = Ok(());
    for (at, kind) in command.kind.events(&work, &person).into_iter().enumerate() {
        let event = command.event(at, kind, now);
        outcome = work.apply(&event).map(drop);
        match outcome {
            Ok(()) => {}
            // The very command stands already. What somebody else has done before is refused as such.
            Err(Refusal::Repeated) if at == 0 && work.case().has_seen(&event.key) => {
                return Ok(Tried::Done(shown(&work, StatusCode::OK, true)));
            }
            Err(refusal) => return refused(command, refusal, event, now, ops).await,
        }
    }
    // A repetition is answered before versions are compared: its own commit moved the version.
    if command.expected.is_some_and(|expected| expected != version) {
        let lines = store.events(&command.member, &work.case().id).await?;
        let changed = names_after(&lines, command.expected.unwrap_or_default());
        return Err(Problem::outdated(changed, version));
    }
    if outcome.is_ok() && work.case().status == Status::Outreach {
        let catalogue = icm_casework::load_catalogue(store, now.day()).await?;
        planning::plan_next(&mut work, &person, &catalogue, ACTOR, now);
    }
    let answer = shown(&work, StatusCode::OK, false);
    match work.commit(store).await {
        Ok(_) => {
            report(command, &person, ops).await?;
            Ok(Tried::Done(answer))
        }
        Err(error) if error.wants_reload() => Ok(Tried::Again),
        Err(error) => Err(error.into()),
    }
}

/// Counts the command, and whether it tells of a contact outside the member's hours: compliance must hear of it, the
/// attempt stands all the same.
async fn report<S: OpsStore, Q: QueueSend, C: Clock>(
    command: &Command,
    person: &Person,
    ops: &Ops<S, Q, C>,
) -> Result<(), Problem> {
    let now = ops.clock.now();
    let outside = match &command.kind {
        body::Asked::Attempt(attempt) => {
            let catalogue = icm_casework::load_catalogue(&ops.store, now.day()).await?;
            Around::of(person, &[], &catalogue.calendars).outside_hours(attempt)
        }
        body::Asked::Event(_) | body::Asked::Enrol { .. } => false,
    };
    Metrics::of("operations")
        .count("commands", 1)
        .count("contacts_outside_hours", u64::from(outside))
        .emit(now);
    Ok(())
}

/// Records the refusal in the log and answers with its number (DESIGN D7). Nothing of the command stands.
async fn refused<S: OpsStore, Q: QueueSend, C: Clock>(
    command: &Command,
    refusal: Refusal,
    event: CaseEvent,
    now: Moment,
    ops: &Ops<S, Q, C>,
) -> Result<Tried, Problem> {
    let loaded = Work::load(&ops.store, &command.member, &command.program).await?;
    let mut work = loaded.ok_or_else(|| Problem::not_found("case"))?;
    work.refuse(&CaseEvent { recorded: now, ..event }, refusal);
    let version = work.record().lines;
    match work.commit(&ops.store).await {
        Ok(_) => Err(Problem::refused(refusal, version)),
        Err(error) if error.wants_reload() => Ok(Tried::Again),
        Err(error) => Err(error.into()),
    }
}

fn shown(work: &Work, status: StatusCode, repeated: bool) -> Response {
    let body = json!({ "case": CaseView::of(work.record()), "repeated": repeated });
    (status, Json(body)).into_response()
}

impl Command {
    fn event(&self, at: usize, kind: EventKind, now: Moment) -> CaseEvent {
        let key = if at == 0 { self.key.clone() } else { format!("{}#{at}", self.key) };
        CaseEvent {
            key: key.into(),
            actor: self.actor.0.clone(),
            occurred: self.occurred,
            recorded: now,
            kind,
        }
    }
}
