//! A queue that calls a function: what an event source mapping does.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageSystemAttributeName,
};

use super::error::StackError;
use super::events;
use super::invoker::Invoker;
use super::mischief::{Mischief, Turn};
use super::replies::{Outcome, outcome};
use crate::template::QueueTrigger;

/// The service's own limit of one receive and of one batch request.
const PER_REQUEST: usize = 10;

#[derive(Debug)]
pub(super) struct QueueSource {
    pub(super) trigger: QueueTrigger,
    pub(super) url: String,
    pub(super) client: Client,
    pub(super) workers: u32,
    pub(super) mischief: Option<Mischief>,
}

impl QueueSource {
    /// Calls the function until the queue has nothing to be received; returns how many messages were
    /// taken. Workers beside each other take the place of concurrent invocations.
    pub(super) async fn pump(self: &Arc<Self>, invoker: &Arc<Invoker>) -> Result<u64, StackError> {
        let most = self.trigger.maximum_concurrency.unwrap_or(self.workers);
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..most.min(self.workers) {
            let (source, invoker) = (Arc::clone(self), Arc::clone(invoker));
            running.spawn(async move { source.work(&invoker).await });
        }
        let mut taken = 0;
        while let Some(ended) = running.join_next().await {
            taken += ended.map_err(|_| StackError::Task)??;
        }
        Ok(taken)
    }

    async fn work(&self, invoker: &Invoker) -> Result<u64, StackError> {
        let mut taken = 0;
        loop {
            let batch = self.batch().await?;
            if batch.is_empty() {
                return Ok(taken);
            }
            taken += u64::try_from(batch.len()).unwrap_or(u64::MAX);
            let (batch, again) = self.mischief(batch).await?;
            if batch.is_empty() {
                continue;
            }
            let event = events::queue_event(&self.trigger.queue, &batch);
            let reply = invoker.call(&self.trigger.function, event).await;
            let ids = batch.iter().filter_map(|message| message.message_id().map(str::to_owned)).collect();
            let outcome = outcome(&reply, self.trigger.item_failures, &ids);
            let (repeated, settled): (Vec<Message>, Vec<Message>) = batch
                .into_iter()
                .partition(|message| again.contains(message.message_id().unwrap_or_default()));
            self.settle(&settled, &outcome).await?;
            self.put_off(&repeated).await?;
        }
    }

    /// With mischief: the batch shuffled and without those that are put off, and the ids of those that are handled and
    /// come again nevertheless.
    async fn mischief(
        &self,
        mut batch: Vec<Message>,
    ) -> Result<(Vec<Message>, BTreeSet<String>), StackError> {
        let Some(mischief) = self.mischief else { return Ok((batch, BTreeSet::new())) };
        mischief.shuffle(&mut batch);
        let (later, now): (Vec<Message>, Vec<Message>) =
            batch.into_iter().partition(|message| mischief.turn(message) == Turn::PutOff);
        self.put_off(&later).await?;
        let comes_again = |message: &&Message| mischief.turn(message) == Turn::HandledAndAgain;
        let ids =
            now.iter().filter(comes_again).filter_map(|message| message.message_id().map(str::to_owned));
        let ids = ids.collect();
        Ok((now, ids))
    }

    async fn put_off(&self, messages: &[Message]) -> Result<(), StackError> {
        let Some(mischief) = self.mischief else { return Ok(()) };
        let messages: Vec<&Message> = messages.iter().collect();
        for part in messages.chunks(PER_REQUEST) {
            self.show(part, |message| mischief.delay_s(message)).await?;
        }
        Ok(())
    }

    /// Takes up to a batch. The batching window is not waited for: here nobody pays for a call.
    async fn batch(&self) -> Result<Vec<Message>, StackError> {
        let most = usize::try_from(self.trigger.batch_size).unwrap_or(usize::MAX);
        let mut batch = Vec::new();
        while batch.len() < most {
            let asked = PER_REQUEST.min(most - batch.len());
            let answer = self
                .client
                .receive_message()
                .queue_url(&self.url)
                .max_number_of_messages(i32::try_from(asked).unwrap_or(1))
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .message_attribute_names("All")
                .wait_time_seconds(0)
                .send()
                .await
                .map_err(StackError::service("ReceiveMessage"))?;
            let received = answer.messages.unwrap_or_default();
            let was_last = received.len() < asked;
            batch.extend(received);
            if was_last {
                break;
            }
        }
        Ok(batch)
    }

    /// Deletes what was handled and shows what was not at once: in AWS it would show again after its
    /// visibility timeout, which only costs time. Its receives still count towards the dead letters.
    async fn settle(&self, batch: &[Message], outcome: &Outcome) -> Result<(), StackError> {
        let none = BTreeSet::new();
        let (failed, all) = match outcome {
            Outcome::Done => (&none, false),
            Outcome::Some(failed) => (failed, false),
            Outcome::None => (&none, true),
        };
        let is_failed =
            |message: &&Message| all || message.message_id().is_some_and(|id| failed.contains(id));
        let (lost, handled): (Vec<_>, Vec<_>) = batch.iter().partition(is_failed);
        for part in handled.chunks(PER_REQUEST) {
            self.delete(part).await?;
        }
        for part in lost.chunks(PER_REQUEST) {
            self.show(part, |_| 0).await?;
        }
        Ok(())
    }

    async fn delete(&self, messages: &[&Message]) -> Result<(), StackError> {
        let mut request = self.client.delete_message_batch().queue_url(&self.url);
        for (id, handle) in handles(messages) {
            let entry = DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle);
            request = request.entries(entry.build().map_err(|_| StackError::Task)?);
        }
        // An entry that failed comes back after its visibility timeout: handlers bear a second delivery.
        request.send().await.map_err(StackError::service("DeleteMessageBatch"))?;
        Ok(())
    }

    /// Shows messages again, each after its delay in seconds.
    async fn show(
        &self,
        messages: &[&Message],
        delay_s: impl Fn(&Message) -> i32 + Send,
    ) -> Result<(), StackError> {
        let mut request = self.client.change_message_visibility_batch().queue_url(&self.url);
        let delays = messages.iter().map(|message| delay_s(message));
        for ((id, handle), delay_s) in handles(messages).zip(delays) {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(id)
                .receipt_handle(handle)
                .visibility_timeout(delay_s);
            request = request.entries(entry.build().map_err(|_| StackError::Task)?);
        }
        request.send().await.map_err(StackError::service("ChangeMessageVisibilityBatch"))?;
        Ok(())
    }
}

fn handles<'a>(messages: &'a [&'a Message]) -> impl Iterator<Item = (String, &'a str)> {
    messages
        .iter()
        .enumerate()
        .filter_map(|(index, message)| Some((format!("m{index}"), message.receipt_handle()?)))
}
