//! "Get next": the first case of a list that nobody else is working on, reserved for some minutes.

use super::{Row, WorkQuery, program, read};
use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading;
use axum::Json;
use axum::body::Bytes;
use icm_contract::stored::{from_json, to_json};
use icm_domain::ids::ActorId;
use icm_domain::moment::Moment;
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, WorkRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Minutes for which a case is reserved.
const MINUTES: i64 = 15;
/// Rows that are tried at most.
const TRIES: u16 = 50;

/// What to take from.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextAsked {
    /// The list, as in `GET /v1/worklist`.
    #[serde(default)]
    pub(crate) list: WorkQuery,
}

/// The next case; none: nothing is left on the list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Next {
    /// The row.
    pub(crate) row: Option<Row>,
    /// Until when it is kept for whoever asked.
    #[schemars(with = "Option<String>")]
    pub(crate) reserved_until: Option<Moment>,
}

/// Who works on a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Reservation {
    by: ActorId,
    until: Moment,
}

/// `POST /v1/worklist/next`.
pub(crate) async fn take<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Json<Next>, Problem> {
    let asked: NextAsked = reading::json_or_default(&body)?;
    next(&desk, &asked.list).await.map(Json)
}

/// Takes the next case of a list.
pub(crate) async fn next<P: Ports>(desk: &Desk<P>, list: &WorkQuery) -> Result<Next, Problem> {
    let list = WorkQuery { limit: Some(TRIES), ..list.clone() };
    let (program, now) = (program(desk, &list).await?, desk.now());
    for row in read(desk, &list, &program, now).await?.rows {
        // What may not be done yet is not the next thing to do.
        if row.case.next.and_then(|step| step.from).is_some_and(|from| from > now) {
            continue;
        }
        if let Some(until) = reserve(desk, &row, now).await? {
            desk.audit(Entry::about(Act::TakeNext, &row.member)).await?;
            return Ok(Next { row: Some(Row::of(&row.member, &row.case, now)), reserved_until: Some(until) });
        }
    }
    Ok(Next { row: None, reserved_until: None })
}

/// Reserves a case; none: somebody else works on it.
async fn reserve<P: Ports>(desk: &Desk<P>, row: &WorkRow, now: Moment) -> Result<Option<Moment>, Problem> {
    let key = row.case.case.id.as_str();
    let (held, revision) = reservation(desk, key).await?;
    if held.is_some_and(|held| held.until > now && held.by != desk.who.actor) {
        return Ok(None);
    }
    let mine = Reservation { by: desk.who.actor.clone(), until: now.plus_millis(MINUTES * 60_000) };
    let body = Body::new(1, to_json(&mine));
    let record = RegistryRecord { key: key.into(), revision: revision + 1, body };
    match desk.store().write(RegistryKind::Reservation, &record).await {
        Ok(()) => Ok(Some(mine.until)),
        Err(PortError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn reservation<P: Ports>(desk: &Desk<P>, key: &str) -> Result<(Option<Reservation>, u64), Problem> {
    let Some(record) = desk.store().record(RegistryKind::Reservation, key).await? else {
        return Ok((None, 0));
    };
    Ok((from_json(&record.body.text).ok(), record.revision))
}

/// Who else works on a case now.
pub(crate) async fn working<P: Ports>(desk: &Desk<P>, case: &str) -> Result<Option<String>, Problem> {
    let (held, _) = reservation(desk, case).await?;
    let others = held.filter(|held| held.until > desk.now() && held.by != desk.who.actor);
    Ok(others.map(|held| held.by.as_str().to_owned()))
}
