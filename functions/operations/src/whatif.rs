//! What-if: criteria tried on everybody whom the store knows, before somebody publishes them (DESIGN D6). A request asks
//! for a job and reads what it has counted so far; `review-due` goes through the members.

use crate::Ports;
use crate::access::desk::Desk;
use crate::access::{Lines, Permission};
use crate::api::Free;
use crate::audit::{Act, Entry};
use crate::criteria;
use crate::problem::Problem;
use crate::{capacity, reading};
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use icm_casework::rules;
use icm_casework::whatif::{self, Held, Job, State};
use icm_domain::criteria::{Criteria, validate};
use icm_domain::day::Day;
use icm_domain::moment::Moment;
use icm_measure::table::Cell;
use icm_measure::whatif::Change;
use icm_measure::withhold::withhold;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What to try: criteria as they would be proposed, or a proposal.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhatIfAsked {
    /// Criteria; what is left out takes the shipped value.
    #[schemars(with = "Option<Free>")]
    #[serde(default)]
    pub(crate) criteria: Option<serde_json::Value>,
    /// Or a proposal.
    #[serde(default)]
    pub(crate) proposal: Option<ProposalName>,
    /// Decided as of this day, today or earlier; none: today.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    #[serde(default)]
    pub(crate) as_of: Option<Day>,
}

/// Names a proposal.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposalName {
    /// Id of the rule set.
    pub(crate) id: String,
    /// Version.
    pub(crate) version: String,
}

/// A job and what it has counted so far. Nobody is named.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WhatIfView {
    /// Its id.
    pub(crate) id: String,
    /// Id of the rule set that is tried.
    pub(crate) rule_set: String,
    /// Its version.
    pub(crate) version: String,
    /// Decided as of this day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) as_of: Day,
    /// Lines of business that are counted; empty: all.
    pub(crate) lines: Vec<String>,
    /// Who asked.
    pub(crate) by: String,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) at: Moment,
    /// Where it stands.
    #[schemars(schema_with = "state")]
    pub(crate) state: State,
    /// When it ended.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub(crate) ended: Option<Moment>,
    /// Members looked at.
    pub(crate) members: u64,
    /// Members whose facts cannot be read.
    pub(crate) unreadable: u64,
    /// Identified by the criteria in force.
    pub(crate) identified: u64,
    /// Identified by these.
    pub(crate) identified_against: u64,
    /// Identified by these only.
    pub(crate) enters: u64,
    /// Identified by the criteria in force only.
    pub(crate) leaves: u64,
    /// Would come in or fall out, but a clinician's override is in force: counted apart.
    pub(crate) overridden: u64,
    /// Decisions by the criteria in force and by these.
    pub(crate) decisions: Vec<WhatIfCount>,
    /// Why members come in or fall out: rules met and no longer met.
    pub(crate) why: Vec<WhatIfWhy>,
    /// Who is identified, by age, sex, line of business and county. Small counts by county are withheld.
    pub(crate) groups: Vec<WhatIfGroup>,
}

/// How many get a decision.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WhatIfCount {
    /// The decision.
    pub(crate) decision: String,
    /// By the criteria in force.
    pub(crate) now: u64,
    /// By those that are tried.
    pub(crate) then: u64,
}

/// Why members come in or fall out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WhatIfWhy {
    /// Rules met (+) and no longer met (-), or the decisions.
    pub(crate) why: String,
    /// Members.
    pub(crate) members: u64,
}

/// How many of a group are identified.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WhatIfGroup {
    /// `age`, `sex`, `lob` or `county`.
    pub(crate) cut: String,
    /// The group.
    pub(crate) group: String,
    /// By the criteria in force.
    pub(crate) now: Cell,
    /// By those that are tried.
    pub(crate) then: Cell,
}

/// Jobs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WhatIfs {
    /// The newest first; the last twenty are kept.
    pub(crate) jobs: Vec<WhatIfView>,
}

/// Whose decision would be another.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WhatIfMembers {
    /// Members, 500 at most; the counts of the job are of all.
    pub(crate) members: Vec<WhatIfMember>,
}

/// A member whose decision would be another.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WhatIfMember {
    /// The member.
    pub(crate) member: String,
    /// Decision by the criteria in force.
    pub(crate) now: String,
    /// Decision by those that are tried.
    pub(crate) then: String,
    /// Rules met (+) and no longer met (-), or the decisions.
    pub(crate) why: String,
    /// Whether a clinician's override is in force.
    pub(crate) overridden: bool,
}

fn state(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": State::ALL })
}

impl WhatIfView {
    fn of(job: &Job) -> Self {
        let tally = &job.tally;
        let (identified, identified_against) = tally.identified();
        Self {
            id: job.id.to_string(),
            rule_set: job.criteria.id.clone(),
            version: job.criteria.version.clone(),
            as_of: job.as_of,
            lines: job.lines.iter().flatten().map(|line| line.id().to_owned()).collect(),
            by: job.by.as_str().to_owned(),
            at: job.at,
            state: job.state,
            ended: job.ended,
            members: tally.members,
            unreadable: job.unreadable,
            identified,
            identified_against,
            enters: tally.enters,
            leaves: tally.leaves,
            overridden: tally.overridden,
            decisions: decisions(&tally.decisions, &tally.decisions_against),
            why: tally
                .why
                .iter()
                .map(|(why, members)| WhatIfWhy { why: why.clone(), members: *members })
                .collect(),
            groups: groups(&tally.shift),
        }
    }
}

fn decisions(now: &BTreeMap<String, u64>, then: &BTreeMap<String, u64>) -> Vec<WhatIfCount> {
    let kinds: BTreeSet<&String> = now.keys().chain(then.keys()).collect();
    let of = |counts: &BTreeMap<String, u64>, kind: &String| counts.get(kind).copied().unwrap_or(0);
    kinds
        .into_iter()
        .map(|kind| WhatIfCount { decision: kind.clone(), now: of(now, kind), then: of(then, kind) })
        .collect()
}

/// Groups as they may be shown: where one lives is withheld for few, as in every report.
fn groups(shift: &BTreeMap<String, (u64, u64)>) -> Vec<WhatIfGroup> {
    let (counties, others): (Vec<_>, Vec<_>) =
        shift.iter().partition(|(name, _)| name.starts_with("county "));
    let row = |name: &str, now: Cell, then: Cell| {
        let (cut, group) = name.split_once(' ').unwrap_or((name, ""));
        WhatIfGroup { cut: cut.to_owned(), group: group.to_owned(), now, then }
    };
    let (now, then): (Vec<u64>, Vec<u64>) = counties.iter().map(|(_, counts)| **counts).unzip();
    let withheld = counties.iter().zip(withhold(&now)).zip(withhold(&then));
    let shown =
        others.into_iter().map(|(name, (now, then))| row(name, Cell::Count(*now), Cell::Count(*then)));
    shown.chain(withheld.map(|(((name, _), now), then)| row(name, now, then))).collect()
}

/// Whether the reader may see what the job has counted: it counts no line of business that is not the reader's own.
fn visible(lines: &Lines, job: &Job) -> bool {
    match &job.lines {
        None => *lines == Lines::All,
        Some(counted) => counted.iter().all(|line| lines.see(Some(*line))),
    }
}

/// `GET /v1/criteria/whatif`.
pub(crate) async fn list<P: Ports>(desk: Desk<P>) -> Result<Json<WhatIfs>, Problem> {
    all(&desk).await.map(Json)
}

/// The jobs that the reader may see.
pub(crate) async fn all<P: Ports>(desk: &Desk<P>) -> Result<WhatIfs, Problem> {
    let held = whatif::jobs(desk.store()).await?;
    let seen = held.iter().filter(|held| visible(&desk.who.lines, &held.job));
    Ok(WhatIfs { jobs: seen.map(|held| WhatIfView::of(&held.job)).collect() })
}

/// `POST /v1/criteria/whatif`.
pub(crate) async fn ask<P: Ports>(
    desk: Desk<P>,
    body: Bytes,
) -> Result<(http::StatusCode, Json<WhatIfView>), Problem> {
    let asked = reading::json(&body)?;
    start(&desk, asked).await.map(|view| (http::StatusCode::ACCEPTED, Json(view)))
}

/// Asks for a job over the members whom the asker may be told about.
pub(crate) async fn start<P: Ports>(desk: &Desk<P>, asked: WhatIfAsked) -> Result<WhatIfView, Problem> {
    let as_of = asked.as_of.unwrap_or_else(|| desk.today());
    if as_of > desk.today() || desk.today().since(as_of) > AS_OF_DAYS_MAX {
        return Err(Problem::field("as_of", "today or earlier, three years ago at most"));
    }
    let criteria = tried(desk, asked).await?;
    if let Some(flaw) = criteria::unnamed(&criteria).first() {
        return Err(Problem::malformed(&format!("criteria.{}: {}", flaw.path, flaw.problem)));
    }
    if let Some(flaw) = validate(&criteria).first() {
        return Err(Problem::malformed(&format!("criteria.{}: {}", flaw.path, flaw.problem)));
    }
    let entry = Entry::of(Act::StartWhatIf).what(format!("{}#{}", criteria.id, criteria.version));
    desk.act(entry, place(desk, criteria, as_of)).await
}

/// Days back for which criteria are tried at most: what is older has left the store (DESIGN D2).
const AS_OF_DAYS_MAX: i32 = 1_096;

async fn place<P: Ports>(desk: &Desk<P>, criteria: Criteria, as_of: Day) -> Result<WhatIfView, Problem> {
    let lines = match &desk.who.lines {
        Lines::All => None,
        Lines::Only(lines) => Some(lines.clone()),
    };
    let job = Job::asked(criteria, as_of, lines, (desk.who.actor.clone(), desk.now()));
    let kept = whatif::ask(desk.store(), job).await?;
    let kept = kept.ok_or_else(|| Problem::conflict("every place for a job is taken: stop one first"))?;
    Ok(WhatIfView::of(&kept))
}

/// The criteria that are asked for.
async fn tried<P: Ports>(desk: &Desk<P>, asked: WhatIfAsked) -> Result<Criteria, Problem> {
    match (asked.criteria, asked.proposal) {
        (Some(given), None) => criteria::read(given.to_string().as_bytes())
            .map_err(|flaw| Problem::malformed(&format!("criteria.{}", flaw.path))),
        (None, Some(named)) => {
            let versions = rules::versions(desk.store()).await?;
            let found = versions
                .into_iter()
                .find(|held| held.criteria.id == named.id && held.criteria.version == named.version);
            found.map(|held| held.criteria).ok_or_else(|| Problem::not_found("proposal"))
        }
        _ => Err(Problem::malformed("criteria: either criteria or a proposal")),
    }
}

/// A job that the reader may see.
async fn held<P: Ports>(desk: &Desk<P>, id: &str) -> Result<Held, Problem> {
    let found = whatif::job(desk.store(), id).await?;
    let seen = found.filter(|held| visible(&desk.who.lines, &held.job));
    seen.ok_or_else(|| Problem::not_found("what-if job"))
}

/// `GET /v1/criteria/whatif/{job}`.
pub(crate) async fn show<P: Ports>(
    desk: Desk<P>,
    Path(id): Path<String>,
) -> Result<Json<WhatIfView>, Problem> {
    one(&desk, &id).await.map(Json)
}

/// A job by its id.
pub(crate) async fn one<P: Ports>(desk: &Desk<P>, id: &str) -> Result<WhatIfView, Problem> {
    Ok(WhatIfView::of(&held(desk, id).await?.job))
}

/// `POST /v1/criteria/whatif/{job}/stop`.
pub(crate) async fn stop<P: Ports>(
    desk: Desk<P>,
    Path(id): Path<String>,
) -> Result<Json<WhatIfView>, Problem> {
    end(&desk, &id).await.map(Json)
}

/// Ends a job; one that has ended is left as it is.
pub(crate) async fn end<P: Ports>(desk: &Desk<P>, id: &str) -> Result<WhatIfView, Problem> {
    let mut held = held(desk, id).await?;
    if held.job.is_open() {
        held.job.end(State::Stopped, desk.now());
        let stopped = async { Ok(whatif::keep(desk.store(), &held).await?) };
        desk.act(Entry::of(Act::StopWhatIf).what(id), stopped).await?;
    }
    Ok(WhatIfView::of(&held.job))
}

/// `GET /v1/criteria/whatif/{job}/members`.
pub(crate) async fn members<P: Ports>(
    desk: Desk<P>,
    Path(id): Path<String>,
) -> Result<Json<WhatIfMembers>, Problem> {
    changed(&desk, &id).await.map(Json)
}

/// Whose decision would be another, for those who may see members.
pub(crate) async fn changed<P: Ports>(desk: &Desk<P>, id: &str) -> Result<WhatIfMembers, Problem> {
    desk.needs(Permission::ReadMember)?;
    let held = held(desk, id).await?;
    let changes = whatif::changes(desk.store(), &held).await?;
    desk.audit(Entry::listing(Act::ReadWhatIf, changes.keys().cloned()).what(id)).await?;
    let member = |change: Change| WhatIfMember {
        member: change.member_id.as_str().to_owned(),
        now: change.from.0,
        then: change.to.0,
        why: change.why,
        overridden: change.overridden,
    };
    Ok(WhatIfMembers { members: changes.into_values().map(member).collect() })
}

/// Places that are free in every team now: what more identified members would meet.
pub(crate) async fn free_places<P: Ports>(desk: &Desk<P>) -> Result<u64, Problem> {
    Ok(capacity::cells(desk).await?.cells.iter().map(|cell| u64::from(cell.free_places)).sum())
}
