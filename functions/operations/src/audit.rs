//! The audit trail: every read of member data and every command, append only, searched by day or by member. The lines
//! name members and never what is known of them.

use crate::Ports;
use crate::access::desk::Desk;
use crate::access::{Identity, RequestId};
use crate::problem::Problem;
use crate::reading::{self, Asked};
use axum::Json;
use icm_contract::keys::short_hash;
use icm_domain::day::Day;
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use icm_ports::{AuditRead, AuditRecord, AuditSpan, AuditWrite, Body};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Act {
    /// A page of a worklist was shown.
    ReadWorklist,
    /// The next case was asked for and given.
    TakeNext,
    /// A member's page was shown.
    ReadMember,
    /// A case was shown.
    ReadCase,
    /// A list left the system as a file.
    Export,
    /// A table of a report left the system as a file.
    ExportReport,
    /// A view of a worklist was saved or taken away.
    SaveView,
    /// A command on a case was asked for.
    Command,
    /// A referral was stated.
    Refer,
    /// An override was stated.
    Override,
    /// A member's wish about being contacted was stated.
    StateWish,
    /// Offers at vendors were shown.
    ReadOffers,
    /// A member was asked for whom the person may not see.
    Refused,
    /// Capacity was confirmed.
    ConfirmCapacity,
    /// Something was paused.
    Pause,
    /// Something was resumed.
    Resume,
    /// A mode was set.
    SetMode,
    /// A person has looked at a jump of identified members, and release goes on.
    ClearBreaker,
    /// Criteria were proposed.
    ProposeCriteria,
    /// Criteria were published by a second person.
    PublishCriteria,
    /// A proposal was turned down.
    RejectCriteria,
    /// Criteria were tried on everybody.
    StartWhatIf,
    /// A try was ended.
    StopWhatIf,
    /// Members whose decision would be another were shown.
    ReadWhatIf,
    /// A quarantined record was shown with its content.
    ReadQuarantine,
    /// A quarantined record was sent again.
    ReplayQuarantine,
    /// The audit trail was searched.
    ReadAudit,
}

/// A line before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    act: Act,
    members: Vec<MemberId>,
    what: Option<String>,
    key: Option<String>,
}

/// What came of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was asked for, and nothing is known of its end: the function stopped in between.
    Asked,
    /// It was done.
    Done,
    /// Its key had acted before; nothing was done again.
    Repeated,
    /// It was refused: the number of the refusal, or the HTTP status.
    Refused(u16),
    /// It may have been done: the HTTP status.
    Failed(u16),
}

impl Outcome {
    /// What a problem says about the act.
    fn of(problem: &Problem) -> Self {
        if problem.status >= 500 {
            Self::Failed(problem.status)
        } else {
            Self::Refused(problem.code.unwrap_or(problem.status))
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Asked => "ASKED",
            Self::Done => "DONE",
            Self::Repeated => "REPEATED",
            Self::Refused(_) => "REFUSED",
            Self::Failed(_) => "FAILED",
        }
    }

    const fn code(self) -> Option<u16> {
        match self {
            Self::Asked | Self::Done | Self::Repeated => None,
            Self::Refused(code) | Self::Failed(code) => Some(code),
        }
    }
}

impl Entry {
    /// About nobody in particular.
    pub(crate) fn of(act: Act) -> Self {
        Self { act, members: Vec::new(), what: None, key: None }
    }

    /// About one member.
    pub(crate) fn about(act: Act, member: &MemberId) -> Self {
        Self { members: vec![member.clone()], ..Self::of(act) }
    }

    /// About the members of a list.
    pub(crate) fn listing(act: Act, members: impl IntoIterator<Item = MemberId>) -> Self {
        Self { members: members.into_iter().collect(), ..Self::of(act) }
    }

    /// What exactly: a command's name, a program, a scope; never what is known of a member.
    #[must_use]
    pub(crate) fn what(self, what: impl Into<String>) -> Self {
        Self { what: Some(what.into()), ..self }
    }

    /// The idempotency key of an act.
    #[must_use]
    pub(crate) fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }
}

/// The stored content of a line.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    act: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<String>,
    #[serde(default)]
    what: serde_json::Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
}

/// Ends the id of the line that says what came of an act. It stands right behind the line that the act was begun with.
const ENDED: char = '~';

/// Where lines of one request are written: who, when, and what makes their ids unique.
#[derive(Clone, Debug)]
pub(crate) struct Pen<'a> {
    /// Who acts.
    pub(crate) who: &'a Identity,
    /// When: an act's two lines bear the moment at which it was begun.
    pub(crate) now: Moment,
    /// The request.
    pub(crate) request: &'a RequestId,
    /// Ordinal of the line within the request.
    pub(crate) line: u32,
}

/// Writes a line; with an outcome the line of an act.
pub(crate) async fn write<S: AuditWrite>(
    store: &S,
    pen: &Pen<'_>,
    entry: &Entry,
    outcome: Option<Outcome>,
) -> Result<(), Problem> {
    let stored = Stored {
        act: code(entry.act),
        members: entry.members.iter().map(|member| member.as_str().to_owned()).collect(),
        what: entry.what.clone().into(),
        outcome: outcome.map(|outcome| outcome.id().to_owned()),
        code: outcome.and_then(Outcome::code),
        key: entry.key.clone(),
        request: Some(pen.request.as_str().to_owned()),
    };
    let mut id = short_hash(format!("{}#{}", pen.request.as_str(), pen.line).as_bytes());
    id.extend(outcome.is_some_and(|outcome| outcome != Outcome::Asked).then_some(ENDED));
    let (actor, body) = (pen.who.actor.clone(), Body::new(1, icm_contract::stored::to_json(&stored)));
    let record = AuditRecord { at: pen.now, id: id.into(), actor, body };
    match entry.members.as_slice() {
        // A list stands under its day alone: a page of a worklist would otherwise cost a write for each of its rows.
        [member] => store.audit_about(&record, member).await?,
        _ => store.audit(&record).await?,
    }
    Ok(())
}

/// What a problem says about an act, or that it was done.
pub(crate) fn outcome_of<T>(done: &Result<T, Problem>, told: impl Fn(&T) -> Outcome) -> Outcome {
    match done {
        Ok(value) => told(value),
        Err(problem) => Outcome::of(problem),
    }
}

fn code(act: Act) -> String {
    serde_json::to_value(act).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What to look for. One of `day` and `member` must be given.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// Lines of this day (YYYY-MM-DD).
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    #[serde(default)]
    pub(crate) day: Option<Day>,
    /// Lines about this member alone. Lists in which the member stood are found by their day.
    #[serde(default)]
    pub(crate) member: Option<String>,
    /// Only what this person did, as `ops:alice`.
    #[serde(default)]
    pub(crate) actor: Option<String>,
    /// Only acts of this kind.
    #[serde(default)]
    pub(crate) act: Option<Act>,
    /// Goes on after this place.
    #[serde(default)]
    pub(crate) cursor: Option<String>,
}

/// A line of the trail.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct AuditLine {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) at: Moment,
    /// Who.
    pub(crate) actor: String,
    /// What, as a code.
    pub(crate) act: String,
    /// About whom.
    pub(crate) members: Vec<String>,
    /// What exactly.
    pub(crate) what: Option<String>,
    /// What came of an act: `DONE`, `REPEATED` (its key had acted before), `REFUSED`, `FAILED` (it may have been done), or
    /// `ASKED` (nothing is known of its end). None: something was shown, and nothing done.
    pub(crate) outcome: Option<String>,
    /// The number of a refusal, or the HTTP status.
    pub(crate) code: Option<u16>,
    /// The idempotency key of an act.
    pub(crate) key: Option<String>,
    /// The request in which it was done.
    pub(crate) request: Option<String>,
}

/// A page of the trail.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct AuditPage {
    /// Lines, the earliest first.
    pub(crate) lines: Vec<AuditLine>,
    /// Where the next page begins; none: this is the end.
    pub(crate) cursor: Option<String>,
}

/// Lines read for one page at most: a filter that finds nothing must not read a day in one request.
const READ_MAX: usize = 500;

/// `GET /v1/audit`.
pub(crate) async fn search<P: Ports>(
    desk: Desk<P>,
    Asked(query): Asked<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    find(&desk, &query).await.map(Json)
}

/// Searches the trail; the search itself stands in it too.
pub(crate) async fn find<P: Ports>(desk: &Desk<P>, query: &AuditQuery) -> Result<AuditPage, Problem> {
    // Lines name members of every line of business.
    desk.every_line()?;
    let named = query.member.as_deref().map(member_id).transpose()?;
    let after = query.cursor.as_deref().map(reading::dated_place).transpose()?;
    let span = AuditSpan { after: after.as_deref(), limit: READ_MAX };
    let mut read = match (&named, query.day) {
        (Some(member), _) => {
            desk.audit(Entry::about(Act::ReadAudit, member)).await?;
            desk.store().audited_about(member, span).await?
        }
        (None, Some(day)) => {
            desk.audit(Entry::of(Act::ReadAudit).what(day.to_string())).await?;
            desk.store().audited_on(day, span).await?
        }
        (None, None) => return Err(Problem::malformed("day")),
    };
    let fit = fitting(&read);
    let more = read.len() == READ_MAX || fit < read.len();
    read.truncate(fit);
    // What came of the last act of a page may stand on the next: both of its lines are left to that one.
    if more && read.last().is_some_and(|line| !line.id.ends_with(ENDED)) {
        read.pop();
    }
    let cursor = more.then(|| read.last().map(|line| reading::cursor(&line.place()))).flatten();
    let act = query.act.map(code);
    let wanted = |line: &AuditLine| {
        query.actor.as_ref().is_none_or(|actor| line.actor == *actor)
            && query.day.is_none_or(|day| line.at.day() == day)
            && act.as_ref().is_none_or(|act| line.act == *act)
    };
    Ok(AuditPage { lines: whole(&read).map(line).filter(wanted).collect(), cursor })
}

/// Bytes of the lines of one page: an answer of a function ends at 6 MB, and a line of a file names hundreds of members.
const PAGE_BYTES: usize = 2 * 1024 * 1024;

/// How many lines fit on a page; two at least, so that each page goes on.
fn fitting(read: &[AuditRecord]) -> usize {
    let sizes = read.iter().scan(0, |sum, line| {
        *sum += line.body.text.len();
        Some(*sum)
    });
    sizes.take_while(|sum| *sum <= PAGE_BYTES).count().max(2).min(read.len())
}

/// Longest id of a member that is looked for.
const MEMBER_MAX: usize = 128;

fn member_id(text: &str) -> Result<MemberId, Problem> {
    if text.len() > MEMBER_MAX { Err(Problem::malformed("member")) } else { Ok(MemberId::new(text)) }
}

/// Each act once: of its two lines the one that says what came of it.
fn whole(read: &[AuditRecord]) -> impl Iterator<Item = &AuditRecord> {
    let next = read.iter().skip(1).map(Some).chain([None]);
    let ended = |line: &AuditRecord, next: Option<&AuditRecord>| {
        next.is_some_and(|next| next.id.strip_suffix(ENDED) == Some(&line.id))
    };
    read.iter().zip(next).filter(move |(line, next)| !ended(line, *next)).map(|(line, _)| line)
}

/// A line as shown. Lines of other functions have other contents: what they did is shown as it stands.
fn line(record: &AuditRecord) -> AuditLine {
    let (at, actor) = (record.at, record.actor.as_str().to_owned());
    match serde_json::from_str::<Stored>(&record.body.text) {
        Ok(Stored { act, members, what, outcome, code, key, request }) => {
            AuditLine { at, actor, act, members, what: shown(&what), outcome, code, key, request }
        }
        Err(_) => AuditLine {
            at,
            actor,
            act: "OTHER".to_owned(),
            members: Vec::new(),
            what: Some(record.body.text.to_string()),
            outcome: None,
            code: None,
            key: None,
            request: None,
        },
    }
}

fn shown(what: &serde_json::Value) -> Option<String> {
    if what.is_null() {
        return None;
    }
    Some(what.as_str().map_or_else(|| what.to_string(), str::to_owned))
}
