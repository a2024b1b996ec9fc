//! Everything that can be taken away or widened, one at a time: some rule must notice each.

use icm_local::template::Folder;
use serde_json::{Value, json};

use crate::infrastructure::{Infrastructure, templates};
use crate::rules;

/// A place in one of the templates: the file (empty for the main one) and a JSON pointer.
#[derive(Clone)]
struct Place {
    file: String,
    pointer: String,
}

/// A change at a place.
enum Change {
    Remove,
    Replace(Value),
}

fn tree<'a>(folder: &'a mut Folder, file: &str) -> &'a mut Value {
    if file.is_empty() { &mut folder.main.0 } else { &mut folder.nested.get_mut(file).unwrap().0 }
}

/// Whether a rule notices the change; a template that can no longer be read is noticed, too.
fn is_noticed(place: &Place, change: &Change) -> bool {
    let mut folder = templates();
    let root = tree(&mut folder, &place.file);
    match change {
        Change::Replace(value) => *root.pointer_mut(&place.pointer).unwrap() = value.clone(),
        Change::Remove => {
            let (parent, name) = place.pointer.rsplit_once('/').unwrap();
            let name = name.replace("~1", "/").replace("~0", "~");
            root.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(&name).unwrap();
        }
    }
    let found = Infrastructure::of(&folder);
    found.map_or(true, |found| rules().into_iter().any(|(_, rule)| !rule(&found).is_empty()))
}

/// Every place whose last segment is `name`, in both templates.
fn places_named(name: &str) -> Vec<Place> {
    let folder = templates();
    let files = std::iter::once(("", &folder.main))
        .chain(folder.nested.iter().map(|(file, document)| (file.as_str(), document)));
    let mut found = Vec::new();
    for (file, document) in files {
        walk(&document.0["Resources"], "/Resources", name, &mut |pointer| {
            found.push(Place { file: file.to_owned(), pointer });
        });
    }
    found
}

fn walk(value: &Value, at: &str, name: &str, visit: &mut impl FnMut(String)) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, child)| (key.clone(), child)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (key, child) in children {
        let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        if key == name {
            visit(pointer.clone());
        }
        walk(child, &pointer, name, visit);
    }
}

fn statement_of<'a>(folder: &'a Folder, place: &Place) -> &'a Value {
    let document = if place.file.is_empty() { &folder.main } else { &folder.nested[&place.file] };
    let (parent, _) = place.pointer.rsplit_once('/').unwrap();
    document.0.pointer(parent).unwrap()
}

fn assert_noticed(places: &[Place], at_least: usize, change: &Change) {
    assert!(places.len() >= at_least, "only {} places", places.len());
    for place in places {
        assert!(is_noticed(place, change), "nobody notices {}{}", place.file, place.pointer);
    }
}

#[test]
fn taking_away_a_protection_is_noticed_wherever_it_stands() {
    let protections = [
        ("RedrivePolicy", 5),
        ("FunctionResponseTypes", 4),
        ("ScalingConfig", 3),
        ("BisectBatchOnFunctionError", 1),
        ("MaximumRetryAttempts", 3),
        ("DestinationConfig", 1),
        ("FilterCriteria", 1),
        ("DeadLetterConfig", 2),
        ("MessageRetentionPeriod", 12),
        ("KmsMasterKeyId", 13),
        ("PointInTimeRecoverySpecification", 5),
        ("DeletionProtectionEnabled", 5),
        ("SSESpecification", 5),
        ("TimeToLiveSpecification", 3),
        ("StreamSpecification", 1),
        ("GlobalSecondaryIndexes", 1),
        ("EnableKeyRotation", 2),
        ("PublicAccessBlockConfiguration", 4),
        ("VersioningConfiguration", 4),
        ("RetentionInDays", 8),
        ("LoggingConfig", 7),
        ("ReservedConcurrentExecutions", 1),
        ("AuthorizationScopes", 3),
        ("AlarmActions", 20),
        ("UpdateReplacePolicy", 11),
        ("ScheduleExpression", 6),
        ("Input", 3),
    ];
    for (name, at_least) in protections {
        let mut places = places_named(name);
        // A bucket has a logging configuration of the same name's kind; alarms of quarantine are advice.
        places.retain(|place| !place.pointer.contains("QuarantineGrows"));
        places.retain(|place| name != "AlarmActions" || !place.pointer.contains("OfferQueueAge"));
        places.retain(|place| name != "UpdateReplacePolicy" || !place.pointer.contains("Log/"));
        assert_noticed(&places, at_least, &Change::Remove);
    }
}

#[test]
fn a_condition_taken_away_is_noticed_in_every_statement() {
    let folder = templates();
    let mut places = places_named("Condition");
    // `Condition` beside a resource's type names when the resource exists at all.
    places.retain(|place| statement_of(&folder, place).get("Effect").is_some());
    // A vendor without queues is not among the vendors of the defaults.
    places.retain(|place| !place.pointer.contains("/BucketRole/"));
    assert_noticed(&places, 20, &Change::Remove);
}

#[test]
fn a_grant_widened_to_everything_is_noticed_in_every_statement() {
    let folder = templates();
    for name in ["Action", "Resource"] {
        let mut places = places_named(name);
        places.retain(|place| statement_of(&folder, place).get("Effect") == Some(&json!("Allow")));
        places.retain(|place| !is_of_a_vendor_without_queues(&place.pointer));
        // In a key's policy the resource is the key.
        places.retain(|place| name == "Action" || !place.pointer.contains("/KeyPolicy/"));
        assert_noticed(&places, 40, &Change::Replace(json!("*")));
        assert_noticed(&places, 40, &Change::Replace(json!(["*"])));
    }
    let mut places = places_named("Principal");
    places.retain(|place| statement_of(&folder, place).get("Effect") == Some(&json!("Allow")));
    places.retain(|place| !is_of_a_vendor_without_queues(&place.pointer));
    assert_noticed(&places, 15, &Change::Replace(json!("*")));
    assert_noticed(&places, 15, &Change::Replace(json!({"AWS": "*"})));
}

fn is_of_a_vendor_without_queues(pointer: &str) -> bool {
    ["/BucketRole/", "/WriteOfferFiles/", "/ReadReplyFiles/"].iter().any(|id| pointer.contains(id))
}

#[test]
fn a_function_a_dead_letter_queue_or_a_policy_that_is_gone_is_noticed() {
    let folder = templates();
    let kinds = [
        "AWS::Serverless::Function",
        "AWS::DynamoDB::Table",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Logs::LogGroup",
    ];
    let mut count = 0;
    for (file, document) in [("", &folder.main), ("vendor.yaml", &folder.nested["vendor.yaml"])] {
        for (id, resource) in document.resources() {
            if kinds.iter().any(|kind| resource["Type"] == *kind) {
                let place = Place { file: file.to_owned(), pointer: format!("/Resources/{id}") };
                assert!(is_noticed(&place, &Change::Remove), "nobody misses {file}{id}");
                count += 1;
            }
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn values_that_weaken_are_noticed() {
    let main = |pointer: &str| Place { file: String::new(), pointer: format!("/Resources/{pointer}") };
    let vendor =
        |pointer: &str| Place { file: "vendor.yaml".to_owned(), pointer: format!("/Resources/{pointer}") };
    let weaker = [
        (main("FactsQueue/Properties/VisibilityTimeout"), json!(360)),
        (main("IdentifyMembers/Properties/Timeout"), json!(90)),
        (main("IdentifyMembers/Properties/Events/Facts/Properties/FunctionResponseTypes"), json!([])),
        (main("RelayOutbox/Properties/Events/Effects/Properties/MaximumRetryAttempts"), json!(-1)),
        (main("OutreachQueue/Properties/MessageRetentionPeriod"), json!(345_600)),
        (vendor("OfferQueue/Properties/MessageRetentionPeriod"), json!(345_600)),
        (vendor("Replies/Properties/FunctionResponseTypes"), json!([])),
        (vendor("OfferQueuePolicy/Properties/PolicyDocument/Statement/0/Action"), json!(["sqs:SendMessage"])),
        (main("MembersTable/Properties/TimeToLiveSpecification/AttributeName"), json!("ttl")),
        (main("Operations/Properties/Events/Write/Properties/Auth/Authorizer"), json!("NONE")),
        (main("QuarantineGrows/Properties/MetricName"), json!("quarantined_records")),
        (main("QuarantineGrows/Properties/Dimensions/0/Value"), json!("review-due")),
        (main("IdentifyMembers/Properties/Environment/Variables"), json!({"ID_SECRET": "icm"})),
        (
            main("ReviewDueRole/Properties/Policies/0/PolicyDocument/Statement/2/Resource"),
            json!("arn:aws:dynamodb:*"),
        ),
    ];
    for (place, value) in weaker {
        assert!(is_noticed(&place, &Change::Replace(value)), "nobody notices {}", place.pointer);
    }
}
