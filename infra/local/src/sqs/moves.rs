//! Message moves: dead letters back to the queue that they came from, or to another one.

use super::content::Content;
use super::error::SqsError;
use super::journal::Change;
use super::name_of;
use super::queues::Queues;

/// A finished move. Moves are done at once here, so none is ever running.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) handle: String,
    pub(super) source: String,
    pub(super) destination: Option<String>,
    pub(super) moved: usize,
    pub(super) started_ms: i64,
}

impl Queues {
    /// Names of the queues whose dead letters go to `name`.
    pub(super) fn dead_letter_sources(&self, name: &str) -> Vec<String> {
        self.by_name
            .iter()
            .filter(|(_, queue)| {
                let redrive = queue.settings.redrive.as_ref();
                redrive.is_some_and(|redrive| redrive.dead_letter_queue == name)
            })
            .map(|(source, _)| source.clone())
            .collect()
    }

    /// Moves every visible message of a dead-letter queue. A moved message is a new one: new id,
    /// no receives, sent now.
    pub(super) fn start_move(
        &mut self,
        source_arn: &str,
        destination_arn: Option<&str>,
        now_ms: i64,
    ) -> Result<String, SqsError> {
        let source = name_of(source_arn).to_owned();
        let destination = destination_arn.map(|arn| name_of(arn).to_owned());
        if !self.by_name.contains_key(&source) {
            return Err(SqsError::ResourceNotFound(
                "The resource that you specified for the SourceArn parameter doesn't exist.".to_owned(),
            ));
        }
        if destination.as_ref().is_some_and(|name| !self.by_name.contains_key(name)) {
            return Err(SqsError::ResourceNotFound(
                "The resource that you specified for the DestinationArn parameter doesn't exist.".to_owned(),
            ));
        }
        if self.dead_letter_sources(&source).is_empty() {
            return Err(SqsError::InvalidParameterValue(
                "Source queue must be configured as a Dead Letter Queue.".to_owned(),
            ));
        }
        let moved = self.move_all(&source, destination.as_deref(), now_ms)?;
        let handle = format!("move-{}-{}", self.moves.len() + 1, source);
        self.moves.push(Move { handle: handle.clone(), source, destination, moved, started_ms: now_ms });
        Ok(handle)
    }

    fn move_all(&mut self, source: &str, destination: Option<&str>, now_ms: i64) -> Result<usize, SqsError> {
        let letters: Vec<(u64, Option<String>, Content)> = self
            .queue(source)?
            .messages()
            .filter(|letter| letter.visible_ms <= now_ms)
            .map(|letter| (letter.number, letter.dead_letter_of.clone(), letter.content.clone()))
            .collect();
        let mut moved = 0;
        for (number, came_from, content) in letters {
            // A message that was put here by a sender has no way back: it stays.
            let Some(target) = destination.map(str::to_owned).or(came_from) else {
                continue;
            };
            if !self.by_name.contains_key(&target) {
                continue;
            }
            let message = self.new_message(&target, content, now_ms, 0);
            self.commit(vec![
                Change::Removed { queue: source.to_owned(), number },
                Change::Put { queue: target, message },
            ])?;
            moved += 1;
        }
        Ok(moved)
    }
}
