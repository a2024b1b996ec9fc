//! Functions: one per folder, built for arm64, with logs that end, alarms and staged deployments.

use std::collections::BTreeSet;

use icm_aws::{Sender, Store};
use icm_local::clock::StoreClock;
use icm_local::template::Resource;
use operations::Ops;
use serde_json::Value;

use crate::Rule;
use crate::infrastructure::{Infrastructure, workspace};

pub(crate) const RULES: &[(&str, Rule)] = &[
    ("every folder is a function and every function a folder", folders_are_functions),
    ("functions run on arm64 without a runtime of their own", runtime),
    ("logs end and are encrypted", logs_end_and_are_encrypted),
    ("deployments are staged and rolled back by an alarm", deployments_roll_back),
    ("one function at a time writes capacity", one_at_a_time_writes_capacity),
    ("the operations API asks for a token with a scope", routes_ask_for_scopes),
    ("the gateway asks for the scope that the router asks for", gateway_and_router_agree),
    ("every dead letter raises an alarm", every_dead_letter_raises_an_alarm),
    ("what must be watched is watched", what_must_be_watched_is_watched),
    ("every alarm is explained", every_alarm_is_explained),
    ("every metric that is watched or shown is emitted", watched_metrics_are_emitted),
    ("environments name no secret", environments_name_no_secret),
];

fn functions(found: &Infrastructure) -> impl Iterator<Item = &Resource> {
    found.resources.of_kind("AWS::Serverless::Function")
}

fn alarms(found: &Infrastructure) -> impl Iterator<Item = &Resource> {
    found.resources.of_kind("AWS::CloudWatch::Alarm")
}

fn folders_are_functions(found: &Infrastructure) -> Vec<String> {
    let folders: BTreeSet<String> = std::fs::read_dir(workspace().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let declared: BTreeSet<String> =
        found.template.functions.iter().map(|function| function.folder.clone()).collect();
    let mut broken: Vec<String> = folders.symmetric_difference(&declared).cloned().collect();
    for function in functions(found) {
        let folder = icm_local::template::folder_of(&function.id);
        let is_named =
            function.properties["FunctionName"].as_str().is_some_and(|name| name.ends_with(&folder));
        let is_built = function.properties["CodeUri"] == format!("../target/lambda/{folder}/").as_str();
        if !is_named || !is_built {
            broken.push(function.id.clone());
        }
    }
    broken
}

fn runtime(found: &Infrastructure) -> Vec<String> {
    functions(found)
        .filter(|function| {
            function.properties["Runtime"] != "provided.al2023"
                || function.properties["Architectures"] != serde_json::json!(["arm64"])
                || function.properties["Timeout"].as_u64().is_none_or(|timeout| timeout > 900)
                || function.properties["MemorySize"].as_u64().is_none()
        })
        .map(|function| function.id.clone())
        .collect()
}

fn logs_end_and_are_encrypted(found: &Infrastructure) -> Vec<String> {
    let mut broken: Vec<String> = found
        .resources
        .of_kind("AWS::Logs::LogGroup")
        .filter(|group| {
            let properties = &group.properties;
            properties["RetentionInDays"].as_u64().is_none() || properties.get("KmsKeyId").is_none()
        })
        .map(|group| group.id.clone())
        .collect();
    for function in functions(found) {
        let group = &function.properties["LoggingConfig"]["LogGroup"];
        if !found.resources.of_kind("AWS::Logs::LogGroup").any(|one| one.properties["LogGroupName"] == *group)
        {
            broken.push(function.id.clone());
        }
    }
    broken
}

fn deployments_roll_back(found: &Infrastructure) -> Vec<String> {
    functions(found)
        .filter(|function| {
            let preference = &function.properties["DeploymentPreference"];
            let alarm = preference["Alarms"][0].as_str().unwrap_or_default();
            let watched = alarms(found).find(|one| one.id == alarm);
            let is_errors = watched.is_some_and(|alarm| {
                let dimensions = alarm.properties["Dimensions"].to_string();
                let name = function.properties["FunctionName"].as_str().unwrap_or("?");
                alarm.properties["MetricName"] == "Errors" && dimensions.contains(&format!("{name}:live"))
            });
            // Without the release in its name a change of parameters alone publishes no version.
            function.properties["AutoPublishAlias"] != "live"
                || function.properties["AutoPublishCodeSha256"].is_null()
                || preference["Enabled"] != true
                || preference["Type"] == "AllAtOnce"
                || !is_errors
        })
        .map(|function| function.id.clone())
        .collect()
}

fn one_at_a_time_writes_capacity(found: &Infrastructure) -> Vec<String> {
    let reserved = found.template.function("queue-outreach").and_then(|found| found.reserved_concurrency);
    if reserved == Some(1) { Vec::new() } else { vec!["QueueOutreach".to_owned()] }
}

fn routes_ask_for_scopes(found: &Infrastructure) -> Vec<String> {
    let Some(operations) = found.resources.get("Operations") else { return vec!["Operations".to_owned()] };
    let routes = operations.properties["Events"].as_object().into_iter().flatten();
    let mut broken: Vec<String> = routes
        .filter(|(_, route)| !is_guarded(&route["Properties"]))
        .map(|(name, _)| format!("Operations.{name}"))
        .collect();
    let api = found.resources.get("OperationsApi");
    if api.is_none_or(|api| api.properties["Auth"]["DefaultAuthorizer"] != "Staff") {
        broken.push("OperationsApi".to_owned());
    }
    broken
}

/// A route asks for a token with a scope. Who acts is known from the token alone: a route without one would answer that
/// nobody is signed in, also to somebody who is.
fn is_guarded(route: &Value) -> bool {
    let scopes = route["Auth"]["AuthorizationScopes"].as_array();
    route["Auth"]["Authorizer"] == "Staff" && scopes.is_some_and(|scopes| !scopes.is_empty())
}

/// The most exact route of the gateway for each route of the API asks for its scope.
fn gateway_and_router_agree(found: &Infrastructure) -> Vec<String> {
    let Some(operations) = found.resources.get("Operations") else { return vec!["Operations".to_owned()] };
    let events: Vec<&Value> =
        operations.properties["Events"].as_object().into_iter().flatten().map(|(_, event)| event).collect();
    let routes = operations::api::routes::<Ops<Store, Sender, StoreClock>>();
    let asked = |route: &operations::api::Route| {
        let fits = |event: &&&Value| {
            let path = event["Properties"]["Path"].as_str().unwrap_or_default();
            let covers = path.strip_suffix("{proxy+}").is_some_and(|start| route.path.starts_with(start));
            event["Properties"]["Method"] == route.method.as_str() && (covers || path == route.path)
        };
        let length = |event: &&&Value| event["Properties"]["Path"].as_str().map(str::len);
        let exact = events.iter().filter(fits).max_by_key(length);
        exact.map(|event| event["Properties"]["Auth"]["AuthorizationScopes"].clone())
    };
    let differs =
        |route: &&operations::api::Route| asked(route) != Some(serde_json::json!([route.scope.id()]));
    routes.iter().filter(differs).map(|route| format!("{} {}", route.method, route.path)).collect()
}

fn every_dead_letter_raises_an_alarm(found: &Infrastructure) -> Vec<String> {
    let sources = found.template.queues.iter();
    let mut dead: BTreeSet<&str> = sources.filter_map(|queue| queue.dead_letters.as_deref()).collect();
    dead.extend(["StreamFailures", "ScheduleDeadLetters"]);
    dead.into_iter()
        .filter(|queue| !is_watched(found, "ApproximateNumberOfMessagesVisible", queue))
        .map(str::to_owned)
        .collect()
}

fn is_watched(found: &Infrastructure, metric: &str, of: &str) -> bool {
    alarms(found).any(|alarm| {
        let dimensions = alarm.properties["Dimensions"].as_array().into_iter().flatten();
        alarm.properties["MetricName"] == metric
            && dimensions.into_iter().any(|dimension| dimension["Value"] == of)
            && alarm.properties["AlarmActions"].as_array().is_some_and(|actions| !actions.is_empty())
    })
}

fn what_must_be_watched_is_watched(found: &Infrastructure) -> Vec<String> {
    let mut watched = vec![
        ("ApproximateAgeOfOldestMessage", "IngestQueue"),
        ("ApproximateAgeOfOldestMessage", "FactsQueue"),
        ("ApproximateAgeOfOldestMessage", "OutreachQueue"),
        ("IteratorAge", "icm-dev-relay-outbox"),
        ("offers_unacknowledged", "queue-outreach"),
        ("contacts_outside_hours", "operations"),
        ("contacts_outside_hours", "receive-vendor"),
        ("contacts_over_caps", "receive-vendor"),
        ("rosters_doubted", "receive-vendor"),
        ("stranded", "review-due"),
        ("failed", "relay-outbox"),
        ("release_stopped", "relay-outbox"),
    ];
    let names: Vec<&str> =
        functions(found).filter_map(|one| one.properties["FunctionName"].as_str()).collect();
    watched.extend(names.iter().map(|name| ("Throttles", *name)));
    watched.extend(names.iter().map(|name| ("Errors", *name)));
    watched
        .into_iter()
        .filter(|(metric, of)| !is_watched(found, metric, of))
        .map(|(metric, of)| format!("{metric} of {of}"))
        .collect()
}

/// Each alarm has its row in the operations document; those of functions share one.
fn every_alarm_is_explained(found: &Infrastructure) -> Vec<String> {
    let text = std::fs::read_to_string(workspace().join("infra/README.md")).unwrap();
    let row = |id: &str| {
        let id = id.rsplit('.').next().unwrap_or(id);
        let mut functions = found.template.functions.iter();
        let of_function = functions.find_map(|function| id.strip_prefix(function.id.as_str()));
        of_function.map_or_else(|| format!("`{id}`"), |kind| format!("`<Function>{kind}`"))
    };
    alarms(found).filter(|alarm| !text.contains(&row(&alarm.id))).map(|alarm| alarm.id.clone()).collect()
}

/// Metrics of our own in alarms and on the dashboard: name and function.
fn own_metrics(found: &Infrastructure) -> BTreeSet<(String, String)> {
    let of_alarm = |alarm: &Resource| {
        let function = alarm.properties["Dimensions"][0]["Value"].as_str()?;
        Some((alarm.properties["MetricName"].as_str()?.to_owned(), function.to_owned()))
    };
    let alarms = alarms(found).filter(|alarm| alarm.properties["Namespace"] == "icm").filter_map(of_alarm);
    let boards = found.resources.of_kind("AWS::CloudWatch::Dashboard");
    let bodies = boards.filter_map(|board| board.properties["DashboardBody"].as_str());
    let shown = bodies.flat_map(|body| {
        let board: Value = serde_json::from_str(body).unwrap();
        let widgets = board["widgets"].as_array().unwrap().clone();
        let lines = widgets
            .into_iter()
            .flat_map(|widget| widget["properties"]["metrics"].as_array().unwrap().clone());
        let own = lines.filter(|line| line[0] == "icm" && line[2] == "function");
        own.map(|line| (line[1].as_str().unwrap().to_owned(), line[3].as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    });
    alarms.chain(shown).collect()
}

/// Whether the function's own code counts the metric in a batch of its name.
fn is_emitted(metric: &str, function: &str) -> bool {
    let sources = rust_sources(&workspace().join("functions").join(function).join("src"));
    let has = |text: String| sources.iter().any(|source| source.contains(&text));
    has(format!("Metrics::of(\"{function}\")")) && has(format!(".count(\"{metric}\""))
}

fn rust_sources(folder: &std::path::Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() { rust_sources(&path) } else { vec![std::fs::read_to_string(path).unwrap()] }
        })
        .collect()
}

/// An alarm on a metric that nobody emits is silent for ever, and looks like health.
fn watched_metrics_are_emitted(found: &Infrastructure) -> Vec<String> {
    let metrics = own_metrics(found);
    let silent = metrics.iter().filter(|(metric, function)| !is_emitted(metric, function));
    silent.map(|(metric, function)| format!("{metric} of {function}")).collect()
}

fn environments_name_no_secret(found: &Infrastructure) -> Vec<String> {
    const SUSPECT: [&str; 4] = ["SECRET", "PASSWORD", "TOKEN", "CREDENTIAL"];
    let functions = found.template.functions.iter();
    functions
        .flat_map(|function| function.environment.keys().map(move |name| format!("{}.{name}", function.id)))
        .filter(|name| SUSPECT.iter().any(|word| name.to_uppercase().contains(word)))
        .collect()
}
