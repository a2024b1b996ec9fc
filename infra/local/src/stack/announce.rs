//! What services do by themselves in AWS: buckets announce objects, tables drop expired items.

use aws_sdk_dynamodb::types::AttributeValue;

use super::account::Account;
use super::error::StackError;
use super::events;
use crate::template::{Bucket, Table};

pub(super) async fn announce(
    account: &Account,
    bucket: &Bucket,
    key: &str,
    size: u64,
    tag: &str,
) -> Result<(), StackError> {
    let body = events::dropped_file(&bucket.name, key, size, tag, account.clock()).to_string();
    for drops in bucket.drops.iter().filter(|drops| key.starts_with(&drops.prefix)) {
        account
            .clients()
            .sqs
            .send_message()
            .queue_url(account.queue_url(&drops.queue))
            .message_body(&body)
            .send()
            .await
            .map_err(StackError::service("SendMessage"))?;
    }
    Ok(())
}

pub(super) async fn expire(account: &Account) -> Result<u64, StackError> {
    let mut expired = 0;
    for table in &account.template().tables {
        if let Some(attribute) = &table.expires {
            expired += expire_table(account, table, attribute).await?;
        }
    }
    Ok(expired)
}

/// Reads the whole table, as the service's own sweeper does; no function ever does.
async fn expire_table(account: &Account, table: &Table, attribute: &str) -> Result<u64, StackError> {
    let client = &account.clients().dynamodb;
    let now_s = account.clock().now_seconds().to_string();
    let mut pages = client
        .scan()
        .table_name(&table.id)
        .filter_expression("attribute_exists(#e) AND #e <= :now")
        .expression_attribute_names("#e", attribute)
        .expression_attribute_values(":now", AttributeValue::N(now_s))
        .into_paginator()
        .items()
        .send();
    let mut expired = 0;
    while let Some(item) = pages.next().await {
        let item = item.map_err(StackError::service("Scan"))?;
        let keys = [Some(&table.keys.partition), table.keys.sort.as_ref()];
        let mut request = client.delete_item().table_name(&table.id);
        for name in keys.into_iter().flatten() {
            if let Some(value) = item.get(name) {
                request = request.key(name, value.clone());
            }
        }
        request.send().await.map_err(StackError::service("DeleteItem"))?;
        expired += 1;
    }
    Ok(expired)
}
