//! The folder of a store: where its clock stands when no process runs.

use super::{Plan, RunError};
use crate::clock::StoreClock;
use icm_domain::moment::Moment;
use std::path::{Path, PathBuf};

fn clock_file(folder: &Path) -> PathBuf {
    folder.join("clock")
}

/// The store's clock: where the store left it, else the morning of the plan's day. It never goes back (DESIGN D5).
pub fn open_clock(plan: &Plan) -> Result<StoreClock, RunError> {
    let start = Moment::start_of(plan.as_of).plus_hours(13).millis();
    Ok(StoreClock::set_at(plan.store.as_deref().and_then(kept_at).map_or(start, |kept| kept.max(start))))
}

/// Where a store's clock stands; none for a new store.
pub fn kept_at(folder: &Path) -> Option<i64> {
    std::fs::read_to_string(clock_file(folder)).ok()?.trim().parse().ok()
}

/// Writes where the clock stands, so that the file is whole at any moment.
pub fn keep_clock(plan: &Plan, clock: &StoreClock) -> Result<(), RunError> {
    let Some(folder) = &plan.store else { return Ok(()) };
    let file = clock_file(folder);
    let beside = file.with_extension("new");
    let wrong = |source| RunError::Files { what: file.display().to_string(), source };
    std::fs::write(&beside, clock.now_ms().to_string()).map_err(wrong)?;
    std::fs::rename(&beside, &file).map_err(wrong)
}
