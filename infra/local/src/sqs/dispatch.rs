//! From an action's name and body to its answer. Only the waiting of a receive is elsewhere.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::attributes::AttributeTexts;
use super::batch;
use super::content::{AttributeValues, attributes_md5};
use super::error::SqsError;
use super::messages::Received;
use super::queues::Queues;
use super::wire::{
    CreateQueue, GetQueueAttributes, GetQueueUrl, Held, HeldHidden, ListMessageMoveTasks, ListQueues,
    OfQueue, Outgoing, ReceiveMessage, SetQueueAttributes, StartMessageMoveTask, TagQueue, UntagQueue,
};
use super::{name_of, queue_arn};

/// What an action works on.
pub(super) struct Call<'a> {
    pub(super) queues: &'a mut Queues,
    pub(super) now_ms: i64,
    /// What queue URLs begin with.
    pub(super) base_url: &'a str,
}

/// Reads a request's body.
pub(super) fn read<T: DeserializeOwned>(body: Value) -> Result<T, SqsError> {
    serde_json::from_value(body)
        .map_err(|_| SqsError::InvalidParameterValue("The request is not well formed.".to_owned()))
}

impl Call<'_> {
    /// Answers every action but `ReceiveMessage`.
    pub(super) fn answer(&mut self, action: &str, body: Value) -> Result<Value, SqsError> {
        match action {
            "CreateQueue" => self.create_queue(&read(body)?),
            "DeleteQueue" => done(self.queues.drop_queue(name_of(&read::<OfQueue>(body)?.queue_url))),
            "GetQueueUrl" => self.get_queue_url(&read(body)?),
            "ListQueues" => self.list_queues(&read(body)?),
            "GetQueueAttributes" => self.get_attributes(&read(body)?),
            "SetQueueAttributes" => self.set_attributes(&read(body)?),
            "TagQueue" => self.tag(read(body)?),
            "UntagQueue" => self.untag(&read(body)?),
            "ListQueueTags" => self.tags(&read(body)?),
            "PurgeQueue" => {
                let asked: OfQueue = read(body)?;
                done(self.queues.purge(name_of(&asked.queue_url), self.now_ms))
            }
            "SendMessage" => self.send(body),
            "SendMessageBatch" => batch::send(self.queues, read(body)?, self.now_ms),
            "DeleteMessage" => {
                let (queue, held): (OfQueue, Held) = (read(body.clone())?, read(body)?);
                done(self.queues.delete(name_of(&queue.queue_url), &held.receipt_handle))
            }
            "DeleteMessageBatch" => batch::delete(self.queues, read(body)?),
            "ChangeMessageVisibility" => self.hide(body),
            "ChangeMessageVisibilityBatch" => batch::hide(self.queues, read(body)?, self.now_ms),
            "ListDeadLetterSourceQueues" => self.dead_letter_sources(&read(body)?),
            "StartMessageMoveTask" => self.start_move(&read(body)?),
            "ListMessageMoveTasks" => Ok(self.list_moves(&read(body)?)),
            unknown => Err(SqsError::UnsupportedOperation(format!(
                "The action {unknown} is not valid for this service."
            ))),
        }
    }

    fn url(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.base_url, super::ACCOUNT)
    }

    fn create_queue(&mut self, asked: &CreateQueue) -> Result<Value, SqsError> {
        self.queues.create(&asked.queue_name, &asked.attributes, &asked.tags, self.now_ms)?;
        Ok(json!({"QueueUrl": self.url(&asked.queue_name)}))
    }

    fn get_queue_url(&self, asked: &GetQueueUrl) -> Result<Value, SqsError> {
        self.queues.queue(&asked.queue_name)?;
        Ok(json!({"QueueUrl": self.url(&asked.queue_name)}))
    }

    /// The token is the last name of the page before.
    fn list_queues(&self, asked: &ListQueues) -> Result<Value, SqsError> {
        let prefix = asked.queue_name_prefix.as_deref().unwrap_or_default();
        let after = asked.next_token.as_deref().unwrap_or_default();
        let most = asked.max_results.unwrap_or(1_000);
        if !(1..=1_000).contains(&most) {
            return Err(SqsError::InvalidParameterValue(
                "Value for parameter MaxResults is invalid. Reason: Must be an integer from 1 to 1000."
                    .to_owned(),
            ));
        }
        let mut names: Vec<&str> = self
            .queues
            .names()
            .filter(|name| name.starts_with(prefix) && *name > after)
            .take(most + 1)
            .collect();
        let more = names.len() > most;
        names.truncate(most);
        let mut answer = json!({"QueueUrls": names.iter().map(|name| self.url(name)).collect::<Vec<_>>()});
        if let (true, Some(last), Some(fields)) = (more, names.last(), answer.as_object_mut()) {
            fields.insert("NextToken".to_owned(), json!(last));
        }
        Ok(answer)
    }

    fn get_attributes(&self, asked: &GetQueueAttributes) -> Result<Value, SqsError> {
        let name = name_of(&asked.queue_url);
        let all = self.all_attributes(name)?;
        if asked.attribute_names.iter().any(|wanted| wanted == "All") {
            return Ok(json!({"Attributes": all}));
        }
        let mut answered = AttributeTexts::new();
        for wanted in &asked.attribute_names {
            if let Some(value) = all.get(wanted) {
                answered.insert(wanted.clone(), value.clone());
            }
        }
        Ok(json!({"Attributes": answered}))
    }

    fn all_attributes(&self, name: &str) -> Result<AttributeTexts, SqsError> {
        let queue = self.queues.queue(name)?;
        let counts = queue.counts(self.now_ms);
        let mut texts = queue.settings.texts();
        let more = [
            ("QueueArn", queue_arn(name)),
            ("ApproximateNumberOfMessages", counts.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
            ("CreatedTimestamp", queue.created_ms.div_euclid(1_000).to_string()),
            ("LastModifiedTimestamp", queue.modified_ms.div_euclid(1_000).to_string()),
        ];
        texts.extend(more.map(|(name, value)| (name.to_owned(), value)));
        Ok(texts)
    }

    fn set_attributes(&mut self, asked: &SetQueueAttributes) -> Result<Value, SqsError> {
        done(self.queues.set(name_of(&asked.queue_url), &asked.attributes, self.now_ms))
    }

    fn tags(&self, asked: &OfQueue) -> Result<Value, SqsError> {
        Ok(json!({"Tags": self.queues.queue(name_of(&asked.queue_url))?.tags}))
    }

    fn tag(&mut self, asked: TagQueue) -> Result<Value, SqsError> {
        let name = name_of(&asked.queue_url);
        let mut tags = self.queues.queue(name)?.tags.clone();
        tags.extend(asked.tags);
        done(self.queues.tag(name, tags))
    }

    fn untag(&mut self, asked: &UntagQueue) -> Result<Value, SqsError> {
        let name = name_of(&asked.queue_url);
        let mut tags = self.queues.queue(name)?.tags.clone();
        tags.retain(|key, _| !asked.tag_keys.contains(key));
        done(self.queues.tag(name, tags))
    }

    fn send(&mut self, body: Value) -> Result<Value, SqsError> {
        let (queue, message): (OfQueue, Outgoing) = (read(body.clone())?, read(body)?);
        let delay_s = message.delay_seconds;
        let sent =
            self.queues.send(name_of(&queue.queue_url), message.into_content(), delay_s, self.now_ms)?;
        Ok(batch::sent_answer(&sent))
    }

    fn hide(&mut self, body: Value) -> Result<Value, SqsError> {
        let (queue, held): (OfQueue, HeldHidden) = (read(body.clone())?, read(body)?);
        done(self.queues.hide(
            name_of(&queue.queue_url),
            &held.receipt_handle,
            held.visibility_timeout,
            self.now_ms,
        ))
    }

    /// One attempt of a receive, without waiting.
    pub(super) fn receive(&mut self, asked: &ReceiveMessage) -> Result<Vec<Value>, SqsError> {
        let most = asked.max_number_of_messages.unwrap_or(1);
        if !(1..=10).contains(&most) {
            return Err(SqsError::InvalidParameterValue(
                "Value for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.".to_owned(),
            ));
        }
        let received =
            self.queues.receive(name_of(&asked.queue_url), most, asked.visibility_timeout, self.now_ms)?;
        Ok(received.iter().map(|one| received_answer(one, asked)).collect())
    }

    fn dead_letter_sources(&self, asked: &OfQueue) -> Result<Value, SqsError> {
        let name = name_of(&asked.queue_url);
        self.queues.queue(name)?;
        let sources = self.queues.dead_letter_sources(name);
        let urls: Vec<String> = sources.iter().map(|source| self.url(source)).collect();
        // The protocol spells this member in lower case.
        Ok(json!({"queueUrls": urls}))
    }

    fn start_move(&mut self, asked: &StartMessageMoveTask) -> Result<Value, SqsError> {
        let destination = asked.destination_arn.as_deref();
        let handle = self.queues.start_move(&asked.source_arn, destination, self.now_ms)?;
        Ok(json!({"TaskHandle": handle}))
    }

    fn list_moves(&self, asked: &ListMessageMoveTasks) -> Value {
        let source = name_of(&asked.source_arn);
        let moves = self.queues.moves.iter().rev().filter(|done| done.source == source);
        let results: Vec<Value> = moves
            .map(|done| {
                json!({
                    "TaskHandle": done.handle,
                    "Status": "COMPLETED",
                    "SourceArn": queue_arn(&done.source),
                    "DestinationArn": done.destination.as_deref().map(queue_arn),
                    "ApproximateNumberOfMessagesMoved": done.moved,
                    "ApproximateNumberOfMessagesToMove": done.moved,
                    "StartedTimestamp": done.started_ms,
                })
            })
            .collect();
        json!({"Results": results})
    }
}

fn done(result: Result<(), SqsError>) -> Result<Value, SqsError> {
    result.map(|()| json!({}))
}

/// A message as a receiver sees it, with the attributes that were asked for.
fn received_answer(received: &Received, asked: &ReceiveMessage) -> Value {
    let message = &received.message;
    let content = &message.content;
    let wanted: AttributeValues = content
        .attributes
        .iter()
        .filter(|(name, _)| is_wanted(name, &asked.message_attribute_names))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut answer = json!({
        "MessageId": message.id,
        "ReceiptHandle": received.handle,
        "MD5OfBody": content.body_md5(),
        "Body": content.body,
        "Attributes": system_attributes(received, asked),
    });
    if let (Some(sum), Some(fields)) = (attributes_md5(wanted.iter()), answer.as_object_mut()) {
        fields.insert("MD5OfMessageAttributes".to_owned(), json!(sum));
        fields.insert("MessageAttributes".to_owned(), json!(wanted));
    }
    answer
}

fn is_wanted(name: &str, asked: &[String]) -> bool {
    asked.iter().any(|pattern| {
        pattern == "All"
            || pattern == name
            || pattern.strip_suffix(".*").is_some_and(|stem| name.starts_with(stem))
    })
}

fn system_attributes(received: &Received, asked: &ReceiveMessage) -> AttributeTexts {
    let message = &received.message;
    let mut all = AttributeTexts::from([
        ("SenderId".to_owned(), super::ACCOUNT.to_owned()),
        ("SentTimestamp".to_owned(), message.sent_ms.to_string()),
        ("ApproximateReceiveCount".to_owned(), message.receive_count.to_string()),
    ]);
    if let Some(first_ms) = message.first_received_ms {
        all.insert("ApproximateFirstReceiveTimestamp".to_owned(), first_ms.to_string());
    }
    if let Some(source) = &message.dead_letter_of {
        all.insert("DeadLetterQueueSourceArn".to_owned(), queue_arn(source));
    }
    if let Some(trace) = &message.content.trace {
        all.insert("AWSTraceHeader".to_owned(), trace.clone());
    }
    let names = asked.attribute_names.iter().chain(&asked.message_system_attribute_names);
    let names: Vec<&String> = names.collect();
    all.retain(|name, _| names.iter().any(|wanted| *wanted == name || *wanted == "All"));
    all
}
