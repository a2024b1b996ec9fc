//! The audit trail: every read of member data and every command, append only, searched by day or by member. The lines
//! name members and never what is known of them.

use crate::Ports;
use crate::access::Identity;
use crate::access::desk::Desk;
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
    /// A command on a case was asked for.
    Command,
    /// A referral was stated.
    Refer,
    /// An override was stated.
    Override,
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
#[derive(Debug)]
pub(crate) struct Entry {
    act: Act,
    members: Vec<MemberId>,
    what: Option<String>,
}

impl Entry {
    /// About nobody in particular.
    pub(crate) fn of(act: Act) -> Self {
        Self { act, members: Vec::new(), what: None }
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
}

/// The stored content of a line.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    act: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<String>,
    #[serde(default)]
    what: serde_json::Value,
}

/// Writes a line.
pub(crate) async fn write<S: AuditWrite>(
    store: &S,
    who: &Identity,
    now: Moment,
    entry: Entry,
) -> Result<(), Problem> {
    let stored = Stored {
        act: code(entry.act),
        members: entry.members.iter().map(|member| member.as_str().to_owned()).collect(),
        what: entry.what.into(),
    };
    let text = icm_contract::stored::to_json(&stored);
    let id = short_hash(format!("{}{text}", who.actor.as_str()).as_bytes());
    let record = AuditRecord { at: now, id: id.into(), actor: who.actor.clone(), body: Body::new(1, text) };
    match entry.members.as_slice() {
        // A list stands under its day alone: a page of a worklist would otherwise cost a write for each of its rows.
        [member] => store.audit_about(&record, member).await?,
        _ => store.audit(&record).await?,
    }
    Ok(())
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
    if !desk.who.sees(None) {
        return Err(Problem::forbidden());
    }
    let after = query.cursor.as_deref().map(reading::dated_place).transpose()?;
    let span = AuditSpan { after: after.as_deref(), limit: READ_MAX };
    let read = match (&query.member, query.day) {
        (Some(member), day) => {
            let member = MemberId::new(member.as_str());
            desk.audit(Entry::about(Act::ReadAudit, &member)).await?;
            let mut lines = desk.store().audited_about(&member, span).await?;
            lines.retain(|line| day.is_none_or(|day| line.at.day() == day));
            lines
        }
        (None, Some(day)) => {
            desk.audit(Entry::of(Act::ReadAudit).what(day.to_string())).await?;
            desk.store().audited_on(day, span).await?
        }
        (None, None) => return Err(Problem::malformed("day")),
    };
    let cursor =
        (read.len() == READ_MAX).then(|| read.last().map(|line| reading::cursor(&line.place()))).flatten();
    let act = query.act.map(code);
    let wanted = |line: &AuditLine| {
        query.actor.as_ref().is_none_or(|actor| line.actor == *actor)
            && act.as_ref().is_none_or(|act| line.act == *act)
    };
    Ok(AuditPage { lines: read.iter().map(line).filter(wanted).collect(), cursor })
}

/// A line as shown. Lines of other functions have other contents: what they did is shown as it stands.
fn line(record: &AuditRecord) -> AuditLine {
    let stored: Option<Stored> = serde_json::from_str(&record.body.text).ok();
    let (act, members, what) = match stored {
        Some(stored) => (stored.act, stored.members, shown(&stored.what)),
        None => ("OTHER".to_owned(), Vec::new(), Some(record.body.text.to_string())),
    };
    AuditLine { at: record.at, actor: record.actor.as_str().to_owned(), act, members, what }
}

fn shown(what: &serde_json::Value) -> Option<String> {
    if what.is_null() {
        return None;
    }
    Some(what.as_str().map_or_else(|| what.to_string(), str::to_owned))
}
