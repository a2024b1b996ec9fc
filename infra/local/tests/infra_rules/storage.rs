//! What is stored: keys, recovery, expiry, retention, encryption, and what a deletion keeps.

use std::collections::BTreeSet;

use icm_contract::keys;
use icm_local::template::{KeyNames, Resource};
use serde_json::json;

use crate::Rule;
use crate::infrastructure::{Infrastructure, workspace};

pub(crate) const RULES: &[(&str, Rule)] = &[
    ("tables can be restored and are not deleted by mistake", tables_can_be_restored),
    ("tables have the keys and indexes of the store", tables_have_the_stores_keys),
    ("what must expire expires and the rest stays", what_must_expire_expires),
    ("what expires and what proves is exported into the archive", tables_are_archived),
    ("everything at rest is under our keys", everything_is_under_our_keys),
    ("keys rotate", keys_rotate),
    ("buckets are closed and keep old versions", buckets_are_closed),
    ("dead letters and vendor queues are kept for fourteen days", queues_keep_messages),
    ("each vendor has offers, replies and a key of its own", each_vendor_has_its_own),
    ("stores of member data survive their stack", stores_survive_their_stack),
];

fn broken(found: &Infrastructure, kind: &str, is_broken: impl Fn(&Resource) -> bool) -> Vec<String> {
    let resources = found.resources.of_kind(kind).filter(|resource| is_broken(resource));
    resources.map(|resource| resource.id.clone()).collect()
}

fn tables_can_be_restored(found: &Infrastructure) -> Vec<String> {
    broken(found, "AWS::DynamoDB::Table", |table| {
        let properties = &table.properties;
        properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] != true
            || properties["DeletionProtectionEnabled"] != true
            || properties["BillingMode"] != "PAY_PER_REQUEST"
    })
}

fn tables_have_the_stores_keys(found: &Infrastructure) -> Vec<String> {
    let named = |partition: &str, sort: &str| KeyNames {
        partition: partition.to_owned(),
        sort: Some(sort.to_owned()),
    };
    let expected = ["AuditTable", "LocatorTable", "MembersTable", "QuarantineTable", "RegistryTable"];
    let mut broken = Vec::new();
    for id in expected {
        let table = found.template.tables.iter().find(|table| table.id == id);
        if table.is_none_or(|table| table.keys != named(keys::PK, keys::SK)) {
            broken.push(id.to_owned());
        }
    }
    let members = found.template.tables.iter().find(|table| table.id == "MembersTable");
    let indexes = members.map(|table| table.indexes.clone()).unwrap_or_default();
    let is = |name: &str, keys: &KeyNames, projection: &str| {
        indexes
            .iter()
            .any(|index| index.name == name && index.keys == *keys && index.projection == projection)
    };
    if !is(keys::DUE_INDEX, &named(keys::DUE_PK, keys::DUE_SK), "KEYS_ONLY")
        || !is(keys::WORK_INDEX, &named(keys::WORK_PK, keys::WORK_SK), "ALL")
        || !is(keys::DAY_INDEX, &named(keys::DAY_PK, keys::DAY_SK), "ALL")
        || members.is_none_or(|table| table.stream_view.as_deref() != Some("NEW_IMAGE"))
    {
        broken.push("indexes or stream of MembersTable".to_owned());
    }
    broken
}

fn what_must_expire_expires(found: &Infrastructure) -> Vec<String> {
    let tables = found.template.tables.iter().filter(|table| {
        let expected = match table.id.as_str() {
            "MembersTable" | "LocatorTable" | "QuarantineTable" => Some(keys::EXPIRES),
            _ => None,
        };
        table.expires.as_deref() != expected
    });
    tables.map(|table| table.id.clone()).collect()
}

/// Exports go to the archive, under our key, and one that cannot be started is put away; nothing of the archive expires.
fn tables_are_archived(found: &Infrastructure) -> Vec<String> {
    let schedules: Vec<&Resource> = found.resources.of_kind("AWS::Scheduler::Schedule").collect();
    let exports = |table: &str| {
        schedules.iter().any(|schedule| {
            let target = &schedule.properties["Target"];
            let asked: Vec<&str> =
                ["/Arn", "/Input"].iter().filter_map(|at| target.pointer(at)?.as_str()).collect();
            let [action, input] = asked.as_slice() else { return false };
            action.ends_with("aws-sdk:dynamodb:exportTableToPointInTime")
                && [table, "archive", "exports/", "KMS"].iter().all(|part| input.contains(part))
                && schedule.properties["ScheduleExpression"].is_string()
                && target["RoleArn"].is_string()
                && target["RetryPolicy"]["MaximumRetryAttempts"].is_u64()
                && target["DeadLetterConfig"]["Arn"].is_string()
        })
    };
    let kept = ["AuditTable", "MembersTable", "RegistryTable"];
    let mut broken: Vec<String> =
        kept.into_iter().filter(|table| !exports(table)).map(str::to_owned).collect();
    broken.extend(broken_archive(found));
    broken
}

fn broken_archive(found: &Infrastructure) -> Vec<String> {
    broken(found, "AWS::S3::Bucket", |bucket| {
        let rules = bucket.properties["LifecycleConfiguration"]["Rules"].as_array();
        bucket.id == "ArchiveBucket"
            && rules.into_iter().flatten().any(|rule| !rule["ExpirationInDays"].is_null())
    })
}

/// The bucket of access logs is the exception: the service that delivers them cannot use a customer's key.
fn everything_is_under_our_keys(found: &Infrastructure) -> Vec<String> {
    let ours = |value: &serde_json::Value| value.as_str().is_some_and(|key| key.contains("Key"));
    let mut open = broken(found, "AWS::DynamoDB::Table", |table| {
        let encryption = &table.properties["SSESpecification"];
        encryption["SSEEnabled"] != true
            || encryption["SSEType"] != "KMS"
            || !ours(&encryption["KMSMasterKeyId"])
    });
    open.extend(broken(found, "AWS::SQS::Queue", |queue| !ours(&queue.properties["KmsMasterKeyId"])));
    open.extend(broken(found, "AWS::SNS::Topic", |topic| !ours(&topic.properties["KmsMasterKeyId"])));
    open.extend(broken(found, "AWS::S3::Bucket", |bucket| {
        let default = bucket.properties.pointer(
            "/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/KMSMasterKeyID",
        );
        bucket.id != "AccessLogsBucket" && !default.is_some_and(ours)
    }));
    open
}

fn keys_rotate(found: &Infrastructure) -> Vec<String> {
    // A key of ids must stay what it is, and such keys cannot rotate.
    let is_of_ids = |key: &Resource| key.properties["KeyUsage"] == "GENERATE_VERIFY_MAC";
    broken(found, "AWS::KMS::Key", |key| !is_of_ids(key) && key.properties["EnableKeyRotation"] != true)
}

fn buckets_are_closed(found: &Infrastructure) -> Vec<String> {
    broken(found, "AWS::S3::Bucket", |bucket| {
        let closed = json!({"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true});
        bucket.properties["PublicAccessBlockConfiguration"] != closed
            || bucket.properties["VersioningConfiguration"]["Status"] != "Enabled"
    })
}

/// SQS drops what is too old without a dead letter, so nothing that a person or a vendor has to take is
/// kept for less than the most that the service offers.
fn queues_keep_messages(found: &Infrastructure) -> Vec<String> {
    const FOURTEEN_DAYS_S: &str = "1209600";
    let queues = found.template.queues.iter().filter(|queue| {
        queue.attributes.get("MessageRetentionPeriod").map(String::as_str) != Some(FOURTEEN_DAYS_S)
    });
    queues.map(|queue| queue.name.clone()).collect()
}

fn each_vendor_has_its_own(found: &Infrastructure) -> Vec<String> {
    let queues = |function: &str, variable: &str| -> serde_json::Map<String, serde_json::Value> {
        let function = found.template.function(function);
        let text = function.and_then(|function| function.environment.get(variable));
        serde_json::from_str(text.map_or("{}", String::as_str)).unwrap()
    };
    let vendors = queues("relay-outbox", "VENDOR_QUEUES");
    let replies = queues("operations", "REPLY_QUEUES");
    // Of a vendor without queues, ingest-files puts the rows of its files there.
    let of_files = queues("ingest-files", "REPLY_QUEUES");
    let stacks = found.resources.of_kind("AWS::CloudFormation::Stack");
    let mut broken = Vec::new();
    let mut declared = 0;
    for stack in stacks {
        declared += 1;
        let vendor = stack.properties["Parameters"]["VendorId"].as_str().unwrap();
        let queue = |suffix: &str| format!("icm-dev-{suffix}-{vendor}");
        let has = |name: &str| found.template.queues.iter().any(|queue| queue.name == name);
        let is_read = found
            .template
            .queue_triggers
            .iter()
            .any(|trigger| trigger.queue == queue("replies") && trigger.function == "receive-vendor");
        let leads = |urls: &serde_json::Map<String, serde_json::Value>, suffix: &str| {
            let url = urls.get(vendor).and_then(serde_json::Value::as_str);
            url.is_some_and(|url| url.ends_with(&queue(suffix)))
        };
        let is_addressed = leads(&vendors, "offers");
        let has_key = found.resources.get(&format!("{}.Key", stack.id)).is_some();
        // Without queues: a blank address, no offer queue, and a role for its folder.
        let by_bucket = stack.properties["Parameters"]["Transport"] == "bucket";
        let blank = vendors.get(vendor).and_then(serde_json::Value::as_str) == Some("");
        let has_role = found.resources.get(&format!("{}.BucketRole", stack.id)).is_some();
        let offers = if by_bucket {
            blank && has_role && !has(&queue("offers"))
        } else {
            is_addressed && has(&queue("offers"))
        };
        let answered = leads(&replies, "replies") && leads(&of_files, "replies");
        if !offers || !answered || !has(&queue("replies")) || !is_read || !has_key {
            broken.push(vendor.to_owned());
        }
    }
    let addressed: BTreeSet<String> = vendors.keys().cloned().collect();
    if declared != vendors.len() || addressed != contracted() {
        broken.push("VENDOR_QUEUES, the vendor stacks and infra/programs/vendors.json differ".to_owned());
    }
    broken
}

/// Ids of the vendors and practices that have a contract for messages.
fn contracted() -> BTreeSet<String> {
    let text = std::fs::read_to_string(workspace().join("infra/programs/vendors.json")).unwrap();
    let teams: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let contracted = teams.iter().filter(|team| team.get("contract_major").is_some());
    contracted.map(|team| team["id"].as_str().unwrap().to_owned()).collect()
}

fn stores_survive_their_stack(found: &Infrastructure) -> Vec<String> {
    let kinds = ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"];
    let resources = kinds.iter().flat_map(|kind| found.resources.of_kind(kind));
    resources
        .filter(|resource| {
            resource.written["DeletionPolicy"] != "Retain"
                || resource.written["UpdateReplacePolicy"] != "Retain"
        })
        .map(|resource| resource.id.clone())
        .collect()
}
