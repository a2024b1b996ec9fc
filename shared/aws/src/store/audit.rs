//! The audit trail: append only. A line stands under its day, sharded so that a day is not one hot partition (D13), and
//! where it is about one member also under the member.

use super::{Following, Store};
use crate::error::{Intent, port_error};
use crate::item::{ITEM_V1, Item, Reading, Writing, text};
use icm_contract::keys;
use icm_domain::day::Day;
use icm_domain::ids::{ActorId, MemberId};
use icm_ports::{AuditRead, AuditRecord, AuditSpan, AuditWrite, Moment, PortError, Result};

/// Shards of a day: the first digit of the hash of a line's id.
const SHARDS: &str = "0123456789abcdef";

fn day(day: Day, shard: char) -> String {
    format!("{day}#{shard}")
}

fn about(member: &MemberId) -> String {
    format!("M#{}", member.as_str())
}

fn item(pk: String, record: &AuditRecord) -> Item {
    Writing::new(pk, record.place(), record.body.version.max(ITEM_V1))
        .with("actor", text(record.actor.as_str()))
        .with("body", text(record.body.text.as_ref()))
        .done()
}

fn read(item: &Item) -> Result<AuditRecord> {
    let read = Reading::new("read audit trail", item);
    let place = read.text(keys::SK)?;
    let (at, id) = place.split_once('#').ok_or_else(|| read.corrupt())?;
    Ok(AuditRecord {
        at: Moment::parse(at).ok_or_else(|| read.corrupt())?,
        id: id.into(),
        actor: ActorId::new(read.text("actor")?),
        body: read.body()?,
    })
}

impl Store {
    fn day_item(record: &AuditRecord) -> Item {
        let shard = keys::short_hash(record.id.as_bytes()).chars().next().unwrap_or('0');
        item(day(record.at.day(), shard), record)
    }

    async fn audit_page(&self, pk: String, span: AuditSpan<'_>) -> Result<Vec<AuditRecord>> {
        let query = Following {
            operation: "read audit trail",
            table: &self.tables.audit,
            pk,
            after: span.after,
            limit: span.limit,
            consistent: false,
        };
        self.following(query).await?.iter().map(read).collect()
    }
}

impl Store {
    /// Appends an item; one that stands already is left as it is.
    async fn append_audit(&self, item: Item) -> Result<()> {
        let put = self.client.put_item().table_name(&self.tables.audit).set_item(Some(item));
        let sent = put.condition_expression("attribute_not_exists(pk)").send().await;
        match sent.map_err(|error| port_error("write audit trail", Intent::Write, &error)) {
            Err(PortError::Conflict { .. }) => Ok(()),
            other => other.map(drop),
        }
    }
}

impl AuditWrite for Store {
    async fn audit(&self, record: &AuditRecord) -> Result<()> {
        self.append_audit(Self::day_item(record)).await
    }

    async fn audit_about(&self, record: &AuditRecord, member: &MemberId) -> Result<()> {
        self.append_audit(Self::day_item(record)).await?;
        self.append_audit(item(about(member), record)).await
    }
}

impl AuditRead for Store {
    async fn audited_on(&self, on: Day, span: AuditSpan<'_>) -> Result<Vec<AuditRecord>> {
        let mut lines = Vec::new();
        for shard in SHARDS.chars() {
            lines.extend(self.audit_page(day(on, shard), span).await?);
        }
        lines.sort_by_key(AuditRecord::place);
        lines.truncate(span.limit);
        Ok(lines)
    }

    async fn audited_about(&self, member: &MemberId, span: AuditSpan<'_>) -> Result<Vec<AuditRecord>> {
        self.audit_page(about(member), span).await
    }
}
