//! Admissions and discharges told by messages (HL7 v2 ADT), in the seconds after they happen: the open case learns of
//! them, and a discharge from a stay opens a transition task for a person, due in two business days (FACTS §3.1:
//! contact within two business days of a discharge; §4, M7). A task whose cause is taken back (A11, A13, another day) is
//! cancelled, also when it has gone out already.

use crate::Ports;
use crate::act::packs;
use crate::decider::{Decided, Decider};
use crate::identify::Identify;
use crate::view::View;
use icm_domain::adt::{self, TakenBack, Visit};
use icm_domain::case::effect::{Due, Effect, EffectKind, TaskKind};
use icm_domain::case::event::{AcuteKind, CaseEvent, EventKind};
use icm_domain::case::refusal::Refusal;
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
    /// The task, and the key of the event for the case: the same for the same happening.
    id: EffectId,
}

/// What messages change for those who follow up.
#[derive(Default)]
pub(crate) struct Acute {
    news: Vec<News>,
    /// Tasks that were asked for something that is taken back.
    void: Vec<EffectRecord>,
}

impl Acute {
    pub(crate) const fn is_empty(&self) -> bool {
        self.news.is_empty() && self.void.is_empty()
    }
}

/// What is news about a member and not followed up yet, and what is followed up and no longer true. Members of whom no
/// message tells cost nothing here.
pub(crate) async fn told<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    decided: &Decided,
    as_of: Day,
) -> Result<Acute> {
    if view.facts.adt.is_empty() || !identify.decider.opens_cases() {
        return Ok(Acute::default());
    }
    let stays = if nobody_follows_up(decided) { Vec::new() } else { adt::visits(&view.facts.adt, as_of) };
    let stays = stays.iter().filter(|visit| visit.setting.is_stay());
    let mut news: Vec<News> = stays.flat_map(|visit| of_visit(identify, view, visit, as_of)).collect();
    let back = adt::taken_back(&view.facts.adt, as_of);
    if news.is_empty() && back.is_empty() {
        return Ok(Acute::default());
    }
    let mut asked = identify.ports.effects(&view.home).await?;
    let case = identify.ports.case(&view.home, identify.decider.program()).await?;
    news.retain(|news| !asked.iter().any(|held| *held.id() == news.id) && is_new_to(case.as_ref(), news));
    let void: Vec<EffectId> = back.iter().map(|back| id_of_taken_back(identify, view, back)).collect();
    let stopped = stopped(&asked);
    asked.retain(|held| {
        is_follow_up(held) && void.contains(&held.effect.dedup) && !stopped.contains(held.id())
    });
    Ok(Acute { news, void: asked })
}

fn is_follow_up(held: &EffectRecord) -> bool {
    matches!(&held.effect.what, EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, .. })
}

/// Tasks that nobody will do: cancelled before they went out, or called back.
fn stopped(asked: &[EffectRecord]) -> Vec<EffectId> {
    let stopped = asked.iter().filter_map(|held| match &held.effect.what {
        EffectKind::CancelTask { task } => Some(task.clone()),
        _ if held.status == EffectStatus::Cancelled => Some(held.id().clone()),
        _ => None,
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

fn id_of_taken_back<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    back: &TakenBack,
) -> EffectId {
    let kind = if back.discharge { AcuteKind::Discharged } else { AcuteKind::Admitted };
    id(identify, view, (&back.facility, &back.number), kind, back.on, back.retold)
}

/// The admission and the discharge of a visit, as far as they are news.
fn of_visit<P, D: Decider, C>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    visit: &Visit,
    as_of: Day,
) -> impl Iterator<Item = News> {
    let is_news = |day: Day| (0..NEWS_DAYS).contains(&as_of.since(day));
    let admitted = Some(visit.admit).filter(|day| visit.discharge.is_none() && is_news(*day));
    let discharged = visit.discharge.filter(|day| is_news(*day));
    let news = |kind: AcuteKind, on: Day| {
        let id = id(identify, view, (&visit.facility, &visit.number), kind, on, visit.retold);
        News { kind, on, id }
    };
    let admitted = admitted.map(|on| news(AcuteKind::Admitted, on));
    admitted.into_iter().chain(discharged.map(|on| news(AcuteKind::Discharged, on)))
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
        let event = event(news, false, Moment::start_of(news.on));
        matches!(apply(&record.case, &event), Err(Refusal::Repeated))
    });
    let served = case.is_some_and(|record| record.case.phase() == Phase::Enrolled);
    !told_before && (served || news.kind == AcuteKind::Discharged)
}

/// Adds to the commit what the messages cause: tasks called back, the event of the open case, new tasks.
pub(crate) async fn follow_up<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    Acute { news, void }: Acute,
    now: Moment,
    commit: &mut Commit,
) -> Result<()> {
    for task in void {
        call_back(identify, view, task, now, commit);
    }
    if news.is_empty() {
        return Ok(());
    }
    let program = identify.decider.program().clone();
    let stored = identify.ports.case(&view.home, &program).await?;
    for news in news {
        // This very commit may have opened or moved the case.
        let written = commit.cases.iter().rfind(|held| held.case.program == program && !held.retired);
        let record = written.or(stored.as_ref()).filter(|record| record.case.is_open()).cloned();
        let event = event(&news, !identify.decider.shares_messages(&view.facts, now.day()), now);
        let moved = record.as_ref().and_then(|record| apply(&record.case, &event).ok().zip(Some(record)));
        let mut asked = false;
        if let Some((mut transition, record)) = moved {
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
        if !asked && news.kind == AcuteKind::Discharged {
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

fn event(news: &News, provisional: bool, now: Moment) -> CaseEvent {
    CaseEvent {
        key: news.id.as_str().into(),
        actor: ActorId::new("system:identify-members"),
        occurred: now,
        recorded: now,
        kind: EventKind::AcuteEvent { kind: news.kind, on: news.on, provisional },
    }
}
