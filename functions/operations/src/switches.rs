//! The switches of operation (DESIGN D12): modes of programs, and what is paused.

use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading::{self, code};
use axum::Json;
use axum::body::Bytes;
use icm_casework::switches::{self as kept, ModeSet, Pause, Scope, Switches};
use icm_domain::ids::ProgramId;
use icm_domain::program::definition::Mode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A program's mode.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ProgramMode {
    /// The program.
    pub(crate) program: String,
    /// OFF, SHADOW or LIVE.
    #[schemars(with = "String")]
    pub(crate) mode: Mode,
    /// Effects released a day at most.
    pub(crate) daily_cap: u32,
}

/// Modes and pauses.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct SwitchBoard {
    /// Programs.
    pub(crate) programs: Vec<ProgramMode>,
    /// What is paused.
    #[schemars(schema_with = "scopes")]
    pub(crate) paused: Vec<Scope>,
}

fn scope(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "oneOf": [
            { "type": "string", "enum": ["all"] },
            { "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1, "properties": {
                "program": { "type": "string" },
                "vendor": { "type": "string" },
                "channel": { "type": "string", "enum": ["call", "text", "letter", "visit"] },
            } },
        ],
    })
}

fn scopes(generator: &mut SchemaGenerator) -> Schema {
    let scope = scope(generator);
    json_schema!({ "type": "array", "items": scope })
}

/// `GET /v1/switches`.
pub(crate) async fn board<P: Ports>(desk: Desk<P>) -> Result<Json<SwitchBoard>, Problem> {
    switches(&desk).await.map(Json)
}

/// Modes and pauses as they stand.
pub(crate) async fn switches<P: Ports>(desk: &Desk<P>) -> Result<SwitchBoard, Problem> {
    let catalogue = icm_casework::load_catalogue(desk.store(), desk.today()).await?;
    let switches = Switches::load(desk.store()).await?;
    let mode = |program: &icm_domain::program::definition::Program| ProgramMode {
        program: program.id.as_str().to_owned(),
        mode: switches.mode(program),
        daily_cap: switches.daily_cap(program),
    };
    Ok(SwitchBoard {
        programs: catalogue.programs.iter().map(mode).collect(),
        paused: switches.paused().to_vec(),
    })
}

/// What to pause or resume, and why.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PauseBody {
    /// `all`, or one program, vendor or channel.
    #[schemars(schema_with = "scope")]
    pub(crate) scope: Scope,
    /// Why, as a code of capitals, digits and `_`.
    #[schemars(regex(pattern = "^[A-Z0-9_]{1,40}$"))]
    pub(crate) reason: String,
}

/// What stands now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct PauseSet {
    /// What.
    #[schemars(schema_with = "scope")]
    pub(crate) scope: Scope,
    /// Whether it is paused.
    pub(crate) paused: bool,
}

/// `POST /v1/admin/pause`: a program, a vendor, a channel or everything stops at once (DESIGN D12).
pub(crate) async fn pause<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Json<PauseSet>, Problem> {
    let asked = reading::json(&body)?;
    switch(&desk, true, asked).await.map(Json)
}

/// `POST /v1/admin/resume`.
pub(crate) async fn resume<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Json<PauseSet>, Problem> {
    let asked = reading::json(&body)?;
    switch(&desk, false, asked).await.map(Json)
}

/// Pauses or resumes. A vendor needs less than everything else.
pub(crate) async fn switch<P: Ports>(
    desk: &Desk<P>,
    paused: bool,
    asked: PauseBody,
) -> Result<PauseSet, Problem> {
    match &asked.scope {
        Scope::Vendor(_) => desk.needs(Permission::PauseVendor)?,
        Scope::All | Scope::Program(_) | Scope::Channel(_) => {
            desk.needs(Permission::Operate)?;
            desk.every_line()?;
        }
    }
    let reason = code(&asked.reason, "reason")?;
    let act = if paused { Act::Pause } else { Act::Resume };
    desk.act(Entry::of(act).what(name(&asked.scope)), async {
        exists(desk, &asked.scope).await?;
        let scope = asked.scope.clone();
        let pause = Pause { scope: asked.scope, paused, by: desk.who.actor.clone(), at: desk.now(), reason };
        kept::pause(desk.store(), &pause).await?;
        Ok(PauseSet { scope, paused })
    })
    .await
}

/// A scope as it stands in the trail: what cannot be the name of anything is not repeated there.
fn name(scope: &Scope) -> String {
    let named = match scope {
        Scope::All | Scope::Channel(_) => true,
        Scope::Program(program) => reading::is_name(program.as_str()),
        Scope::Vendor(vendor) => reading::is_name(vendor.as_str()),
    };
    if named { scope.key() } else { "no name".to_owned() }
}

/// What does not exist can neither be paused nor go on: a mistyped name would leave the one running that was meant. What
/// is paused can always go on.
async fn exists<P: Ports>(desk: &Desk<P>, scope: &Scope) -> Result<(), Problem> {
    if Switches::load(desk.store()).await?.paused().contains(scope) {
        return Ok(());
    }
    let catalogue = icm_casework::load_catalogue(desk.store(), desk.today()).await?;
    let missing = match scope {
        Scope::All | Scope::Channel(_) => None,
        Scope::Program(program) => catalogue.program(program.as_str()).is_none().then_some("program"),
        Scope::Vendor(vendor) => catalogue.team(vendor).is_none().then_some("vendor"),
    };
    missing.map_or(Ok(()), |what| Err(Problem::not_found(what)))
}

/// A mode to be set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModeBody {
    /// The program.
    #[schemars(with = "String")]
    pub(crate) program: ProgramId,
    /// OFF, SHADOW or LIVE.
    #[schemars(schema_with = "mode")]
    pub(crate) mode: Mode,
    /// Effects released a day at most.
    #[schemars(range(max = 1_000_000))]
    pub(crate) daily_cap: u32,
}

/// Effects that a program releases a day at most, whatever somebody types.
const DAILY_CAP_MAX: u32 = 1_000_000;

fn mode(_: &mut SchemaGenerator) -> Schema {
    let spellings: Vec<&str> = Mode::ALL.iter().map(|mode| mode.id()).collect();
    json_schema!({ "type": "string", "enum": spellings })
}

/// `POST /v1/admin/modes`: OFF, SHADOW or LIVE with its daily cap.
pub(crate) async fn set_mode<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Json<ProgramMode>, Problem> {
    let ModeBody { program, mode, daily_cap } = reading::json(&body)?;
    desk.every_line()?;
    if daily_cap > DAILY_CAP_MAX {
        return Err(Problem::field("daily_cap", "1,000,000 at most"));
    }
    let scope = Scope::Program(program.clone());
    let what = format!("{} {} {daily_cap}", name(&scope), mode.id());
    let set = async {
        exists(&desk, &scope).await?;
        let set = ModeSet { mode, daily_cap, by: desk.who.actor.clone(), at: desk.now() };
        Ok(kept::set_mode(desk.store(), &program, &set).await?)
    };
    desk.act(Entry::of(Act::SetMode).what(what), set).await?;
    Ok(Json(ProgramMode { program: program.as_str().to_owned(), mode, daily_cap }))
}
