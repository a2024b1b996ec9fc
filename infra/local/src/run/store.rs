//! The folder of a store: where its clock stands when no process runs.

use super::{Plan, RunError};
use crate::clock::StoreClock;
use icm_domain::day::Day;
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

/// The folder of the engines' files: the store's, or one that goes with the run.
pub struct StoreFolder {
    path: PathBuf,
    passing: bool,
}

impl StoreFolder {
    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for StoreFolder {
    fn drop(&mut self) {
        if self.passing {
            // What is left behind lies in the system's own folder for such things.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Makes the folder of the engines' files.
pub fn folder(plan: &Plan) -> Result<StoreFolder, RunError> {
    let passing = plan.store.is_none();
    let path = plan
        .store
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("icm-store-{}", std::process::id())));
    let wrong = |source| RunError::Files { what: path.display().to_string(), source };
    std::fs::create_dir_all(&path).map_err(wrong)?;
    Ok(StoreFolder { path, passing })
}

/// Where a store's clock stands; none for a new store.
pub fn kept_at(folder: &Path) -> Option<i64> {
    std::fs::read_to_string(clock_file(folder)).ok()?.trim().parse().ok()
}

/// The day on which the run ends. A run that was killed on its way is finished by the next run, which adds no days of its
/// own: the day was written down when the killed run began.
pub fn last_day(plan: &Plan, first: Day) -> Result<Day, RunError> {
    let wanted = first.plus(i32::try_from(plan.days).unwrap_or(i32::MAX));
    let Some(folder) = &plan.store else { return Ok(wanted) };
    let file = folder.join("until");
    if let Some(begun) = std::fs::read_to_string(&file).ok().and_then(|text| Day::parse(text.trim())) {
        return Ok(begun);
    }
    let wrong = |source| RunError::Files { what: file.display().to_string(), source };
    std::fs::write(&file, wanted.to_string()).map_err(wrong)?;
    Ok(wanted)
}

/// Says that the run came to its end.
pub fn ended(plan: &Plan) -> Result<(), RunError> {
    let Some(folder) = &plan.store else { return Ok(()) };
    let file = folder.join("until");
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RunError::Files { what: file.display().to_string(), source: error })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes where the clock stands, so that the file is whole at any moment.
pub fn keep_clock(plan: &Plan, clock: &StoreClock) -> Result<(), RunError> {
    plan.store.as_deref().map_or(Ok(()), |folder| keep_clock_at(folder, clock))
}

/// The same for the store in `folder`.
pub fn keep_clock_at(folder: &Path, clock: &StoreClock) -> Result<(), RunError> {
    let file = clock_file(folder);
    let beside = file.with_extension("new");
    let wrong = |source| RunError::Files { what: file.display().to_string(), source };
    std::fs::write(&beside, clock.now_ms().to_string()).map_err(wrong)?;
    std::fs::rename(&beside, &file).map_err(wrong)
}
