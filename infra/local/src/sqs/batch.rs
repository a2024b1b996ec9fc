//! Batches: an answer of 200 whose entries succeed or fail one by one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::content::attributes_md5;
use super::dispatch::read;
use super::error::SqsError;
use super::messages::Sent;
use super::name_of;
use super::queues::Queues;
use super::wire::{Batch, Entry, Held, HeldHidden, Outgoing};

/// Most entries of one batch.
const ENTRIES_MAX: usize = 10;
/// Most bytes of all entries together.
const BYTES_MAX: usize = 1_048_576;

/// Sends each entry.
pub(super) fn send(queues: &mut Queues, batch: Batch, now_ms: i64) -> Result<Value, SqsError> {
    let name = checked(queues, &batch)?;
    let mut outgoing = Vec::new();
    for entry in batch.entries {
        let message: Outgoing = read(entry.rest)?;
        outgoing.push((entry.id, message.delay_seconds, message.into_content()));
    }
    let bytes = outgoing.iter().map(|(_, _, content)| content.bytes()).sum();
    if bytes > BYTES_MAX {
        return Err(SqsError::BatchRequestTooLong(bytes));
    }
    let results = outgoing.into_iter().map(|(id, delay_s, content)| {
        let sent = queues.send(&name, content, delay_s, now_ms);
        (id, sent.map(|sent| sent_answer(&sent)))
    });
    Ok(answer(results.collect()))
}

/// Deletes each entry's message.
pub(super) fn delete(queues: &mut Queues, batch: Batch) -> Result<Value, SqsError> {
    each(queues, batch, |queues, name, rest| {
        let held: Held = read(rest)?;
        queues.delete(name, &held.receipt_handle)
    })
}

/// Changes the visibility of each entry's message.
pub(super) fn hide(queues: &mut Queues, batch: Batch, now_ms: i64) -> Result<Value, SqsError> {
    each(queues, batch, |queues, name, rest| {
        let held: HeldHidden = read(rest)?;
        queues.hide(name, &held.receipt_handle, held.visibility_timeout, now_ms)
    })
}

/// What a sender is told about a message.
pub(super) fn sent_answer(sent: &Sent) -> Value {
    let mut answer = json!({
        "MessageId": sent.id,
        "MD5OfMessageBody": sent.content.body_md5(),
    });
    if let (Some(sum), Some(fields)) =
        (attributes_md5(sent.content.attributes.iter()), answer.as_object_mut())
    {
        fields.insert("MD5OfMessageAttributes".to_owned(), Value::String(sum));
    }
    answer
}

fn each(
    queues: &mut Queues,
    batch: Batch,
    act: impl Fn(&mut Queues, &str, Value) -> Result<(), SqsError>,
) -> Result<Value, SqsError> {
    let name = checked(queues, &batch)?;
    let results = batch.entries.into_iter().map(|entry| {
        let done = act(queues, &name, entry.rest);
        (entry.id, done.map(|()| json!({})))
    });
    Ok(answer(results.collect()))
}

/// The queue's name, when the batch as a whole is in order.
fn checked(queues: &Queues, batch: &Batch) -> Result<String, SqsError> {
    let name = name_of(&batch.queue_url);
    queues.queue(name)?;
    check_entries(&batch.entries)?;
    Ok(name.to_owned())
}

fn check_entries(entries: &[Entry]) -> Result<(), SqsError> {
    if entries.is_empty() {
        return Err(SqsError::EmptyBatchRequest);
    }
    if entries.len() > ENTRIES_MAX {
        return Err(SqsError::TooManyEntriesInBatchRequest(entries.len()));
    }
    let permitted = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let ids: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    if !ids.iter().all(|id| (1..=80).contains(&id.len()) && id.chars().all(permitted)) {
        return Err(SqsError::InvalidBatchEntryId);
    }
    if ids.len() < entries.len() {
        return Err(SqsError::BatchEntryIdsNotDistinct);
    }
    Ok(())
}

/// Successful and failed entries side by side, each with its id.
fn answer(results: Vec<(String, Result<Value, SqsError>)>) -> Value {
    let mut successful = Vec::new();
    let mut failed = Vec::new();
    for (id, result) in results {
        match result {
            Ok(mut value) => {
                if let Some(fields) = value.as_object_mut() {
                    fields.insert("Id".to_owned(), Value::String(id));
                }
                successful.push(value);
            }
            Err(error) => failed.push(json!({
                "Id": id,
                "SenderFault": error.is_senders_fault(),
                "Code": error.entry_code(),
                "Message": error.to_string(),
            })),
        }
    }
    json!({"Successful": successful, "Failed": failed})
}
