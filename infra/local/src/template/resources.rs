//! Every resource of a template with its references resolved, nested stacks included.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document::{Document, Folder};
use super::error::TemplateError;
use super::resolve::Scope;

/// One resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Logical id; one of a nested stack is `Stack.Id`.
    pub id: String,
    /// Type, for example `AWS::SQS::Queue`.
    pub kind: String,
    /// Properties without references.
    pub properties: Value,
    /// What is written beside the properties: deletion policy, condition and so on.
    pub written: Value,
}

/// All resources whose condition holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resources(pub Vec<Resource>);

/// Values of parameters that take the place of their defaults.
pub type Parameters = BTreeMap<String, Value>;

impl Resources {
    /// Resolves a template: `parameters` take the place of defaults, `queues_url` is what queue
    /// addresses begin with.
    ///
    /// # Errors
    /// When a reference leads nowhere or a parameter has no value.
    pub fn of(folder: &Folder, parameters: &Parameters, queues_url: &str) -> Result<Self, TemplateError> {
        let mut reader = Reader { folder, queues_url, found: Vec::new() };
        reader.read(&folder.main, parameters, "")?;
        Ok(Self(reader.found))
    }

    /// Resources of one type.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.0.iter().filter(move |resource| resource.kind == kind)
    }

    /// The resource of that logical id.
    pub fn get(&self, id: &str) -> Option<&Resource> {
        self.0.iter().find(|resource| resource.id == id)
    }
}

struct Reader<'a> {
    folder: &'a Folder,
    queues_url: &'a str,
    found: Vec<Resource>,
}

const STACK: &str = "AWS::CloudFormation::Stack";
const FUNCTION: &str = "AWS::Serverless::Function";

impl Reader<'_> {
    /// Reads one template and returns its outputs.
    fn read(
        &mut self,
        document: &Document,
        given: &Parameters,
        prefix: &str,
    ) -> Result<Map<String, Value>, TemplateError> {
        let empty = Map::new();
        let section = |name| document.0.get(name).and_then(Value::as_object).unwrap_or(&empty);
        let mut scope = Scope {
            parameters: parameters(section("Parameters"), given)?,
            conditions: section("Conditions"),
            mappings: section("Mappings"),
            resources: section("Resources"),
            outputs: BTreeMap::new(),
            queues_url: self.queues_url,
        };
        let globals = document.0.pointer("/Globals/Function").unwrap_or(&Value::Null);
        // Nested stacks first: functions may name their outputs.
        let (stacks, others): (Vec<_>, Vec<_>) =
            scope.resources.iter().partition(|(_, written)| kind_of(written) == STACK);
        for (id, written) in stacks {
            for (name, value) in self.nested(&scope, id, written)? {
                scope.outputs.insert(format!("{id}.Outputs.{name}"), value);
            }
        }
        for (id, written) in others {
            let at = format!("{prefix}{id}");
            let resource = resource(&scope, &at, written, globals).map_err(|error| error.within(&at))?;
            self.found.extend(resource);
        }
        outputs(&scope, section("Outputs"))
    }

    fn nested(
        &mut self,
        scope: &Scope<'_>,
        id: &str,
        written: &Value,
    ) -> Result<Map<String, Value>, TemplateError> {
        if !scope.holds(condition_of(written))? {
            return Ok(Map::new());
        }
        let properties = written.get("Properties").unwrap_or(&Value::Null);
        let properties = scope.resolve(properties).map_err(|error| error.within(id))?;
        let url = properties.get("TemplateURL").and_then(Value::as_str).unwrap_or_default();
        let folder = self.folder;
        let document = folder
            .nested
            .get(url)
            .ok_or_else(|| TemplateError::new(id, "nests a template that is not there"))?;
        let given: Parameters = properties
            .get("Parameters")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        self.found.push(Resource {
            id: id.to_owned(),
            kind: STACK.to_owned(),
            properties,
            written: written.clone(),
        });
        self.read(document, &given, &format!("{id}.")).map_err(|error| error.within(id))
    }
}

fn kind_of(written: &Value) -> &str {
    written.get("Type").and_then(Value::as_str).unwrap_or_default()
}

fn condition_of(written: &Value) -> Option<&str> {
    written.get("Condition").and_then(Value::as_str)
}

fn resource(
    scope: &Scope<'_>,
    id: &str,
    written: &Value,
    globals: &Value,
) -> Result<Option<Resource>, TemplateError> {
    if !scope.holds(condition_of(written))? {
        return Ok(None);
    }
    let kind = kind_of(written).to_owned();
    let mut properties = written.get("Properties").cloned().unwrap_or_else(|| json!({}));
    if kind == FUNCTION {
        properties = merged(globals.clone(), properties);
    }
    Ok(Some(Resource {
        id: id.to_owned(),
        kind,
        properties: scope.resolve(&properties)?,
        written: written.clone(),
    }))
}

/// SAM's globals: objects are merged, lists are put together, everything else is replaced.
fn merged(global: Value, own: Value) -> Value {
    match (global, own) {
        (Value::Object(mut global), Value::Object(own)) => {
            for (name, value) in own {
                let value = match global.remove(&name) {
                    Some(inherited) => merged(inherited, value),
                    None => value,
                };
                global.insert(name, value);
            }
            Value::Object(global)
        }
        (Value::Array(mut global), Value::Array(own)) => {
            global.extend(own);
            Value::Array(global)
        }
        (_, own) => own,
    }
}

fn parameters(declared: &Map<String, Value>, given: &Parameters) -> Result<Parameters, TemplateError> {
    let mut values = Parameters::new();
    for (name, declaration) in declared {
        let value = given
            .get(name)
            .or_else(|| declaration.get("Default"))
            .ok_or_else(|| TemplateError::new(name, "has no value"))?;
        values.insert(name.clone(), typed(declaration, value));
    }
    match given.keys().find(|name| !declared.contains_key(*name)) {
        Some(unknown) => Err(TemplateError::new(unknown, "is no parameter of the template")),
        None => Ok(values),
    }
}

/// Values are text except where the parameter is a number or a list.
fn typed(declaration: &Value, value: &Value) -> Value {
    let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match declaration.get("Type").and_then(Value::as_str) {
        Some("Number") => plain.parse::<i64>().map_or(Value::String(plain), |number| json!(number)),
        Some("CommaDelimitedList") => plain.split(',').map(|item| json!(item.trim())).collect(),
        _ => Value::String(plain),
    }
}

/// Outputs that the local stack can tell; the address of the HTTP API for example is not among them.
fn outputs(scope: &Scope<'_>, declared: &Map<String, Value>) -> Result<Map<String, Value>, TemplateError> {
    let mut values = Map::new();
    for (name, declaration) in declared {
        let value = declaration.get("Value").unwrap_or(&Value::Null);
        values.insert(name.clone(), scope.resolve(value).map_err(|error| error.within(name))?);
    }
    Ok(values)
}
