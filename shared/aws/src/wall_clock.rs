//! The clock of AWS: wall time.

use icm_ports::{Clock, Moment};
use std::time::{SystemTime, UNIX_EPOCH};

/// Wall time.
#[derive(Clone, Copy, Debug, Default)]
pub struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where wall time enters (DESIGN D5)")]
    fn now(&self) -> Moment {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_millis(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }
}
