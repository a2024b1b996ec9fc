//! One standard queue: messages in order of visibility, receives, dead letters, retention.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::attributes::{AttributeTexts, QueueSettings};
use super::content::Content;
use super::error::SqsError;

/// Messages of one queue that may be worked on at the same time.
const IN_FLIGHT_MAX: usize = 120_000;

/// One message as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Message {
    /// Number in this store, never reused.
    pub(super) number: u64,
    /// The id that the sender was given.
    pub(super) id: String,
    pub(super) content: Content,
    pub(super) sent_ms: i64,
    /// From when on it can be received.
    pub(super) visible_ms: i64,
    pub(super) receive_count: u32,
    pub(super) first_received_ms: Option<i64>,
    /// The queue that it was a dead letter of.
    pub(super) dead_letter_of: Option<String>,
}

/// How many messages a queue holds, by what can be done with them now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueCounts {
    /// Can be received now.
    pub visible: usize,
    /// Received and neither deleted nor visible again.
    pub in_flight: usize,
    /// Sent with a delay that has not passed.
    pub delayed: usize,
}

impl QueueCounts {
    /// All messages.
    pub fn total(self) -> usize {
        self.visible + self.in_flight + self.delayed
    }
}

/// A queue and its messages.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    pub(super) settings: QueueSettings,
    pub(super) tags: AttributeTexts,
    pub(super) created_ms: i64,
    pub(super) modified_ms: i64,
    pub(super) purged_ms: Option<i64>,
    messages: BTreeMap<u64, Message>,
    by_visibility: BTreeSet<(i64, u64)>,
    by_age: BTreeSet<(i64, u64)>,
}

/// What a receive would do, by message number.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Looked {
    /// To be handed to the receiver.
    pub(super) receivable: Vec<u64>,
    /// Received too often: to be put on the dead-letter queue.
    pub(super) dead: Vec<u64>,
}

impl Queue {
    pub(super) fn new(settings: QueueSettings, tags: AttributeTexts, now_ms: i64) -> Self {
        Self { settings, tags, created_ms: now_ms, modified_ms: now_ms, ..Self::default() }
    }

    /// Puts a message in, or back, replacing what had its number.
    pub(super) fn put(&mut self, message: Message) {
        self.remove(message.number);
        self.by_visibility.insert((message.visible_ms, message.number));
        self.by_age.insert((message.sent_ms, message.number));
        self.messages.insert(message.number, message);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Message> {
        let message = self.messages.remove(&number)?;
        self.by_visibility.remove(&(message.visible_ms, number));
        self.by_age.remove(&(message.sent_ms, number));
        Some(message)
    }

    pub(super) fn message(&self, number: u64) -> Option<&Message> {
        self.messages.get(&number)
    }

    /// How many messages it holds.
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Every message, oldest number first.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// Takes everything out.
    pub(super) fn purge(&mut self, now_ms: i64) {
        self.by_visibility.clear();
        self.by_age.clear();
        self.messages.clear();
        self.purged_ms = Some(now_ms);
    }

    /// Numbers of the messages whose retention has passed. Retention counts from the first sending,
    /// also in the dead-letter queue.
    pub(super) fn expired(&self, now_ms: i64) -> Vec<u64> {
        let kept_since = now_ms - i64::from(self.settings.retention_s) * 1_000;
        self.by_age.range(..(kept_since, 0)).map(|(_, number)| *number).collect()
    }

    /// Finds up to `most` visible messages, longest visible first.
    ///
    /// # Errors
    /// [`SqsError::OverLimit`] when too many are in flight.
    pub(super) fn look(&self, most: usize, now_ms: i64) -> Result<Looked, SqsError> {
        let mut looked = Looked::default();
        if self.by_visibility.range((now_ms + 1, 0)..).count() > IN_FLIGHT_MAX {
            return Err(SqsError::OverLimit);
        }
        for message in self.visible(now_ms) {
            if looked.receivable.len() == most {
                break;
            }
            if self.is_exhausted(message) {
                looked.dead.push(message.number);
            } else {
                looked.receivable.push(message.number);
            }
        }
        Ok(looked)
    }

    /// Counts a receive and hides the message until `visible_ms`.
    pub(super) fn receive(&mut self, number: u64, visible_ms: i64, now_ms: i64) {
        if let Some(mut message) = self.remove(number) {
            message.receive_count += 1;
            message.first_received_ms.get_or_insert(now_ms);
            message.visible_ms = visible_ms;
            self.put(message);
        }
    }

    /// Hides the message until `visible_ms`, without counting a receive.
    pub(super) fn hide(&mut self, number: u64, visible_ms: i64) {
        if let Some(mut message) = self.remove(number) {
            message.visible_ms = visible_ms;
            self.put(message);
        }
    }

    /// Whether the message has been received and is still hidden.
    pub(super) fn is_in_flight(&self, number: u64, now_ms: i64) -> bool {
        self.messages
            .get(&number)
            .is_some_and(|message| message.receive_count > 0 && message.visible_ms > now_ms)
    }

    fn visible(&self, now_ms: i64) -> impl Iterator<Item = &Message> {
        // A receive hands out ten at most; the rest of the margin is for dead letters among them.
        const LOOKED_AT: usize = 100;
        self.by_visibility
            .range(..=(now_ms, u64::MAX))
            .take(LOOKED_AT)
            .filter_map(|(_, number)| self.messages.get(number))
    }

    fn is_exhausted(&self, message: &Message) -> bool {
        self.settings
            .redrive
            .as_ref()
            .is_some_and(|redrive| message.receive_count >= redrive.max_receive_count)
    }

    pub(super) fn counts(&self, now_ms: i64) -> QueueCounts {
        let mut counts = QueueCounts::default();
        for (_, number) in self.by_visibility.range((now_ms + 1, 0)..) {
            let received = self.messages.get(number).is_some_and(|message| message.receive_count > 0);
            if received {
                counts.in_flight += 1;
            } else {
                counts.delayed += 1;
            }
        }
        counts.visible = self.messages.len() - counts.in_flight - counts.delayed;
        counts
    }

    /// When the next hidden message becomes visible.
    pub(super) fn next_visible_ms(&self, now_ms: i64) -> Option<i64> {
        self.by_visibility.range((now_ms + 1, 0)..).next().map(|(visible_ms, _)| *visible_ms)
    }

    /// After a restart no receiver is left: what was in flight is visible again. Delays stand.
    pub(super) fn release_in_flight(&mut self, now_ms: i64) {
        let held: Vec<u64> = self
            .messages
            .values()
            .filter(|message| message.receive_count > 0 && message.visible_ms > now_ms)
            .map(|message| message.number)
            .collect();
        for number in held {
            self.hide(number, now_ms);
        }
    }
}
