//! Who works on a case: one lease, taken by "get next", by hand, or by a dialler before it dials, so that two never work
//! one task.

use super::{Row, WorkQuery, program, read};
use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use icm_contract::stored::{from_json, to_json};
use icm_domain::case::state::Case;
use icm_domain::ids::{CaseId, EffectId, MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::outreach::lease::{self, HeldByOther, TaskLease};
use icm_ports::{Body, CasesRead, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Minutes for which a case is reserved.
const MINUTES: u16 = 15;
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
        if let Ok(lease) = reserve(desk, &row.case.case.id, now).await? {
            desk.audit(Entry::about(Act::TakeNext, &row.member)).await?;
            let row = Some(Row::of(&row.member, &row.case, now));
            return Ok(Next { row, reserved_until: Some(lease.until) });
        }
    }
    Ok(Next { row: None, reserved_until: None })
}

/// A case that is kept for whoever asked.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Kept {
    /// The case.
    case_id: String,
    /// Until when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    reserved_until: Moment,
}

/// `POST /v1/cases/{member}/{program}/reserve`: whoever is about to contact the member takes the case first.
pub(crate) async fn take_case<P: Ports>(
    desk: Desk<P>,
    Path((member, program)): Path<(String, String)>,
) -> Result<Json<Kept>, Problem> {
    let (member, program) = (MemberId::new(member), ProgramId::new(program));
    let person = desk.find(&member).await?;
    let home = desk.home(&member, &person).await?;
    let entry = Entry::about(Act::TakeNext, &member).what(program.as_str());
    let (case, lease) = desk.act(entry, take_open(&desk, &home, &program)).await?;
    Ok(Json(Kept { case_id: case.id.as_str().to_owned(), reserved_until: lease.until }))
}

async fn take_open<P: Ports>(
    desk: &Desk<P>,
    member: &MemberId,
    program: &ProgramId,
) -> Result<(Case, TaskLease), Problem> {
    let record = desk.store().case(member, program).await?;
    let case = record.map(|record| record.case).filter(Case::wants_work);
    let case = case.ok_or_else(|| Problem::not_found("case"))?;
    let taken = reserve(desk, &case.id, desk.now()).await?;
    let lease = taken.map_err(|_| Problem::conflict("somebody else works on this case"))?;
    Ok((case, lease))
}

/// Takes the lease of a case, or says until when somebody else has it.
async fn reserve<P: Ports>(
    desk: &Desk<P>,
    case: &CaseId,
    now: Moment,
) -> Result<std::result::Result<TaskLease, HeldByOther>, Problem> {
    let (held, revision) = reservation(desk, case.as_str()).await?;
    let work = EffectId::new(case.as_str());
    let mine = match lease::take(held.as_ref(), &work, &desk.who.actor, now, MINUTES) {
        Ok(mine) => mine,
        Err(other) => return Ok(Err(other)),
    };
    let body = Body::new(1, to_json(&mine));
    let record = RegistryRecord { key: case.as_str().into(), revision: revision + 1, body };
    match desk.store().write(RegistryKind::Reservation, &record).await {
        Ok(()) => Ok(Ok(mine)),
        // Somebody was quicker in this very moment.
        Err(PortError::Conflict { .. }) => Ok(Err(HeldByOther { until: now })),
        Err(error) => Err(error.into()),
    }
}

async fn reservation<P: Ports>(desk: &Desk<P>, key: &str) -> Result<(Option<TaskLease>, u64), Problem> {
    let Some(record) = desk.store().record(RegistryKind::Reservation, key).await? else {
        return Ok((None, 0));
    };
    Ok((from_json(&record.body.text).ok(), record.revision))
}

/// Who else works on a case now.
pub(crate) async fn working<P: Ports>(desk: &Desk<P>, case: &str) -> Result<Option<String>, Problem> {
    let (held, _) = reservation(desk, case).await?;
    let others = held.filter(|held| held.until > desk.now() && held.holder != desk.who.actor);
    Ok(others.map(|held| held.holder.as_str().to_owned()))
}
