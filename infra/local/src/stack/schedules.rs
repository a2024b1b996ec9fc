//! Schedules by the store's clock.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::events;
use super::invoker::Invoker;
use crate::clock::StoreClock;
use crate::template::Schedule;

/// When each scheduled function was last called.
#[derive(Debug, Default)]
pub(super) struct Schedules {
    schedules: Vec<Schedule>,
    called_ms: Mutex<BTreeMap<String, i64>>,
}

impl Schedules {
    pub(super) fn new(schedules: Vec<Schedule>) -> Self {
        Self { schedules, called_ms: Mutex::default() }
    }

    /// Calls the functions whose time has come, one after the other in the template's order; returns how
    /// many were called. A call that fails is not repeated: the next one comes by itself.
    pub(super) async fn fire(&self, invoker: &Invoker, clock: &StoreClock) -> u64 {
        let mut fired = 0;
        for schedule in &self.schedules {
            if !invoker.has(&schedule.function) || !self.is_time(schedule, clock.now_ms()) {
                continue;
            }
            let event = events::scheduled_event(&schedule.function, clock);
            let _ = invoker.call(&schedule.function, event).await;
            fired += 1;
        }
        fired
    }

    /// Whether the period has passed since the last call; if so, now is the last call.
    fn is_time(&self, schedule: &Schedule, now_ms: i64) -> bool {
        let mut called_ms = self.called_ms.lock().unwrap_or_else(PoisonError::into_inner);
        let last_ms = called_ms.get(&schedule.function).copied();
        let is_time = last_ms.is_none_or(|last_ms| now_ms - last_ms >= i64::from(schedule.every_s) * 1_000);
        if is_time {
            called_ms.insert(schedule.function.clone(), now_ms);
        }
        is_time
    }
}
