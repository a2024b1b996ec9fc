//! The one clock of a store (DESIGN D5): wall time in AWS, a time that is set in the local stack.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock shared by the engines, the triggers and the handlers of one store.
///
/// Clones tell the same time. A set clock stands still between calls of
/// [`advance_to`](StoreClock::advance_to), so that two runs on the same input tell the same times.
#[derive(Debug, Clone)]
pub struct StoreClock(Source);

#[derive(Debug, Clone)]
enum Source {
    Wall,
    Set(Arc<AtomicI64>),
}

/// Why a clock was not moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockRefusal {
    /// The store's clock never goes back: facts already carry later times.
    #[error("the store's clock is already at {now_ms} ms; it does not go back to {asked_ms} ms")]
    Backwards {
        /// What the clock says, in milliseconds since 1970.
        now_ms: i64,
        /// What was asked for, in milliseconds since 1970.
        asked_ms: i64,
    },
    /// Wall time is not ours to set.
    #[error("wall time cannot be set")]
    Wall,
}

impl StoreClock {
    /// The time of the machine.
    pub fn wall() -> Self {
        Self(Source::Wall)
    }

    /// A clock that stands at `at_ms` milliseconds since 1970 until it is advanced.
    pub fn set_at(at_ms: i64) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(at_ms))))
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::Wall => wall_ms(),
            Source::Set(at) => at.load(Ordering::SeqCst),
        }
    }

    /// Seconds since 1970-01-01 UTC, rounded down.
    pub fn now_seconds(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Whether the time is set by [`advance_to`](StoreClock::advance_to) and not by the machine.
    pub fn is_set(&self) -> bool {
        matches!(self.0, Source::Set(_))
    }

    /// Moves a set clock forward to `to_ms` milliseconds since 1970.
    ///
    /// # Errors
    /// [`ClockRefusal`] for a time before now, and for wall time.
    pub fn advance_to(&self, to_ms: i64) -> Result<(), ClockRefusal> {
        let Source::Set(at) = &self.0 else {
            return Err(ClockRefusal::Wall);
        };
        let now_ms = at.fetch_max(to_ms, Ordering::SeqCst);
        if now_ms > to_ms {
            return Err(ClockRefusal::Backwards { now_ms, asked_ms: to_ms });
        }
        Ok(())
    }
}

/// Handlers read the same clock.
impl icm_ports::Clock for StoreClock {
    fn now(&self) -> icm_ports::Moment {
        icm_ports::Moment::from_millis(self.now_ms())
    }
}

/// The embedded DynamoDB engine reads the same clock for its expiry sweeps.
impl dynoxide::storage_backend::Clock for StoreClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.now_seconds()).unwrap_or(0)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this century fit in the 53 bits of a double"
    )]
    fn now_unix_secs_f64(&self) -> f64 {
        self.now_ms() as f64 / 1000.0
    }
}

/// A name that no other process has and no later call gives again. It says nothing of the store's time.
#[expect(clippy::disallowed_methods, reason = "a name that nobody else has, not a time of the store")]
pub fn unrepeated() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", now.as_nanos(), std::process::id())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the single place where the local stack asks the machine for the time"
)]
fn wall_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_stands_until_it_is_advanced_and_clones_agree() {
        let clock = StoreClock::set_at(5_000);
        let other = clock.clone();
        assert_eq!(clock.now_seconds(), 5);
        clock.advance_to(9_999).unwrap();
        assert_eq!(other.now_ms(), 9_999);
    }

    #[test]
    fn a_set_clock_refuses_to_go_back_and_stays() {
        let clock = StoreClock::set_at(5_000);
        assert_eq!(clock.advance_to(4_000), Err(ClockRefusal::Backwards { now_ms: 5_000, asked_ms: 4_000 }));
        assert_eq!(clock.now_ms(), 5_000);
    }

    #[test]
    fn wall_time_cannot_be_set() {
        assert_eq!(StoreClock::wall().advance_to(i64::MAX), Err(ClockRefusal::Wall));
    }
}
