//! The parts of a template that the local stack makes: tables, queues, buckets and their triggers.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::document::Folder;
use super::error::TemplateError;
use super::functions::{self, Function, QueueTrigger, Schedule, StreamTrigger};
use super::resources::{Parameters, Resource, Resources};
use crate::sqs::name_of;

/// What the local stack is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Tables.
    pub tables: Vec<Table>,
    /// Queues; a dead-letter queue stands before the queues that name it.
    pub queues: Vec<Queue>,
    /// Buckets.
    pub buckets: Vec<Bucket>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Queues that call functions.
    pub queue_triggers: Vec<QueueTrigger>,
    /// Table streams that call functions.
    pub stream_triggers: Vec<StreamTrigger>,
    /// Schedules that call functions.
    pub schedules: Vec<Schedule>,
}

/// Names of a partition and a sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyNames {
    /// Attribute of the partition key.
    pub partition: String,
    /// Attribute of the sort key.
    pub sort: Option<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Logical id, which is also its name here.
    pub id: String,
    /// Types of the key attributes (`S`, `N`, `B`) by name.
    pub attributes: BTreeMap<String, String>,
    /// Its keys.
    pub keys: KeyNames,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// Attribute by which items expire.
    pub expires: Option<String>,
    /// What its stream shows, when it has one.
    pub stream_view: Option<String>,
}

/// A secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Name.
    pub name: String,
    /// Keys.
    pub keys: KeyNames,
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
    pub projection: String,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Logical id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Attributes as `CreateQueue` takes them.
    pub attributes: BTreeMap<String, String>,
    /// Name of its dead-letter queue.
    pub dead_letters: Option<String>,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Logical id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Which queues are told of new objects.
    pub drops: Vec<Drops>,
}

/// A queue that is told of new objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drops {
    /// Name of the queue.
    pub queue: String,
    /// What the keys of the objects begin with.
    pub prefix: String,
}

impl Template {
    /// Reads a template file with its defaults.
    ///
    /// # Errors
    /// When a file cannot be read, a reference leads nowhere, or a property has an unknown form.
    pub fn read(template: &Path, queues_url: &str) -> Result<Self, TemplateError> {
        let folder = Folder::read(template)?;
        Self::of(&Resources::of(&folder, &Parameters::new(), queues_url)?)
    }

    /// Picks the parts out of resolved resources.
    ///
    /// # Errors
    /// When a property has an unknown form.
    pub fn of(resources: &Resources) -> Result<Self, TemplateError> {
        let mut queues = each(resources, "AWS::SQS::Queue", queue)?;
        queues.sort_by_key(|queue| queue.dead_letters.is_some());
        let events = functions::events(resources)?;
        Ok(Self {
            tables: each(resources, "AWS::DynamoDB::Table", table)?,
            queues,
            buckets: each(resources, "AWS::S3::Bucket", bucket)?,
            functions: each(resources, "AWS::Serverless::Function", functions::function)?,
            queue_triggers: events.queues,
            stream_triggers: events.streams,
            schedules: events.schedules,
        })
    }

    /// The function whose folder that is.
    pub fn function(&self, folder: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.folder == folder)
    }
}

fn each<T>(
    resources: &Resources,
    kind: &str,
    make: impl Fn(&Resource) -> Result<T, TemplateError>,
) -> Result<Vec<T>, TemplateError> {
    resources.of_kind(kind).map(make).collect()
}

/// The properties in a typed form; what the local stack does not need is left out.
pub(super) fn properties<T: DeserializeOwned>(at: &str, properties: &Value) -> Result<T, TemplateError> {
    serde_json::from_value(properties.clone()).map_err(|error| TemplateError::new(at, error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TableProperties {
    attribute_definitions: Vec<AttributeDefinition>,
    key_schema: Vec<KeyElement>,
    #[serde(default)]
    global_secondary_indexes: Vec<IndexProperties>,
    time_to_live_specification: Option<TimeToLive>,
    stream_specification: Option<StreamSpecification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeDefinition {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyElement {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexProperties {
    index_name: String,
    key_schema: Vec<KeyElement>,
    projection: Projection,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Projection {
    projection_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamSpecification {
    stream_view_type: String,
}

fn table(resource: &Resource) -> Result<Table, TemplateError> {
    let read: TableProperties = properties(&resource.id, &resource.properties)?;
    let mut indexes = Vec::new();
    for index in read.global_secondary_indexes {
        indexes.push(Index {
            keys: key_names(&resource.id, &index.key_schema)?,
            name: index.index_name,
            projection: index.projection.projection_type,
        });
    }
    let definitions = read.attribute_definitions.into_iter();
    Ok(Table {
        id: resource.id.clone(),
        attributes: definitions
            .map(|definition| (definition.attribute_name, definition.attribute_type))
            .collect(),
        keys: key_names(&resource.id, &read.key_schema)?,
        indexes,
        expires: read
            .time_to_live_specification
            .filter(|expiry| expiry.enabled)
            .map(|expiry| expiry.attribute_name),
        stream_view: read.stream_specification.map(|stream| stream.stream_view_type),
    })
}

fn key_names(at: &str, elements: &[KeyElement]) -> Result<KeyNames, TemplateError> {
    let of = |kind: &str| {
        let element = elements.iter().find(|element| element.key_type == kind);
        element.map(|element| element.attribute_name.clone())
    };
    let partition = of("HASH").ok_or_else(|| TemplateError::new(at, "has no partition key"))?;
    Ok(KeyNames { partition, sort: of("RANGE") })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedriveProperties {
    dead_letter_target_arn: String,
}

/// Attributes that the queue service takes over from the template by the same name.
const QUEUE_ATTRIBUTES: [&str; 7] = [
    "VisibilityTimeout",
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "KmsMasterKeyId",
    "RedrivePolicy",
];

fn queue(resource: &Resource) -> Result<Queue, TemplateError> {
    let written = &resource.properties;
    let mut attributes = BTreeMap::new();
    for name in QUEUE_ATTRIBUTES {
        if let Some(value) = written.get(name) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            attributes.insert(name.to_owned(), text);
        }
    }
    let redrive: Option<RedriveProperties> = match written.get("RedrivePolicy") {
        Some(policy) => Some(properties(&resource.id, policy)?),
        None => None,
    };
    Ok(Queue {
        id: resource.id.clone(),
        name: given_name(resource, "QueueName"),
        attributes,
        dead_letters: redrive.map(|redrive| name_of(&redrive.dead_letter_target_arn).to_owned()),
    })
}

/// The given name, else the logical id.
fn given_name(resource: &Resource, property: &str) -> String {
    let given = resource.properties.get(property).and_then(Value::as_str);
    given.unwrap_or(&resource.id).to_owned()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    queue: String,
    filter: Option<Value>,
}

fn bucket(resource: &Resource) -> Result<Bucket, TemplateError> {
    let configured = resource.properties.pointer("/NotificationConfiguration/QueueConfigurations");
    let mut drops = Vec::new();
    for written in configured.and_then(Value::as_array).into_iter().flatten() {
        let read: Notification = properties(&resource.id, written)?;
        let prefix = read
            .filter
            .as_ref()
            .and_then(|filter| filter.pointer("/S3Key/Rules/0/Value"))
            .and_then(Value::as_str);
        drops.push(Drops {
            queue: name_of(&read.queue).to_owned(),
            prefix: prefix.unwrap_or_default().to_owned(),
        });
    }
    Ok(Bucket { id: resource.id.clone(), name: given_name(resource, "BucketName"), drops })
}
