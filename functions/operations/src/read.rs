//! Reading: worklists, a member, a case.

use crate::actor::Actor;
use crate::problem::Problem;
use crate::view::CaseView;
use crate::{OpsStore, Shared};
use axum::Json;
use axum::extract::{Path, Query, State};
use icm_domain::case::log::CaseLine;
use icm_domain::case::status::Status;
use icm_domain::decision::priority::Tier;
use icm_domain::ids::{MemberId, ProgramId};
use icm_ports::{Clock, EventRecord, QueueSend, WorkRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Rows of a page.
const PAGE: usize = 50;
/// Rows of a page at most.
const PAGE_MAX: usize = 500;

/// What a worklist request names.
#[derive(Debug, Deserialize)]
pub(crate) struct WorklistQuery {
    program: String,
    queue: String,
    #[serde(default)]
    band: Option<Tier>,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
}

/// A page of a worklist.
#[derive(Debug, Serialize)]
pub(crate) struct WorklistPage {
    rows: Vec<CaseView>,
    cursor: Option<String>,
}

/// `GET /v1/worklist?program&queue&band&cursor&limit`: the queue is a status of FACTS §6.1. The projection lags a little:
/// commands read the case itself.
pub(crate) async fn worklist<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    _actor: Actor,
    Query(query): Query<WorklistQuery>,
) -> Result<Json<WorklistPage>, Problem> {
    let queue = query.queue.to_ascii_uppercase();
    if Status::parse(&queue).is_none() {
        return Err(Problem::malformed("queue"));
    }
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let program = ProgramId::new(query.program);
    let rows = ops.store.work(&program, &queue, query.cursor.as_deref(), limit).await?;
    let last = |row: &WorkRow| row.case.work.as_ref().map(|work| work.sort.as_ref().to_owned());
    let cursor = if rows.len() < limit { None } else { rows.last().and_then(last) };
    let of_band = |row: &&WorkRow| query.band.is_none_or(|band| row.case.case.priority.tier == band);
    let rows = rows.iter().filter(of_band).map(|row| CaseView::of(&row.case)).collect();
    Ok(Json(WorklistPage { rows, cursor }))
}

/// `GET /v1/members/{member}`: what was decided, and the cases with their histories.
pub(crate) async fn member<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    _actor: Actor,
    Path(member): Path<String>,
) -> Result<Json<Value>, Problem> {
    let member = MemberId::new(member);
    let head = ops.store.head(&member).await?;
    let decision = ops.store.decision(&member).await?;
    let cases = ops.store.cases(&member).await?;
    if head.version.0 == 0 && cases.is_empty() {
        return Err(Problem::not_found("member"));
    }
    let decision = decision.and_then(|body| serde_json::from_str::<Value>(&body.text).ok());
    let mut shown = Vec::with_capacity(cases.len());
    for record in &cases {
        let history = ops.store.events(&member, &record.case.id).await?;
        let history: Vec<Value> = history.iter().map(line).collect();
        shown.push(json!({ "case": CaseView::of(record), "retired": record.retired, "history": history }));
    }
    Ok(Json(json!({
        "member_id": member.as_str(),
        "version": head.version.0,
        "as_of": head.as_of,
        "outcome": head.outcome,
        "decision": decision,
        "cases": shown,
    })))
}

/// `GET /v1/cases/{member}/{program}`: the newest case of a program.
pub(crate) async fn case<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    _actor: Actor,
    Path((member, program)): Path<(String, String)>,
) -> Result<Json<CaseView>, Problem> {
    let found = ops.store.case(&MemberId::new(member), &ProgramId::new(program)).await?;
    found.map(|record| Json(CaseView::of(&record))).ok_or_else(|| Problem::not_found("case"))
}

/// A line of the history: who did what when, and what came of it.
fn line(record: &EventRecord) -> Value {
    match &record.line {
        CaseLine::Opened(case) => json!({ "seq": record.seq, "event": "OPENED", "at": case.opened }),
        CaseLine::Applied { event, entry } => json!({
            "seq": record.seq,
            "event": entry.event,
            "from": entry.from.id(),
            "to": entry.to.id(),
            "reason": entry.reason,
            "actor": entry.actor,
            "at": event.recorded,
        }),
        CaseLine::Refused { event, refusal } => json!({
            "seq": record.seq,
            "event": event.kind.id(),
            "refused": refusal.id(),
            "actor": event.actor,
            "at": event.recorded,
        }),
    }
}

/// The names of the events after a version.
pub(crate) fn names_after(lines: &[EventRecord], version: u64) -> Vec<String> {
    let name = |record: &EventRecord| match &record.line {
        CaseLine::Opened(_) => "OPENED".to_owned(),
        CaseLine::Applied { entry, .. } => entry.event.as_ref().to_owned(),
        CaseLine::Refused { event, .. } => format!("{} (refused)", event.kind.id()),
    };
    lines.iter().filter(|record| record.seq > version).map(name).collect()
}
