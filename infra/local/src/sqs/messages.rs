//! Messages through the queues: send, receive, delete, hide, and the way to the dead letters.

use super::content::Content;
use super::error::SqsError;
use super::journal::Change;
use super::queue::Message;
use super::queues::Queues;

/// A message in the hands of a receiver.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) message: Message,
    pub(super) handle: String,
}

/// What a send answers.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) id: String,
    pub(super) content: Content,
}

impl Queues {
    pub(super) fn send(
        &mut self,
        name: &str,
        content: Content,
        delay_s: Option<u32>,
        now_ms: i64,
    ) -> Result<Sent, SqsError> {
        let settings = &self.queue(name)?.settings;
        content.check(settings.maximum_message_bytes)?;
        let delay_s = delay_s.unwrap_or(settings.delay_s);
        if delay_s > 900 {
            return Err(SqsError::InvalidParameterValue(
                "Value for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
                    .to_owned(),
            ));
        }
        let message = self.new_message(name, content, now_ms, delay_s);
        let sent = Sent { id: message.id.clone(), content: message.content.clone() };
        self.commit(vec![Change::Put { queue: name.to_owned(), message }])?;
        Ok(sent)
    }

    pub(super) fn new_message(&self, queue: &str, content: Content, now_ms: i64, delay_s: u32) -> Message {
        Message {
            number: self.next_number,
            id: message_id(queue, self.next_number),
            content,
            sent_ms: now_ms,
            visible_ms: now_ms + i64::from(delay_s) * 1_000,
            receive_count: 0,
            first_received_ms: None,
            dead_letter_of: None,
        }
    }

    /// Hands out up to `most` messages and moves to the dead-letter queue what was received too
    /// often. `hidden_s` takes the place of the queue's visibility timeout.
    pub(super) fn receive(
        &mut self,
        name: &str,
        most: usize,
        hidden_s: Option<u32>,
        now_ms: i64,
    ) -> Result<Vec<Received>, SqsError> {
        self.expire(name, now_ms)?;
        let queue = self.queue(name)?;
        let hidden_s = hidden_s.unwrap_or(queue.settings.visibility_timeout_s);
        let looked = queue.look(most, now_ms)?;
        let mut changes = self.dead_letters(name, &looked.dead, now_ms)?;
        changes.extend(looked.receivable.iter().map(|number| Change::Received {
            queue: name.to_owned(),
            number: *number,
            visible_ms: now_ms + i64::from(hidden_s) * 1_000,
            at_ms: now_ms,
        }));
        self.commit(changes)?;
        let queue = self.queue(name)?;
        let received = looked.receivable.iter().filter_map(|number| queue.message(*number));
        Ok(received
            .map(|message| Received { handle: handle(name, message), message: message.clone() })
            .collect())
    }

    /// A dead letter keeps its id and its time of sending; it can be received at once.
    fn dead_letters(&self, name: &str, dead: &[u64], now_ms: i64) -> Result<Vec<Change>, SqsError> {
        let queue = self.queue(name)?;
        let Some(redrive) = &queue.settings.redrive else {
            return Ok(Vec::new());
        };
        let mut changes = Vec::new();
        for message in dead.iter().filter_map(|number| queue.message(*number)) {
            let mut letter = message.clone();
            letter.visible_ms = now_ms;
            letter.dead_letter_of = Some(name.to_owned());
            changes.push(Change::Removed { queue: name.to_owned(), number: message.number });
            changes.push(Change::Put { queue: redrive.dead_letter_queue.clone(), message: letter });
        }
        Ok(changes)
    }

    fn expire(&mut self, name: &str, now_ms: i64) -> Result<(), SqsError> {
        let expired = self.queue(name)?.expired(now_ms);
        let removed = expired.into_iter().map(|number| Change::Removed { queue: name.to_owned(), number });
        self.commit(removed.collect())
    }

    /// Deletes what the handle stands for. A handle of an earlier receive deletes nothing, as the
    /// message may be in other hands.
    pub(super) fn delete(&mut self, name: &str, handle: &str) -> Result<(), SqsError> {
        let (number, receive) = self.held(name, handle)?;
        let queue = self.queue(name)?;
        let is_current = queue.message(number).is_some_and(|message| message.receive_count == receive);
        if !is_current {
            return Ok(());
        }
        self.commit(vec![Change::Removed { queue: name.to_owned(), number }])
    }

    pub(super) fn hide(
        &mut self,
        name: &str,
        handle: &str,
        hidden_s: u32,
        now_ms: i64,
    ) -> Result<(), SqsError> {
        let (number, _) = self.held(name, handle)?;
        if hidden_s > 43_200 {
            return Err(SqsError::InvalidParameterValue(
                "Value for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200."
                    .to_owned(),
            ));
        }
        if !self.queue(name)?.is_in_flight(number, now_ms) {
            return Err(SqsError::MessageNotInflight);
        }
        self.commit(vec![Change::Hidden {
            queue: name.to_owned(),
            number,
            visible_ms: now_ms + i64::from(hidden_s) * 1_000,
        }])
    }

    /// The message's number and which receive the handle was given for.
    fn held(&self, name: &str, handle: &str) -> Result<(u64, u32), SqsError> {
        self.queue(name)?;
        parse_handle(name, handle).ok_or(SqsError::ReceiptHandleIsInvalid)
    }
}

/// An id in the form of a UUID, drawn from the queue's name and the message's number.
fn message_id(queue: &str, number: u64) -> String {
    let hash = blake3::hash(format!("{queue}/{number}").as_bytes()).to_hex();
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn handle(queue: &str, message: &Message) -> String {
    let stem = format!("{}-{}", message.number, message.receive_count);
    format!("{stem}-{}", handle_sum(queue, &stem))
}

fn parse_handle(queue: &str, handle: &str) -> Option<(u64, u32)> {
    let (stem, sum) = handle.rsplit_once('-')?;
    let (number, receive) = stem.split_once('-')?;
    let genuine = handle_sum(queue, stem) == sum;
    genuine.then_some((number.parse().ok()?, receive.parse().ok()?))
}

fn handle_sum(queue: &str, stem: &str) -> String {
    let hash = blake3::hash(format!("handle/{queue}/{stem}").as_bytes()).to_hex();
    hash.get(..16).unwrap_or_default().to_owned()
}
