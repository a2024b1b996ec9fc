//! Tables and queues of the template, made by the same requests that make them in AWS.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;

use super::error::StackError;
use crate::template::{Index, KeyNames, Queue, Table, TemplateError};

/// Makes a table unless it is there.
pub(super) async fn table(client: &aws_sdk_dynamodb::Client, table: &Table) -> Result<(), StackError> {
    let mut request = client
        .create_table()
        .table_name(&table.id)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(&table.keys)?));
    for (name, kind) in &table.attributes {
        let definition = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::from(kind.as_str()));
        request = request.attribute_definitions(built(definition.build())?);
    }
    for index in &table.indexes {
        request = request.global_secondary_indexes(secondary_index(index)?);
    }
    if let Some(view) = &table.stream_view {
        let stream = StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(StreamViewType::from(view.as_str()));
        request = request.stream_specification(built(stream.build())?);
    }
    match request.send().await {
        Ok(_) => expiry(client, table).await,
        Err(error) if error.as_service_error().is_some_and(is_there) => Ok(()),
        Err(error) => Err(StackError::service("CreateTable")(error)),
    }
}

fn is_there(error: &aws_sdk_dynamodb::operation::create_table::CreateTableError) -> bool {
    error.is_resource_in_use_exception()
}

async fn expiry(client: &aws_sdk_dynamodb::Client, table: &Table) -> Result<(), StackError> {
    let Some(attribute) = &table.expires else { return Ok(()) };
    let specification = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute);
    client
        .update_time_to_live()
        .table_name(&table.id)
        .time_to_live_specification(built(specification.build())?)
        .send()
        .await
        .map_err(StackError::service("UpdateTimeToLive"))?;
    Ok(())
}

fn secondary_index(index: &Index) -> Result<GlobalSecondaryIndex, StackError> {
    let projection =
        Projection::builder().projection_type(ProjectionType::from(index.projection.as_str())).build();
    built(
        GlobalSecondaryIndex::builder()
            .index_name(&index.name)
            .set_key_schema(Some(key_schema(&index.keys)?))
            .projection(projection)
            .build(),
    )
}

fn key_schema(keys: &KeyNames) -> Result<Vec<KeySchemaElement>, StackError> {
    let element =
        |name: &str, kind| built(KeySchemaElement::builder().attribute_name(name).key_type(kind).build());
    let mut schema = vec![element(&keys.partition, KeyType::Hash)?];
    if let Some(sort) = &keys.sort {
        schema.push(element(sort, KeyType::Range)?);
    }
    Ok(schema)
}

/// A builder refuses what lacks a required part: here that is a gap in the template.
fn built<T>(result: Result<T, aws_smithy_types::error::operation::BuildError>) -> Result<T, StackError> {
    result.map_err(|error| TemplateError::new("table", error.to_string()).into())
}

/// Makes a queue, or finds it.
pub(super) async fn queue(client: &aws_sdk_sqs::Client, queue: &Queue) -> Result<(), StackError> {
    let mut request = client.create_queue().queue_name(&queue.name);
    for (name, value) in &queue.attributes {
        request = request.attributes(QueueAttributeName::from(name.as_str()), value);
    }
    request.send().await.map_err(StackError::service("CreateQueue"))?;
    Ok(())
}
