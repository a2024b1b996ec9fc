//! Processor time of the measuring thread in the place of wall time: what a reader costs does not depend on what else the
//! machine does.

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Processor time of the thread.
pub(crate) struct CpuTime(WallTime);

/// A criterion that measures processor time.
pub(crate) fn criterion() -> criterion::Criterion<CpuTime> {
    criterion::Criterion::default().with_measurement(CpuTime(WallTime))
}

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        let used = clock_gettime(ClockId::ThreadCPUTime);
        let whole = u64::try_from(used.tv_sec).unwrap_or_default();
        Duration::from_secs(whole) + Duration::from_nanos(u64::try_from(used.tv_nsec).unwrap_or_default())
    }

    fn end(&self, start: Duration) -> Duration {
        self.start().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        self.0.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self.0.formatter()
    }
}
