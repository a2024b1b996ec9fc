//! The memory of the simulated people: what each step of theirs saw, written before it is taken from the queues. A run
//! that was killed goes on with people who remember.

use super::RunError;
use icm_domain::moment::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What everybody saw in one step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// When.
    pub now: Moment,
    /// Messages by queue address, in the order in which they were taken.
    pub messages: BTreeMap<String, Vec<Value>>,
}

/// The file of the steps; none where nothing is kept.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the journal of a store and reads the steps that were made. A step that was not written to its end was not
    /// made: its messages are still in their queues.
    pub fn open(store: &Path) -> Result<(Self, Vec<Seen>), RunError> {
        let path = store.join("people.ndjson");
        let wrong = |source| RunError::Files { what: path.display().to_string(), source };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(wrong(error)),
        };
        let whole = text.rfind('\n').map_or("", |end| text.get(..=end).unwrap_or_default());
        let steps = whole.lines().map(serde_json::from_str).collect::<Result<Vec<Seen>, _>>();
        let steps = steps.map_err(|error| wrong(std::io::Error::other(error)))?;
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(wrong)?;
        file.set_len(whole.len() as u64).map_err(wrong)?;
        Ok((Self { path, file }, steps))
    }

    /// Writes a step.
    pub fn note(&mut self, seen: &Seen) -> Result<(), RunError> {
        let wrong = |source| RunError::Files { what: self.path.display().to_string(), source };
        let mut line = serde_json::to_vec(seen).map_err(|error| wrong(std::io::Error::other(error)))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn steps_are_remembered_and_a_torn_one_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let seen = |n: i64| Seen {
            now: Moment::from_millis(n),
            messages: BTreeMap::from([("q".to_owned(), vec![json!({ "n": n })])]),
        };
        let (mut journal, steps) = Journal::open(folder.path()).unwrap();
        assert!(steps.is_empty());
        journal.note(&seen(1)).unwrap();
        journal.note(&seen(2)).unwrap();
        let path = folder.path().join("people.ndjson");
        let text = std::fs::read(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 3]).unwrap();
        let (mut journal, steps) = Journal::open(folder.path()).unwrap();
        assert_eq!(steps.iter().map(|step| step.now.millis()).collect::<Vec<_>>(), [1]);
        journal.note(&seen(3)).unwrap();
        let (_, steps) = Journal::open(folder.path()).unwrap();
        assert_eq!(steps.iter().map(|step| step.now.millis()).collect::<Vec<_>>(), [1, 3]);
    }
}
