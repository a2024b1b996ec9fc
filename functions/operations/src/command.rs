//! Commands: one route, one transaction each. A command with a key that was applied before answers as it did then.

mod body;
mod bounds;

pub(crate) use body::{COMMANDS, Offered};

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry, Outcome};
use crate::case::CaseView;
use crate::member::names_after;
use crate::problem::Problem;
use crate::wishes;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use http::HeaderMap;
use icm_casework::person::Around;
use icm_casework::{Person, RELOADS, Work, planning};
use icm_domain::case::event::{CaseEvent, EventKind};
use icm_domain::case::log::CaseLine;
use icm_domain::case::refusal::Refusal;
use icm_domain::case::status::Phase;
use icm_domain::ids::{ActorId, MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::outreach::plan::awaits_contact;
use icm_lambda::Metrics;
use icm_ports::{CasesRead, EventRecord, PortError};
use schemars::JsonSchema;
use serde::Serialize;

/// Who plans contacts after a command.
const ACTOR: &str = "system:operations";
/// Longest key that is taken.
const KEY_MAX: usize = 128;

/// A command as it came in.
pub(crate) struct Command {
    member: MemberId,
    program: ProgramId,
    key: String,
    expected: Option<Seen>,
    actor: ActorId,
    occurred: Moment,
    kind: body::Asked,
}

/// What a command did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Done {
    /// The case as it stands now.
    pub(crate) case: CaseView,
    /// True: the same key had acted before; nothing was done again.
    pub(crate) repeated: bool,
}

/// How a command is asked for: what of the request is not its body.
pub(crate) struct Request {
    /// The member.
    pub(crate) member: String,
    /// The program.
    pub(crate) program: String,
    /// The command's name.
    pub(crate) name: &'static str,
    /// The idempotency key.
    pub(crate) key: String,
    /// The version that the caller has seen.
    pub(crate) expected: Option<Seen>,
}

/// A version that the caller has seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// The version.
    pub(crate) version: u64,
    /// Whether what the caller did since counts as seen: a person knows what they have done from the same page.
    pub(crate) knows_own: bool,
}

/// `POST /v1/cases/{member}/{program}/<command>` with `Idempotency-Key`, and `If-Match` where the caller decided on what
/// it had read.
pub(crate) async fn run<P: Ports>(
    desk: Desk<P>,
    name: &'static str,
    Path((member, program)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Done>, Problem> {
    let (key, expected) = (idempotency_key(&headers)?, expected_version(&headers)?);
    carry_out(&desk, Request { member, program, name, key, expected }, &body).await.map(Json)
}

/// Carries out a command: the member is looked for first, so that nobody learns of a case that they may not see.
pub(crate) async fn carry_out<P: Ports>(
    desk: &Desk<P>,
    asked: Request,
    body: &[u8],
) -> Result<Done, Problem> {
    let (member, program) = (MemberId::new(asked.member.as_str()), ProgramId::new(asked.program.as_str()));
    let person = desk.find(&member).await?;
    let home = desk.home(&member, &person).await?;
    let what = format!("{} {}", asked.name, program.as_str());
    let entry = Entry::about(Act::Command, &member).what(what).key(asked.key.as_str());
    let told = |done: &Done| if done.repeated { Outcome::Repeated } else { Outcome::Done };
    desk.act_as(entry, told, decide(desk, (home, program), asked, body, person)).await
}

/// Reads the body, then decides and commits until nobody comes in between.
async fn decide<P: Ports>(
    desk: &Desk<P>,
    (member, program): (MemberId, ProgramId),
    asked: Request,
    body: &[u8],
    mut person: Person,
) -> Result<Done, Problem> {
    let (now, actor) = (desk.now(), desk.who.actor.clone());
    let kind = body::read(asked.name, body, &actor, now)?;
    let command = Command {
        key: format!("api#{}#{}#{}", actor.as_str(), asked.name, asked.key),
        expected: asked.expected,
        occurred: kind.occurred().unwrap_or(now),
        member,
        program,
        actor,
        kind,
    };
    for _ in 0..RELOADS {
        match attempt(&command, &person, desk).await? {
            Tried::Done(done) => return Ok(*done),
            Tried::Again => person = Person::load(desk.store(), &command.member, now.day()).await?,
        }
    }
    Err(Problem::from(PortError::Throttled { operation: "run command" }))
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::trim);
    match key {
        Some(key) if is_key(key) => Ok(key.to_owned()),
        Some(_) | None => Err(Problem::malformed("Idempotency-Key")),
    }
}

/// Whether a text may be an idempotency key: visible ASCII without blanks, as the document says.
pub(crate) fn is_key(text: &str) -> bool {
    (1..=KEY_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn expected_version(headers: &HeaderMap) -> Result<Option<Seen>, Problem> {
    let Some(value) = headers.get("if-match") else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::malformed("If-Match"))?;
    let number = text.trim().trim_matches('"').parse();
    let seen = |version| Some(Seen { version, knows_own: false });
    number.map(seen).map_err(|_| Problem::malformed("If-Match"))
}

enum Tried {
    Done(Box<Done>),
    Again,
}

/// Loads, decides, commits once.
async fn attempt<P: Ports>(command: &Command, person: &Person, desk: &Desk<P>) -> Result<Tried, Problem> {
    let (store, now) = (desk.store(), desk.now());
    let loaded = Work::load(store, &command.member, &command.program).await?;
    let mut work = loaded.ok_or_else(|| Problem::not_found("case"))?;
    let version = work.record().lines;
    work.describe(person);
    for (at, kind) in command.kind.events(&work, person).into_iter().enumerate() {
        let event = command.event(at, kind, now);
        let applied = work.apply(&event).map(drop);
        // The very command stands already; what somebody else has done before is refused as such. A repetition is
        // answered before versions are compared: its own commit moved the version.
        if at == 0 && applied == Err(Refusal::Repeated) && work.case().has_seen(&event.key) {
            let lines = store.events(&command.member, &work.case().id).await?;
            if says_something_else(&lines, &event) {
                return Err(Problem::conflict("the idempotency key was used for another wish"));
            }
            return Ok(Tried::Done(shown(&work, true)));
        }
        // Whoever decided on an older version learns what has changed, also where the machine would say no.
        if let Some(seen) = command.expected.filter(|seen| seen.version != version) {
            let lines = store.events(&command.member, &work.case().id).await?;
            if !(seen.knows_own && only_own(&lines, seen.version, &command.actor)) {
                return Err(Problem::outdated(names_after(&lines, seen.version), version));
            }
        }
        if let EventKind::ChannelsAllowed(channels) = &event.kind {
            wishes::may_allow(person, channels, now.day())?;
        }
        if let Err(refusal) = applied {
            return refused(command, refusal, event, now, desk).await;
        }
    }
    let planless = work.case().phase() == Phase::Enrolled && work.case().plan.is_none();
    if awaits_contact(work.case()) || planless {
        let catalogue = icm_casework::load_catalogue(store, now.day()).await?;
        planning::plan_next(&mut work, person, &catalogue, ACTOR, now);
        icm_casework::make_plan(&mut work, &catalogue, ACTOR, now);
    }
    let answer = shown(&work, false);
    match work.commit(store).await {
        Ok(_) => {
            report(command, person, desk).await?;
            Ok(Tried::Done(answer))
        }
        Err(error) if error.wants_reload() => Ok(Tried::Again),
        Err(error) => Err(error.into()),
    }
}

/// Whether a case was moved since a version by this person alone, and by what the system planned upon it.
fn only_own(lines: &[EventRecord], version: u64, actor: &ActorId) -> bool {
    let since = lines.iter().filter(|record| record.seq > version);
    since.map(|record| &record.line).all(|line| match line {
        CaseLine::Opened(_) => false,
        CaseLine::Applied { event, .. } | CaseLine::Refused { event, .. } => {
            event.actor == *actor || event.actor.as_str() == ACTOR
        }
    })
}

/// Whether the key was used before for something else: another event, another outcome, other channels. Nobody may believe
/// that a wish was taken down which was not.
fn says_something_else(lines: &[EventRecord], asked: &CaseEvent) -> bool {
    let stood = lines.iter().find_map(|record| match &record.line {
        CaseLine::Applied { event, .. } if event.key == asked.key => Some(event),
        CaseLine::Applied { .. } | CaseLine::Opened(_) | CaseLine::Refused { .. } => None,
    });
    stood.is_some_and(|stood| match (&stood.kind, &asked.kind) {
        (EventKind::AttemptRecorded(one), EventKind::AttemptRecorded(other)) => {
            (one.channel, one.outcome) != (other.channel, other.outcome)
        }
        (EventKind::ChannelsRefused(one), EventKind::ChannelsRefused(other)) => one != other,
        (EventKind::OptedOut(one), EventKind::OptedOut(other)) => one != other,
        (one, other) => one.id() != other.id(),
    })
}

/// Counts the command, and whether it tells of a contact outside the member's hours: compliance must hear of it, the
/// attempt stands all the same.
async fn report<P: Ports>(command: &Command, person: &Person, desk: &Desk<P>) -> Result<(), Problem> {
    let now = desk.now();
    let outside = match &command.kind {
        body::Asked::Attempt(attempt) => {
            let catalogue = icm_casework::load_catalogue(desk.store(), now.day()).await?;
            Around::of(person, &[], &catalogue.calendars).outside_hours(
                attempt.at,
                attempt.channel,
                attempt.phone.as_ref(),
            )
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
async fn refused<P: Ports>(
    command: &Command,
    refusal: Refusal,
    event: CaseEvent,
    now: Moment,
    desk: &Desk<P>,
) -> Result<Tried, Problem> {
    let loaded = Work::load(desk.store(), &command.member, &command.program).await?;
    let mut work = loaded.ok_or_else(|| Problem::not_found("case"))?;
    work.refuse(&CaseEvent { recorded: now, ..event }, refusal);
    let version = work.record().lines;
    match work.commit(desk.store()).await {
        Ok(_) => Err(Problem::refused(refusal, version)),
        Err(error) if error.wants_reload() => Ok(Tried::Again),
        Err(error) => Err(error.into()),
    }
}

fn shown(work: &Work, repeated: bool) -> Box<Done> {
    Box::new(Done { case: CaseView::of(work.record()), repeated })
}

impl Command {
    fn event(&self, at: usize, kind: EventKind, now: Moment) -> CaseEvent {
        let key = if at == 0 { self.key.clone() } else { format!("{}#{at}", self.key) };
        CaseEvent { key: key.into(), actor: self.actor.clone(), occurred: self.occurred, recorded: now, kind }
    }
}
