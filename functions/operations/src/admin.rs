//! Administration: capacity, pauses, modes. Every change stands in the audit trail.

use crate::actor::Actor;
use crate::problem::Problem;
use crate::{Ops, OpsStore, Shared};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use icm_casework::capacity::{self, Confirmed};
use icm_casework::switches::{self, ModeSet, Pause, Scope, Switches};
use icm_contract::keys::short_hash;
use icm_contract::stored::to_json;
use icm_domain::case::state::Place;
use icm_domain::ids::ProgramId;
use icm_domain::program::definition::Mode;
use icm_ports::{AuditRecord, Body, Clock, QueueSend};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::malformed(&format!("at line {} column {}", error.line(), error.column())))
}

/// Writes who did what into the audit trail, before it is done: an act without a line cannot happen.
pub(crate) async fn audit<S: OpsStore, Q: QueueSend, C: Clock, T: Serialize + Sync>(
    act: &'static str,
    actor: &Actor,
    what: &T,
    ops: &Ops<S, Q, C>,
) -> Result<(), Problem> {
    let text = json!({ "act": act, "what": what }).to_string();
    let id = short_hash(text.as_bytes()).into();
    let record = AuditRecord { at: ops.clock.now(), id, actor: actor.0.clone(), body: Body::new(1, text) };
    Ok(ops.store.audit(&record).await?)
}

/// `GET /v1/capacity`: every cell with its confirmed and taken points.
pub(crate) async fn capacity<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    _actor: Actor,
) -> Result<Json<Value>, Problem> {
    let catalogue = icm_casework::load_catalogue(&ops.store, ops.clock.today()).await?;
    let cells = capacity::load(&ops.store, &catalogue).await?;
    let shown: Vec<Value> = cells
        .iter()
        .map(|cell| {
            let (points, taken, free) = (cell.points, cell.taken, cell.free_places());
            json!({ "place": cell.place, "points": points, "taken": taken, "free_places": free })
        })
        .collect();
    Ok(Json(json!({ "cells": shown })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CapacityBody {
    place: Place,
    points: u32,
}

/// `PUT /v1/admin/capacity`: confirms the points of a cell. Nobody is admitted beyond them; nobody loses a place.
pub(crate) async fn confirm_capacity<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    actor: Actor,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let CapacityBody { place, points } = read(&body)?;
    let confirmed = Confirmed { place, points, by: actor.0.clone(), at: ops.clock.now() };
    audit("CONFIRM_CAPACITY", &actor, &confirmed, &ops).await?;
    capacity::confirm(&ops.store, &confirmed).await?;
    Ok(Json(json!({ "confirmed": confirmed })))
}

/// `GET /v1/switches`: modes and pauses.
pub(crate) async fn switches<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    _actor: Actor,
) -> Result<Json<Value>, Problem> {
    let catalogue = icm_casework::load_catalogue(&ops.store, ops.clock.today()).await?;
    let switches = Switches::load(&ops.store).await?;
    let programs: Vec<Value> = catalogue
        .programs
        .iter()
        .map(|program| {
            let (mode, cap) = (switches.mode(program), switches.daily_cap(program));
            json!({ "program": program.id, "mode": mode, "daily_cap": cap })
        })
        .collect();
    Ok(Json(json!({ "programs": programs, "paused": switches.paused() })))
}

/// What to pause or resume, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PauseBody {
    scope: Scope,
    reason: String,
}

/// `POST /v1/admin/pause`: a program, a vendor, a channel or everything stops at once (DESIGN D12).
pub(crate) async fn pause<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    actor: Actor,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    switch(true, &actor, &body, &ops).await
}

/// `POST /v1/admin/resume`.
pub(crate) async fn resume<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    actor: Actor,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    switch(false, &actor, &body, &ops).await
}

async fn switch<S: OpsStore, Q: QueueSend, C: Clock>(
    paused: bool,
    actor: &Actor,
    body: &[u8],
    ops: &Ops<S, Q, C>,
) -> Result<Json<Value>, Problem> {
    let PauseBody { scope, reason } = read(body)?;
    let pause = Pause { scope, paused, by: actor.0.clone(), at: ops.clock.now(), reason: reason.into() };
    audit(if paused { "PAUSE" } else { "RESUME" }, actor, &pause, ops).await?;
    switches::pause(&ops.store, &pause).await?;
    Ok(Json(json!({ "pause": pause })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModeBody {
    program: ProgramId,
    mode: Mode,
    daily_cap: u32,
}

/// `POST /v1/admin/modes`: OFF, SHADOW or LIVE with its daily cap.
pub(crate) async fn set_mode<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    actor: Actor,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let ModeBody { program, mode, daily_cap } = read(&body)?;
    let set = ModeSet { mode, daily_cap, by: actor.0.clone(), at: ops.clock.now() };
    let line = format!("{} {}", program.as_str(), to_json(&set));
    audit("SET_MODE", &actor, &line, &ops).await?;
    switches::set_mode(&ops.store, &program, &set).await?;
    Ok(Json(json!({ "program": program, "mode": set })))
}
