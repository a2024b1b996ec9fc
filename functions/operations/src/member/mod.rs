//! A member's page: who they are, what happened, what was decided and why, who contacted them, what their cases did.

mod explain;
mod timeline;

pub(crate) use explain::Explained;
pub(crate) use timeline::{Span, Timeline};

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::Act;
use crate::case::CaseView;
use crate::problem::Problem;
use crate::worklist;
use axum::Json;
use axum::extract::Path;
use icm_casework::Person;
use icm_contract::vendor::codes;
use icm_domain::case::log::CaseLine;
use icm_domain::case::transition::LedgerNote;
use icm_domain::day::Day;
use icm_domain::facts::{Channel, LineOfBusiness};
use icm_domain::ids::{MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::{Attempt, Phone};
use icm_ports::{CaseRecord, CasesRead, Destination, EffectRecord, EffectsRead, EventRecord, MemberRead};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Who the member is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WhoView {
    /// Id.
    pub(crate) member_id: String,
    /// Name.
    pub(crate) name: Option<String>,
    /// Day of birth.
    #[schemars(with = "Option<String>")]
    pub(crate) birth: Option<Day>,
    /// Age in whole years.
    pub(crate) age: Option<i32>,
    /// Day of death.
    #[schemars(with = "Option<String>")]
    pub(crate) death: Option<Day>,
    /// Line of business.
    #[schemars(with = "Option<String>")]
    pub(crate) lob: Option<LineOfBusiness>,
    /// Whether coverage holds today.
    pub(crate) covered: bool,
    /// County.
    pub(crate) county: Option<String>,
    /// Preferred language.
    pub(crate) language: Option<String>,
    /// Attributed practice.
    pub(crate) practice: Option<String>,
    /// Numbers that may be dialled, best first.
    pub(crate) phones: Vec<String>,
    /// Postal address that may be used.
    pub(crate) address: Option<String>,
}

/// A line of a case's history.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct HistoryLine {
    /// Ordinal, from 1.
    pub(crate) seq: u64,
    /// Event, as a code.
    pub(crate) event: String,
    /// When it was recorded.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) at: Moment,
    /// Status before.
    pub(crate) from: Option<&'static str>,
    /// Status after.
    pub(crate) to: Option<&'static str>,
    /// Reason, as a code.
    pub(crate) reason: Option<String>,
    /// Who.
    pub(crate) actor: Option<String>,
    /// Why the machine refused it; none: it was applied.
    pub(crate) refused: Option<&'static str>,
}

/// A case with its history.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct CaseFile {
    /// The case.
    pub(crate) case: CaseView,
    /// An earlier case that a newer one replaced.
    pub(crate) retired: bool,
    /// Attempts of the case, the latest last.
    pub(crate) attempts: Vec<AttemptView>,
    /// History, the earliest first.
    pub(crate) history: Vec<HistoryLine>,
}

/// An attempt.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct AttemptView {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) at: Moment,
    /// How.
    #[schemars(schema_with = "codes::channel")]
    pub(crate) channel: Channel,
    /// What came of it.
    pub(crate) outcome: &'static str,
    /// Number that was dialled.
    pub(crate) phone: Option<String>,
}

/// A line of the contact ledger, which all programs and vendors share (FACTS §5.4).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct LedgerLine {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) at: Moment,
    /// By which program.
    pub(crate) program: String,
    /// By which vendor; none: by the plan.
    pub(crate) vendor: Option<String>,
    /// How.
    #[schemars(schema_with = "codes::channel")]
    pub(crate) channel: Channel,
}

/// Something sent, or to be sent (DESIGN D4, D8).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct SentLine {
    /// What.
    pub(crate) kind: &'static str,
    /// To whom.
    pub(crate) to: String,
    /// Where it stands.
    pub(crate) status: &'static str,
    /// Since when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) since: Moment,
}

/// A member's page.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct MemberPage {
    /// Who they are.
    pub(crate) member: WhoView,
    /// The moment for which the page was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) now: Moment,
    /// Count of commits.
    pub(crate) version: u64,
    /// The decision as recorded when it last changed.
    #[schemars(with = "crate::api::Free")]
    pub(crate) decision: Option<Value>,
    /// The decision made again from today's facts, with everything behind it.
    pub(crate) explained: Option<Explained>,
    /// What happened.
    pub(crate) timeline: Timeline,
    /// Contacts by any program or vendor, the latest last.
    pub(crate) ledger: Vec<LedgerLine>,
    /// Messages to vendors, practices and staff.
    pub(crate) sent: Vec<SentLine>,
    /// Cases, open ones first.
    pub(crate) cases: Vec<CaseFile>,
    /// Somebody else who works on the open case, or on the question about an ended one, just now.
    pub(crate) worked_on_by: Option<String>,
}

/// `GET /v1/members/{member}`.
pub(crate) async fn page<P: Ports>(
    desk: Desk<P>,
    Path(member): Path<String>,
) -> Result<Json<MemberPage>, Problem> {
    load(&desk, &MemberId::new(member)).await.map(Json)
}

/// Makes the page of a member.
pub(crate) async fn load<P: Ports>(desk: &Desk<P>, member: &MemberId) -> Result<MemberPage, Problem> {
    let person = desk.member(member, Act::ReadMember).await?;
    let store = desk.store();
    let home = desk.home(member, &person).await?;
    let head = store.head(&home).await?;
    let decision = store.decision(&home).await?;
    let (mut files, mut records, mut effects) = (Vec::new(), Vec::new(), Vec::new());
    for id in Desk::<P>::ids(member, &person) {
        for record in store.cases(&id).await? {
            files.push(file(&record, &store.events(&id, &record.case.id).await?));
            records.push(record);
        }
        effects.extend(store.effects(&id).await?);
    }
    files.sort_by_key(|file| (!file.case.open, std::cmp::Reverse(file.case.opened)));
    let sent = effects.iter().map(sent).collect();
    let explained = explain::explain(desk, &person, head.as_of).await?;
    let wants_work = |file: &&CaseFile| file.case.open || !file.retired && !file.case.reviews.is_empty();
    let wanting = files.iter().find(wants_work).map(|file| file.case.case_id.clone());
    let worked_on_by = match wanting {
        Some(case) => worklist::working(desk, &case).await?,
        None => None,
    };
    Ok(MemberPage {
        member: who(member, &person),
        now: desk.now(),
        version: head.version.0,
        decision: decision.and_then(|body| serde_json::from_str(&body.text).ok()),
        timeline: timeline::of(&person, &records, &head.ledger),
        explained,
        ledger: head.ledger.iter().filter_map(touch).collect(),
        sent,
        cases: files,
        worked_on_by,
    })
}

fn who(member: &MemberId, person: &Person) -> WhoView {
    let profile = &person.profile;
    let text = |value: &str| value.to_owned();
    let address = person.address().map(|address| {
        let address = address.expose();
        format!("{}, {}, {} {}", address.street, address.city, address.state, address.zip)
    });
    WhoView {
        member_id: member.as_str().to_owned(),
        name: profile.name.as_ref().map(|name| text(name.expose())),
        birth: profile.birth,
        age: profile.birth.map(|birth| person.today.age_from(birth)),
        death: profile.death,
        lob: person.lob(),
        covered: person.covered(),
        county: profile.county.as_deref().map(text),
        language: person.language().map(text),
        practice: profile.pcp.as_deref().map(text),
        phones: person.phones().iter().map(|phone| text(phone.expose_digits())).collect(),
        address,
    }
}

fn touch(note: &LedgerNote) -> Option<LedgerLine> {
    match note {
        LedgerNote::Touch { at, program, vendor, channel, task: _ } => Some(LedgerLine {
            at: *at,
            program: program.as_str().to_owned(),
            vendor: vendor.as_ref().map(|vendor| vendor.as_str().to_owned()),
            channel: *channel,
        }),
        // Reserved is not made.
        LedgerNote::Unusable(_) | LedgerNote::Reserved { .. } | LedgerNote::Released(_) => None,
    }
}

fn sent(record: &EffectRecord) -> SentLine {
    let to = match &record.to {
        Destination::Outreach => "outreach".to_owned(),
        Destination::Vendor(vendor) => vendor.as_str().to_owned(),
        Destination::Facts => "facts".to_owned(),
        Destination::Ingest => "files".to_owned(),
        Destination::Replies(vendor) => format!("replies of {}", vendor.as_str()),
    };
    SentLine { kind: record.effect.what.id(), to, status: record.status.id(), since: record.since }
}

fn file(record: &CaseRecord, events: &[EventRecord]) -> CaseFile {
    CaseFile {
        case: CaseView::of(record),
        retired: record.retired,
        attempts: record.case.contact.history.iter().map(attempt).collect(),
        history: events.iter().map(line).collect(),
    }
}

fn attempt(attempt: &Attempt) -> AttemptView {
    AttemptView {
        at: attempt.at,
        channel: attempt.channel,
        outcome: attempt.outcome.id(),
        phone: attempt.phone.as_ref().map(Phone::expose_digits).map(str::to_owned),
    }
}

/// `GET /v1/cases/{member}/{program}`: the newest case of a program.
pub(crate) async fn case<P: Ports>(
    desk: Desk<P>,
    Path((member, program)): Path<(String, String)>,
) -> Result<Json<CaseView>, Problem> {
    let member = MemberId::new(member);
    let person = desk.member(&member, Act::ReadCase).await?;
    let home = desk.home(&member, &person).await?;
    let found = desk.store().case(&home, &ProgramId::new(program)).await?;
    found.map(|record| Json(CaseView::of(&record))).ok_or_else(|| Problem::not_found("case"))
}

/// A line of the history: who did what when, and what came of it.
fn line(record: &EventRecord) -> HistoryLine {
    let empty = HistoryLine {
        seq: record.seq,
        event: "OPENED".to_owned(),
        at: Moment::from_millis(0),
        from: None,
        to: None,
        reason: None,
        actor: None,
        refused: None,
    };
    match &record.line {
        CaseLine::Opened(case) => HistoryLine { at: case.opened, to: Some(case.status.id()), ..empty },
        CaseLine::Applied { event, entry } => HistoryLine {
            event: entry.event.to_string(),
            at: event.recorded,
            from: Some(entry.from.id()),
            to: Some(entry.to.id()),
            reason: entry.reason.as_deref().map(str::to_owned),
            actor: Some(entry.actor.as_str().to_owned()),
            ..empty
        },
        CaseLine::Refused { event, refusal } => HistoryLine {
            event: event.kind.id().to_owned(),
            at: event.recorded,
            actor: Some(event.actor.as_str().to_owned()),
            refused: Some(refusal.id()),
            ..empty
        },
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
