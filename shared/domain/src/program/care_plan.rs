//! The care plan of an enrolled member: made from the program's template at enrolment, then kept by persons. Loops of
//! referrals must close: sent is not received (FIELD: "services received" allowed before a claim exists).

use crate::coded::coded;
use crate::day::Day;
use crate::decision::priority::Tier;
use crate::program::definition::{Program, ServiceAmount};
use serde::{Deserialize, Serialize};

coded! {
    /// Where a task or referral of the plan stands.
    pub enum LoopStatus {
        /// Not begun.
        Open = "OPEN",
        /// Referred, nothing heard.
        Sent = "SENT",
        /// The other side has taken it.
        Accepted = "ACCEPTED",
        /// Done, or the service was received: the loop is closed.
        Received = "RECEIVED",
        /// The member did not want it: closed.
        DeclinedByMember = "DECLINED_BY_MEMBER",
        /// Not to be had: closed, and shown as an unmet need.
        NotAvailable = "NOT_AVAILABLE",
    }
}

impl LoopStatus {
    /// Whether nothing more is awaited.
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Received | Self::DeclinedByMember | Self::NotAvailable => true,
            Self::Open | Self::Sent | Self::Accepted => false,
        }
    }

    /// Whether the status may follow `self`. A loop only goes forward; a closed one stays closed.
    pub fn leads_to(self, next: Self) -> bool {
        !self.is_closed() && next > self
    }
}

/// A goal of the member.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Goal {
    /// Code.
    pub code: Box<str>,
    /// When it was met; none: not yet.
    pub met_on: Option<Day>,
}

/// A task or referral of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CareTask {
    /// Code.
    pub code: Box<str>,
    /// Last day.
    pub due: Day,
    /// A referral: its loop runs over SENT and ACCEPTED.
    pub closed_loop: bool,
    /// Status.
    pub status: LoopStatus,
    /// Since when.
    pub since: Day,
}

/// The care plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CarePlan {
    /// Version of the program whose template it was made from.
    pub program_version: u32,
    /// First day of service.
    pub start: Day,
    /// Amount of service.
    pub amount: Option<ServiceAmount>,
    /// Goals.
    pub goals: Vec<Goal>,
    /// Barriers that were asked about and are present.
    pub barriers: Vec<Box<str>>,
    /// Tasks.
    pub tasks: Vec<CareTask>,
}

coded! {
    /// Why a change of the plan is refused.
    pub enum PlanRefusal {
        /// The plan has no such task.
        NoSuchTask = "NO_SUCH_TASK",
        /// The status cannot follow the present one.
        NotForward = "NOT_FORWARD",
        /// A task without a referral has no SENT and ACCEPTED.
        NotAReferral = "NOT_A_REFERRAL",
    }
}

impl CarePlan {
    /// The plan at enrolment.
    pub fn from_template(program: &Program, tier: Tier, start: Day) -> Self {
        let template = &program.care_plan;
        let task = |task: &crate::program::definition::PlanTask| CareTask {
            code: task.code.clone(),
            due: start.plus(i32::from(task.within_days)),
            closed_loop: task.closed_loop,
            status: LoopStatus::Open,
            since: start,
        };
        Self {
            program_version: program.version,
            start,
            amount: program.amount(tier),
            goals: template.goals.iter().map(|code| Goal { code: code.clone(), met_on: None }).collect(),
            barriers: Vec::new(),
            tasks: template.tasks.iter().map(task).collect(),
        }
    }

    /// Moves a task or referral on.
    pub fn advance(&mut self, code: &str, to: LoopStatus, on: Day) -> Result<(), PlanRefusal> {
        let task = self.tasks.iter_mut().find(|task| *task.code == *code).ok_or(PlanRefusal::NoSuchTask)?;
        if !task.closed_loop && matches!(to, LoopStatus::Sent | LoopStatus::Accepted) {
            return Err(PlanRefusal::NotAReferral);
        }
        if !task.status.leads_to(to) {
            return Err(PlanRefusal::NotForward);
        }
        (task.status, task.since) = (to, on);
        Ok(())
    }

    /// The day of the next task that is not closed; none: nothing is awaited.
    pub fn next_due(&self) -> Option<Day> {
        self.tasks.iter().filter(|task| !task.status.is_closed()).map(|task| task.due).min()
    }

    /// Tasks that are not closed and whose day has passed.
    pub fn overdue(&self, today: Day) -> impl Iterator<Item = &CareTask> {
        self.tasks.iter().filter(move |task| !task.status.is_closed() && task.due < today)
    }

    /// Contacts that are due in a month of service (0 = the first): full in the intensive weeks, half after them,
    /// none past the longest duration (FACTS §4, M8: weekly, then taper).
    pub fn contacts_in_month(&self, month: u8) -> u8 {
        let Some(amount) = self.amount else { return 0 };
        if month >= amount.months_max {
            0
        } else if u16::from(month) * 4 < u16::from(amount.intensive_weeks) {
            amount.contacts_per_month
        } else {
            amount.contacts_per_month.div_ceil(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CarePlan, LoopStatus, PlanRefusal};
    use crate::day::Day;
    use crate::decision::priority::Tier;

    fn plan() -> CarePlan {
        let seeds = crate::program::tests::seeds();
        CarePlan::from_template(seeds.program("ICM").unwrap(), Tier::Critical, Day::from_count(20_000))
    }

    #[test]
    fn a_plan_is_made_from_the_template_with_the_amount_of_its_tier() {
        let plan = plan();
        assert!(plan.goals.iter().all(|goal| goal.met_on.is_none()));
        assert_eq!(plan.amount.unwrap().tier, Tier::Critical);
        assert_eq!(plan.tasks[0].due, plan.start.plus(30));
        let months: Vec<u8> = (0..10).map(|month| plan.contacts_in_month(month)).collect();
        assert_eq!(months, [6, 6, 3, 3, 3, 3, 3, 3, 3, 0]);
    }

    #[test]
    fn a_referral_is_open_until_the_service_was_received_and_never_reopens() {
        let mut plan = plan();
        let (code, later) = ("SOCIAL_NEED_REFERRAL", plan.start.plus(60));
        plan.advance(code, LoopStatus::Sent, plan.start).unwrap();
        assert!(plan.overdue(later).any(|task| *task.code == *code), "sent is not received");
        assert_eq!(plan.advance(code, LoopStatus::Sent, later), Err(PlanRefusal::NotForward));
        plan.advance(code, LoopStatus::NotAvailable, later).unwrap();
        assert_eq!(plan.advance(code, LoopStatus::Received, later), Err(PlanRefusal::NotForward));
        assert!(!plan.overdue(later).any(|task| *task.code == *code));
    }

    #[test]
    fn a_plain_task_is_done_and_not_sent() {
        let mut plan = plan();
        let on = plan.start;
        assert_eq!(plan.advance("MEDICATION_REVIEW", LoopStatus::Sent, on), Err(PlanRefusal::NotAReferral));
        plan.advance("MEDICATION_REVIEW", LoopStatus::Received, on).unwrap();
        assert_eq!(plan.advance("NOTHING", LoopStatus::Received, on), Err(PlanRefusal::NoSuchTask));
    }
}
