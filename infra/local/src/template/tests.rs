//! The template as the local stack reads it.

use std::path::PathBuf;

use serde_json::json;

use super::document::{Document, Folder};
use super::model::Template;
use super::resources::{Parameters, Resources};
use super::{KeyNames, folder_of};

fn ours() -> Template {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    Template::read(&path, "http://127.0.0.1:9").unwrap()
}

fn resources(text: &str) -> Resources {
    let folder = Folder { main: Document::parse(text).unwrap(), nested: std::collections::BTreeMap::new() };
    Resources::of(&folder, &Parameters::new(), "http://q").unwrap()
}

#[test]
fn the_members_table_has_the_keys_indexes_expiry_and_stream_that_the_store_counts_on() {
    let template = ours();
    let table = template.tables.iter().find(|table| table.id == "MembersTable").unwrap();
    let keys = |partition: &str, sort: &str| KeyNames {
        partition: partition.to_owned(),
        sort: Some(sort.to_owned()),
    };
    assert_eq!(table.keys, keys(icm_contract::keys::PK, icm_contract::keys::SK));
    let due = &table.indexes[0];
    assert_eq!((due.name.as_str(), due.projection.as_str()), (icm_contract::keys::DUE_INDEX, "KEYS_ONLY"));
    assert_eq!(due.keys, keys(icm_contract::keys::DUE_PK, icm_contract::keys::DUE_SK));
    let work = &table.indexes[1];
    assert_eq!((work.name.as_str(), work.projection.as_str()), (icm_contract::keys::WORK_INDEX, "ALL"));
    assert_eq!(work.keys, keys(icm_contract::keys::WORK_PK, icm_contract::keys::WORK_SK));
    let day = &table.indexes[2];
    assert_eq!((day.name.as_str(), day.projection.as_str()), (icm_contract::keys::DAY_INDEX, "ALL"));
    assert_eq!(day.keys, keys(icm_contract::keys::DAY_PK, icm_contract::keys::DAY_SK));
    assert_eq!(table.expires.as_deref(), Some(icm_contract::keys::EXPIRES));
    assert_eq!(table.stream_view.as_deref(), Some("NEW_IMAGE"));
}

#[test]
fn environment_variables_name_tables_queues_and_the_offer_queue_of_each_vendor() {
    let template = ours();
    let environment = &template.function("relay-outbox").unwrap().environment;
    assert_eq!(environment["MEMBERS_TABLE"], "MembersTable");
    assert_eq!(environment["OUTREACH_QUEUE_URL"], "http://127.0.0.1:9/000000000000/OutreachQueue");
    let vendors: serde_json::Value = serde_json::from_str(&environment["VENDOR_QUEUES"]).unwrap();
    assert_eq!(vendors["VENDOR-1"], "http://127.0.0.1:9/000000000000/icm-dev-offers-VENDOR-1");
    assert_eq!(environment["RUST_LOG"], "info");
}

#[test]
fn every_vendor_has_a_reply_queue_that_calls_receive_vendor() {
    let template = ours();
    let replies: Vec<&str> = template
        .queue_triggers
        .iter()
        .filter(|trigger| trigger.function == "receive-vendor")
        .map(|trigger| trigger.queue.as_str())
        .collect();
    // SANDBOX-2 exchanges files; its reply queue is fed by the reader of its files.
    let vendors = ["PRACTICE-1", "SANDBOX-1", "SANDBOX-2", "VENDOR-1", "VENDOR-2"];
    assert_eq!(replies, vendors.map(|vendor| format!("icm-dev-replies-{vendor}")));
}

#[test]
fn the_stream_wakes_relay_outbox_for_new_effects_only() {
    let template = ours();
    let stream = &template.stream_triggers[0];
    assert_eq!(stream.function, "relay-outbox");
    assert_eq!(stream.table, "MembersTable");
    assert_eq!(
        stream.filters,
        [
            json!({"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": icm_contract::keys::EFFECTS}]}}}})
        ]
    );
    assert_eq!(stream.on_failure.as_deref(), Some("StreamFailures"));
}

#[test]
fn drops_in_the_claims_bucket_are_announced_to_the_ingest_queue() {
    let template = ours();
    let bucket = template.buckets.iter().find(|bucket| bucket.id == "ClaimsBucket").unwrap();
    assert_eq!(bucket.drops[0].queue, "IngestQueue");
    assert_eq!(bucket.drops[0].prefix, "");
}

#[test]
fn dead_letter_queues_stand_before_the_queues_that_name_them() {
    let template = ours();
    for (index, queue) in template.queues.iter().enumerate() {
        if let Some(dead) = &queue.dead_letters {
            assert!(template.queues[..index].iter().any(|earlier| earlier.name == *dead), "{}", queue.name);
        }
    }
}

#[test]
fn functions_of_cloudformation_are_resolved() {
    let found = resources(
        r"
Parameters:
  Size: {Type: Number, Default: 7}
  Kind: {Type: String, Default: large}
Conditions:
  IsLarge: !Equals [!Ref Kind, large]
  IsSmall: !Not [!Condition IsLarge]
Mappings:
  Sizes: {large: {seconds: 90}}
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      Joined: !Join ['-', [a, !Ref Size]]
      Sub: !Sub ['${Here}-${!Stays}-${Q.Arn}', {Here: !Ref Kind}]
      If: !If [IsLarge, yes it is, !Ref AWS::NoValue]
      Gone: !If [IsSmall, here, !Ref AWS::NoValue]
      Found: !FindInMap [Sizes, !Ref Kind, seconds]
      Selected: !Select [1, [a, b]]
  Absent:
    Type: AWS::SQS::Queue
    Condition: IsSmall
",
    );
    assert_eq!(found.0.len(), 1);
    assert_eq!(
        found.0[0].properties,
        json!({
            "Joined": "a-7",
            "Sub": "large-${Stays}-arn:aws:sqs:us-east-1:000000000000:Q",
            "If": "yes it is",
            "Found": 90,
            "Selected": "b",
        })
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_an_error_with_its_place() {
    let folder = Folder {
        main: Document::parse(
            "Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {KmsMasterKeyId: !Ref Nothing}}}",
        )
        .unwrap(),
        nested: std::collections::BTreeMap::new(),
    };
    let error = Resources::of(&folder, &Parameters::new(), "http://q").unwrap_err();
    assert_eq!(error.to_string(), "Q.KmsMasterKeyId.Nothing: is no resource or parameter of the template");
}

#[test]
fn a_logical_id_names_its_folder() {
    assert_eq!(folder_of("IdentifyMembers"), "identify-members");
    assert_eq!(folder_of("Operations"), "operations");
}
