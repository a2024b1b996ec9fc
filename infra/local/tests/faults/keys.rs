//! What an arriving claim writes belongs to its member alone: no write key is shared, so nothing gets hot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use icm_contract::keys;
use serde_json::Value;

use crate::layer::{Asked, Fate, Layer};
use crate::story::System;

/// Partition keys of writes, with the members whose work wrote them.
type Written = Arc<Mutex<BTreeMap<(String, String), BTreeSet<String>>>>;

/// Items that a request writes: table and item or key.
fn writes(asked: &Asked) -> Vec<(String, Value)> {
    let item = |action: &Value| action.get("Item").or_else(|| action.get("Key")).cloned();
    let named = |action: &Value| Some((action["TableName"].as_str()?.to_owned(), item(action)?));
    match asked.operation.as_str() {
        "PutItem" | "UpdateItem" | "DeleteItem" => named(&asked.body).into_iter().collect(),
        "TransactWriteItems" => {
            let actions = asked.body["TransactItems"].as_array().into_iter().flatten();
            actions.filter_map(|action| named(action.as_object()?.values().next()?)).collect()
        }
        "BatchWriteItem" => {
            let tables = asked.body["RequestItems"].as_object().into_iter().flatten();
            let each = tables.flat_map(|(table, requests)| {
                let requests = requests.as_array().into_iter().flatten();
                requests
                    .filter_map(move |one| Some((table.clone(), item(one.as_object()?.values().next()?)?)))
            });
            each.collect()
        }
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_write_key_of_the_claim_path_is_shared_between_members() {
    let written = Written::default();
    let seen = Arc::clone(&written);
    let system = System::start(Layer::over(move |asked| {
        for (table, item) in writes(asked) {
            let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
            let (pk, sk) = (text(keys::PK), text(keys::SK));
            let index = |name: &str| text(name);
            let mut seen = seen.lock().unwrap();
            seen.entry((table.clone(), pk.clone())).or_default().insert(format!("{pk}/{sk}"));
            for name in [keys::DUE_PK, keys::WORK_PK].map(index).into_iter().filter(|key| !key.is_empty()) {
                seen.entry((format!("{table} index"), name)).or_default().insert(pk.clone());
            }
        }
        Fate::Pass
    }))
    .await;
    system.write(150);
    written.lock().unwrap().clear();
    system.ingest().await;
    let written = written.lock().unwrap().clone();
    let members = system.members().await.len();
    assert!(members >= 140, "{members}");
    let of_members = written.keys().filter(|(table, _)| table == "MembersTable");
    assert!(
        of_members.clone().all(|(_, pk)| keys::member_of(pk).is_some()),
        "a key of the members table is no member's"
    );
    assert_eq!(of_members.count(), members);
    // Beside it the claim path writes nothing but one locator item for each claim and, per file, what ingestion keeps.
    for ((table, pk), items) in &written {
        let own = table == "MembersTable" || table.ends_with("index");
        assert!(own || table == "LocatorTable" || table == "RegistryTable", "{table} is written to");
        assert!(table != "LocatorTable" || items.len() == 1, "a locator key holds {} items", items.len());
        assert!(table != "RegistryTable" || !pk.contains("M#"));
    }
    // Indexes are sharded: no shard holds more than its share by far, and only cases and timers are in them.
    let index: Vec<usize> = written
        .iter()
        .filter(|((table, _), _)| table.ends_with("index"))
        .map(|(_, owners)| owners.len())
        .collect();
    assert!(index.iter().all(|owners| *owners <= members / 4), "{index:?}");
}
