//! The template's text as a tree of JSON values: `!Ref X` is read as `{"Ref": "X"}`, and so on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

use super::error::TemplateError;

/// One template file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(pub Value);

/// The template and the templates that it nests, by file name.
#[derive(Debug, Clone, PartialEq)]
pub struct Folder {
    /// The template that the others hang on.
    pub main: Document,
    /// Nested templates by the text of `TemplateURL`.
    pub nested: BTreeMap<String, Document>,
}

impl Document {
    /// Reads YAML with CloudFormation's tags.
    ///
    /// # Errors
    /// When it is no YAML, or has a tag or a key that CloudFormation does not know.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let yaml: Yaml =
            serde_yaml_ng::from_str(text).map_err(|error| TemplateError::new("yaml", error.to_string()))?;
        tree(yaml).map(Self)
    }

    /// The resources as written, by logical id.
    pub fn resources(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.get("Resources").and_then(Value::as_object).into_iter().flatten()
    }

    /// Names of the templates that this one nests.
    fn nested_names(&self) -> impl Iterator<Item = &str> {
        self.resources()
            .filter_map(|(_, resource)| resource.pointer("/Properties/TemplateURL"))
            .filter_map(Value::as_str)
    }
}

impl Folder {
    /// The templates of this build: the command needs no file beside it.
    ///
    /// # Errors
    /// When they are no templates.
    pub fn built_in() -> Result<Self, TemplateError> {
        let main = Document::parse(include_str!("../../../template.yaml"))?;
        let vendor = Document::parse(include_str!("../../../vendor.yaml"))?;
        Ok(Self { main, nested: BTreeMap::from([("vendor.yaml".to_owned(), vendor)]) })
    }

    /// Reads a template and what it nests from the folder that it lies in.
    ///
    /// # Errors
    /// When a file cannot be read, or is no template.
    pub fn read(template: &Path) -> Result<Self, TemplateError> {
        let main = read(template)?;
        let folder: PathBuf = template.parent().map(Path::to_owned).unwrap_or_default();
        let mut nested = BTreeMap::new();
        for name in main.nested_names() {
            if !nested.contains_key(name) {
                nested.insert(name.to_owned(), read(&folder.join(name))?);
            }
        }
        Ok(Self { main, nested })
    }
}

fn read(path: &Path) -> Result<Document, TemplateError> {
    let name = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|error| TemplateError::new(name.clone(), error.to_string()))?;
    Document::parse(&text).map_err(|error| error.within(&name))
}

fn tree(yaml: Yaml) -> Result<Value, TemplateError> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => {
            serde_json::to_value(number).map_err(|error| TemplateError::new("number", error.to_string()))?
        }
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(tree).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                object.insert(key_text(&key)?, tree(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => {
            let name = tagged.tag.to_string();
            function_call(name.trim_start_matches('!'), tree(tagged.value)?)
        }
    })
}

fn key_text(key: &Yaml) -> Result<String, TemplateError> {
    match key {
        Yaml::String(text) => Ok(text.clone()),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(flag) => Ok(flag.to_string()),
        Yaml::Null | Yaml::Sequence(_) | Yaml::Mapping(_) | Yaml::Tagged(_) => {
            Err(TemplateError::new("key", "is no text"))
        }
    }
}

/// The long form of a short tag. `!GetAtt A.B` splits at its first point.
fn function_call(tag: &str, argument: Value) -> Value {
    let (name, argument) = match (tag, argument) {
        ("Ref" | "Condition", argument) => (tag.to_owned(), argument),
        ("GetAtt", Value::String(text)) => {
            let (resource, attribute) = text.split_once('.').unwrap_or((&text, ""));
            ("Fn::GetAtt".to_owned(), serde_json::json!([resource, attribute]))
        }
        (other, argument) => (format!("Fn::{other}"), argument),
    };
    Value::Object(Map::from_iter([(name, argument)]))
}
