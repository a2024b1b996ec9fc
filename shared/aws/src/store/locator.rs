//! The locator and what is parked in it.

use super::{Prefixed, Store};
use crate::error::{Intent, port_error};
use crate::item::{ITEM_V1, Item, Reading, Writing, text};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::Blob;
use icm_contract::keys;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_ports::{LocatorRead, LocatorWrite, Parked, Result};

impl LocatorRead for Store {
    async fn locate(&self, source: &SourceId, control: &ClaimId) -> Result<Option<MemberId>> {
        const OPERATION: &str = "locate claim";
        let pk = keys::locator(source, control);
        let found = self.get(OPERATION, &self.tables.locator, pk, keys::PLACE).await?;
        found.map(|item| Ok(MemberId::new(Reading::new(OPERATION, &item).text("member")?))).transpose()
    }

    async fn parked(&self, source: &SourceId, control: &ClaimId) -> Result<Vec<Parked>> {
        const OPERATION: &str = "read parked facts";
        let (table, pk) = (self.tables.locator.as_str(), keys::locator(source, control));
        let query = Prefixed { operation: OPERATION, table, pk: &pk, prefix: keys::PARKED, only: None };
        let parked = |item: &Item| {
            let read = Reading::new(OPERATION, item);
            let id = read.text(keys::SK)?.strip_prefix(keys::PARKED).ok_or_else(|| read.corrupt())?;
            Ok(Parked { id: id.into(), bytes: read.bytes("pack")? })
        };
        self.prefixed(query).await?.iter().map(parked).collect()
    }
}

impl LocatorWrite for Store {
    async fn record(&self, source: &SourceId, places: &[(ClaimId, MemberId)]) -> Result<()> {
        // A batch may not name an item twice: the last place of a claim stands.
        let latest: std::collections::BTreeMap<&ClaimId, &MemberId> =
            places.iter().map(|(control, member)| (control, member)).collect();
        let item = |(control, member): (&ClaimId, &MemberId)| {
            Writing::new(keys::locator(source, control), keys::PLACE, ITEM_V1)
                .with("member", text(member.as_str()))
                .done()
        };
        let items = latest.into_iter().map(item).collect();
        self.put_all("record claim place", &self.tables.locator, items).await
    }

    async fn park(&self, source: &SourceId, control: &ClaimId, fact: &Parked) -> Result<()> {
        let sk = format!("{}{}", keys::PARKED, fact.id);
        let item = Writing::new(keys::locator(source, control), sk, ITEM_V1)
            .with("pack", AttributeValue::B(Blob::new(fact.bytes.clone())))
            .done();
        self.put("park fact", &self.tables.locator, item).await
    }

    async fn unpark(&self, source: &SourceId, control: &ClaimId, id: &str) -> Result<()> {
        self.client
            .delete_item()
            .table_name(&self.tables.locator)
            .key(keys::PK, text(keys::locator(source, control)))
            .key(keys::SK, text(format!("{}{id}", keys::PARKED)))
            .send()
            .await
            .map_err(|error| port_error("unpark fact", Intent::Write, &error))?;
        Ok(())
    }
}
