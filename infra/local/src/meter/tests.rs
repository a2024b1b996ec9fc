//! The meter on the embedded engine, against DynamoDB's published rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

use super::counted::{Counted, Use};
use super::{Component, Receipt};
use crate::clock::StoreClock;
use crate::stack::{Account, Handlers, Invocations, Triggers};

const TABLE: &str = "MembersTable";
const NOON_MS: i64 = 1_700_000_000_000;

async fn account() -> Account {
    Account::open(None, StoreClock::set_at(NOON_MS)).await.unwrap()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn put(sk: &str, bytes: usize) -> Put {
    let put = Put::builder().table_name(TABLE).item("pk", text("M#1")).item("sk", text(sk));
    put.item("body", text(&"x".repeat(bytes))).build().unwrap()
}

async fn write(client: &Client, put: Put) {
    client.put_item().table_name(TABLE).set_item(Some(put.item)).send().await.unwrap();
}

async fn transact(client: &Client, puts: Vec<Put>) -> bool {
    let items = puts.into_iter().map(|put| TransactWriteItem::builder().put(put).build()).collect();
    client.transact_write_items().set_transact_items(Some(items)).send().await.is_ok()
}

/// The use of each component while `work` ran.
async fn used<W: Future>(account: &Account, work: W) -> BTreeMap<Component, Use> {
    let before = account.meter().counted();
    work.await;
    let counted = account.meter().counted().since(&before);
    assert_eq!(counted.untold, 0, "every answer tells its capacity");
    counted.by_component()
}

fn writes(requests: u64, write_units: u64) -> Use {
    Use { requests, write_units, ..Use::default() }
}

fn reads(requests: u64, half_read_units: u64) -> Use {
    Use { requests, half_read_units, ..Use::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_of_a_kilobyte_and_a_half_is_two_units_and_a_smaller_one_over_it_too() {
    let account = account().await;
    let client = &account.clients().dynamodb;
    let first = used(&account, write(client, put("F#1", 1_500))).await;
    assert_eq!(first, BTreeMap::from([(Component::PackWrites, writes(1, 2))]));
    let again = used(&account, write(client, put("F#1", 10))).await;
    assert_eq!(again, BTreeMap::from([(Component::PackWrites, writes(1, 2))]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_of_two_small_items_is_four_units_shared_by_what_they_are() {
    let account = account().await;
    let items = vec![put("META", 10), put("FX#1", 10)];
    let done = used(&account, transact(&account.clients().dynamodb, items)).await;
    let expected = [(Component::Commits, writes(1, 2)), (Component::Effects, writes(0, 2))];
    assert_eq!(done, BTreeMap::from(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_transaction_replaces_is_charged_to_the_commit_and_an_index_once() {
    let account = account().await;
    let client = &account.clients().dynamodb;
    write(client, put("META", 2_500)).await;
    let mut due = put("META", 10);
    due.item.extend([("due_pk".to_owned(), text("M#01")), ("due_sk".to_owned(), text("2023"))]);
    let done = used(&account, transact(client, vec![due, put("FX#1", 1_500)])).await;
    let expected = [
        (Component::Commits, writes(1, 6)),
        (Component::Effects, writes(0, 4)),
        (Component::Timers, writes(0, 1)),
    ];
    assert_eq!(done, BTreeMap::from(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_condition_costs_what_the_write_would_have() {
    let account = account().await;
    let client = &account.clients().dynamodb;
    write(client, put("META", 10)).await;
    let refused = put("META", 1_500);
    let request = client.put_item().table_name(TABLE).set_item(Some(refused.item.clone()));
    let single = Box::pin(request.condition_expression("attribute_not_exists(pk)").send());
    let single = used(&account, async { assert!(single.await.is_err()) }).await;
    assert_eq!(single, BTreeMap::from([(Component::Commits, writes(1, 2))]));
    let mut guarded = refused;
    guarded.condition_expression = Some("attribute_not_exists(pk)".to_owned());
    let items = vec![guarded, put("FX#1", 10)];
    let both = used(&account, async { assert!(!transact(client, items).await) }).await;
    assert_eq!(both.values().map(|used| used.write_units).sum::<u64>(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn strong_reads_are_a_unit_per_four_kilobytes_together_and_others_half_of_it() {
    let account = account().await;
    let client = &account.clients().dynamodb;
    for sk in ["F#1", "F#2", "F#3"] {
        write(client, put(sk, 3_000)).await;
    }
    let facts = |strong: bool| {
        let query = client.query().table_name(TABLE).consistent_read(strong);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)");
        let query = query.expression_attribute_values(":pk", text("M#1"));
        query.expression_attribute_values(":prefix", text("F#")).send()
    };
    let strong = used(&account, async { assert_eq!(facts(true).await.unwrap().count, 3) }).await;
    assert_eq!(strong, BTreeMap::from([(Component::StrongReads, reads(1, 6))]));
    let eventual = used(&account, async { assert_eq!(facts(false).await.unwrap().count, 3) }).await;
    assert_eq!(eventual, BTreeMap::from([(Component::StrongReads, reads(1, 3))]));
    let get = client.get_item().table_name(TABLE).key("pk", text("M#1")).key("sk", text("META"));
    let missing =
        used(&account, async { assert!(get.consistent_read(true).send().await.unwrap().item.is_none()) });
    assert_eq!(missing.await, BTreeMap::from([(Component::MetaReads, reads(1, 2))]));
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_requests_are_counted_by_action_in_steps_of_64_kilobytes() {
    let account = account().await;
    let url = account.queue_url("OutreachQueue");
    let before = account.meter().counted();
    let sqs = &account.clients().sqs;
    for bytes in [10, 150_000] {
        sqs.send_message().queue_url(&url).message_body("x".repeat(bytes)).send().await.unwrap();
    }
    sqs.receive_message().queue_url(&url).max_number_of_messages(10).send().await.unwrap();
    let counted = account.meter().counted().since(&before);
    let actions = counted.queues.iter().map(|(key, used)| (key.action.as_str(), used.queue_requests));
    assert_eq!(actions.collect::<Vec<_>>(), [("ReceiveMessage", 3), ("SendMessage", 4)]);
    assert!(counted.queues.keys().all(|key| key.queue == "OutreachQueue"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_adds_up_and_names_every_component() {
    let account = Arc::new(account().await);
    let before = account.meter().counted();
    write(&account.clients().dynamodb, put("F#1", 10)).await;
    let handlers = Handlers::new().with("identify-members", |_| async { Ok(serde_json::Value::Null) });
    let triggers = Triggers::connect(Arc::clone(&account), handlers, 1).unwrap();
    triggers.drain().await.unwrap();
    let calls = BTreeMap::from([("identify-members".to_owned(), Invocations { calls: 1, failures: 0 })]);
    let counted = account.meter().counted().since(&before);
    let counted = counted.with_functions(account.template(), &calls, 10);
    let receipt = Receipt::of(&counted, 1);
    // One write unit, one empty receive, one invocation of 10 ms at the template's 512 MB.
    let expected = [("pack_writes", "0.6250"), ("queue_requests", "0.4000"), ("lambda", "0.2667")];
    for (component, usd) in expected {
        assert_eq!(receipt.components[component].to_string(), usd, "{component}");
    }
    assert_eq!(receipt.usd_per_million_claims.to_string(), "1.2917");
    let json = serde_json::to_value(&receipt).unwrap();
    assert_eq!(json["components"].as_object().unwrap().len(), Component::ALL.len());
    assert_eq!(json["usd_per_million_claims"], 1.2917);
    assert!(
        receipt.to_string().contains("pack_writes     $   0.6250   1000.0 write units per thousand claims")
    );
}

#[test]
fn nothing_counted_for_no_claims_costs_nothing() {
    let receipt = Receipt::of(&Counted::default(), 0);
    assert_eq!(receipt.usd_per_million_claims.to_string(), "0.0000");
    assert_eq!(receipt.to_string().lines().count(), 1);
}
