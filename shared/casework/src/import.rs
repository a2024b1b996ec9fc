//! Taking over what was begun elsewhere, before a program goes live (DESIGN D12): open cases with their team or vendor,
//! and the contacts that members have had.
//!
//! An imported case lives through the same events as any other, so that its log explains it and the machine has the last
//! word; but nothing that these events would send is sent, because it was sent long ago. The offer alone stays in the
//! outbox, as sent: it is what updates and recalls refer to. Running an import again changes nothing.

use crate::in_force::InForce;
use crate::person::Person;
use crate::work::{Work, event_of};
use crate::{CASE_SOURCE, RELOADS};
use icm_contract::decision::DecisionRecord;
use icm_contract::stored::Stored;
use icm_domain::case::event::{CaseEvent, EventKind, OptOutScope};
use icm_domain::case::hear::opt_out;
use icm_domain::case::open::{Opening, open};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::reason::{HoldReason, ReviewReason};
use icm_domain::case::refusal::Refusal;
use icm_domain::case::required::Participation;
use icm_domain::case::state::{Case, Delivery, HandOver, Place, ProgramConsent, Terms};
use icm_domain::case::status::Status;
use icm_domain::case::transition::LedgerNote;
use icm_domain::day::Day;
use icm_domain::decision::exclusion::cooldown_on;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::facts::{Closure, ClosureKind};
use icm_domain::ids::{ActorId, CaseId, ClaimId, MemberId, ProgramId, SourceId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::program::definition::Program;
use icm_domain::queue::POINTS_NEW;
use icm_domain::vendor::reply::{ContactMode, Report, VendorReply};
use icm_ports::{
    CapacityTake, CaseRecord, CasesRead, Commit, EffectsRead, FactsRead, LocatorWrite, MemberCommit,
    MemberRead, PortError, Result,
};
use serde::{Deserialize, Serialize};

/// Who acts here.
const ACTOR: &str = "system:import";
/// The wave under which imported cases hold their places.
const WAVE: &str = "IMPORT";

/// What an import may do to the store.
pub trait ImportStore:
    MemberRead + CasesRead + EffectsRead + FactsRead + MemberCommit + LocatorWrite
{
}

impl<S: MemberRead + CasesRead + EffectsRead + FactsRead + MemberCommit + LocatorWrite> ImportStore for S {}

/// Where an imported case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// The plan's own people are reaching the member.
    Outreach,
    /// Enrolled, and the team or vendor has taken the member.
    Accepted,
    /// Service runs.
    Active,
    /// Service is paused.
    OnHold,
}

/// An open case of another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCase {
    /// The member.
    pub member: MemberId,
    /// The program.
    pub program: ProgramId,
    /// The id of a new case, where the member has none yet.
    pub id: CaseId,
    /// Who serves the member, or reaches them.
    pub team: VendorId,
    /// Where it stands.
    pub standing: Standing,
    /// Since when.
    pub since: Day,
    /// The consent on file: its scope and day.
    pub consent: Option<(Box<str>, Day)>,
    /// First day of service.
    pub start: Option<Day>,
    /// Why it is on hold.
    pub hold: Option<HoldReason>,
    /// The last two-way contact in service: the dose clock runs from it.
    pub last_contact: Option<Day>,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// A case was opened, or the one that a decision had opened goes on with its team.
    Taken(Box<Case>),
    /// It was imported before.
    Known(Box<Case>),
    /// Taken, and ended at once: the member has said no since, so that whoever has them is told to stop.
    Stopped(Box<Case>, Reason),
    /// It cannot stand as the row says; nothing was changed.
    Refused(Reason),
}

/// Why a row was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No such program.
    #[error("no such program")]
    NoProgram,
    /// No route of the program names the team.
    #[error("no route of the program names the team")]
    NoRoute,
    /// Enrolled, and no consent is stated.
    #[error("enrolled without a consent")]
    NoConsent,
    /// The member is not covered today.
    #[error("the member is not covered")]
    NotCovered,
    /// Another team or vendor has the member.
    #[error("another team has the member")]
    OtherTeam,
    /// The member asked not to be contacted, and nobody serves them.
    #[error("the member asked not to be contacted")]
    DoNotContact,
    /// The member left the program for good, and nobody serves them.
    #[error("the member opted out of the program")]
    OptedOut,
    /// Within a cool-down, and nobody serves the member; the first day on which they may be contacted.
    #[error("within a cool-down: no contact before {0}")]
    CoolDown(Day),
    /// On hold without a reason.
    #[error("on hold without a reason")]
    NoHoldReason,
    /// The machine refuses, with its number.
    #[error("refused: {0:?}")]
    Refused(Refusal),
}

/// Takes one open case over. `rules` say how long cool-downs last; `now` is when it is recorded.
pub async fn take<S: ImportStore>(
    store: &S,
    row: &OpenCase,
    (catalogue, rules): (&Catalogue, &InForce),
    now: Moment,
) -> Result<Imported> {
    let Some(program) = catalogue.program(row.program.as_str()) else {
        return Ok(Imported::Refused(Reason::NoProgram));
    };
    let person = Person::load(store, &row.member, now.day()).await?;
    let (place, terms) = match place_of(row, program, catalogue, &person) {
        Ok(found) => found,
        Err(reason) => return Ok(Imported::Refused(reason)),
    };
    let barred = barred(row, &person, rules);
    for _ in 0..RELOADS {
        if let Some(reason) = barred
            && !is_reached_by_vendor(&terms, reason)
            && !is_with_somebody(store, row).await?
        {
            return Ok(Imported::Refused(reason));
        }
        match attempt(store, row, &person, (&place, &terms), now).await {
            Ok(imported) => return judged(store, row, &person, imported, now).await,
            Err(error) if error.wants_reload() => {}
            Err(error) => return Err(error),
        }
    }
    Err(PortError::Throttled { operation: "import case" })
}

/// Why nobody may be reached for this row: an opt-out, a wish not to be contacted, a running cool-down (FACTS §5.4).
/// Service with a consent is taken: what the member has said since is judged on the case ([`judged`]).
fn barred(row: &OpenCase, person: &Person, rules: &InForce) -> Option<Reason> {
    if row.standing != Standing::Outreach {
        return None;
    }
    if person.permissions.do_not_contact {
        return Some(Reason::DoNotContact);
    }
    let policy = rules.policy(&person.facts, person.today);
    let cooldown = cooldown_on(&person.facts, person.today, policy)?;
    Some(match (cooldown.kind, cooldown.until) {
        (ClosureKind::DoNotContact, _) => Reason::DoNotContact,
        (_, Some(day)) => Reason::CoolDown(day),
        (_, None) => Reason::OptedOut,
    })
}

/// Whether a vendor is reaching a member who said no for good: the row is taken, so that the vendor can be told to stop.
fn is_reached_by_vendor(terms: &Terms, reason: Reason) -> bool {
    let said_no = matches!(reason, Reason::DoNotContact | Reason::OptedOut);
    said_no && terms.hand_over == HandOver::OutreachDelegated
}

/// What the member has said since the consent on file counts for an imported case as for any other: an opt-out ends it and
/// whoever has the member is told to stop; about a decline a person is asked. In a commit of its own, after the offer stands
/// as sent: what takes it back is sent.
async fn judged<S: ImportStore>(
    store: &S,
    row: &OpenCase,
    person: &Person,
    imported: Imported,
    now: Moment,
) -> Result<Imported> {
    let fresh = matches!(imported, Imported::Taken(_));
    if !(fresh || matches!(imported, Imported::Known(_))) {
        return Ok(imported);
    }
    for _ in 0..RELOADS {
        let Some(mut work) = Work::load(store, &row.member, &row.program).await? else { break };
        let Some((kind, stopped)) = said_since(work.case(), person, fresh) else { break };
        let key = format!("import#{}#{}", work.case().id.as_str(), work.record().lines);
        if work.apply(&event_of(key, ACTOR, now, kind)).is_err() {
            break;
        }
        let case = Box::new(work.case().clone());
        match work.commit(store).await {
            Ok(_) => {
                return Ok(stopped.map_or(Imported::Taken(case.clone()), |why| Imported::Stopped(case, why)));
            }
            Err(error) if error.wants_reload() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(imported)
}

/// What an imported case must hear of, and why it ends, if it does. A decline is asked about when the row is taken, not
/// again by a second import.
fn said_since(case: &Case, person: &Person, fresh: bool) -> Option<(EventKind, Option<Reason>)> {
    match opt_out(case, &person.facts, person.today) {
        Some(OptOutScope::PlanWide) => {
            return Some((EventKind::OptedOut(OptOutScope::PlanWide), Some(Reason::DoNotContact)));
        }
        Some(OptOutScope::Program) => {
            return Some((EventKind::OptedOut(OptOutScope::Program), Some(Reason::OptedOut)));
        }
        None => {}
    }
    let consented = case.consent.as_ref().filter(|_| fresh)?.given.day();
    let declined = |held: &Closure| {
        matches!(held.kind, ClosureKind::Declined | ClosureKind::DeclinedNotNow)
            && held.date >= consented
            && held.date <= person.today
    };
    let asks = case.is_open() && person.facts.closures.iter().any(declined);
    asks.then_some((EventKind::ReviewRaised(ReviewReason::Excluded), None))
}

/// Whether the row's case is open and has its team: imported or admitted before, so that its own log goes on.
async fn is_with_somebody<S: ImportStore>(store: &S, row: &OpenCase) -> Result<bool> {
    let record = store.case(&row.member, &row.program).await?;
    let held = |case: &Case| case.is_open() && (case.place.is_some() || case.assignment.is_some());
    Ok(record.is_some_and(|record| held(&record.case)))
}

/// The place that the case takes and the terms of its route, or why it can have none.
fn place_of(
    row: &OpenCase,
    program: &Program,
    catalogue: &Catalogue,
    person: &Person,
) -> std::result::Result<(Place, Terms), Reason> {
    let route = program.routes.iter().find(|route| route.teams.contains(&row.team)).ok_or(Reason::NoRoute)?;
    let team = catalogue.team(&row.team).ok_or(Reason::NoRoute)?;
    if row.standing != Standing::Outreach && row.consent.is_none() {
        return Err(Reason::NoConsent);
    }
    if row.standing == Standing::OnHold && row.hold.is_none() {
        return Err(Reason::NoHoldReason);
    }
    if !person.covered() {
        return Err(Reason::NotCovered);
    }
    let locality = person.locality();
    let fits = team.capacity.iter().find(|cell| locality.is_some_and(|member| cell.fits(member)));
    // Served where it is served: a case that fits no cell still counts somewhere.
    let cell = fits.or_else(|| team.capacity.first());
    let place = Place {
        team: row.team.clone(),
        county: cell.and_then(|cell| cell.county.clone()),
        language: cell.and_then(|cell| cell.language.clone()),
        lob: cell.and_then(|cell| cell.lob),
    };
    Ok((place, program.terms(route)))
}

async fn attempt<S: ImportStore>(
    store: &S,
    row: &OpenCase,
    person: &Person,
    (place, terms): (&Place, &Terms),
    now: Moment,
) -> Result<Imported> {
    let Some(mut work) = opened(store, row, person, terms, now).await? else {
        return Ok(Imported::Refused(Reason::Refused(Refusal::CoolDown)));
    };
    if let Some(known) = held(&work, row) {
        return Ok(known);
    }
    for kind in events(&work, row, place, terms, now) {
        let event = imported(&work, row, kind, now);
        if let Err(refusal) = work.apply(&event) {
            return Ok(Imported::Refused(Reason::Refused(refusal)));
        }
    }
    let take = i64::from(POINTS_NEW);
    // What is served is served: an import may exceed a capacity, and then nobody else is admitted until it is met again.
    work.take(CapacityTake { key: place.key(), take, limit: i64::MAX });
    work.sent_long_ago();
    let case = work.case().clone();
    let number = ClaimId::new(case.id.as_str());
    LocatorWrite::record(store, &SourceId::new(CASE_SOURCE), &[(number, row.member.clone())]).await?;
    work.commit(store).await?;
    Ok(Imported::Taken(Box::new(case)))
}

/// A case that is with somebody already: with this team it was imported before, or admitted by ourselves.
fn held(work: &Work, row: &OpenCase) -> Option<Imported> {
    let case = work.case();
    let team = case.assignment.as_ref().map(|held| &held.vendor);
    let team = team.or_else(|| case.place.as_ref().map(|place| &place.team))?;
    let same = *team == row.team;
    Some(if same { Imported::Known(Box::new(case.clone())) } else { Imported::Refused(Reason::OtherTeam) })
}

/// The member's open case, or a new one; none: an earlier end forbids it.
async fn opened<S: ImportStore>(
    store: &S,
    row: &OpenCase,
    person: &Person,
    terms: &Terms,
    now: Moment,
) -> Result<Option<Work>> {
    let head = store.head(&row.member).await?;
    let previous = store.case(&row.member, &row.program).await?;
    let outbox = store.effects(&row.member).await?;
    if let Some(record) = previous.clone().filter(|record| record.case.is_open()) {
        return Ok(Some(Work::of(row.member.clone(), &head, record, outbox)));
    }
    let decided = store.decision(&row.member).await?;
    let decided = decided.and_then(|body| DecisionRecord::read(body.version, &body.text).ok());
    let unknown = Priority {
        tier: Tier::Standard,
        persistence: Persistence::Usual,
        not_impactable: 3,
        waiting_since: row.since,
    };
    let opening = Opening {
        id: row.id.clone(),
        member: row.member.clone(),
        program: row.program.clone(),
        terms: terms.clone(),
        priority: decided.and_then(|record| record.priority).unwrap_or(unknown),
        participation: Participation::Voluntary,
        facts_version: head.version.0,
        co_managers: Vec::new(),
        details: Some(icm_domain::case::hear::details(&person.facts, person.today)),
        at: now,
    };
    let Ok(case) = open(opening, previous.as_ref().map(|record| &record.case), None) else { return Ok(None) };
    let mut commit = Commit::of_head(row.member.clone(), &head, head.clone());
    let about = Particulars::of(&person.facts, person.today);
    commit.add_opening(case.clone(), about.clone(), previous, now);
    // In a commit of its own: a crash after it leaves an identified case, with which the repeated import goes on.
    store.commit(&commit).await?;
    let head = store.head(&row.member).await?;
    Ok(Some(Work::of(row.member.clone(), &head, CaseRecord::of(case, 1, now).about(about), outbox)))
}

/// The events that bring a waiting case to where the row says it stands.
fn events(work: &Work, row: &OpenCase, place: &Place, terms: &Terms, now: Moment) -> Vec<EventKind> {
    let mut events = Vec::new();
    if work.case().status == Status::Identified {
        events.push(EventKind::Queued);
    }
    if work.case().terms != *terms {
        events.push(EventKind::Routed(terms.clone()));
    }
    events.push(EventKind::Admitted { place: place.clone(), wave: WAVE.into() });
    let (Some((scope, given)), true) = (&row.consent, row.standing != Standing::Outreach) else {
        return events;
    };
    let start = row.start.unwrap_or(row.since);
    let serves = row.standing != Standing::Accepted;
    let mut said: Vec<Report> = vec![Report::Accepted];
    if terms.hand_over == HandOver::OutreachDelegated {
        said.push(Report::Consented { scope: scope.clone() });
    } else {
        let recorded_by = ActorId::new(ACTOR);
        let given = Moment::start_of(*given);
        events.push(EventKind::ConsentRecorded(ProgramConsent { scope: scope.clone(), given, recorded_by }));
        let facts_version = work.facts_version();
        events.push(EventKind::Enrolled { to: row.team.clone(), start, facts_version });
    }
    if matches!(terms.delivery, Delivery::External | Delivery::Practice) {
        if serves {
            said.push(Report::Enrolled { start });
        }
        let case = &work.case().id;
        let reply = |(nth, report)| EventKind::VendorReplied(reply_of(row, case, nth, report, now));
        events.extend((1..).zip(said).map(reply));
    } else {
        events.push(EventKind::TeamAccepted { by: ActorId::new(ACTOR) });
        events.extend(serves.then_some(EventKind::ServiceStarted { on: start }));
    }
    let spoken = EventKind::ContactLogged { minutes: 0, mode: ContactMode::Phone, two_way: true };
    events.extend(row.last_contact.filter(|_| serves).map(|_| spoken));
    events.extend(row.hold.filter(|_| row.standing == Standing::OnHold).map(EventKind::Held));
    events
}

/// What the vendor said long ago, under the first numbers of its count: it goes on after them.
fn reply_of(row: &OpenCase, case: &CaseId, sequence: u64, report: Report, now: Moment) -> VendorReply {
    let consented = row.consent.as_ref().filter(|_| matches!(report, Report::Consented { .. }));
    let said = consented.map_or(row.since, |(_, given)| *given);
    VendorReply {
        vendor: row.team.clone(),
        message: format!("import#{}#{sequence}", case.as_str()).into(),
        sequence,
        answers: None,
        occurred: Moment::start_of(said).min(now),
        report,
    }
}

fn imported(work: &Work, row: &OpenCase, kind: EventKind, now: Moment) -> CaseEvent {
    let key = format!("import#{}#{}", work.case().id.as_str(), work.record().lines);
    let spoken = matches!(kind, EventKind::ContactLogged { .. });
    let day = row.last_contact.filter(|_| spoken).unwrap_or(row.since);
    let occurred = Moment::start_of(day).min(now);
    CaseEvent { occurred, ..event_of(key, ACTOR, now, kind) }
}

/// Enters contacts of another system into the member's ledger, in order of time; those that stand there are left out.
/// Returns how many were new.
pub async fn contacts<S: MemberRead + MemberCommit>(
    store: &S,
    member: &MemberId,
    notes: &[LedgerNote],
) -> Result<usize> {
    for _ in 0..RELOADS {
        let head = store.head(member).await?;
        let new: Vec<LedgerNote> = notes.iter().filter(|note| !head.ledger.contains(note)).cloned().collect();
        if new.is_empty() {
            return Ok(0);
        }
        let count = new.len();
        let mut next = head.clone();
        next.ledger.extend(new);
        next.ledger.sort_by_key(|note| match note {
            LedgerNote::Touch { at, .. } | LedgerNote::Reserved { at, .. } => Some(*at),
            LedgerNote::Unusable(_) | LedgerNote::Released(_) => None,
        });
        next.trim_ledger();
        match store.commit(&Commit::of_head(member.clone(), &head, next)).await {
            Ok(()) => return Ok(count),
            Err(error) if error.wants_reload() => {}
            Err(error) => return Err(error),
        }
    }
    Err(PortError::Throttled { operation: "import contacts" })
}
