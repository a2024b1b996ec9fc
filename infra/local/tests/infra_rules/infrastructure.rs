//! The template in the form that rules read.

use std::path::PathBuf;
use std::sync::LazyLock;

use icm_local::template::{Folder, Parameters, Resource, Resources, Template, TemplateError};
use serde_json::Value;

/// Resources as they are resolved, and the typed parts.
pub(crate) struct Infrastructure {
    pub(crate) resources: Resources,
    pub(crate) template: Template,
}

/// One statement of a policy and where it stands.
pub(crate) struct Statement<'a> {
    pub(crate) at: String,
    /// The resource that carries the policy.
    pub(crate) resource: &'a Resource,
    pub(crate) value: &'a Value,
}

/// The templates of this build.
pub(crate) fn templates() -> Folder {
    static READ: LazyLock<Folder> = LazyLock::new(|| Folder::built_in().unwrap());
    READ.clone()
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Infrastructure {
    pub(crate) fn of(templates: &Folder) -> Result<Self, TemplateError> {
        let url = "https://sqs.us-east-1.amazonaws.com";
        let resources = Resources::of(templates, &Parameters::new(), url)?;
        let template = Template::of(&resources)?;
        Ok(Self { resources, template })
    }

    /// Statements of every policy: of roles, of resources, of keys.
    pub(crate) fn statements(&self) -> Vec<Statement<'_>> {
        let mut found = Vec::new();
        for resource in &self.resources.0 {
            for document in documents(&resource.properties) {
                let statements = document.get("Statement").and_then(Value::as_array);
                for value in statements.into_iter().flatten() {
                    let name = value.get("Sid").and_then(Value::as_str).unwrap_or("trust");
                    found.push(Statement { at: format!("{}.{name}", resource.id), resource, value });
                }
            }
        }
        found
    }

    /// Statements that grant something.
    pub(crate) fn grants(&self) -> Vec<Statement<'_>> {
        let mut grants = self.statements();
        grants.retain(|statement| statement.value["Effect"] == "Allow");
        grants
    }
}

fn documents(properties: &Value) -> Vec<&Value> {
    let inline = properties.get("Policies").and_then(Value::as_array).into_iter().flatten();
    let inline = inline.filter_map(|policy| policy.get("PolicyDocument"));
    ["PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"]
        .iter()
        .filter_map(|name| properties.get(*name))
        .chain(inline)
        .collect()
}

impl Statement<'_> {
    pub(crate) fn actions(&self) -> Vec<&str> {
        texts(&self.value["Action"])
    }

    pub(crate) fn resources(&self) -> Vec<&str> {
        texts(&self.value["Resource"])
    }

    /// Principals, whatever their kind.
    pub(crate) fn principals(&self) -> Vec<&str> {
        let principal = &self.value["Principal"];
        principal
            .as_object()
            .map_or_else(|| texts(principal), |kinds| kinds.values().flat_map(texts).collect())
    }
}

/// One text or a list of them.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}
