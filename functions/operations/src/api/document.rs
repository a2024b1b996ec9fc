//! The OpenAPI 3.1 document, written from the table of routes and the types of the handlers.

use super::endpoint::{Answer, Endpoint, SchemaOf};
use super::table;
use crate::Ports;
use crate::access::Role;
use crate::problem::Problem;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Version of the API: the first part changes when something is taken away.
const VERSION: &str = "1.0.0";

/// Statuses that every route may give.
const ALWAYS: [u16; 5] = [400, 401, 403, 500, 503];

/// The document.
pub fn document<P: Ports>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in table::endpoints::<P>() {
        let operation = operation(&endpoint, &mut generator);
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    let problem = generator.subschema_for::<Problem>().to_value();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "icm operations",
            "version": VERSION,
            "description": "What operations teams do with cases of intensive care management. Times are RFC 3339 in UTC. \
                Lists are projections and lag a little behind commands; a command reads the case itself.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{ "url": "/" }],
        "security": [{ "staff": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "staff": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
            "responses": { "Problem": {
                "description": "A problem (RFC 9457). It never repeats what was sent.",
                "content": { "application/problem+json": { "schema": problem } },
            } },
            "schemas": generator.take_definitions(true),
        },
    });
    keyword_free(&mut document);
    document
}

/// Takes out what the dialect of the document says already.
fn keyword_free(document: &mut Value) {
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for schema in schemas.values_mut().filter_map(Value::as_object_mut) {
            schema.remove("$schema");
        }
    }
}

fn operation<P: Ports>(endpoint: &Endpoint<P>, generator: &mut SchemaGenerator) -> Value {
    let mut parameters = path_parameters(endpoint.path);
    if let Some(query) = endpoint.query {
        parameters.extend(query_parameters(query, generator));
    }
    if endpoint.is_command {
        parameters.extend(command_headers());
    }
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "description": format!(
            "Needs the permission `{}` ({}) and the scope `{}`.",
            code(&endpoint.needs.permission), roles(endpoint), endpoint.needs.scope.id(),
        ),
        "parameters": parameters,
        "responses": responses(endpoint, generator),
    });
    if let (Some(body), Some(fields)) = (endpoint.body, operation.as_object_mut()) {
        let schema = (body.schema)(generator).to_value();
        let content = json!({ "application/json": { "schema": schema } });
        fields.insert("requestBody".to_owned(), json!({ "required": body.required, "content": content }));
    }
    operation
}

fn code<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn roles<P: Ports>(endpoint: &Endpoint<P>) -> String {
    let holders =
        Role::ALL.into_iter().filter(|role| role.permissions().contains(&endpoint.needs.permission));
    holders.map(Role::id).collect::<Vec<_>>().join(", ")
}

fn responses<P: Ports>(endpoint: &Endpoint<P>, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let (status, answer) = match endpoint.answer {
        Answer::Json(status, schema) => {
            let schema = schema(generator).to_value();
            (
                status,
                json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } }),
            )
        }
        Answer::Csv => {
            let content = json!({ "text/csv": { "schema": { "type": "string" } } });
            (200, json!({ "description": "A file.", "content": content }))
        }
    };
    responses.insert(status.to_string(), answer);
    let with_body: &[u16] = if endpoint.body.is_some() { &[413] } else { &[] };
    for problem in ALWAYS.iter().chain(with_body).chain(endpoint.problems) {
        responses.insert(problem.to_string(), json!({ "$ref": "#/components/responses/Problem" }));
    }
    Value::Object(responses)
}

fn path_parameters(path: &str) -> Vec<Value> {
    let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    named
        .map(|name| {
            let schema = json!({ "type": "string", "minLength": 1 });
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect()
}

/// The properties of the query's type, each as a parameter.
fn query_parameters(query: SchemaOf, generator: &mut SchemaGenerator) -> Vec<Value> {
    let schema = query(generator).to_value();
    let named = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.rsplit('/').next());
    let schema = named.and_then(|name| generator.definitions().get(name).cloned()).unwrap_or(schema);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties
        .map(|(name, schema)| {
            let mut schema = schema.clone();
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            json!({
                "name": name, "in": "query", "required": required.contains(&name.as_str()),
                "description": description, "schema": given(schema),
            })
        })
        .collect()
}

/// A parameter that is not given is absent, not null.
fn given(mut schema: Value) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("default");
        if let Some(kinds) = fields.get_mut("type").filter(|kinds| kinds.is_array()) {
            *kinds = kinds.get(0).cloned().unwrap_or_default();
        }
        let choices = fields.get("anyOf").and_then(Value::as_array).cloned().unwrap_or_default();
        let choice = choices.iter().find(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let Some(choice) = choice {
            return choice.clone();
        }
    }
    schema
}

fn command_headers() -> [Value; 2] {
    [
        json!({
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "The same key acts once; a repetition is answered as the first was.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" },
        }),
        json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "The version of the case that the caller has seen. An outdated one is answered with 409 and \
                with what has changed.",
            "schema": { "type": "string", "pattern": "^\"?[0-9]{1,12}\"?$" },
        }),
    ]
}

/// A value whose shape belongs to another contract: decision records and explanations.
#[derive(Debug)]
pub(crate) struct Free;

impl JsonSchema for Free {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Free".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["object", "null"] })
    }
}
