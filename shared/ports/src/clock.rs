//! Time as an input (DESIGN D5).

use icm_domain::day::Day;
use icm_domain::moment::Moment;

/// The store's one clock: wall time in AWS; in the local stack it starts at `--as-of` (DESIGN D5).
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;

    /// The plan's calendar day: the `as_of` of decisions made now.
    fn today(&self) -> Day {
        self.now().day()
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Moment {
        (**self).now()
    }
    fn today(&self) -> Day {
        (**self).today()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Moment {
        (**self).now()
    }
    fn today(&self) -> Day {
        (**self).today()
    }
}
