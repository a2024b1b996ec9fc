//! Who may do what: named actions on named resources, by named principals, over TLS.

use serde_json::{Value, json};

use crate::Rule;
use crate::infrastructure::{Infrastructure, Statement};

pub(crate) const RULES: &[(&str, Rule)] = &[
    ("grants name their actions", grants_name_their_actions),
    ("grants name their resources", grants_name_their_resources),
    ("nobody unnamed is let in", nobody_unnamed_is_let_in),
    ("services act for this account only", services_act_for_this_account_only),
    ("a vendor may read offers and write replies", a_vendor_may_read_offers_and_write_replies),
    ("another account's role needs its secret word", roles_of_other_accounts_need_their_external_id),
    ("queues, buckets and topics are reached over TLS only", tls_only),
    ("only the relay sends outside", only_the_relay_sends_outside),
    ("the audit trail is append only", the_audit_trail_is_append_only),
    ("no managed policy and no shared role", no_managed_policy),
];

fn broken(statements: Vec<Statement<'_>>, is_broken: impl Fn(&Statement<'_>) -> bool) -> Vec<String> {
    statements.into_iter().filter(is_broken).map(|statement| statement.at).collect()
}

fn grants_name_their_actions(found: &Infrastructure) -> Vec<String> {
    broken(found.grants(), |grant| {
        grant.actions().is_empty() || grant.actions().iter().any(|action| action.contains('*'))
    })
}

/// In a key's policy `*` is the key; a trust policy has no resource.
fn grants_name_their_resources(found: &Infrastructure) -> Vec<String> {
    broken(found.grants(), |grant| {
        let is_trust = grant.actions() == ["sts:AssumeRole"];
        let is_key = grant.resource.kind == "AWS::KMS::Key";
        let named = !grant.resources().is_empty() && grant.resources().iter().all(|name| is_named(name));
        !is_trust && !is_key && !named
    })
}

/// A resource is named when what stands before a wildcard already names one: a bucket whose objects are
/// meant, a log group whose streams are meant, a table's stream, or names with a prefix of this system.
fn is_named(resource: &str) -> bool {
    let Some((head, _)) = resource.split_once('*') else {
        return resource.starts_with("arn:");
    };
    let last = head.rsplit([':', '/']).next().unwrap_or_default();
    let has_prefix = last.starts_with("icm-");
    let objects = head.strip_prefix("arn:aws:s3:::").is_some_and(|rest| rest.contains('/'));
    let streams = head.contains(":log-group:/icm/") || head.contains(":table/") && head.ends_with("/stream/");
    has_prefix || objects || streams
}

fn nobody_unnamed_is_let_in(found: &Infrastructure) -> Vec<String> {
    broken(found.grants(), |grant| grant.principals().iter().any(|who| who.contains('*')))
}

/// A service that is let in on a resource acts for this account only: else anybody's bucket could write
/// to our queue (the confused deputy). Lambda and CodeDeploy assume roles that only this account passes.
fn services_act_for_this_account_only(found: &Infrastructure) -> Vec<String> {
    broken(found.grants(), |grant| {
        let services = grant.principals();
        let is_service = services.iter().any(|who| who.ends_with(".amazonaws.com"));
        let is_passed =
            services.iter().all(|who| ["lambda.amazonaws.com", "codedeploy.amazonaws.com"].contains(who));
        let condition = &grant.value["Condition"];
        let by_account = condition.pointer("/StringEquals/aws:SourceAccount").is_some();
        let by_log_group = condition.pointer("/ArnLike/kms:EncryptionContext:aws:logs:arn").is_some();
        is_service && !is_passed && !by_account && !by_log_group
    })
}

fn is_other_account(who: &str) -> bool {
    who.contains(":iam::") && !who.contains(icm_local::sqs::ACCOUNT)
}

/// What another account may do with a queue or a key of ours.
fn a_vendor_may_read_offers_and_write_replies(found: &Infrastructure) -> Vec<String> {
    const OFFERS: [&str; 5] = [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
    ];
    const REPLIES: [&str; 3] = ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"];
    const KEY: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];
    broken(found.grants(), |grant| {
        if !grant.principals().iter().any(|who| is_other_account(who)) {
            return false;
        }
        let id = grant.resource.id.as_str();
        let permitted: &[&str] = match id.rsplit('.').next().unwrap_or_default() {
            "OfferQueuePolicy" => &OFFERS,
            "ReplyQueuePolicy" => &REPLIES,
            "Key" => &KEY,
            "BucketRole" => &["sts:AssumeRole"],
            _ => &[],
        };
        grant.principals().len() != 1 || grant.actions().iter().any(|action| !permitted.contains(action))
    })
}

fn roles_of_other_accounts_need_their_external_id(found: &Infrastructure) -> Vec<String> {
    broken(found.grants(), |grant| {
        grant.actions() == ["sts:AssumeRole"]
            && grant.principals().iter().any(|who| is_other_account(who))
            && grant.value.pointer("/Condition/StringEquals/sts:ExternalId").is_none()
    })
}

fn tls_only(found: &Infrastructure) -> Vec<String> {
    const KINDS: [(&str, &str, &str); 3] = [
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"),
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
    ];
    let mut unprotected = Vec::new();
    for (kind, policy_kind, target) in KINDS {
        for resource in found.resources.of_kind(kind) {
            let policies = found.resources.of_kind(policy_kind);
            let name =
                ["QueueName", "BucketName"].iter().find_map(|name| resource.properties[*name].as_str());
            let name = name.unwrap_or(&resource.id);
            let is_protected = policies
                .filter(|policy| {
                    let targets = crate::infrastructure::texts(&policy.properties[target]);
                    targets.iter().any(|target| target.rsplit([':', '/']).next() == Some(name))
                })
                .any(|policy| refuses_plain_text(&policy.properties["PolicyDocument"]["Statement"]));
            if !is_protected {
                unprotected.push(resource.id.clone());
            }
        }
    }
    unprotected
}

fn refuses_plain_text(statements: &Value) -> bool {
    let condition = json!({"Bool": {"aws:SecureTransport": "false"}});
    statements.as_array().into_iter().flatten().any(|statement| {
        statement["Effect"] == "Deny" && statement["Principal"] == "*" && statement["Condition"] == condition
    })
}

/// Offers and outreach tasks leave through one function (DESIGN D4).
fn only_the_relay_sends_outside(found: &Infrastructure) -> Vec<String> {
    broken(found.grants(), |grant| {
        let is_role = grant.resource.kind.starts_with("AWS::IAM::");
        let sends = grant.actions().contains(&"sqs:SendMessage");
        let outside =
            grant.resources().iter().any(|arn| arn.ends_with(":OutreachQueue") || arn.contains("-offers-"));
        let by_relay = grant.resource.id == "RelayOutboxRole"
            || grant.resource.properties["Roles"] == json!(["RelayOutboxRole"]);
        is_role && sends && outside && !by_relay
    })
}

fn the_audit_trail_is_append_only(found: &Infrastructure) -> Vec<String> {
    const PERMITTED: [&str; 4] =
        ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:GetItem", "dynamodb:ExportTableToPointInTime"];
    broken(found.grants(), |grant| {
        grant.resources().iter().any(|arn| arn.ends_with(":table/AuditTable"))
            && grant.actions().iter().any(|action| !PERMITTED.contains(action))
    })
}

fn no_managed_policy(found: &Infrastructure) -> Vec<String> {
    let mut broken: Vec<String> = found
        .resources
        .of_kind("AWS::IAM::Role")
        .filter(|role| role.properties.get("ManagedPolicyArns").is_some())
        .map(|role| role.id.clone())
        .collect();
    for function in found.resources.of_kind("AWS::Serverless::Function") {
        let own = format!("arn:aws:iam::{}:role/{}Role", icm_local::sqs::ACCOUNT, function.id);
        if function.properties["Role"] != own.as_str() || function.properties.get("Policies").is_some() {
            broken.push(function.id.clone());
        }
    }
    broken
}
