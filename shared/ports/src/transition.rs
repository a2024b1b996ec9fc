//! From a transition of a case to the commit that makes it stand: all of it, or none (DESIGN D4, D7).

use crate::case::{CaseRecord, EventRecord, WorkKey};
use crate::commit::{CapacityTake, Commit};
use crate::effect::{EffectRecord, EffectStatus};
use crate::facts::Pack;
use icm_domain::case::event::CaseEvent;
use icm_domain::case::log::CaseLine;
use icm_domain::case::next_step::NextStep;
use icm_domain::case::particulars::Particulars;
use icm_domain::case::refusal::Refusal;
use icm_domain::case::state::{Case, FormerAssignment, Stage};
use icm_domain::case::status::Phase;
use icm_domain::case::transition::{LedgerNote, Transition};
use icm_domain::moment::Moment;

/// Milliseconds of an hour: how soon a case with an open offer is looked at again.
const HOUR_MS: i64 = 3_600_000;

impl CaseRecord {
    /// The record of a case after its log has `lines` lines: with its place on a worklist, and the moment at which
    /// time alone may move it.
    pub fn of(case: Case, lines: u64, now: Moment) -> Self {
        let work = case.is_open().then(|| WorkKey::of(&case));
        let (due, next) = (next_look(&case, now), NextStep::of(&case, None, now));
        Self { case, lines, retired: false, due, work, next, about: Particulars::default() }
    }

    /// The record with what lists show of the member.
    #[must_use]
    pub fn about(self, about: Particulars) -> Self {
        Self { about, ..self }
    }

    /// The record of the same case after a transition.
    fn after(&self, case: Case, lines: u64, now: Moment) -> Self {
        let next = NextStep::of(&case, self.next, now);
        Self { next, ..Self::of(case, lines, now).about(self.about.clone()) }
    }

    /// The record moved aside for a newer case of the program.
    #[must_use]
    pub fn retire(mut self) -> Self {
        self.retired = true;
        self.due = None;
        self.work = None;
        self.next = None;
        self
    }
}

/// Open cases are looked at each day, those with an unanswered offer each hour: which clock has run out is then the
/// domain's to say.
fn next_look(case: &Case, now: Moment) -> Option<Moment> {
    let tomorrow = Moment::start_of(now.day().plus(1));
    if case.phase() == Phase::Closed {
        // A vendor that was asked to let go of the member may have the member still.
        return case.former.iter().any(FormerAssignment::awaits_confirmation).then_some(tomorrow);
    }
    let unanswered = case
        .assignment
        .as_ref()
        .is_some_and(|assignment| matches!(assignment.stage, Stage::Offered | Stage::Received));
    Some(if unanswered { tomorrow.min(now.plus_millis(HOUR_MS)) } else { tomorrow })
}

/// Whether somebody ended the case, or answered what was asked about an ended one: what the decision makes of it need not
/// wait for the next message about the member. What functions end follows from a decision.
fn asks_for_decision(before: &Case, after: &Case, event: &CaseEvent) -> bool {
    let ended = before.is_open() && !event.actor.is_function();
    !after.is_open() && (ended || after.looked != before.looked)
}

impl WorkKey {
    /// The worklist of a case is that of its status; within it the priority decides, then who has waited longest.
    pub fn of(case: &Case) -> Self {
        let priority = &case.priority;
        let sort = format!(
            "{}{}{}#{}#{}",
            priority.tier as u8,
            priority.persistence as u8,
            priority.not_impactable,
            priority.waiting_since,
            case.id.as_str()
        );
        Self { queue: case.status.id().into(), sort: sort.into() }
    }
}

impl Commit {
    /// Adds a transition of `record` by `event`. `packs` are the transition's facts, encoded; `outbox` the member's
    /// effects as read (needed only when the transition cancels something).
    pub fn add_transition(
        &mut self,
        record: &CaseRecord,
        event: &CaseEvent,
        transition: Transition,
        packs: Vec<Pack>,
        outbox: &[EffectRecord],
    ) {
        let now = event.recorded;
        let (program, case_id) = (transition.case.program.clone(), transition.case.id.clone());
        let line = CaseLine::Applied { event: Box::new(event.clone()), entry: transition.entry };
        let lines = record.lines + 1;
        self.events.push(EventRecord { case_id: case_id.clone(), seq: lines, line });
        let mut effects = transition.effects;
        // Tasks that may have been carried out before their cancellation arrives: their touches stay counted.
        let mut out = Vec::new();
        for cancellation in transition.cancellations {
            let target = outbox.iter().find(|held| *held.id() == cancellation.target);
            let unreleased =
                target.is_some_and(|held| matches!(held.status, EffectStatus::Pending | EffectStatus::Held));
            if let Some(at) = self.effects.iter().position(|held| *held.id() == cancellation.target) {
                // Added by an earlier transition of this very commit: it never comes to be.
                self.effects.remove(at);
            } else if unreleased {
                self.cancels.push(cancellation.target);
            } else {
                out.push(cancellation.target);
                effects.push(cancellation.with);
            }
        }
        let pending = |effect| EffectRecord::pending(effect, program.clone(), Some(case_id.clone()), now);
        self.effects.extend(effects.into_iter().map(pending));
        if !packs.is_empty() || asks_for_decision(&record.case, &transition.case, event) {
            // The facts may change the decision: it is made again as soon as the timer is swept.
            self.head.review = Some(self.head.review.map_or(now, |review| review.min(now)));
        }
        self.give_back(&record.case, &transition.case);
        self.packs.extend(packs);
        for note in transition.ledger {
            if !matches!(&note, LedgerNote::Released(task) if out.contains(task)) {
                note.write_into(&mut self.head.ledger);
            }
        }
        self.head.trim_ledger();
        let next = record.after(transition.case, lines, now);
        // An earlier case that a newer one replaced stays aside: a late reply must not put it in the newer one's place.
        self.set_case(if record.retired { next.retire() } else { next });
    }

    /// Places that a case leaves, or takes less of, are free in the same commit. Takes are the admission's own.
    fn give_back(&mut self, before: &Case, after: &Case) {
        let Some(place) = &before.place else { return };
        let kept = if after.place == before.place { after.points_kept() } else { 0 };
        let freed = i64::from(before.points_kept()) - i64::from(kept);
        if freed > 0 {
            self.add_capacity(CapacityTake { key: place.key(), take: -freed, limit: i64::MAX });
        }
    }

    /// Adds a change of capacity. A transaction may write an item once: changes of one place are summed.
    pub fn add_capacity(&mut self, change: CapacityTake) {
        match self.capacity.iter_mut().find(|known| known.key == change.key) {
            Some(known) => {
                known.take += change.take;
                known.limit = known.limit.min(change.limit);
            }
            None => self.capacity.push(change),
        }
    }

    /// A transaction may write an item once: the newest state of a case replaces an earlier one of this commit.
    fn set_case(&mut self, record: CaseRecord) {
        self.cases.retain(|held| held.case.id != record.case.id);
        self.cases.push(record);
    }

    /// Adds an event that was refused: recorded, nothing changed.
    pub fn add_refusal(&mut self, record: &CaseRecord, event: &CaseEvent, refusal: Refusal) {
        let lines = record.lines + 1;
        let line = CaseLine::Refused { event: Box::new(event.clone()), refusal };
        self.events.push(EventRecord { case_id: record.case.id.clone(), seq: lines, line });
        self.set_case(CaseRecord { lines, ..record.clone() });
    }

    /// Adds a newly opened case; `previous` is the program's earlier case, which is moved aside.
    pub fn add_opening(&mut self, case: Case, about: Particulars, previous: Option<CaseRecord>, now: Moment) {
        let line = CaseLine::Opened(Box::new(case.clone()));
        self.events.push(EventRecord { case_id: case.id.clone(), seq: 1, line });
        self.cases.extend(previous.map(CaseRecord::retire));
        self.cases.push(CaseRecord::of(case, 1, now).about(about));
    }
}
