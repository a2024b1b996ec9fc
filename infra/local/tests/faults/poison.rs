//! Poison in every queue and in the stream: it ends in quarantine or with the dead letters, with its reason, alone, and
//! can be replayed.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use icm_contract::facts_message::FactsMessage;
use icm_contract::keys;
use icm_domain::case::effect::{Due, Effect, EffectKind, TaskKind};
use icm_domain::ids::{EffectId, MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_ports::{
    Commit, EffectRecord, EffectStatus, EffectsRead as _, Head, MemberCommit as _, QuarantineRead as _,
    QuarantineRecord,
};
use tower::ServiceExt as _;

use crate::layer::{Fate, Layer};
use crate::story::System;

/// What no queue of ours can understand.
const POISON: [&str; 4] = ["", "no JSON", r#"{"type":"icm.unknown.v9"}"#, r#"{"Records":"none"}"#];

async fn send(system: &System, queue: &str, body: &str) {
    let url = system.account.queue_url(queue);
    // An empty body is refused by the service itself.
    let body = if body.is_empty() { " " } else { body };
    system.account.clients().sqs.send_message().queue_url(url).message_body(body).send().await.unwrap();
}

async fn quarantined(system: &System) -> Vec<QuarantineRecord> {
    let store = quarantine(system);
    let mut found = Vec::new();
    for origin in store.origins().await.unwrap() {
        found.extend(store.records(&origin, None, 1_000).await.unwrap());
    }
    found
}

fn quarantine(system: &System) -> icm_aws::Store {
    let variables = system.account.environment("operations");
    let tables = icm_aws::Tables::from_vars(|name| variables.get(name).cloned());
    icm_aws::Store::new(system.account.connection().clients().dynamodb, tables)
}

fn triggered_queues(system: &System) -> Vec<String> {
    system.account.template().queue_triggers.iter().map(|trigger| trigger.queue.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_in_every_queue_ends_with_its_reason_and_holds_nobody_up() {
    let system = System::start(Layer::over(|_| Fate::Pass)).await;
    let queues = triggered_queues(&system);
    assert!(queues.len() >= 6, "{queues:?}");
    for queue in &queues {
        for poison in POISON {
            send(&system, queue, poison).await;
        }
    }
    system.write(20);
    system.ingest().await;
    assert_eq!(system.state().await.decisions.len(), 20, "the good were held up");
    let kept = quarantined(&system).await;
    for queue in &queues {
        let waiting = system.messages(queue) - system.messages(&format!("{queue}-dead"));
        assert_eq!(waiting, 0, "{queue} still holds poison");
    }
    let dead = system.messages("DeadLetters") + system.messages("-dead");
    assert_eq!(kept.len() + dead, queues.len() * POISON.len(), "{} kept, {dead} dead", kept.len());
    for record in &kept {
        assert!(
            !record.reason.is_empty() && !record.origin.is_empty() && record.content.is_some(),
            "{record:?}"
        );
    }
}

/// What stood in the way is taken away, the record is replayed, and the message does what it should have done.
#[tokio::test(flavor = "multi_thread")]
async fn a_quarantined_message_is_replayed_after_the_fix() {
    let system = System::start(Layer::over(|_| Fate::Pass)).await;
    let table = icm_local::run::functions::table(&system.account, "MEMBERS_TABLE");
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let client = system.account.connection().clients().dynamodb;
    let broken = [(keys::PK, text("M#late-member")), (keys::SK, text("F#broken"))];
    let mut put = client.put_item().table_name(&table);
    for (name, value) in &broken {
        put = put.item(*name, value.clone());
    }
    put.item(keys::VERSION, AttributeValue::N("99".to_owned())).send().await.unwrap();
    send(&system, "FactsQueue", &FactsMessage::review([MemberId::new("late-member")]).to_body()).await;
    system.triggers.drain().await.unwrap();
    let kept = quarantined(&system).await;
    let [record] = kept.as_slice() else { panic!("{} records", kept.len()) };
    assert!(!record.reason.is_empty() && !record.replayed);
    assert!(system.state().await.decisions.is_empty());
    let [pk, sk] = broken;
    client.delete_item().table_name(&table).key(pk.0, pk.1).key(sk.0, sk.1).send().await.unwrap();
    let path = format!("/v1/admin/quarantine/{}", record.origin.replace(':', "%3A"));
    let request = http::Request::post(path).body(axum::body::Body::empty()).unwrap();
    let answer = system.api.clone().oneshot(request).await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    system.triggers.drain().await.unwrap();
    assert!(quarantined(&system).await.iter().all(|record| record.replayed), "it was kept again");
    assert!(system.state().await.decisions.contains_key("late-member"));
}

/// An effect that nobody can read ends in quarantine, with its reason, alone: the others go on. It stays in the outbox and
/// goes out with the first sweep after it is mended; its replay decides the member again.
#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_effect_is_quarantined_alone_and_goes_out_once_it_is_mended() {
    let system = System::start(Layer::over(|_| Fate::Pass)).await;
    let table = icm_local::run::functions::table(&system.account, "MEMBERS_TABLE");
    let client = system.account.connection().clients().dynamodb;
    let (member, id) = (MemberId::new("poisoned"), EffectId::new("poison"));
    let due = Due::BusinessDays(2);
    let what = EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, review: None, model: None, due };
    let effect = Effect { id: id.clone(), dedup: id.clone(), sequence: 1, what };
    let now = Moment::from_millis(system.account.clock().now_ms());
    let mut commit = Commit::of_head(member.clone(), &Head::default(), Head::default());
    commit.effects.push(EffectRecord::pending(effect, ProgramId::new("ICM"), None, now));
    system.store().commit(&commit).await.unwrap();
    // What was written cannot be read any more.
    let text = |value: String| AttributeValue::S(value);
    let body = |value: AttributeValue| {
        let change = client.update_item().table_name(&table).key(keys::PK, text(keys::member(&member)));
        let change = change.key(keys::SK, text(keys::effect(&id))).update_expression("SET body = :body");
        change.expression_attribute_values(":body", value).return_values(ReturnValue::AllOld).send()
    };
    let before = body(text("poison".to_owned())).await.unwrap().attributes.unwrap();
    system.write(60);
    system.ingest().await;
    system.live(1).await;
    let kept = quarantined(&system).await;
    let [record] = kept.as_slice() else { panic!("{} records", kept.len()) };
    assert_eq!((record.origin.as_ref(), record.id.as_ref()), (icm_contract::OUTBOX_ORIGIN, "poison"));
    assert!(!record.reason.is_empty() && !record.reason.contains("poisoned"), "{record:?}");
    assert!(!system.state().await.cases.is_empty(), "the others went on");
    let status = async || system.store().effect(&member, &id).await.unwrap().unwrap().status;
    body(before["body"].clone()).await.unwrap();
    assert_eq!(status().await, EffectStatus::Leased, "it waits for the next sweep");
    system.minutes(5).await;
    assert_eq!(status().await, EffectStatus::Sent);
    let path = "/v1/admin/quarantine/queue%3Aoutbox";
    let request = http::Request::post(path).body(axum::body::Body::empty()).unwrap();
    assert!(system.api.clone().oneshot(request).await.unwrap().status().is_success());
    system.triggers.drain().await.unwrap();
    assert!(quarantined(&system).await.iter().all(|record| record.replayed), "it was kept again");
}
