//! One lease per task: a task that shows in two worklists, or on a dialler and in a worklist, is worked once.

use crate::ids::{ActorId, EffectId};
use crate::moment::Moment;
use serde::{Deserialize, Serialize};

/// Who works a task, until when. Stored beside the task and written on condition of the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskLease {
    /// The task.
    pub task: EffectId,
    /// Who.
    pub holder: ActorId,
    /// Grows with every new holder; a result is taken only with the present token.
    pub token: u64,
    /// Until when.
    pub until: Moment,
}

/// Somebody else works the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldByOther {
    /// Until when.
    pub until: Moment,
}

/// Takes the lease, or extends it for the same holder. `present` is the lease as stored.
pub fn take(
    present: Option<&TaskLease>,
    task: &EffectId,
    holder: &ActorId,
    now: Moment,
    minutes: u16,
) -> Result<TaskLease, HeldByOther> {
    let until = Moment::from_millis(now.millis().saturating_add(i64::from(minutes) * 60_000));
    let lease = |token| TaskLease { task: task.clone(), holder: holder.clone(), token, until };
    match present {
        None => Ok(lease(1)),
        Some(held) if held.holder == *holder && held.until > now => Ok(lease(held.token)),
        Some(held) if held.until > now => Err(HeldByOther { until: held.until }),
        Some(expired) => Ok(lease(expired.token + 1)),
    }
}

/// Whether a result that carries this token may be recorded.
pub fn holds(present: Option<&TaskLease>, token: u64, now: Moment) -> bool {
    present.is_some_and(|lease| lease.token == token && lease.until > now)
}

#[cfg(test)]
mod tests {
    use super::{holds, take};
    use crate::moment::Moment;

    #[test]
    fn two_never_work_one_task_and_an_expired_lease_is_worth_nothing() {
        let (task, anna, ben) = ("t1".into(), "ops:anna".into(), "ops:ben".into());
        let now = Moment::from_millis(0);
        let first = take(None, &task, &anna, now, 15).unwrap();
        assert_eq!(take(Some(&first), &task, &ben, now, 15).unwrap_err().until, first.until);
        let again = take(Some(&first), &task, &anna, now.plus_hours(0), 30).unwrap();
        assert_eq!(again.token, first.token);
        let later = now.plus_hours(1);
        let taken = take(Some(&first), &task, &ben, later, 15).unwrap();
        assert!(!holds(Some(&taken), first.token, later));
        assert!(holds(Some(&taken), taken.token, later));
    }
}
