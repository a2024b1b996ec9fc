//! What each function asks of the services in a whole run is what its role in the template allows: the emulators do not
//! judge roles, so a permission that is missing would first be found in AWS.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::middleware::{Next, from_fn};
use icm_aws::{Outlet, Queues, Sender, Store, Tables};
use icm_contract::vendor::roster::hash;
use icm_local::run::functions;
use icm_local::stack::{Account, Handler};
use icm_local::template::{Folder, Parameters, Resource, Resources};
use relay_outbox::Relay;
use serde_json::{Value, json};

use crate::layer::{Asked, Fate, Layer};
use crate::story::System;

tokio::task_local! {
    /// The function that is running.
    static RUNNING: String;
}

/// A function, an action, and the end of the resource's ARN.
type Need = (String, String, String);

/// What a request needs: actions and the ends of the resources' ARNs.
fn needs(asked: &Asked) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let table = |name: &Value| format!("table/{}", text(name));
    let dynamodb = |action: &str| format!("dynamodb:{action}");
    let body = &asked.body;
    match asked.operation.as_str() {
        "TransactWriteItems" => {
            let items = body["TransactItems"].as_array().into_iter().flatten();
            let parts = items.flat_map(|item| item.as_object().into_iter().flatten());
            let action = |part: &str| {
                dynamodb(&if part == "ConditionCheck" {
                    "ConditionCheckItem".to_owned()
                } else {
                    format!("{part}Item")
                })
            };
            parts.map(|(part, item)| (action(part), table(&item["TableName"]))).collect()
        }
        "BatchWriteItem" | "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(name, _)| (dynamodb(&asked.operation), format!("table/{name}"))).collect()
        }
        "SendMessage" | "SendMessageBatch" => {
            let queue = text(&body["QueueUrl"]);
            let name = queue.rsplit('/').next().unwrap_or_default().to_owned();
            vec![("sqs:SendMessage".to_owned(), name)]
        }
        operation => {
            let index = body["IndexName"].as_str().map(|index| format!("/index/{index}")).unwrap_or_default();
            vec![(dynamodb(operation), table(&body["TableName"]) + &index)]
        }
    }
}

/// Roles as the template gives them.
struct Roles(Resources);

impl Roles {
    fn of_template() -> Self {
        let url = "https://sqs.us-east-1.amazonaws.com";
        Self(Resources::of(&Folder::built_in().unwrap(), &Parameters::new(), url).unwrap())
    }

    fn role(&self, function: &str) -> &Resource {
        let functions: Vec<&Resource> = self.0.of_kind("AWS::Serverless::Function").collect();
        let named = |one: &&&Resource| {
            one.properties["FunctionName"].as_str().is_some_and(|name| name == format!("icm-dev-{function}"))
        };
        let role = functions.iter().find(named).unwrap().properties["Role"].as_str().unwrap();
        self.0.of_kind("AWS::IAM::Role").find(|one| role.ends_with(&format!("/{}", one.id))).unwrap()
    }

    /// Statements of the role, and of the policies that vendors' stacks add to it.
    fn statements(&self, function: &str) -> Vec<&Value> {
        let role = self.role(function);
        let own = role.properties["Policies"].as_array().into_iter().flatten();
        let own = own.map(|policy| &policy["PolicyDocument"]);
        let to_it = |policy: &&Resource| {
            let roles = policy.properties["Roles"].as_array().into_iter().flatten();
            roles.filter_map(Value::as_str).any(|name| name == role.id)
        };
        let added = self.0.of_kind("AWS::IAM::Policy").filter(to_it);
        let documents = own.chain(added.map(|policy| &policy.properties["PolicyDocument"]));
        let statements = documents.flat_map(|one| one["Statement"].as_array().into_iter().flatten());
        statements.filter(|statement| statement["Effect"] == "Allow").collect()
    }

    fn allow(&self, (function, action, resource): &Need, but: Option<&str>) -> bool {
        let listed = |value: &Value| -> Vec<String> {
            let one = value.as_str().map(str::to_owned);
            let many = value.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned));
            one.into_iter().chain(many).collect()
        };
        let fits = |arn: &String| match arn.strip_suffix('*') {
            Some(begin) => {
                let (_, begin) = begin.rsplit_once(':').unwrap_or_default();
                resource.starts_with(begin)
            }
            None => arn.rsplit_once(':').is_some_and(|(_, end)| end == resource),
        };
        self.statements(function).into_iter().any(|statement| {
            but.is_none_or(|but| statement["Sid"] != but)
                && listed(&statement["Action"]).contains(action)
                && listed(&statement["Resource"]).iter().any(fits)
        })
    }
}

/// A layer that notes for whom it was asked: for the function that is running, or always for this one.
fn noting(seen: &Arc<Mutex<BTreeSet<Need>>>, always: Option<&'static str>) -> SharedHttpClient {
    let seen = Arc::clone(seen);
    Layer::over(move |asked| {
        let running = always.map(str::to_owned).or_else(|| RUNNING.try_with(Clone::clone).ok());
        if let Some(function) = running {
            let needs = needs(asked).into_iter();
            let needs = needs.map(|(action, resource)| (function.clone(), action, resource));
            seen.lock().unwrap().extend(needs);
        }
        Fate::Pass
    })
}

/// The relay runs on a thread of its own, where nobody knows what is running: it gets clients of its own.
fn relay(account: &Account, http: SharedHttpClient) -> Arc<dyn Handler> {
    let (variables, clients) = (account.environment("relay-outbox"), account.connection().clients_over(http));
    let named = |name: &str| variables.get(name).cloned();
    let queues = Sender::new(clients.sqs, Queues::from_vars(named).unwrap());
    let files = account.folder().unwrap().join("permissions");
    let relay = Arc::new(Relay {
        store: Store::new(clients.dynamodb, Tables::from_vars(named)),
        queues: Outlet::new(queues, icm_aws::Folder::new(files)),
        clock: account.clock().clone(),
    });
    Arc::new(move |event| functions::relayed(event, Arc::clone(&relay)))
}

/// What a vendor may say of a case that is not its own, in its daily list, and by mistake.
async fn vendor_says(system: &System) {
    let said = |id: &str, kind: &str, subject: &str, data: Value| {
        let time = "2026-07-04T12:00:00Z";
        json!({ "specversion": "1.0", "id": id, "source": "urn:vendor", "type": kind, "subject": subject, "time": time,
                "sequence": 1, "data": data })
        .to_string()
    };
    let lines = [("C-unknown", "ACTIVE")];
    let roster = json!({ "snapshot_id": "S", "as_of": "2026-07-04", "part": 1, "parts": 1, "count": 1,
                         "hash": hash(lines), "lines": [{ "case_id": "C-unknown", "state": "ACTIVE" }] });
    let bodies = [
        said("r1", "icm.vendor.accepted.v1", "C-unknown", json!({ "placer_id": "P" })),
        said("r2", "icm.vendor.roster.snapshot.v1", "", roster),
        "no JSON".to_owned(),
    ];
    let url = system.account.queue_url("icm-dev-replies-VENDOR-1");
    for body in bodies {
        system.account.clients().sqs.send_message().queue_url(&url).message_body(body).send().await.unwrap();
    }
    system.minutes(2).await;
}

/// Files, decisions, outreach, vendors, reviews and people for some days; what each function asked for.
async fn asked_for() -> BTreeSet<Need> {
    let seen: Arc<Mutex<BTreeSet<Need>>> = Arc::default();
    let named = |account: &Account, name: &str, handler: Arc<dyn Handler>| -> Arc<dyn Handler> {
        if name == "relay-outbox" {
            return relay(account, noting(&seen, Some("relay-outbox")));
        }
        let name = name.to_owned();
        Arc::new(move |event| RUNNING.scope(name.clone(), handler.invoke(event)))
    };
    let mut system = System::start_around(noting(&seen, None), named).await;
    let people = |request, next: Next| RUNNING.scope("operations".to_owned(), next.run(request));
    system.api = system.api.clone().layer(from_fn(people));
    system.write(120);
    system.ingest().await;
    system.live(4).await;
    vendor_says(&system).await;
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_of_a_whole_run_is_allowed_by_the_role_of_its_function() {
    let (roles, asked) = (Roles::of_template(), asked_for().await);
    let functions: BTreeSet<&str> = asked.iter().map(|(function, ..)| function.as_str()).collect();
    let all = [
        "identify-members",
        "ingest-files",
        "operations",
        "queue-outreach",
        "receive-vendor",
        "relay-outbox",
        "review-due",
    ];
    assert_eq!(functions.into_iter().collect::<Vec<_>>(), all);
    assert!(asked.len() >= 45, "{}", asked.len());
    let refused: Vec<&Need> = asked.iter().filter(|need| !roles.allow(need, None)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    // A statement taken away is noticed.
    let lease =
        ("relay-outbox".to_owned(), "dynamodb:UpdateItem".to_owned(), "table/MembersTable".to_owned());
    assert!(asked.contains(&lease) && !roles.allow(&lease, Some("LeaseAndMarkEffects")));
}
