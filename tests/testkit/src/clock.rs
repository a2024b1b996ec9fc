//! A clock that stands still until it is moved.

use icm_ports::{Clock, Moment};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock in the hands of the test.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// A clock that shows `now`.
    pub fn at(now: Moment) -> Self {
        Self(Arc::new(AtomicI64::new(now.millis())))
    }

    /// Moves the clock.
    pub fn set(&self, now: Moment) {
        self.0.store(now.millis(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::SeqCst))
    }
}
