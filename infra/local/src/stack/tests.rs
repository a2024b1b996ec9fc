//! The local stack with handlers of the test: batches, failures, dead letters, streams, schedules, time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::{Account, Failed, Handlers, Triggers};
use crate::clock::StoreClock;

const NOON_MS: i64 = 1_700_000_000_000;

async fn account() -> Arc<Account> {
    Arc::new(Account::open(None, StoreClock::set_at(NOON_MS)).await.unwrap())
}

async fn send(account: &Account, queue: &str, body: &str, delay_s: i32) {
    let request = account.clients().sqs.send_message().queue_url(account.queue_url(queue));
    request.message_body(body).delay_seconds(delay_s).send().await.unwrap();
}

async fn put(account: &Account, sk: &str) {
    let request = account.clients().dynamodb.put_item().table_name("MembersTable");
    let request = request.item("pk", AttributeValue::S("M#1".to_owned()));
    request.item("sk", AttributeValue::S(sk.to_owned())).send().await.unwrap();
}

fn total(account: &Account, queue: &str) -> usize {
    let counts = account.queue_counts();
    counts.iter().find(|(name, _)| name == queue).map(|(_, counts)| counts.total()).unwrap()
}

/// Texts that a handler saw, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn note(&self, event: &Value, at: &str) -> Vec<String> {
        let records = event["Records"].as_array().unwrap();
        let texts: Vec<String> =
            records.iter().map(|record| record.pointer(at).unwrap().as_str().unwrap().to_owned()).collect();
        self.0.lock().unwrap().extend(texts.clone());
        texts
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn count(&self, text: &str) -> usize {
        self.all().iter().filter(|seen| *seen == text).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_reach_their_function_and_a_failed_one_comes_again_until_it_is_a_dead_letter() {
    let account = account().await;
    let seen = Seen::default();
    let handler = {
        let seen = seen.clone();
        move |event: Value| {
            let bodies = seen.note(&event, "/body");
            let failed: Vec<Value> = bodies
                .iter()
                .enumerate()
                .filter(|(_, body)| *body == "poison")
                .map(|(index, _)| json!({"itemIdentifier": event["Records"][index]["messageId"]}))
                .collect();
            async move { Ok(json!({"batchItemFailures": failed})) }
        }
    };
    for body in ["one", "poison", "two"] {
        send(&account, "FactsQueue", body, 0).await;
    }
    let handlers = Handlers::new().with("identify-members", handler);
    let triggers = Triggers::connect(Arc::clone(&account), handlers, 2).unwrap();
    let drained = triggers.drain().await.unwrap();
    assert_eq!((seen.count("one"), seen.count("two"), seen.count("poison")), (1, 1, 5));
    assert_eq!(drained.messages, 7);
    assert_eq!(total(&account, "FactsQueue"), 0);
    assert_eq!(total(&account, "FactsDeadLetters"), 1);
    assert_eq!(account.given_up().into_iter().collect::<Vec<_>>(), [("FactsDeadLetters".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_and_an_error_fail_their_batch_and_nothing_else() {
    let account = account().await;
    let calls = Arc::new(AtomicU32::new(0));
    let handler = {
        let calls = Arc::clone(&calls);
        move |_: Value| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(call != 0, "the first call panics");
                if call == 1 { Err(Failed("second call".to_owned())) } else { Ok(Value::Null) }
            }
        }
    };
    send(&account, "FactsQueue", "one", 0).await;
    let triggers =
        Triggers::connect(Arc::clone(&account), Handlers::new().with("identify-members", handler), 1)
            .unwrap();
    triggers.drain().await.unwrap();
    assert_eq!(total(&account, "FactsQueue") + total(&account, "FactsDeadLetters"), 0);
    let count = triggers.invocations()["identify-members"];
    assert_eq!((count.calls, count.failures), (3, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_message_is_waited_for_by_the_stores_clock() {
    let account = account().await;
    let seen = Seen::default();
    let handler = {
        let seen = seen.clone();
        move |event: Value| {
            seen.note(&event, "/body");
            async { Ok(Value::Null) }
        }
    };
    send(&account, "FactsQueue", "later", 60).await;
    let handlers = Handlers::new().with("identify-members", handler);
    Triggers::connect(Arc::clone(&account), handlers, 1).unwrap().drain().await.unwrap();
    assert_eq!(seen.all(), ["later"]);
    assert_eq!(account.clock().now_ms(), NOON_MS + 60_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_new_effects_wake_the_relay_and_each_does_once() {
    let account = account().await;
    let seen = Seen::default();
    let handler = {
        let seen = seen.clone();
        move |event: Value| {
            seen.note(&event, "/dynamodb/Keys/sk/S");
            async { Ok(json!({"batchItemFailures": []})) }
        }
    };
    for sk in ["META", "FX#1", "FX#1", "FX#2"] {
        put(&account, sk).await;
    }
    let handlers = Handlers::new().with("relay-outbox", handler);
    let triggers = Triggers::connect(Arc::clone(&account), handlers, 1).unwrap();
    triggers.drain().await.unwrap();
    put(&account, "FX#3").await;
    triggers.drain().await.unwrap();
    assert_eq!(seen.all(), ["FX#1", "FX#2", "FX#3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_always_fails_is_given_up_alone_and_told_of() {
    let account = account().await;
    let seen = Seen::default();
    let handler = {
        let seen = seen.clone();
        move |event: Value| {
            let keys = seen.note(&event, "/dynamodb/Keys/sk/S");
            let poison = keys.iter().position(|key| key == "FX#3");
            let failures: Vec<Value> = poison
                .map(|index| json!({"itemIdentifier": event["Records"][index]["dynamodb"]["SequenceNumber"]}))
                .into_iter()
                .collect();
            async move { Ok(json!({"batchItemFailures": failures})) }
        }
    };
    for number in 1..=6 {
        put(&account, &format!("FX#{number}")).await;
    }
    let handlers = Handlers::new().with("relay-outbox", handler);
    Triggers::connect(Arc::clone(&account), handlers, 1).unwrap().drain().await.unwrap();
    for number in [1, 2] {
        assert_eq!(seen.count(&format!("FX#{number}")), 1);
    }
    assert_eq!(seen.all().last().map(String::as_str), Some("FX#6"));
    let told = account.clients().sqs.receive_message().queue_url(account.queue_url("StreamFailures"));
    let told = told.send().await.unwrap().messages.unwrap();
    let told: Value = serde_json::from_str(told[0].body().unwrap()).unwrap();
    assert_eq!(told["DDBStreamBatchInfo"]["batchSize"], 1);
    assert_eq!(told["requestContext"]["approximateInvokeCount"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_fire_by_the_stores_clock_and_time_does_not_go_back() {
    let account = account().await;
    let calls = Arc::new(AtomicU32::new(0));
    let handler = {
        let calls = Arc::clone(&calls);
        move |event: Value| {
            assert!(event["time"].as_str().unwrap().ends_with('Z'));
            calls.fetch_add(1, Ordering::SeqCst);
            async { Ok(Value::Null) }
        }
    };
    let handlers = Handlers::new().with("review-due", handler);
    let triggers = Triggers::connect(Arc::clone(&account), handlers, 1).unwrap();
    assert_eq!(triggers.fire_schedules().await, 1);
    assert_eq!(triggers.fire_schedules().await, 0);
    let day_ms = 86_400_000;
    triggers.tick(NOON_MS + 3 * day_ms, day_ms).await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    assert!(triggers.tick(NOON_MS, day_ms).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_file_is_announced_as_the_bucket_would() {
    let account = account().await;
    let seen = Seen::default();
    let handler = {
        let seen = seen.clone();
        move |event: Value| {
            seen.note(&event, "/body");
            async { Ok(Value::Null) }
        }
    };
    let bucket = account.bucket("ClaimsBucket").unwrap();
    account.announce(bucket, "medical_claim.csv", 12, "t1").await.unwrap();
    let handlers = Handlers::new().with("ingest-files", handler);
    Triggers::connect(Arc::clone(&account), handlers, 1).unwrap().drain().await.unwrap();
    let body: Value = serde_json::from_str(&seen.all()[0]).unwrap();
    assert_eq!(body["Records"][0]["s3"]["object"]["key"], "medical_claim.csv");
    let variables = account.environment("ingest-files");
    assert_eq!(body["Records"][0]["s3"]["bucket"]["name"], variables["CLAIMS_BUCKET"].as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_a_folder_is_found_again_with_its_messages_items_and_positions() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Account::open(Some(folder.path()), StoreClock::set_at(NOON_MS));
    let quiet = || Handlers::new().with("relay-outbox", |_: Value| async { Ok(Value::Null) });
    let account = Arc::new(open().await.unwrap());
    put(&account, "FX#1").await;
    send(&account, "OutreachQueue", "task", 0).await;
    let triggers = Triggers::connect(Arc::clone(&account), quiet(), 1).unwrap();
    assert_eq!(triggers.drain().await.unwrap().records, 1);
    drop(triggers);
    Arc::into_inner(account).unwrap().close().await;
    let again = Arc::new(open().await.unwrap());
    assert_eq!(total(&again, "OutreachQueue"), 1);
    let triggers = Triggers::connect(Arc::clone(&again), quiet(), 1).unwrap();
    assert_eq!(triggers.drain().await.unwrap().records, 0);
    put(&again, "FX#2").await;
    assert_eq!(triggers.drain().await.unwrap().records, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_whose_time_has_passed_are_dropped_by_the_stores_clock() {
    let account = account().await;
    for (sk, expires_s) in [("old", NOON_MS / 1_000), ("new", NOON_MS / 1_000 + 1)] {
        let request = account.clients().dynamodb.put_item().table_name("QuarantineTable");
        let request = request.item("pk", AttributeValue::S("Q".to_owned()));
        let request = request.item("sk", AttributeValue::S(sk.to_owned()));
        request.item("expires", AttributeValue::N(expires_s.to_string())).send().await.unwrap();
    }
    assert_eq!(account.expire().await.unwrap(), 1);
    assert_eq!(account.expire().await.unwrap(), 0);
}
