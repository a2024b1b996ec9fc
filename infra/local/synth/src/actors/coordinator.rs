//! The payer's outreach staff: takes tasks from the worklist, makes the attempt when its window is open, records how
//! it ended, and records what the member decided.

use super::person::{Answer, SimulatedMember};
use icm_domain::facts::Channel;
use icm_domain::ids::{CaseId, EffectId, MemberId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::{Consequence, NumberClass, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// A task of the outreach worklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The case.
    pub case: CaseId,
    /// The member.
    pub member: MemberId,
    /// The outreach task's effect.
    pub task: EffectId,
    /// How to try.
    pub channel: Channel,
    /// First instant.
    pub not_before: Moment,
    /// Last instant.
    pub not_after: Moment,
    /// The member's local time, in minutes east of UTC.
    pub utc_offset_minutes: i32,
}

/// What the staff sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaffMessage {
    /// Something to do.
    Task(Task),
    /// Not to be done any more.
    Cancel(EffectId),
    /// The case has ended, or left outreach: nothing more to do in it.
    CaseLeft(CaseId),
}

/// One thing that a member of staff records through the API. Of one task, in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffAction {
    /// The case.
    pub case: CaseId,
    /// The idempotency key of the command: the same happening has the same key.
    pub key: String,
    /// When.
    pub at: Moment,
    /// What.
    pub step: Step,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An attempt.
    Attempt {
        /// The task that it carries out.
        task: EffectId,
        /// How.
        channel: Channel,
        /// Kind of line.
        number_class: NumberClass,
        /// How it ended.
        outcome: Outcome,
    },
    /// The member's consent to the program.
    Consent,
    /// Enrolment, once consent is recorded.
    Enrol,
    /// The member declines.
    Decline {
        /// "Not now", rather than "no".
        not_now: bool,
    },
    /// The member opts out of the program, or of every contact.
    OptOut {
        /// Of every contact by the plan.
        plan_wide: bool,
    },
}

/// A team of the payer.
#[derive(Clone, Debug)]
pub struct Coordinator {
    seed: u64,
    /// Tasks that the team can do in one step.
    tasks_a_step: usize,
    /// Open tasks by first instant, then by id.
    open: BTreeMap<(Moment, EffectId), Task>,
    /// Tasks done or cancelled: a task delivered again is not done again.
    settled: BTreeSet<EffectId>,
    attempts: BTreeMap<CaseId, u32>,
    conversations: BTreeMap<CaseId, u32>,
}

impl Coordinator {
    /// A team that does at most so many tasks in a step.
    pub const fn new(seed: u64, tasks_a_step: usize) -> Self {
        Self {
            seed,
            tasks_a_step,
            open: BTreeMap::new(),
            settled: BTreeSet::new(),
            attempts: BTreeMap::new(),
            conversations: BTreeMap::new(),
        }
    }

    /// Open tasks.
    pub fn waiting(&self) -> usize {
        self.open.len()
    }

    /// The first instant at which there is something to do.
    pub fn next_at(&self) -> Option<Moment> {
        self.open.keys().next().map(|(at, _)| *at)
    }

    /// Takes in what came, does what is due, and tells what was recorded. Tasks whose window has passed are left to
    /// the system, which drops and reschedules them.
    pub fn step(
        &mut self,
        now: Moment,
        observed: impl IntoIterator<Item = StaffMessage>,
    ) -> Vec<StaffAction> {
        for message in observed {
            self.observe(message);
        }
        let due: Vec<_> =
            self.open.range(..=(now, EffectId::new("\u{10FFFF}"))).map(|(key, _)| key.clone()).collect();
        let mut actions = Vec::new();
        let mut done = 0;
        for key in due {
            if done == self.tasks_a_step {
                break;
            }
            let Some(task) = self.open.remove(&key) else { continue };
            self.settled.insert(task.task.clone());
            if now <= task.not_after {
                done += 1;
                self.attempt(&task, now, &mut actions);
            }
        }
        actions
    }

    fn observe(&mut self, message: StaffMessage) {
        match message {
            StaffMessage::Task(task) => {
                if !self.settled.contains(&task.task) {
                    self.open.insert((task.not_before, task.task.clone()), task);
                }
            }
            StaffMessage::Cancel(task) => {
                self.open.retain(|(_, open), _| *open != task);
                self.settled.insert(task);
            }
            StaffMessage::CaseLeft(case) => self.open.retain(|_, task| task.case != case),
        }
    }

    fn attempt(&mut self, task: &Task, now: Moment, actions: &mut Vec<StaffAction>) {
        let number = self.attempts.entry(task.case.clone()).or_default();
        *number += 1;
        let member = SimulatedMember::of(self.seed, &task.member);
        let outcome = member.outcome(task.channel, *number, local_hour(now, task.utc_offset_minutes));
        let number_class = match task.channel {
            Channel::Call | Channel::Text => NumberClass::Mobile,
            Channel::Letter | Channel::Visit => NumberClass::NotDialled,
        };
        let attempt = Step::Attempt { task: task.task.clone(), channel: task.channel, number_class, outcome };
        let mut record = |name: &str, step| {
            let key = format!("{}:{name}", task.task.as_str());
            actions.push(StaffAction { case: task.case.clone(), key, at: now, step });
        };
        record("attempt", attempt);
        if outcome.consequence() != Consequence::Engaged {
            return;
        }
        let conversation = self.conversations.entry(task.case.clone()).or_default();
        *conversation += 1;
        match member.answer(*conversation) {
            Answer::Consents => {
                record("consent", Step::Consent);
                record("enrol", Step::Enrol);
            }
            Answer::NotNow => record("decline", Step::Decline { not_now: true }),
            Answer::Declines => record("decline", Step::Decline { not_now: false }),
            Answer::OptsOut => record("opt-out", Step::OptOut { plan_wide: false }),
            Answer::StopsAll => record("opt-out", Step::OptOut { plan_wide: true }),
            Answer::Undecided => {}
        }
    }
}

/// The hour of the member's day.
fn local_hour(now: Moment, utc_offset_minutes: i32) -> u8 {
    let minutes = now.millis().div_euclid(60_000) + i64::from(utc_offset_minutes);
    u8::try_from(minutes.div_euclid(60).rem_euclid(24)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Coordinator, StaffMessage, Step, Task};
    use icm_domain::facts::Channel;
    use icm_domain::ids::{CaseId, EffectId, MemberId};
    use icm_domain::moment::Moment;
    use std::collections::BTreeSet;

    const NOON: Moment = Moment::from_millis(20_000 * 86_400_000 + 17 * 3_600_000);

    fn task(case: u32, number: u32) -> Task {
        Task {
            case: CaseId::new(format!("case-{case}")),
            member: MemberId::new(format!("M{case}")),
            task: EffectId::new(format!("case-{case}#{number}")),
            channel: Channel::Call,
            not_before: NOON,
            not_after: NOON.plus_hours(3),
            utc_offset_minutes: -300,
        }
    }

    fn tasks(cases: u32, number: u32) -> Vec<StaffMessage> {
        (0..cases).map(|case| StaffMessage::Task(task(case, number))).collect()
    }

    #[test]
    fn a_task_is_done_once_however_often_it_is_delivered() {
        let mut team = Coordinator::new(3, 100);
        let first = team.step(NOON, [tasks(20, 1), tasks(20, 1)].concat());
        assert_eq!(first.iter().filter(|action| matches!(action.step, Step::Attempt { .. })).count(), 20);
        assert!(team.step(NOON, tasks(20, 1)).is_empty());
    }

    #[test]
    fn nothing_is_done_before_or_after_its_window_nor_when_cancelled() {
        let mut team = Coordinator::new(3, 100);
        assert!(team.step(NOON.plus_hours(-1), tasks(5, 1)).is_empty());
        assert_eq!((team.waiting(), team.next_at()), (5, Some(NOON)));
        assert!(team.step(NOON.plus_hours(4), []).is_empty());
        let cancel = StaffMessage::Cancel(task(1, 2).task);
        let left = StaffMessage::CaseLeft(task(0, 2).case);
        assert!(team.step(NOON, [tasks(2, 2), vec![cancel, left]].concat()).is_empty());
    }

    #[test]
    fn a_team_does_no_more_than_it_can_and_the_rest_next_time() {
        let mut team = Coordinator::new(3, 7);
        let attempts = |actions: Vec<super::StaffAction>| {
            actions.into_iter().filter(|action| matches!(action.step, Step::Attempt { .. })).count()
        };
        assert_eq!(attempts(team.step(NOON, tasks(10, 1))), 7);
        assert_eq!(attempts(team.step(NOON, [])), 3);
    }

    #[test]
    fn conversations_end_in_every_way_and_keys_never_repeat() {
        let mut team = Coordinator::new(3, 10_000);
        let mut keys = BTreeSet::new();
        let mut kinds = BTreeSet::new();
        for number in 0..6 {
            for action in team.step(NOON, tasks(400, number)) {
                assert!(keys.insert(action.key.clone()), "{}", action.key);
                kinds.insert(match action.step {
                    Step::Attempt { .. } => "attempt",
                    Step::Consent => "consent",
                    Step::Enrol => "enrol",
                    Step::Decline { not_now: true } => "not now",
                    Step::Decline { not_now: false } => "declined",
                    Step::OptOut { plan_wide: true } => "stop all",
                    Step::OptOut { plan_wide: false } => "opt out",
                });
            }
        }
        assert_eq!(kinds.len(), 7);
    }
}
