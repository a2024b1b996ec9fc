//! The store on DynamoDB. Item layout: `icm_contract::keys`.

mod audit;
mod cases;
mod commit;
mod due;
mod effects;
mod facts;
mod head;
mod locator;
mod quarantine;
mod registry;

use crate::error::{Intent, port_error};
use crate::item::{Item, text};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use icm_contract::keys;
use icm_ports::{PortError, Result};
use std::collections::HashMap;
use std::time::Duration;

/// Names of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Facts, heads, decisions, cases, events, effects.
    pub members: String,
    /// Versions of configuration, switches, capacity.
    pub registry: String,
    /// Claims to members, and parked facts.
    pub locator: String,
    /// Audit trail.
    pub audit: String,
    /// Quarantine.
    pub quarantine: String,
}

impl Tables {
    /// From `MEMBERS_TABLE`, `REGISTRY_TABLE`, `LOCATOR_TABLE`, `AUDIT_TABLE`, `QUARANTINE_TABLE`. A function that does
    /// not use a table may leave it unset: the name is empty, and every call on it is refused by the service.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Self {
        let named = |name: &str| var(name).unwrap_or_default();
        Self {
            members: named("MEMBERS_TABLE"),
            registry: named("REGISTRY_TABLE"),
            locator: named("LOCATOR_TABLE"),
            audit: named("AUDIT_TABLE"),
            quarantine: named("QUARANTINE_TABLE"),
        }
    }

    /// From the process's environment.
    pub fn from_env() -> Self {
        Self::from_vars(|name| std::env::var(name).ok())
    }
}

/// All ports of the store.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    tables: Tables,
}

/// Items in one BatchWriteItem request (DynamoDB's limit).
const BATCH_ITEMS: usize = 25;
/// How often what came back unprocessed is tried again.
const BATCH_ROUNDS: u32 = 6;

impl Store {
    /// The store in these tables.
    pub const fn new(client: Client, tables: Tables) -> Self {
        Self { client, tables }
    }

    /// One item, strongly consistent.
    async fn get(&self, operation: &'static str, table: &str, pk: String, sk: &str) -> Result<Option<Item>> {
        let answer = self
            .client
            .get_item()
            .table_name(table)
            .key(keys::PK, text(pk))
            .key(keys::SK, text(sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error(operation, Intent::Read, &error))?;
        Ok(answer.item)
    }

    /// All items of a partition whose sort key begins with `prefix`, every page, strongly consistent.
    async fn prefixed(&self, query: Prefixed<'_>) -> Result<Vec<Item>> {
        // A key condition may not compare with an empty text.
        let (condition, named) = match query.prefix {
            "" => ("pk = :pk", values([(":pk", text(query.pk))])),
            prefix => (
                "pk = :pk AND begins_with(sk, :prefix)",
                values([(":pk", text(query.pk)), (":prefix", text(prefix))]),
            ),
        };
        let asked = self
            .client
            .query()
            .table_name(query.table)
            .key_condition_expression(condition)
            .set_expression_attribute_values(named)
            .set_projection_expression(query.only.map(str::to_owned))
            .consistent_read(true);
        // On the heap: a query is large, and many futures hold one.
        Box::pin(pages(query.operation, asked, None)).await
    }

    /// The first items of a partition behind a sort key, up to a limit. An answer ends after a megabyte, also before the
    /// limit: a list that ended there would hide what follows.
    async fn following(&self, query: Following<'_>) -> Result<Vec<Item>> {
        let asked = self
            .client
            .query()
            .table_name(query.table)
            .key_condition_expression("pk = :pk AND sk > :after")
            .set_expression_attribute_values(values([
                (":pk", text(query.pk)),
                (":after", text(query.after.unwrap_or(" "))),
            ]))
            .consistent_read(query.consistent);
        Box::pin(pages(query.operation, asked, Some(query.limit))).await
    }

    /// Writes items without condition, 25 a request; only what came back unprocessed is tried again.
    async fn put_all(&self, operation: &'static str, table: &str, items: Vec<Item>) -> Result<()> {
        for chunk in items.chunks(BATCH_ITEMS) {
            self.put_chunk(operation, table, chunk).await?;
        }
        Ok(())
    }

    async fn put_chunk(&self, operation: &'static str, table: &str, items: &[Item]) -> Result<()> {
        let mut waiting = items.iter().cloned().map(put_request).collect::<Result<Vec<_>>>()?;
        for round in 0..BATCH_ROUNDS {
            let answer = self
                .client
                .batch_write_item()
                .request_items(table, waiting)
                .send()
                .await
                .map_err(|error| port_error(operation, Intent::Write, &error))?;
            waiting = answer.unprocessed_items.unwrap_or_default().remove(table).unwrap_or_default();
            if waiting.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(backoff(round)).await;
        }
        Err(PortError::Throttled { operation })
    }

    /// Writes one item without condition.
    async fn put(&self, operation: &'static str, table: &str, item: Item) -> Result<()> {
        self.client
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .send()
            .await
            .map_err(|error| port_error(operation, Intent::Write, &error))?;
        Ok(())
    }
}

/// What to read of a partition behind a sort key.
struct Following<'a> {
    operation: &'static str,
    table: &'a str,
    pk: String,
    /// Items behind this sort key; none: from the beginning.
    after: Option<&'a str>,
    limit: usize,
    consistent: bool,
}

/// A query by prefix.
struct Prefixed<'a> {
    operation: &'static str,
    table: &'a str,
    pk: &'a str,
    prefix: &'a str,
    /// Attributes wanted; none: all.
    only: Option<&'a str>,
}

/// Every page of a query, up to a limit.
async fn pages(
    operation: &'static str,
    asked: QueryFluentBuilder,
    limit: Option<usize>,
) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut from: Option<Item> = None;
    loop {
        let left = limit.map(|limit| i32::try_from(limit.saturating_sub(items.len())).unwrap_or(i32::MAX));
        let page = asked.clone().set_limit(left).set_exclusive_start_key(from.take());
        let answer = page.send().await.map_err(|error| port_error(operation, Intent::Read, &error))?;
        items.extend(answer.items.unwrap_or_default());
        match answer.last_evaluated_key {
            Some(key) if !key.is_empty() && limit.is_none_or(|limit| items.len() < limit) => from = Some(key),
            _ => return Ok(items),
        }
    }
}

fn put_request(item: Item) -> Result<WriteRequest> {
    let put = PutRequest::builder()
        .set_item(Some(item))
        .build()
        .map_err(|_| PortError::Corrupt { operation: "put" })?;
    Ok(WriteRequest::builder().put_request(put).build())
}

/// 20, 40, 80 … milliseconds: short, because the caller's message is given back when it takes longer.
fn backoff(round: u32) -> Duration {
    Duration::from_millis(20 << round.min(6))
}

/// Values of an expression.
#[expect(clippy::unnecessary_wraps, reason = "the builders take an option")]
fn values<const N: usize>(pairs: [(&str, AttributeValue); N]) -> Option<HashMap<String, AttributeValue>> {
    Some(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
