//! References and functions of CloudFormation, resolved for one account and one place.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::TemplateError;

/// What names stand for while a template is read.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    /// Values of the parameters.
    pub(super) parameters: BTreeMap<String, Value>,
    /// Conditions as written.
    pub(super) conditions: &'a Map<String, Value>,
    /// Mappings as written.
    pub(super) mappings: &'a Map<String, Value>,
    /// Resources as written.
    pub(super) resources: &'a Map<String, Value>,
    /// Outputs of nested stacks that were read already, by `Stack.Outputs.Name`.
    pub(super) outputs: BTreeMap<String, Value>,
    /// What queue addresses begin with.
    pub(super) queues_url: &'a str,
}

type Resolved = Result<Value, TemplateError>;

const PARTITION: &str = "aws";

impl Scope<'_> {
    /// The value with every reference and function in it replaced by what it stands for.
    pub(super) fn resolve(&self, value: &Value) -> Resolved {
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Value::Object(object) => match called(object) {
                Some((name, argument)) => self.call(name, argument),
                None => self.resolve_members(object),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        }
    }

    fn resolve_members(&self, object: &Map<String, Value>) -> Resolved {
        let mut members = Map::new();
        for (name, member) in object {
            let resolved = self.resolve(member).map_err(|error| error.within(name))?;
            if !is_no_value(&resolved) {
                members.insert(name.clone(), resolved);
            }
        }
        Ok(Value::Object(members))
    }

    /// Whether a resource's condition holds; without one it does.
    pub(super) fn holds(&self, name: Option<&str>) -> Result<bool, TemplateError> {
        let Some(name) = name else { return Ok(true) };
        let condition = self
            .conditions
            .get(name)
            .ok_or_else(|| TemplateError::new(name, "is no condition of the template"))?;
        let resolved = self.resolve(condition)?;
        resolved.as_bool().ok_or_else(|| TemplateError::new(name, "is neither true nor false"))
    }

    fn call(&self, name: &str, argument: &Value) -> Resolved {
        match name {
            "Ref" => self.reference(text(argument)?),
            "Condition" => self.holds(Some(text(argument)?)).map(Value::Bool),
            "Fn::GetAtt" => self.attribute(argument),
            "Fn::Sub" => self.substitute(argument),
            "Fn::Join" => self.join(argument),
            "Fn::If" => self.either(argument),
            "Fn::Equals" => {
                let (left, right) = pair(argument)?;
                Ok(Value::Bool(self.resolve(left)? == self.resolve(right)?))
            }
            "Fn::Not" => {
                let inner = self.resolve(argument.get(0).unwrap_or(&Value::Null))?;
                Ok(Value::Bool(inner != Value::Bool(true)))
            }
            "Fn::Select" => self.select(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            unknown => Err(TemplateError::new(unknown, "is not supported by the local stack")),
        }
    }

    fn reference(&self, name: &str) -> Resolved {
        if let Some(value) = self.parameters.get(name) {
            return Ok(value.clone());
        }
        if let Some(pseudo) = pseudo_parameter(name) {
            return Ok(pseudo);
        }
        // `Function.Alias` and `Function.Version` are SAM's: here a function has one version.
        let id = name.split('.').next().unwrap_or(name);
        let physical = self.physical_name(id)?;
        Ok(Value::String(match self.kind(id)? {
            "AWS::SQS::Queue" => format!("{}/{}/{physical}", self.queues_url, crate::sqs::ACCOUNT),
            "AWS::SNS::Topic" => arn("sns", &physical),
            _ => physical,
        }))
    }

    /// The name that a resource goes by: the given one, else its logical id.
    fn physical_name(&self, id: &str) -> Result<String, TemplateError> {
        let given = ["QueueName", "TableName", "BucketName", "LogGroupName", "RoleName"];
        let properties = self.resource(id)?.get("Properties");
        let written = given.iter().find_map(|property| properties.and_then(|all| all.get(*property)));
        match written {
            Some(value) => Ok(text(&self.resolve(value)?)?.to_owned()),
            None => Ok(id.to_owned()),
        }
    }

    fn resource(&self, id: &str) -> Result<&Value, TemplateError> {
        self.resources
            .get(id)
            .ok_or_else(|| TemplateError::new(id, "is no resource or parameter of the template"))
    }

    fn kind(&self, id: &str) -> Result<&str, TemplateError> {
        self.resource(id)?
            .get("Type")
            .and_then(Value::as_str)
            .ok_or_else(|| TemplateError::new(id, "has no type"))
    }

    fn attribute(&self, argument: &Value) -> Resolved {
        let (id, attribute) = pair(argument)?;
        let (id, attribute) = (text(id)?, text(attribute)?);
        if attribute.starts_with("Outputs.") {
            let path = format!("{id}.{attribute}");
            let output = self.outputs.get(&path).cloned();
            return output.ok_or_else(|| TemplateError::new(path, "is no output of a nested stack"));
        }
        let name = self.physical_name(id)?;
        let kind = self.kind(id)?;
        let value = match (kind, attribute) {
            ("AWS::SQS::Queue", "QueueName") => name,
            ("AWS::SQS::Queue", "Arn") => crate::sqs::queue_arn(&name),
            ("AWS::DynamoDB::Table", "Arn") => arn("dynamodb", &format!("table/{name}")),
            ("AWS::DynamoDB::Table", "StreamArn") => arn("dynamodb", &format!("table/{name}/stream/local")),
            ("AWS::S3::Bucket", "Arn") => format!("arn:{PARTITION}:s3:::{name}"),
            ("AWS::Logs::LogGroup", "Arn") => arn("logs", &format!("log-group:{name}:*")),
            ("AWS::KMS::Key", "Arn") => arn("kms", &format!("key/{name}")),
            ("AWS::IAM::Role", "Arn") => {
                format!("arn:{PARTITION}:iam::{}:role/{name}", crate::sqs::ACCOUNT)
            }
            _ => {
                return Err(TemplateError::new(
                    format!("{id}.{attribute}"),
                    format!("is no attribute of {kind} that the local stack knows"),
                ));
            }
        };
        Ok(Value::String(value))
    }

    /// Replaces `${Name}` and `${Name.Attribute}`; `${!Name}` stays as `${Name}`.
    fn substitute(&self, argument: &Value) -> Resolved {
        let (pattern, given) = if argument.is_array() { pair(argument)? } else { (argument, &Value::Null) };
        let mut rest = text(pattern)?;
        let mut result = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, tail) =
                after.split_once('}').ok_or_else(|| TemplateError::new("Fn::Sub", "has no closing brace"))?;
            result.push_str(&self.placeholder(name, given)?);
            rest = tail;
        }
        result.push_str(rest);
        Ok(Value::String(result))
    }

    fn placeholder(&self, name: &str, given: &Value) -> Result<String, TemplateError> {
        if let Some(literal) = name.strip_prefix('!') {
            return Ok(format!("${{{literal}}}"));
        }
        let value = match (given.get(name), name.split_once('.')) {
            (Some(value), _) => self.resolve(value)?,
            (None, Some((id, attribute))) => self.attribute(&serde_json::json!([id, attribute]))?,
            (None, None) => self.reference(name)?,
        };
        Ok(plain(&value))
    }

    fn join(&self, argument: &Value) -> Resolved {
        let (delimiter, items) = pair(argument)?;
        let items = self.resolve(items)?;
        let texts: Vec<String> = items.as_array().into_iter().flatten().map(plain).collect();
        Ok(Value::String(texts.join(text(delimiter)?)))
    }

    fn either(&self, argument: &Value) -> Resolved {
        let branch = |index| argument.get(index).unwrap_or(&Value::Null);
        let index = if self.holds(Some(text(branch(0))?))? { 1 } else { 2 };
        self.resolve(branch(index))
    }

    fn select(&self, argument: &Value) -> Resolved {
        let (index, items) = pair(argument)?;
        let (index, items) = (plain(&self.resolve(index)?), self.resolve(items)?);
        let chosen = index.parse::<usize>().ok().and_then(|index| items.get(index));
        chosen.cloned().ok_or_else(|| TemplateError::new("Fn::Select", "has no such item"))
    }

    fn find_in_map(&self, argument: &Value) -> Resolved {
        let path = self.resolve(argument)?;
        let step = |index| path.get(index).and_then(Value::as_str).unwrap_or_default();
        let found =
            self.mappings.get(step(0)).and_then(|map| map.get(step(1))).and_then(|row| row.get(step(2)));
        found.cloned().ok_or_else(|| TemplateError::new("Fn::FindInMap", "finds nothing"))
    }
}

/// A function call is an object with one member that is named like one.
fn called(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = object.iter().next()?;
    let is_call = name == "Ref" || name.starts_with("Fn::") || (name == "Condition" && argument.is_string());
    (object.len() == 1 && is_call).then_some((name.as_str(), argument))
}

fn pseudo_parameter(name: &str) -> Option<Value> {
    let text = match name {
        "AWS::Region" => crate::sqs::REGION,
        "AWS::AccountId" => crate::sqs::ACCOUNT,
        "AWS::Partition" => PARTITION,
        "AWS::StackName" => "icm",
        "AWS::URLSuffix" => "amazonaws.com",
        "AWS::NoValue" => return Some(no_value()),
        _ => return None,
    };
    Some(Value::String(text.to_owned()))
}

/// What stands for an absent property until its object is put together.
fn no_value() -> Value {
    serde_json::json!({"AWS::NoValue": true})
}

fn is_no_value(value: &Value) -> bool {
    *value == no_value()
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:{PARTITION}:{service}:{}:{}:{resource}", crate::sqs::REGION, crate::sqs::ACCOUNT)
}

fn text(value: &Value) -> Result<&str, TemplateError> {
    value.as_str().ok_or_else(|| TemplateError::new("", "is no text"))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn pair(value: &Value) -> Result<(&Value, &Value), TemplateError> {
    match value.as_array().map(Vec::as_slice) {
        Some([first, second]) => Ok((first, second)),
        _ => Err(TemplateError::new("", "does not have two parts")),
    }
}
