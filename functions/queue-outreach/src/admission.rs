//! Admission: waiting cases and free places in, one commit per admitted case, with its place counted in it (D13).

use crate::{ACTOR, Queue, QueueStore, Summary, shares, waiting};
use icm_casework::standing::Board;
use icm_casework::work::event_of;
use icm_casework::{Person, RELOADS, Switches, Work, capacity, planning, waves};
use icm_domain::case::event::EventKind;
use icm_domain::case::state::{Case, Place, Terms};
use icm_domain::case::status::Status;
use icm_domain::ids::{CaseId, MemberId};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::program::definition::Program;
use icm_domain::queue::admit::admit;
use icm_domain::queue::{Capacity, Order, POINTS_NEW, Standing, fits};
use icm_ports::{CapacityTake, Clock, PortError, Result, WorkRow};

/// Identified cases that one run queues, from the head of the order. Whoever stands behind them waits for a later run.
const ROWS_MAX: usize = 500;
/// Seconds after which a wave ends with what it has admitted: the function may run for 50. The next wave goes on.
const WAVE_SECONDS: i64 = 20;

/// Queues what is identified, then gives out the free places.
pub(crate) async fn run<S: QueueStore, C: Clock>(
    program: &Program,
    catalogue: &Catalogue,
    switches: &Switches,
    queue: &Queue<S, C>,
    summary: &mut Summary,
) -> Result<()> {
    let mut queued = 0;
    for row in queue.store.work(&program.id, Status::Identified.id(), None, ROWS_MAX).await? {
        queued += u64::from(enqueue(&row, queue).await?);
    }
    summary.queued += queued;
    let mut cells = capacity::load(&queue.store, catalogue).await?;
    cells.retain(|cell| switches.check(program, Some(&cell.place.team), None).is_ok());
    let now = queue.clock.now();
    let board = Board::read(&queue.store, &program.id).await?;
    let full = cells.iter().all(|cell| cell.free_places() == 0);
    // Without a free place nobody is admitted: the list that says why everybody waits is made anew each hour.
    if full && queued == 0 && board.is_fresh(now) {
        summary.waiting += board.waiting();
        return Ok(());
    }
    let line = waiting::read(program, catalogue, queue).await?;
    summary.waiting += line.cases.len() as u64;
    if line.cases.is_empty() && board.waiting() == 0 {
        return Ok(());
    }
    let held = shares::owed(&queue.store, &mut cells).await?;
    let order = if program.evaluates(queue.clock.today()) { Order::Draw } else { Order::Priority };
    let made = admit(&line.cases, &cells, order, program.longest_waiting_percent, now);
    board.keep(&queue.store, &program.id, &made).await?;
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
    let name = waves::keep(&queue.store, &program.id, &made, &line.since()).await?;
    shares::keep_owed(&queue.store, held, &made.capacities).await?;
    for (case, place) in admitted {
        if queue.clock.now().since(now) > WAVE_SECONDS * 1_000 {
            break;
        }
        let Some(member) = line.members.get(case) else { continue };
        let one = Admission { case, member, place, wave: &name, limit: points(&cells, place) };
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

/// One admission.
struct Admission<'a> {
    case: &'a CaseId,
    member: &'a MemberId,
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
            let loaded = Work::load(&queue.store, self.member, &program.id).await?;
            let Some(mut work) = loaded.filter(|work| work.case().id == *self.case) else {
                return Ok(false);
            };
            let person = Person::load(&queue.store, self.member, queue.clock.today()).await?;
            work.describe(&person);
            let now = queue.clock.now();
            let terms = self.terms(work.case(), &person, program, catalogue);
            let placed = terms.is_some();
            if let Some(terms) = terms {
                if !self.prepare(&mut work, &person, terms, catalogue, now) {
                    return Ok(false);
                }
            } else {
                // The list was older than the facts: as it is written now, the next wave finds another place.
                work.look_again(work.record().due.unwrap_or(now));
            }
            match work.commit(&queue.store).await {
                Ok(_) => return Ok(placed),
                Err(error) if error.wants_reload() => {}
                Err(error) => return Err(error),
            }
        }
        Err(PortError::Throttled { operation: "admit case" })
    }

    /// The terms under which the team of the place takes the case, by the facts of now; none: it does not.
    fn terms(&self, case: &Case, person: &Person, program: &Program, catalogue: &Catalogue) -> Option<Terms> {
        let locality = person.locality().filter(|member| fits(self.place, *member))?;
        let found = catalogue.candidates(program, locality, &case.vendors_tried);
        found.into_iter().find(|candidate| candidate.team == self.place.team).map(|candidate| candidate.terms)
    }

    /// Terms of the route, place, and what follows at once: the first contact, or for a member who has consented the
    /// enrolment with the new team.
    fn prepare(
        &self,
        work: &mut Work,
        person: &Person,
        terms: Terms,
        catalogue: &Catalogue,
        now: Moment,
    ) -> bool {
        // The length of the log makes the keys unique to this try of the case.
        let lines = work.record().lines;
        let key = |what: &str| format!("{what}#{}#{lines}", self.case.as_str());
        if work.case().terms != terms {
            let routed = event_of(key("routed"), ACTOR, now, EventKind::Routed(terms));
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
