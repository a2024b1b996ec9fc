//! Functions of a template and what calls them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::error::TemplateError;
use super::model::properties;
use super::resources::{Resource, Resources};
use crate::sqs::name_of;

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Logical id.
    pub id: String,
    /// Its folder under `functions/`, which is also its binary and the prefix of its metrics.
    pub folder: String,
    /// Seconds that an invocation may take.
    pub timeout_s: u32,
    /// Memory in MB.
    pub memory_mb: u32,
    /// Environment.
    pub environment: BTreeMap<String, String>,
    /// Most invocations at one time, when reserved.
    pub reserved_concurrency: Option<u32>,
}

/// A queue that calls a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTrigger {
    /// The function's folder.
    pub function: String,
    /// Name of the queue.
    pub queue: String,
    /// Most messages of one call.
    pub batch_size: u32,
    /// Seconds that messages are collected.
    pub window_s: u32,
    /// Whether the function says which messages failed.
    pub item_failures: bool,
    /// Most calls at one time.
    pub maximum_concurrency: Option<u32>,
}

/// A table's stream that calls a function.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamTrigger {
    /// The function's folder.
    pub function: String,
    /// The table.
    pub table: String,
    /// Most records of one call.
    pub batch_size: u32,
    /// Patterns, any of which a record must match; none: every record.
    pub filters: Vec<Value>,
    /// Calls beyond the first for the same records; none: without end.
    pub retries: Option<u32>,
    /// Whether a failing batch is halved.
    pub bisects: bool,
    /// Whether the function says which record failed first.
    pub item_failures: bool,
    /// Queue that is told which records were given up.
    pub on_failure: Option<String>,
}

/// A schedule that calls a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The function's folder.
    pub function: String,
    /// Seconds between two calls.
    pub every_s: u32,
}

/// The folder of a logical id: `IdentifyMembers` is `identify-members`.
pub fn folder_of(id: &str) -> String {
    let mut folder = String::new();
    for (index, letter) in id.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            folder.push('-');
        }
        folder.extend(letter.to_lowercase());
    }
    folder
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionProperties {
    timeout: u32,
    memory_size: u32,
    environment: Option<EnvironmentProperties>,
    reserved_concurrent_executions: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EnvironmentProperties {
    #[serde(default)]
    variables: BTreeMap<String, Value>,
}

pub(super) fn function(resource: &Resource) -> Result<Function, TemplateError> {
    let read: FunctionProperties = properties(&resource.id, &resource.properties)?;
    let variables = read.environment.map(|all| all.variables).unwrap_or_default();
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(Function {
        id: resource.id.clone(),
        folder: folder_of(&resource.id),
        timeout_s: read.timeout,
        memory_mb: read.memory_size,
        environment: variables.into_iter().map(|(name, value)| (name, text(value))).collect(),
        reserved_concurrency: read.reserved_concurrent_executions,
    })
}

/// All event sources of a template.
#[derive(Default)]
pub(super) struct Events {
    pub(super) queues: Vec<QueueTrigger>,
    pub(super) streams: Vec<StreamTrigger>,
    pub(super) schedules: Vec<Schedule>,
}

/// Events of functions (SAM) and event source mappings (CloudFormation).
pub(super) fn events(resources: &Resources) -> Result<Events, TemplateError> {
    let mut events = Events::default();
    for function in resources.of_kind("AWS::Serverless::Function") {
        let written = function.properties.get("Events").and_then(Value::as_object);
        for (name, event) in written.into_iter().flatten() {
            let at = format!("{}.{name}", function.id);
            let kind = event.get("Type").and_then(Value::as_str).unwrap_or_default();
            let inner = event.get("Properties").unwrap_or(&Value::Null);
            events.take(&at, &folder_of(&function.id), kind, inner)?;
        }
    }
    for mapping in resources.of_kind("AWS::Lambda::EventSourceMapping") {
        let read: MappingProperties = properties(&mapping.id, &mapping.properties)?;
        let mut inner = mapping.properties.clone();
        if let Some(fields) = inner.as_object_mut() {
            fields.insert("Queue".to_owned(), Value::String(read.event_source_arn));
        }
        events.take(&mapping.id, &folder_of(&read.function_name), "SQS", &inner)?;
    }
    Ok(events)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MappingProperties {
    event_source_arn: String,
    function_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueEvent {
    queue: String,
    batch_size: Option<u32>,
    maximum_batching_window_in_seconds: Option<u32>,
    #[serde(default)]
    function_response_types: Vec<String>,
    scaling_config: Option<Scaling>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scaling {
    maximum_concurrency: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamEvent {
    stream: String,
    batch_size: Option<u32>,
    maximum_retry_attempts: Option<i64>,
    #[serde(default)]
    bisect_batch_on_function_error: bool,
    #[serde(default)]
    function_response_types: Vec<String>,
    destination_config: Option<Value>,
    filter_criteria: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScheduleEvent {
    schedule_expression: String,
}

const ITEM_FAILURES: &str = "ReportBatchItemFailures";

impl Events {
    fn take(&mut self, at: &str, function: &str, kind: &str, inner: &Value) -> Result<(), TemplateError> {
        match kind {
            "SQS" => self.queues.push(queue_trigger(at, function, inner)?),
            "DynamoDB" => self.streams.push(stream_trigger(at, function, inner)?),
            "ScheduleV2" => self.schedules.push(Schedule {
                function: function.to_owned(),
                every_s: every_s(at, &properties::<ScheduleEvent>(at, inner)?.schedule_expression)?,
            }),
            // Routes of the HTTP API: the operations function routes by itself.
            "HttpApi" => {}
            unknown => return Err(TemplateError::new(at, format!("{unknown} calls nothing here"))),
        }
        Ok(())
    }
}

fn queue_trigger(at: &str, function: &str, inner: &Value) -> Result<QueueTrigger, TemplateError> {
    let read: QueueEvent = properties(at, inner)?;
    Ok(QueueTrigger {
        function: function.to_owned(),
        queue: name_of(&read.queue).to_owned(),
        batch_size: read.batch_size.unwrap_or(10),
        window_s: read.maximum_batching_window_in_seconds.unwrap_or(0),
        item_failures: read.function_response_types.iter().any(|kind| kind == ITEM_FAILURES),
        maximum_concurrency: read.scaling_config.and_then(|scaling| scaling.maximum_concurrency),
    })
}

fn stream_trigger(at: &str, function: &str, inner: &Value) -> Result<StreamTrigger, TemplateError> {
    let read: StreamEvent = properties(at, inner)?;
    let failure = read.destination_config.as_ref();
    let failure = failure.and_then(|config| config.pointer("/OnFailure/Destination"));
    let table = read.stream.split('/').nth(1);
    Ok(StreamTrigger {
        function: function.to_owned(),
        table: table.ok_or_else(|| TemplateError::new(at, "names no table's stream"))?.to_owned(),
        batch_size: read.batch_size.unwrap_or(100),
        filters: filters(at, read.filter_criteria.as_ref())?,
        // Minus one, like nothing at all, means without end.
        retries: read.maximum_retry_attempts.and_then(|count| u32::try_from(count).ok()),
        bisects: read.bisect_batch_on_function_error,
        item_failures: read.function_response_types.iter().any(|kind| kind == ITEM_FAILURES),
        on_failure: failure.and_then(Value::as_str).map(|arn| name_of(arn).to_owned()),
    })
}

fn filters(at: &str, criteria: Option<&Value>) -> Result<Vec<Value>, TemplateError> {
    let written = criteria.and_then(|criteria| criteria.get("Filters")).and_then(Value::as_array);
    written
        .into_iter()
        .flatten()
        .map(|filter| {
            let pattern = filter.get("Pattern").and_then(Value::as_str).unwrap_or_default();
            serde_json::from_str(pattern).map_err(|_| TemplateError::new(at, "has a filter that is no JSON"))
        })
        .collect()
}

/// `rate(N minutes)` and the like; the template uses no other form.
fn every_s(at: &str, expression: &str) -> Result<u32, TemplateError> {
    let unknown = || TemplateError::new(at, "is no rate(N minutes|hours|days)");
    let inner =
        expression.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')).ok_or_else(unknown)?;
    let (count, unit) = inner.split_once(' ').ok_or_else(unknown)?;
    let unit_s = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        _ => return Err(unknown()),
    };
    let count: u32 = count.parse().map_err(|_| unknown())?;
    count.checked_mul(unit_s).filter(|every_s| *every_s > 0).ok_or_else(unknown)
}
