//! All queues of a store: what each action changes. Time is an argument; nothing here waits.

use std::collections::BTreeMap;
use std::path::Path;

use super::attributes::{AttributeTexts, QueueSettings};
use super::error::SqsError;
use super::journal::{Change, Journal};
use super::queue::{Queue, QueueCounts};

/// The queues of one store, in memory or backed by a journal.
#[derive(Debug, Default)]
pub struct Queues {
    pub(super) by_name: BTreeMap<String, Queue>,
    pub(super) moves: Vec<super::moves::Move>,
    pub(super) next_number: u64,
    journal: Option<Journal>,
}

impl Queues {
    /// Queues that end with the process.
    pub fn memory() -> Self {
        Self::default()
    }

    /// Queues that are kept in the file `journal`. What was in flight can be received again.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub fn open(journal: &Path, now_ms: i64) -> std::io::Result<Self> {
        let (mut journal, changes) = Journal::open(journal)?;
        let mut queues = Self::default();
        for change in changes {
            queues.apply(change);
        }
        for queue in queues.by_name.values_mut() {
            queue.release_in_flight(now_ms);
        }
        journal.compact(&queues.snapshot())?;
        queues.journal = Some(journal);
        Ok(queues)
    }

    /// Makes a queue, or finds it with the same settings.
    pub(super) fn create(
        &mut self,
        name: &str,
        attributes: &AttributeTexts,
        tags: &AttributeTexts,
        now_ms: i64,
    ) -> Result<(), SqsError> {
        check_name(name)?;
        if let Some(queue) = self.by_name.get(name) {
            return match queue.settings.first_difference(attributes)? {
                Some(attribute) => Err(SqsError::QueueNameExists(attribute)),
                None => Ok(()),
            };
        }
        let settings = QueueSettings::default().with(attributes)?;
        self.check_dead_letter_queue(&settings)?;
        self.commit(vec![Change::Created {
            queue: name.to_owned(),
            settings,
            tags: tags.clone(),
            at_ms: now_ms,
        }])
    }

    pub(super) fn set(
        &mut self,
        name: &str,
        attributes: &AttributeTexts,
        now_ms: i64,
    ) -> Result<(), SqsError> {
        let settings = self.queue(name)?.settings.clone().with(attributes)?;
        self.check_dead_letter_queue(&settings)?;
        self.commit(vec![Change::Set { queue: name.to_owned(), settings, at_ms: now_ms }])
    }

    pub(super) fn tag(&mut self, name: &str, tags: AttributeTexts) -> Result<(), SqsError> {
        self.queue(name)?;
        self.commit(vec![Change::Tagged { queue: name.to_owned(), tags }])
    }

    pub(super) fn drop_queue(&mut self, name: &str) -> Result<(), SqsError> {
        self.queue(name)?;
        self.commit(vec![Change::Dropped { queue: name.to_owned() }])
    }

    pub(super) fn purge(&mut self, name: &str, now_ms: i64) -> Result<(), SqsError> {
        const BETWEEN_PURGES_MS: i64 = 60_000;
        let purged = self.queue(name)?.purged_ms;
        if purged.is_some_and(|at_ms| now_ms - at_ms < BETWEEN_PURGES_MS) {
            return Err(SqsError::PurgeQueueInProgress);
        }
        self.commit(vec![Change::Purged { queue: name.to_owned(), at_ms: now_ms }])
    }

    pub(super) fn queue(&self, name: &str) -> Result<&Queue, SqsError> {
        self.by_name.get(name).ok_or(SqsError::QueueDoesNotExist)
    }

    /// Names of the queues, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// How many messages the queue holds; `None` for no such queue.
    pub fn counts(&self, name: &str, now_ms: i64) -> Option<QueueCounts> {
        self.by_name.get(name).map(|queue| queue.counts(now_ms))
    }

    /// The earliest time after now at which a hidden message of one of these queues becomes visible.
    pub fn next_visible_ms(&self, of: impl Fn(&str) -> bool, now_ms: i64) -> Option<i64> {
        let queues = self.by_name.iter().filter(|(name, _)| of(name));
        queues.filter_map(|(_, queue)| queue.next_visible_ms(now_ms)).min()
    }

    fn check_dead_letter_queue(&self, settings: &QueueSettings) -> Result<(), SqsError> {
        match &settings.redrive {
            Some(redrive) if !self.by_name.contains_key(&redrive.dead_letter_queue) => {
                Err(SqsError::InvalidParameterValue(
                    "Value for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.".to_owned(),
                ))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Writes the changes down, then makes them.
    pub(super) fn commit(&mut self, changes: Vec<Change>) -> Result<(), SqsError> {
        if changes.is_empty() {
            return Ok(());
        }
        if let Some(journal) = &mut self.journal {
            journal.append(&changes).map_err(|_| SqsError::Journal)?;
        }
        for change in changes {
            self.apply(change);
        }
        let live: usize = self.by_name.values().map(Queue::len).sum();
        if self.journal.as_ref().is_some_and(|journal| journal.is_bloated(live)) {
            let snapshot = self.snapshot();
            if let Some(journal) = &mut self.journal {
                journal.compact(&snapshot).map_err(|_| SqsError::Journal)?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Numbered { next } => self.next_number = self.next_number.max(next),
            Change::Created { queue, settings, tags, at_ms } => {
                self.by_name.insert(queue, Queue::new(settings, tags, at_ms));
            }
            Change::Dropped { queue } => {
                self.by_name.remove(&queue);
            }
            Change::Set { queue, settings, at_ms } => self.on(&queue, |queue| {
                queue.settings = settings;
                queue.modified_ms = at_ms;
            }),
            Change::Tagged { queue, tags } => self.on(&queue, |queue| queue.tags = tags),
            Change::Purged { queue, at_ms } => self.on(&queue, |queue| queue.purge(at_ms)),
            Change::Put { queue, message } => {
                self.next_number = self.next_number.max(message.number + 1);
                self.on(&queue, |queue| queue.put(message));
            }
            Change::Received { queue, number, visible_ms, at_ms } => {
                self.on(&queue, |queue| queue.receive(number, visible_ms, at_ms));
            }
            Change::Hidden { queue, number, visible_ms } => {
                self.on(&queue, |queue| queue.hide(number, visible_ms));
            }
            Change::Removed { queue, number } => self.on(&queue, |queue| {
                queue.remove(number);
            }),
        }
    }

    fn on(&mut self, name: &str, change: impl FnOnce(&mut Queue)) {
        if let Some(queue) = self.by_name.get_mut(name) {
            change(queue);
        }
    }

    /// The shortest list of changes that makes this state.
    fn snapshot(&self) -> Vec<Change> {
        let mut changes = vec![Change::Numbered { next: self.next_number }];
        for (name, queue) in &self.by_name {
            changes.push(Change::Created {
                queue: name.clone(),
                settings: queue.settings.clone(),
                tags: queue.tags.clone(),
                at_ms: queue.created_ms,
            });
            changes.extend(
                queue.messages().map(|message| Change::Put { queue: name.clone(), message: message.clone() }),
            );
        }
        changes
    }
}

fn check_name(name: &str) -> Result<(), SqsError> {
    const LETTERS_MAX: usize = 80;
    let permitted = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.len() <= LETTERS_MAX && name.chars().all(permitted) {
        return Ok(());
    }
    Err(SqsError::InvalidParameterValue(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length".to_owned(),
    ))
}
