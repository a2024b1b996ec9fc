//! What stops release by itself (DESIGN D12): stale sources and the circuit breaker. And what the daily comparison with
//! the vendors' rosters found.

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading::{self, code};
use axum::Json;
use axum::body::Bytes;
use icm_casework::freshness::{self, Breaker, Watermarks};
use icm_casework::reports::{self, RosterReport};
use icm_casework::switches::Switches;
use icm_domain::ids::ProgramId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether a program may release what rests on its sources.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ReleaseState {
    /// The program.
    program: String,
    /// Sources that are too old today, or have never come.
    stale_sources: Vec<String>,
    /// What the circuit breaker has seen; `tripped` while it stops release.
    #[schemars(with = "Option<crate::api::Free>")]
    breaker: Option<Breaker>,
}

/// Every program, and the sources' data-through days by kind and feed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ReleaseBoard {
    /// Programs.
    programs: Vec<ReleaseState>,
    /// Data-through days, as `claims#plan`.
    #[schemars(with = "crate::api::Free")]
    sources: Watermarks,
}

/// `GET /v1/release`.
pub(crate) async fn board<P: Ports>(desk: Desk<P>) -> Result<Json<ReleaseBoard>, Problem> {
    let catalogue = icm_casework::load_catalogue(desk.store(), desk.today()).await?;
    let switches = Switches::load(desk.store()).await?;
    let state = |program: &icm_domain::program::definition::Program| ReleaseState {
        program: program.id.as_str().to_owned(),
        stale_sources: switches.stale(program, desk.today()).into_iter().map(str::to_owned).collect(),
        breaker: switches.breaker(program).cloned(),
    };
    let programs = catalogue.programs.iter().map(state).collect();
    Ok(Json(ReleaseBoard { programs, sources: switches.watermarks().clone() }))
}

/// Which breaker, and why release may go on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClearBody {
    /// The program.
    #[schemars(with = "String")]
    program: ProgramId,
    /// Why, as a code of capitals, digits and `_`.
    #[schemars(regex(pattern = "^[A-Z0-9_]{1,40}$"))]
    reason: String,
}

/// `POST /v1/admin/breaker`: a person has looked at the jump, and release goes on for the day.
pub(crate) async fn clear<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Json<ReleaseState>, Problem> {
    looked(&desk, reading::json(&body)?).await.map(Json)
}

/// Clears the breaker, with its line in the audit trail.
pub(crate) async fn looked<P: Ports>(desk: &Desk<P>, body: ClearBody) -> Result<ReleaseState, Problem> {
    desk.every_line()?;
    let ClearBody { program, reason } = body;
    let reason = code(&reason, "reason")?;
    let catalogue = icm_casework::load_catalogue(desk.store(), desk.today()).await?;
    if catalogue.program(program.as_str()).is_none() {
        return Err(Problem::not_found("program"));
    }
    let what = format!("{} {reason}", program.as_str());
    let looked = async {
        let cleared = freshness::clear(desk.store(), &program, &desk.who.actor, desk.now()).await?;
        cleared.ok_or_else(|| Problem::not_found("stopped release"))
    };
    let breaker = desk.act(Entry::of(Act::ClearBreaker).what(what), looked).await?;
    let program = program.as_str().to_owned();
    Ok(ReleaseState { program, stale_sources: Vec::new(), breaker: Some(breaker) })
}

/// The last comparison of each vendor's roster with our cases.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Rosters {
    /// By vendor: counts by finding, and the cases that differ.
    #[schemars(with = "BTreeMap<String, crate::api::Free>")]
    rosters: BTreeMap<Box<str>, RosterReport>,
}

/// `GET /v1/rosters`. A vendor's roster holds cases of every line of business.
pub(crate) async fn rosters<P: Ports>(desk: Desk<P>) -> Result<Json<Rosters>, Problem> {
    desk.every_line()?;
    Ok(Json(Rosters { rosters: reports::rosters(desk.store()).await? }))
}
