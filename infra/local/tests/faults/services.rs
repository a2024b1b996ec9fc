//! Throttling, 5xx, timeouts before and after, conflicts of transactions, half-done batches: the same final state.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::layer::{Asked, Fate, Layer};
use crate::story::System;

/// Services that fail while there is a storm: of each operation every so-manieth request, in turns of kinds.
#[derive(Clone, Default)]
struct Weather {
    storm: Arc<AtomicBool>,
    requests: Arc<Mutex<BTreeMap<String, u64>>>,
    faults: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

/// Operations of functions, and how many requests of each make one that fails. Receiving and deleting is the event
/// source's own.
const FAILING: [(&str, u64); 7] = [
    ("GetItem", 23),
    ("PutItem", 11),
    ("UpdateItem", 11),
    ("Query", 29),
    ("BatchWriteItem", 7),
    ("TransactWriteItems", 5),
    ("SendMessageBatch", 3),
];

impl Weather {
    fn judge(&self, asked: &Asked) -> Fate {
        let failing = FAILING.iter().find(|(operation, _)| *operation == asked.operation);
        let (Some((_, every)), true) = (failing, self.storm.load(Ordering::SeqCst)) else {
            return Fate::Pass;
        };
        let mut requests = self.requests.lock().unwrap();
        let number = requests.entry(asked.operation.clone()).or_default();
        *number += 1;
        if !number.is_multiple_of(*every) {
            return Fate::Pass;
        }
        let (kind, fate) = fault(asked, (*number / every) % 5);
        *self.faults.lock().unwrap().entry(kind).or_default() += 1;
        fate
    }

    fn counted(&self) -> BTreeMap<&'static str, u64> {
        self.faults.lock().unwrap().clone()
    }
}

fn fault(asked: &Asked, kind: u64) -> (&'static str, Fate) {
    match (kind, asked.operation.as_str()) {
        (0, _) => ("throttled", Fate::error(400, "ThrottlingException")),
        (2, _) => ("failed", Fate::error(500, "InternalServerError")),
        (3, _) => ("lost", Fate::Lost),
        (4, _) => ("unheard", Fate::Unheard),
        (_, "TransactWriteItems") => {
            let reasons: Vec<_> = asked.body["TransactItems"]
                .as_array()
                .unwrap()
                .iter()
                .map(|_| json!({"Code": "TransactionConflict"}))
                .collect();
            let answer = json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message": "Transaction cancelled",
                "CancellationReasons": reasons,
            });
            ("conflict", Fate::Answer(400, answer))
        }
        (_, "BatchWriteItem") => {
            ("unprocessed", Fate::Answer(200, json!({"UnprocessedItems": asked.body["RequestItems"]})))
        }
        (_, "SendMessageBatch") => {
            let entries = asked.body["Entries"].as_array().unwrap().iter();
            let failed: Vec<_> = entries
                .map(|entry| json!({"Id": entry["Id"], "Code": "InternalError", "SenderFault": false}))
                .collect();
            ("unsent", Fate::Answer(200, json!({"Successful": [], "Failed": failed})))
        }
        (_, _) => ("unavailable", Fate::error(503, "ServiceUnavailable")),
    }
}

async fn told(storm: bool, members: u64, days: i32) -> (System, Weather) {
    let weather = Weather::default();
    let judged = weather.clone();
    let system = System::start(Layer::over(move |asked| judged.judge(asked))).await;
    system.write(members);
    weather.storm.store(storm, Ordering::SeqCst);
    system.ingest().await;
    system.live(days).await;
    weather.storm.store(false, Ordering::SeqCst);
    (system, weather)
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_fail_in_every_way_change_nothing_in_the_end() {
    let (calm, _) = told(false, 60, 3).await;
    let (stormy, weather) = told(true, 60, 3).await;
    let faults = weather.counted();
    for kind in ["throttled", "failed", "lost", "unheard", "conflict", "unprocessed", "unsent"] {
        assert!(faults.contains_key(kind), "{kind} never happened: {faults:?}");
    }
    assert_eq!(stormy.messages("DeadLetters"), 0, "{faults:?}");
    let (expected, found) = (calm.state().await, stormy.state().await);
    assert!(!expected.cases.is_empty());
    assert_eq!(expected, found, "{faults:?}");
}

/// What failed until it was a dead letter is whole again after a redrive.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_makes_dead_letters_and_a_redrive_makes_the_state_that_would_have_been() {
    let (calm, _) = told(false, 40, 0).await;
    // Files are read; from the members table on nothing answers.
    let dark = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&dark);
    let failing = System::start(Layer::over(move |asked: &Asked| {
        let store =
            ["PutItem", "Query", "BatchWriteItem", "TransactWriteItems"].contains(&asked.operation.as_str());
        let members = asked.body.to_string().contains("\"M#");
        if seen.load(Ordering::SeqCst) && store && members {
            Fate::error(500, "InternalServerError")
        } else {
            Fate::Pass
        }
    }))
    .await;
    failing.write(40);
    dark.store(true, Ordering::SeqCst);
    failing.ingest().await;
    let dead = failing.messages("FactsDeadLetters");
    assert!(dead > 0);
    assert!(failing.state().await.decisions.is_empty());
    dark.store(false, Ordering::SeqCst);
    let arn = format!("arn:aws:sqs:{}:{}:FactsDeadLetters", icm_local::sqs::REGION, icm_local::sqs::ACCOUNT);
    failing.account.clients().sqs.start_message_move_task().source_arn(arn).send().await.unwrap();
    failing.triggers.drain().await.unwrap();
    assert_eq!(failing.messages("FactsDeadLetters"), 0);
    assert_eq!(failing.state().await, calm.state().await);
}
