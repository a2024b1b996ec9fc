//! Admission: waiting cases and free places in, one commit per admitted case, with its place counted in it (D13).

use crate::{ACTOR, Queue, QueueStore, Summary, wave};
use icm_casework::standing::Board;
use icm_casework::work::event_of;
use icm_casework::{Person, RELOADS, Switches, Work, capacity, planning};
use icm_domain::case::event::EventKind;
use icm_domain::case::reason::PendReason;
use icm_domain::case::state::{Place, Terms};
use icm_domain::case::status::Status;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::ids::{CaseId, MemberId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::program::definition::Program;
use icm_domain::queue::admit::admit;
use icm_domain::queue::{Capacity, Order, POINTS_NEW, Standing, Waiting};
use icm_ports::{CapacityTake, Clock, PortError, Result, WorkRow};
use std::collections::BTreeMap;

/// Waiting cases that one run looks at, from the head of the order. Whoever stands behind them waits for a later run.
const ROWS_MAX: usize = 500;

/// A waiting case with the terms under which each team would take it.
struct Candidate {
    member: MemberId,
    terms: BTreeMap<VendorId, Terms>,
}

/// Tier, persistence and week of identification: within them an approved evaluation orders by the draw alone.
type Stratum = (Tier, Persistence, i32);

/// Queues what is identified, then gives out the free places.
pub(crate) async fn run<S: QueueStore, C: Clock>(
    program: &Program,
    catalogue: &Catalogue,
    switches: &Switches,
    queue: &Queue<S, C>,
    summary: &mut Summary,
) -> Result<()> {
    for row in queue.store.work(&program.id, Status::Identified.id(), None, ROWS_MAX).await? {
        if enqueue(&row, queue).await? {
            summary.queued += 1;
        }
    }
    let mut cells = capacity::load(&queue.store, catalogue).await?;
    cells.retain(|cell| switches.check(program, Some(&cell.place.team), None).is_ok());
    let mut rows = queue.store.work(&program.id, Status::Queued.id(), None, ROWS_MAX).await?;
    let pended = Status::Pended(PendReason::Capacity).id();
    rows.extend(queue.store.work(&program.id, pended, None, ROWS_MAX).await?);
    summary.waiting += rows.len() as u64;
    if rows.is_empty() {
        return Ok(());
    }
    // Without a free place nobody's facts are read, but for the list that says why everybody waits.
    let board = Board::read(&queue.store, &program.id).await?;
    let full = cells.iter().all(|cell| cell.free_places() == 0);
    if full && board.tells(rows.len(), queue.clock.now()) {
        return Ok(());
    }
    let revision = wave::owed(&queue.store, &mut cells).await?;
    let (waiting, candidates) = candidates(&rows, program, catalogue, queue).await?;
    let order = if program.evaluates(queue.clock.today()) { Order::Draw } else { Order::Priority };
    let now = queue.clock.now();
    let made = admit(&waiting, &cells, order, program.longest_waiting_percent, now);
    board.keep(&queue.store, &program.id, rows.len(), &made).await?;
    let admitted: Vec<(&CaseId, &Place)> = made
        .rows
        .iter()
        .filter_map(|row| match &row.standing {
            Standing::Admitted { place, .. } => Some((&row.case, place)),
            Standing::Waits { .. } => None,
        })
        .collect();
    if admitted.is_empty() {
        return Ok(());
    }
    // The wave is kept before its first admission: no admission without its reason.
    let name = wave::keep(&queue.store, &program.id, &made).await?;
    wave::keep_owed(&queue.store, revision, &made.capacities).await?;
    for (case, place) in admitted {
        let Some(candidate) = candidates.get(case) else { continue };
        let one = Admission { case, candidate, place, wave: &name, limit: points(&cells, place) };
        match one.commit(program, catalogue, queue).await {
            Ok(true) => {
                summary.admitted += 1;
                summary.waiting = summary.waiting.saturating_sub(1);
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(operation = error.operation(), "case not admitted");
                summary.left += 1;
            }
        }
    }
    Ok(())
}

fn points(cells: &[Capacity], place: &Place) -> i64 {
    cells.iter().find(|cell| cell.place == *place).map_or(0, |cell| i64::from(cell.points))
}

/// A decided case becomes a waiting one. A required program waits for its notice: the machine says no, and nothing is
/// recorded.
async fn enqueue<S: QueueStore, C: Clock>(row: &WorkRow, queue: &Queue<S, C>) -> Result<bool> {
    let case = &row.case.case;
    for _ in 0..RELOADS {
        let Some(mut work) = Work::load(&queue.store, &row.member, &case.program).await? else {
            return Ok(false);
        };
        let key = format!("queued#{}", work.case().id.as_str());
        if work.apply(&event_of(key, ACTOR, queue.clock.now(), EventKind::Queued)).is_err() {
            return Ok(false);
        }
        match work.commit(&queue.store).await {
            Ok(_) => return Ok(true),
            Err(error) if error.wants_reload() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

type Candidates = (Vec<Waiting<Priority, Stratum>>, BTreeMap<CaseId, Candidate>);

/// Reads who may take each waiting case.
async fn candidates<S: QueueStore, C: Clock>(
    rows: &[WorkRow],
    program: &Program,
    catalogue: &Catalogue,
    queue: &Queue<S, C>,
) -> Result<Candidates> {
    let mut waiting = Vec::with_capacity(rows.len());
    let mut candidates = BTreeMap::new();
    for row in rows {
        let case = &row.case.case;
        let person = Person::load(&queue.store, &row.member, queue.clock.today()).await?;
        let Some(locality) = person.locality() else { continue };
        let found = catalogue.candidates(program, locality, &case.vendors_tried);
        let mut teams: Vec<VendorId> = found.iter().map(|candidate| candidate.team.clone()).collect();
        // Whom a rejection or a silent vendor named comes first.
        teams.sort_by_key(|team| case.next_vendor.as_ref() != Some(team));
        let since = case.waiting_since.unwrap_or(case.opened);
        let week = case.opened.day().count().div_euclid(7);
        waiting.push(Waiting {
            case: case.id.clone(),
            key: case.priority,
            stratum: (case.priority.tier, case.priority.persistence, week),
            draw: draw(&case.id),
            since,
            days_max: case.terms.waiting_days_max,
            county: locality.county.map(Into::into),
            language: locality.language.map(Into::into),
            lob: locality.lob,
            teams,
        });
        let terms = found.into_iter().map(|candidate| (candidate.team, candidate.terms)).collect();
        candidates.insert(case.id.clone(), Candidate { member: row.member.clone(), terms });
    }
    Ok((waiting, candidates))
}

/// The recorded draw of a case: a hash of its id, so that nobody can choose it and everybody can check it.
fn draw(case: &CaseId) -> u64 {
    let text = icm_contract::keys::short_hash(format!("draw#{}", case.as_str()).as_bytes());
    u64::from_str_radix(text.get(..16).unwrap_or("0"), 16).unwrap_or(0)
}

/// One admission.
struct Admission<'a> {
    case: &'a CaseId,
    candidate: &'a Candidate,
    place: &'a Place,
    wave: &'a str,
    limit: i64,
}

impl Admission<'_> {
    /// Commits it; false: the case does not wait any more.
    async fn commit<S: QueueStore, C: Clock>(
        &self,
        program: &Program,
        catalogue: &Catalogue,
        queue: &Queue<S, C>,
    ) -> Result<bool> {
        for _ in 0..RELOADS {
            let member = &self.candidate.member;
            let loaded = Work::load(&queue.store, member, &program.id).await?;
            let Some(mut work) = loaded.filter(|work| work.case().id == *self.case) else {
                return Ok(false);
            };
            let person = Person::load(&queue.store, member, queue.clock.today()).await?;
            work.describe(&person);
            if !self.prepare(&mut work, &person, catalogue, queue.clock.now()) {
                return Ok(false);
            }
            match work.commit(&queue.store).await {
                Ok(_) => return Ok(true),
                Err(error) if error.wants_reload() => {}
                Err(error) => return Err(error),
            }
        }
        Err(PortError::Throttled { operation: "admit case" })
    }

    /// Terms of the route, place, and what follows at once: the first contact, or for a member who has consented the
    /// enrolment with the new team.
    fn prepare(&self, work: &mut Work, person: &Person, catalogue: &Catalogue, now: Moment) -> bool {
        let Some(terms) = self.candidate.terms.get(&self.place.team) else { return false };
        // The length of the log makes the keys unique to this try of the case.
        let lines = work.record().lines;
        let key = |what: &str| format!("{what}#{}#{lines}", self.case.as_str());
        if work.case().terms != *terms {
            let routed = event_of(key("routed"), ACTOR, now, EventKind::Routed(terms.clone()));
            if work.apply(&routed).is_err() {
                return false;
            }
        }
        let kind = EventKind::Admitted { place: self.place.clone(), wave: self.wave.into() };
        if work.apply(&event_of(key("admitted"), ACTOR, now, kind)).is_err() {
            return false;
        }
        let (key_of_place, take) = (self.place.key(), i64::from(POINTS_NEW));
        work.take(CapacityTake { key: key_of_place, take, limit: self.limit });
        if work.case().status == Status::Consented && person.covered() {
            let (to, start) = (self.place.team.clone(), now.day());
            let kind = EventKind::Enrolled { to, start, facts_version: work.facts_version() };
            // Refused (an old consent, coverage not yet seen): a person enrols.
            drop(work.apply(&event_of(key("enrolled"), ACTOR, now, kind)));
            icm_casework::make_plan(work, catalogue, ACTOR, now);
        } else {
            planning::plan_next(work, person, catalogue, ACTOR, now);
        }
        true
    }
}
