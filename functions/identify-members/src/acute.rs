//! Admissions and discharges, told by messages (HL7 v2 ADT) in the seconds after they happen or by claims weeks later:
//! whoever serves the member learns of each once, with a follow-up within two business days; a discharge told by a
//! message opens a transition task for everybody else too (FACTS §3.1: contact within two business days of a discharge;
//! §4, M7). A task whose cause is taken back (A11, A13, another day) is cancelled, also when it has gone out already.

use crate::Ports;
use crate::act::packs;
use crate::decider::{Decided, Decider};
use crate::identify::Identify;
use crate::stays::StayTold;
use crate::unsaid;
use crate::view::View;
use icm_domain::adt::{self, TakenBack, Visit};
use icm_domain::case::effect::{Due, Effect, EffectKind, TaskKind};
use icm_domain::case::event::{AcuteKind, CaseEvent, EventKind};
use icm_domain::case::refusal::Refusal;
use icm_domain::case::state::Case;
use icm_domain::case::{apply, status::Phase};
use icm_domain::day::Day;
use icm_domain::decision::DecisionKind;
use icm_domain::ids::{ActorId, EffectId};
use icm_ports::{CaseRecord, Clock, Commit, EffectRecord, EffectStatus, Moment, Result};

/// Business days in which a discharge is followed up.
const FOLLOW_UP_BUSINESS_DAYS: u8 = 2;

/// Days for which an admission or discharge is news. What a backfill tells of last month opens no task.
const NEWS_DAYS: i32 = 7;

/// Something told that nobody has been asked to follow up yet.
pub(crate) struct News {
    kind: AcuteKind,
    on: Day,
    admitted: Day,
    /// Nobody outside the payer may hear of it.
    inside: bool,
    /// Told by a message: followed up also for members whom nobody serves.
    by_message: bool,
    /// What was told before was taken back.
    afresh: bool,
    /// The task, and the key of the event for the case: the same for the same happening.
    id: EffectId,
}

/// What messages and claims change for those who follow up.
#[derive(Default)]
pub(crate) struct Acute {
    news: Vec<News>,
    /// Tasks that were asked for something that is taken back.
    void: Vec<EffectRecord>,
    /// What the open case has heard and that was taken back.
    back: Vec<CaseEvent>,
}

impl Acute {
    pub(crate) const fn is_empty(&self) -> bool {
        self.news.is_empty() && self.void.is_empty() && self.back.is_empty()
    }
}

/// What is news about a member and not followed up yet, and what is followed up and no longer true. Members of whom
/// neither messages nor recent claims tell a stay cost nothing here.
pub(crate) async fn told<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    decided: &Decided,
    as_of: Day,
) -> Result<Acute> {
    if !identify.decider.opens_cases() {
        return Ok(Acute::default());
    }
    let followed_up = !nobody_follows_up(decided);
    let mut news = if followed_up { by_messages(identify, view, as_of) } else { Vec::new() };
    // Who was never committed has no case that a claim could be news to.
    let stays = if followed_up && view.head().version.0 > 0 {
        identify.decider.stays(&view.facts, as_of)
    } else {
        Vec::new()
    };
    let back = adt::taken_back(&view.facts.adt, as_of);
    let reversed = followed_up && unsaid::reversed(view, as_of);
    if news.is_empty() && back.is_empty() && stays.is_empty() && !reversed {
        return Ok(Acute::default());
    }
    let case = identify.ports.case(&view.home, identify.decider.program()).await?;
    let open = case.as_ref().map(|record| &record.case).filter(|case| reversed && case.is_open());
    let gone = open.map_or_else(Vec::new, |case| unsaid::gone(view, case, &stays, as_of));
    let mut asked = Vec::new();
    if !(news.is_empty() && back.is_empty() && gone.is_empty()) {
        asked = identify.ports.effects(&view.home).await?;
    }
    news.retain(|news| !asked.iter().any(|held| *held.id() == news.id) && is_new_to(case.as_ref(), news));
    let mut unsaid = Vec::new();
    if let Some(record) = case.filter(|record| record.case.is_open()) {
        unsaid = unsaid::by_messages(identify, view, &stays, &back, as_of);
        unsaid.extend(unsaid::by_claims(identify, view, &gone, as_of));
        unsaid.retain(|event| apply(&record.case, event).is_ok());
        let claimed = by_claims(identify, view, &record.case, &stays, as_of);
        news.extend(
            claimed.filter(|news| apply(&record.case, &event(news, Moment::start_of(as_of))).is_ok()),
        );
    }
    let mut void: Vec<EffectId> = back.iter().map(|back| id_of_taken_back(identify, view, back)).collect();
    void.extend(gone.iter().flat_map(|note| {
        ["inside", "outside"]
            .map(|reach| id_of_claim(identify, view, reach, note.kind, (note.admitted, note.on)))
    }));
    let stopped = stopped(&asked);
    asked.retain(|held| {
        is_follow_up(held) && void.contains(&held.effect.dedup) && !stopped.contains(held.id())
    });
    Ok(Acute { news, void: asked, back: unsaid })
}

/// What messages tell that is news.
fn by_messages<P, D: Decider, C>(identify: &Identify<'_, P, D, C>, view: &View, as_of: Day) -> Vec<News> {
    if view.facts.adt.is_empty() {
        return Vec::new();
    }
    let inside = !identify.decider.shares_messages(&view.facts, as_of);
    let visits = adt::visits(&view.facts.adt, as_of);
    let stays = visits.iter().filter(|visit| visit.setting.is_stay());
    stays.flat_map(|visit| of_visit(identify, view, visit, inside, as_of)).collect()
}

/// What claims tell an open case. Claims are late: whoever serves the member hears of a stay that began under their
/// service and that nobody told before, however long ago it ended; of any other only while its discharge is news.
fn by_claims<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    case: &Case,
    stays: &[StayTold],
    as_of: Day,
) -> impl Iterator<Item = News> {
    let served = case.start.filter(|_| case.phase() == Phase::Enrolled);
    let tell = move |stay: &&StayTold| {
        let unheard = || !case.contact.knows_stay(stay.admit, stay.inside);
        match (served, stay.discharge) {
            (Some(start), discharge) => {
                let fresh = discharge.is_some_and(|day| is_news(day, as_of) && day >= start);
                fresh || (stay.admit >= start && unheard())
            }
            (None, discharge) => discharge.is_some_and(|day| is_news(day, as_of)),
        }
    };
    stays.iter().filter(tell).map(|stay| {
        let kind = if stay.discharge.is_some() { AcuteKind::Discharged } else { AcuteKind::Admitted };
        let on = stay.discharge.unwrap_or(stay.admit);
        let reach = if stay.inside { "inside" } else { "outside" };
        let id = id_of_claim(identify, view, reach, kind, (stay.admit, on));
        let (admitted, inside) = (stay.admit, stay.inside);
        News { kind, on, admitted, inside, by_message: false, afresh: false, id }
    })
}

/// The id of what claims tell: by its days, as a replaced claim tells the same.
pub(crate) fn id_of_claim<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    reach: &str,
    kind: AcuteKind,
    (admit, on): (Day, Day),
) -> EffectId {
    let parts = ["claim", reach, kind.id(), &admit.to_string(), &on.to_string()];
    identify.ids.told(&view.home, identify.decider.program(), &parts)
}

fn is_follow_up(held: &EffectRecord) -> bool {
    matches!(&held.effect.what, EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, .. })
}

/// Tasks that nobody will do: cancelled before they went out, or called back.
fn stopped(asked: &[EffectRecord]) -> Vec<EffectId> {
    let stopped = asked.iter().filter_map(|held| {
        if let EffectKind::CancelTask { task } = &held.effect.what {
            return Some(task.clone());
        }
        (held.status == EffectStatus::Cancelled).then(|| held.id().clone())
    });
    stopped.collect()
}

/// The id of something that messages tell of a visit; what is told again after it was taken back has another one.
fn id<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    visit: (&str, &str),
    kind: AcuteKind,
    on: Day,
    retold: u16,
) -> EffectId {
    let (on, retold) = (on.to_string(), retold.to_string());
    let parts = [visit.0, visit.1, kind.id(), &on, &retold];
    // What was never taken back keeps the id that it had before that was counted.
    let parts = if retold == "0" { parts.get(..4).unwrap_or_default() } else { &parts };
    identify.ids.told(&view.home, identify.decider.program(), parts)
}

pub(crate) fn id_of_taken_back<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    back: &TakenBack,
) -> EffectId {
    id(identify, view, (&back.facility, &back.number), unsaid::kind_of(back), back.on, back.retold)
}

/// The admission and the discharge of a visit, as far as they are news.
fn of_visit<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    visit: &Visit,
    inside: bool,
    as_of: Day,
) -> impl Iterator<Item = News> {
    let admitted = Some(visit.admit).filter(|day| visit.discharge.is_none() && is_news(*day, as_of));
    let discharged = visit.discharge.filter(|day| is_news(*day, as_of));
    let news = |kind: AcuteKind, on: Day| {
        let id = id(identify, view, (&visit.facility, &visit.number), kind, on, visit.retold);
        let (admitted, afresh) = (visit.admit, visit.retold > 0);
        News { kind, on, admitted, inside, by_message: true, afresh, id }
    };
    let admitted = admitted.map(|on| news(AcuteKind::Admitted, on));
    admitted.into_iter().chain(discharged.map(|on| news(AcuteKind::Discharged, on)))
}

pub(crate) fn is_news(day: Day, as_of: Day) -> bool {
    (0..NEWS_DAYS).contains(&as_of.since(day))
}

/// Members whom no program serves, and members who want no contact at all.
fn nobody_follows_up(decided: &Decided) -> bool {
    let outcome = decided.outcome();
    let served = |reason: &str| reason.starts_with("COOLDOWN_") || reason.starts_with("SNOOZED_");
    outcome.decision == DecisionKind::Excluded
        && (!served(&outcome.reason) || outcome.reason == "COOLDOWN_DO_NOT_CONTACT")
}

/// An admission concerns those who serve the member; a discharge is followed up for everybody.
fn is_new_to(case: Option<&CaseRecord>, news: &News) -> bool {
    let told_before = case.is_some_and(|record| {
        let event = event(news, Moment::start_of(news.on));
        matches!(apply(&record.case, &event), Err(Refusal::Repeated))
    });
    let served = case.is_some_and(|record| record.case.phase() == Phase::Enrolled);
    !told_before && (served || news.kind == AcuteKind::Discharged)
}

/// Adds to the commit what the messages cause: tasks called back, the event of the open case, new tasks.
pub(crate) async fn follow_up<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    Acute { news, void, back }: Acute,
    now: Moment,
    commit: &mut Commit,
) -> Result<()> {
    for task in void {
        call_back(identify, view, task, now, commit);
    }
    if news.is_empty() && back.is_empty() {
        return Ok(());
    }
    let program = identify.decider.program().clone();
    let stored = identify.ports.case(&view.home, &program).await?;
    // This very commit may have opened or moved the case.
    let case = |commit: &Commit| {
        let written = commit.cases.iter().rfind(|held| held.case.program == program && !held.retired);
        written.or(stored.as_ref()).filter(|record| record.case.is_open()).cloned()
    };
    // First what is no longer true: what is told anew is news then.
    for event in back {
        let event = CaseEvent { occurred: now, recorded: now, ..event };
        let Some(record) = case(commit) else { break };
        if let Ok(transition) = apply(&record.case, &event) {
            let packs = packs(commit, &transition.facts);
            commit.add_transition(&record, &event, transition, packs, &[]);
        }
    }
    for news in news {
        let record = case(commit);
        let event = event(&news, now);
        let moved = record.as_ref().and_then(|record| apply(&record.case, &event).ok().zip(Some(record)));
        let mut asked = false;
        if let Some((mut transition, record)) = moved {
            // The machine has decided whether those who serve are asked.
            asked = record.case.phase() == Phase::Enrolled;
            for effect in &mut transition.effects {
                if matches!(effect.what, EffectKind::InternalTask { .. }) {
                    asked = true;
                    // By this key the task is found when its cause is taken back.
                    effect.dedup = news.id.clone();
                }
            }
            let packs = packs(commit, &transition.facts);
            commit.add_transition(record, &event, transition, packs, &[]);
        }
        if !asked && news.by_message && news.kind == AcuteKind::Discharged {
            let due = Due::BusinessDays(FOLLOW_UP_BUSINESS_DAYS);
            let what =
                EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, review: None, model: None, due };
            let sequence = commit.head.version.0;
            let effect = Effect { dedup: news.id.clone(), id: news.id, sequence, what };
            let case = record.map(|record| record.case.id);
            commit.effects.push(EffectRecord::pending(effect, program.clone(), case, now));
        }
    }
    Ok(())
}

/// Takes back a task: from the outbox while it is there, else by telling those who have it.
fn call_back<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    task: EffectRecord,
    now: Moment,
    commit: &mut Commit,
) {
    if matches!(task.status, EffectStatus::Pending | EffectStatus::Held) {
        commit.cancels.push(task.effect.id);
        return;
    }
    let parts = ["called back", task.id().as_str()];
    let id = identify.ids.told(&view.home, &task.program, &parts);
    let what = EffectKind::CancelTask { task: task.effect.id };
    let effect = Effect { dedup: id.clone(), id, sequence: commit.head.version.0, what };
    commit.effects.push(EffectRecord::pending(effect, task.program, task.case_id, now));
}

fn event(news: &News, now: Moment) -> CaseEvent {
    let News { kind, on, admitted, inside, afresh, .. } = *news;
    let kind = EventKind::AcuteEvent { kind, on, admitted: Some(admitted), inside, afresh };
    event_of(news.id.as_str().into(), kind, now)
}

pub(crate) fn event_of(key: Box<str>, kind: EventKind, now: Moment) -> CaseEvent {
    CaseEvent { key, actor: ActorId::new("system:identify-members"), occurred: now, recorded: now, kind }
}
