//! Packs of facts.

use super::{Prefixed, Store};
use crate::item::{ITEM_V1, Item, Reading, Writing, number};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::Blob;
use icm_contract::keys;
use icm_domain::ids::MemberId;
use icm_ports::{FactsAppend, FactsRead, Pack, PackKey, Result};

const PACK: &str = "pack";

pub(super) fn item(member: &MemberId, pack: &Pack) -> Item {
    Writing::new(keys::member(member), keys::pack(pack.key.as_str()), ITEM_V1)
        .with(PACK, AttributeValue::B(Blob::new(pack.bytes.clone())))
        .with_some(keys::EXPIRES, pack.expires.map(number))
        .done()
}

fn key(operation: &'static str, item: &Item) -> Result<PackKey> {
    let read = Reading::new(operation, item);
    let sk = read.text(keys::SK)?;
    Ok(PackKey::new(sk.strip_prefix(keys::FACTS).ok_or_else(|| read.corrupt())?))
}

impl FactsAppend for Store {
    async fn append(&self, member: &MemberId, packs: &[Pack]) -> Result<()> {
        const OPERATION: &str = "append facts";
        match packs {
            [] => Ok(()),
            // One item is not a batch: cheaper to ask for, and no unprocessed rest.
            [pack] => self.put(OPERATION, &self.tables.members, item(member, pack)).await,
            _ => {
                let items = packs.iter().map(|pack| item(member, pack)).collect();
                self.put_all(OPERATION, &self.tables.members, items).await
            }
        }
    }
}

impl FactsRead for Store {
    async fn packs(&self, member: &MemberId) -> Result<Vec<Pack>> {
        const OPERATION: &str = "read facts";
        let items = self.facts(OPERATION, member, None).await?;
        let pack = |item: &Item| {
            let read = Reading::new(OPERATION, item);
            let (bytes, expires) = (read.bytes(PACK)?, read.number_opt(keys::EXPIRES)?);
            Ok(Pack { key: key(OPERATION, item)?, bytes, expires })
        };
        items.iter().map(pack).collect()
    }

    async fn pack_keys(&self, member: &MemberId) -> Result<Vec<PackKey>> {
        const OPERATION: &str = "read fact keys";
        let items = self.facts(OPERATION, member, Some("sk")).await?;
        items.iter().map(|item| key(OPERATION, item)).collect()
    }
}

impl Store {
    async fn facts(
        &self,
        operation: &'static str,
        member: &MemberId,
        only: Option<&str>,
    ) -> Result<Vec<Item>> {
        let (table, pk) = (self.tables.members.as_str(), keys::member(member));
        self.prefixed(Prefixed { operation, table, pk: &pk, prefix: keys::FACTS, only }).await
    }
}
