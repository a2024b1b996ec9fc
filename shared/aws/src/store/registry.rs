//! The registry.

use super::{Prefixed, Store};
use crate::error::{Intent, port_error};
use crate::item::{Item, Reading, Writing, number, text};
use icm_contract::keys;
use icm_ports::{RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};

fn read(operation: &'static str, item: &Item) -> Result<RegistryRecord> {
    let read = Reading::new(operation, item);
    Ok(RegistryRecord {
        key: read.text(keys::SK)?.into(),
        revision: read.number("revision")?,
        body: read.body()?,
    })
}

impl RegistryRead for Store {
    async fn record(&self, kind: RegistryKind, key: &str) -> Result<Option<RegistryRecord>> {
        const OPERATION: &str = "read registry";
        let found = self.get(OPERATION, &self.tables.registry, kind.id().to_owned(), key).await?;
        found.as_ref().map(|item| read(OPERATION, item)).transpose()
    }

    async fn records(&self, kind: RegistryKind, prefix: &str) -> Result<Vec<RegistryRecord>> {
        const OPERATION: &str = "list registry";
        let table = self.tables.registry.as_str();
        let query = Prefixed { operation: OPERATION, table, pk: kind.id(), prefix, only: None };
        self.prefixed(query).await?.iter().map(|item| read(OPERATION, item)).collect()
    }

    async fn taken(&self, key: &str) -> Result<i64> {
        const OPERATION: &str = "read capacity";
        let found = self.get(OPERATION, &self.tables.registry, keys::TAKEN.to_owned(), key).await?;
        found.map_or(Ok(0), |item| Reading::new(OPERATION, &item).number("used"))
    }
}

impl RegistryWrite for Store {
    async fn write(&self, kind: RegistryKind, record: &RegistryRecord) -> Result<()> {
        let item = Writing::new(kind.id(), record.key.as_ref(), record.body.version)
            .with("body", text(record.body.text.as_ref()))
            .with("revision", number(record.revision))
            .done();
        let put = self.client.put_item().table_name(&self.tables.registry).set_item(Some(item));
        let put = if record.revision <= 1 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("revision = :before")
                .expression_attribute_values(":before", number(record.revision - 1))
        };
        put.send().await.map_err(|error| port_error("write registry", Intent::Write, &error))?;
        Ok(())
    }
}
