//! Quarantine.

use super::{Following, Prefixed, Store};
use crate::item::{ITEM_V1, Item, Reading, Writing, moment, number, text};
use aws_sdk_dynamodb::types::AttributeValue;
use icm_contract::keys;
use icm_domain::moment::Moment;
use icm_ports::{QuarantineRead, QuarantineRecord, QuarantineWrite, Result};
use std::collections::BTreeMap;

/// Partition that lists the places which hold quarantined records.
const ORIGINS: &str = "Q";

/// Days for which a record that nobody replays is kept: content of a source is member data.
const KEPT_DAYS: i64 = 400;

fn expires(at: Moment) -> i64 {
    at.plus_hours(KEPT_DAYS * 24).millis() / 1_000
}

fn partition(origin: &str) -> String {
    format!("Q#{origin}")
}

fn item(record: &QuarantineRecord) -> Item {
    Writing::new(partition(&record.origin), record.id.as_ref(), ITEM_V1)
        .with("origin", text(record.origin.as_ref()))
        .with("field", text(record.field.as_ref()))
        .with("reason", text(record.reason.as_ref()))
        .with("at", moment(record.at))
        .with_some("content", record.content.as_deref().map(text))
        .with("replayed", AttributeValue::Bool(record.replayed))
        .with(keys::EXPIRES, number(expires(record.at)))
        .done()
}

fn read(item: &Item) -> Result<QuarantineRecord> {
    let read = Reading::new("read quarantine", item);
    Ok(QuarantineRecord {
        origin: read.text("origin")?.into(),
        id: read.text(keys::SK)?.into(),
        field: read.text("field")?.into(),
        reason: read.text("reason")?.into(),
        at: read.moment_opt("at")?.ok_or_else(|| read.corrupt())?,
        content: read.text_opt("content").map(Into::into),
        replayed: read.flag("replayed"),
    })
}

impl QuarantineWrite for Store {
    async fn quarantine(&self, records: &[QuarantineRecord]) -> Result<()> {
        // A batch may not name an item twice.
        let mut items = BTreeMap::new();
        for record in records {
            let origin = Writing::new(ORIGINS, record.origin.as_ref(), ITEM_V1)
                .with(keys::EXPIRES, number(expires(record.at)))
                .done();
            items.insert((ORIGINS.to_owned(), record.origin.clone()), origin);
            items.insert((partition(&record.origin), record.id.clone()), item(record));
        }
        self.put_all("quarantine", &self.tables.quarantine, items.into_values().collect()).await
    }
}

impl QuarantineRead for Store {
    async fn origins(&self) -> Result<Vec<Box<str>>> {
        const OPERATION: &str = "read quarantine places";
        let query = Prefixed {
            operation: OPERATION,
            table: &self.tables.quarantine,
            pk: ORIGINS,
            prefix: "",
            only: None,
        };
        let place = |item: &Item| Ok(Reading::new(OPERATION, item).text(keys::SK)?.into());
        self.prefixed(query).await?.iter().map(place).collect()
    }

    async fn records(
        &self,
        origin: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<QuarantineRecord>> {
        let query = Following {
            operation: "read quarantine",
            table: &self.tables.quarantine,
            pk: partition(origin),
            after,
            limit,
            consistent: true,
        };
        self.following(query).await?.iter().map(read).collect()
    }
}
