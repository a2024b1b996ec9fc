//! A table's stream that calls a function: filter, retries, halving, and what is told of records given up.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use serde_json::{Value, json};

use super::error::StackError;
use super::filter::passes;
use super::invoker::Invoker;
use super::positions::Positions;
use super::replies::{Outcome, outcome};
use super::stream_record::{StreamRecord, stream_record};
use crate::template::StreamTrigger;

#[derive(Debug)]
pub(super) struct StreamSource {
    pub(super) trigger: StreamTrigger,
    pub(super) client: Client,
    pub(super) positions: Arc<Positions>,
    /// Where records that were given up are told of.
    pub(super) failures: Option<(aws_sdk_sqs::Client, String)>,
    /// Every batch is delivered twice.
    pub(super) twice: bool,
}

/// What is known of the batch that is being worked on.
#[derive(Clone, Copy)]
struct Batch<'a> {
    stream_arn: &'a str,
    shard: &'a str,
    records: &'a [StreamRecord],
    /// Calls that were made for these records.
    calls: u32,
}

impl StreamSource {
    /// Reads every shard to its end; returns how many records it read.
    pub(super) async fn pump(&self, invoker: &Invoker) -> Result<u64, StackError> {
        let mut read = 0;
        for stream_arn in self.streams().await? {
            for shard in self.shards(&stream_arn).await? {
                read += self.pump_shard(invoker, &stream_arn, &shard).await?;
            }
        }
        Ok(read)
    }

    async fn streams(&self) -> Result<Vec<String>, StackError> {
        let answer = self
            .client
            .list_streams()
            .table_name(&self.trigger.table)
            .send()
            .await
            .map_err(StackError::service("ListStreams"))?;
        let streams = answer.streams.unwrap_or_default();
        Ok(streams.into_iter().filter_map(|stream| stream.stream_arn).collect())
    }

    async fn shards(&self, stream_arn: &str) -> Result<Vec<String>, StackError> {
        let answer = self
            .client
            .describe_stream()
            .stream_arn(stream_arn)
            .send()
            .await
            .map_err(StackError::service("DescribeStream"))?;
        let shards = answer.stream_description.and_then(|described| described.shards);
        Ok(shards.unwrap_or_default().into_iter().filter_map(|shard| shard.shard_id).collect())
    }

    async fn pump_shard(&self, invoker: &Invoker, stream_arn: &str, shard: &str) -> Result<u64, StackError> {
        let key = format!("{}/{shard}", self.trigger.function);
        let mut iterator = self.iterator(stream_arn, shard, self.positions.get(&key)).await?;
        let mut read = 0;
        while let Some(current) = iterator {
            let answer = self
                .client
                .get_records()
                .shard_iterator(current)
                .send()
                .await
                .map_err(StackError::service("GetRecords"))?;
            let records: Vec<StreamRecord> =
                answer.records().iter().filter_map(|record| stream_record(record, stream_arn)).collect();
            let Some(last) = records.last() else { break };
            read += u64::try_from(records.len()).unwrap_or(u64::MAX);
            let last = last.sequence.clone();
            self.handle(invoker, stream_arn, shard, records).await?;
            self.positions.set(&key, &last)?;
            iterator = answer.next_shard_iterator;
        }
        Ok(read)
    }

    async fn iterator(
        &self,
        stream_arn: &str,
        shard: &str,
        after: Option<String>,
    ) -> Result<Option<String>, StackError> {
        let request = self.client.get_shard_iterator().stream_arn(stream_arn).shard_id(shard);
        let request = match after {
            Some(sequence) => {
                request.shard_iterator_type(ShardIteratorType::AfterSequenceNumber).sequence_number(sequence)
            }
            None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        let answer = request.send().await.map_err(StackError::service("GetShardIterator"))?;
        Ok(answer.shard_iterator)
    }

    async fn handle(
        &self,
        invoker: &Invoker,
        stream_arn: &str,
        shard: &str,
        mut records: Vec<StreamRecord>,
    ) -> Result<(), StackError> {
        records.retain(|record| passes(&self.trigger.filters, &record.event));
        let most = usize::try_from(self.trigger.batch_size).unwrap_or(usize::MAX).max(1);
        for part in records.chunks(most) {
            self.settle(invoker, Batch { stream_arn, shard, records: part, calls: 0 }).await?;
        }
        Ok(())
    }

    /// Calls the function for the batch until every record is handled or given up, in the order of the
    /// stream. What is left after a failure waits on a stack, earliest part on top.
    async fn settle(&self, invoker: &Invoker, batch: Batch<'_>) -> Result<(), StackError> {
        let mut waiting = vec![batch];
        while let Some(batch) = waiting.pop() {
            let events: Vec<&Value> = batch.records.iter().map(|record| &record.event).collect();
            if self.twice {
                // The answer was lost: the service delivers the batch again.
                drop(invoker.call(&self.trigger.function, json!({"Records": events})).await);
            }
            let reply = invoker.call(&self.trigger.function, json!({"Records": events})).await;
            let ids: BTreeSet<String> = batch.records.iter().map(|record| record.sequence.clone()).collect();
            let first_failed = match outcome(&reply, self.trigger.item_failures, &ids) {
                Outcome::Done => continue,
                Outcome::None => 0,
                // A stream goes on from the lowest record that failed.
                Outcome::Some(failed) => {
                    batch.records.iter().position(|record| failed.contains(&record.sequence)).unwrap_or(0)
                }
            };
            let (_, left) = batch.records.split_at(first_failed);
            let left = Batch { records: left, calls: batch.calls + 1, ..batch };
            waiting.extend(self.retried(left).await?);
        }
        Ok(())
    }

    /// What is tried next of a failed batch, the last part first; nothing when it is given up.
    async fn retried<'a>(&self, left: Batch<'a>) -> Result<Vec<Batch<'a>>, StackError> {
        if self.trigger.bisects && left.records.len() > 1 {
            // Halving does not count as a retry: it only finds the record that fails.
            let calls = left.calls - 1;
            let (front, back) = left.records.split_at(left.records.len() / 2);
            return Ok(vec![Batch { records: back, calls, ..left }, Batch { records: front, calls, ..left }]);
        }
        let is_exhausted = self.trigger.retries.is_some_and(|retries| left.calls > retries);
        if is_exhausted {
            self.give_up(&left).await?;
            return Ok(Vec::new());
        }
        Ok(vec![left])
    }

    /// Tells the failure queue which records were given up: their place, never their content.
    async fn give_up(&self, batch: &Batch<'_>) -> Result<(), StackError> {
        let Some((client, url)) = &self.failures else { return Ok(()) };
        let sequence = |record: Option<&StreamRecord>| record.map(|record| record.sequence.clone());
        let told = json!({
            "version": "1.0",
            "requestContext": {
                "functionArn": self.trigger.function,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": batch.calls,
            },
            "DDBStreamBatchInfo": {
                "shardId": batch.shard,
                "startSequenceNumber": sequence(batch.records.first()),
                "endSequenceNumber": sequence(batch.records.last()),
                "batchSize": batch.records.len(),
                "streamArn": batch.stream_arn,
            },
        });
        let request = client.send_message().queue_url(url).message_body(told.to_string());
        request.send().await.map_err(StackError::service("SendMessage"))?;
        Ok(())
    }
}
