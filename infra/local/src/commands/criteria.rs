//! `icm criteria check|show|schema`: criteria files before they are published.

use super::exit;
use super::output::{Lines, diagnose};
use clap::{Args as ClapArgs, Subcommand};
use icm_domain::criteria::{Criteria, overlap, validate};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm criteria check criteria/*.json     one line per problem, with the path of the field
  icm criteria show > mine.json          the shipped criteria, as a start
  icm criteria schema > criteria.schema.json";

/// Arguments of `icm criteria`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Check files, each by itself and against each other (two versions active on one day).
    Check {
        /// Criteria files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Print the shipped criteria.
    Show,
    /// Print the JSON Schema of the format.
    Schema,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    match &args.action {
        Action::Check { files } => check(files),
        Action::Show => print(&serde_json::to_value(Criteria::default()).unwrap_or_default()),
        Action::Schema => print(&schema()),
    }
}

fn print(value: &Value) -> ExitCode {
    let mut lines = Lines::new();
    lines.put_pretty(value);
    lines.finish(ExitCode::SUCCESS)
}

fn check(files: &[PathBuf]) -> ExitCode {
    let mut problems = 0;
    let mut good: Vec<(&Path, Criteria)> = Vec::new();
    for file in files {
        match read(file) {
            Err(line) => {
                diagnose(&line);
                problems += 1;
            }
            Ok(criteria) => {
                for invalid in validate(&criteria) {
                    diagnose(&format!("{}: {}: {}", file.display(), invalid.path, invalid.problem));
                    problems += 1;
                }
                good.push((file, criteria));
            }
        }
    }
    for (nth, (file, one)) in good.iter().enumerate() {
        for (other_file, other) in good.iter().skip(nth + 1) {
            if let Some(day) = overlap(one, other) {
                let (a, b) = (file.display(), other_file.display());
                diagnose(&format!("{a}: effective_from: active together with {b} on {day}"));
                problems += 1;
            }
        }
    }
    if problems == 0 {
        diagnose(&format!("{} criteria files are valid", files.len()));
        return ExitCode::SUCCESS;
    }
    ExitCode::from(exit::NOTHING_READ)
}

/// Reads one file; the error names the path of the field.
fn read(file: &Path) -> Result<Criteria, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    serde_path_to_error::deserialize(&mut json)
        .map_err(|error| format!("{}: {}: {}", file.display(), error.path(), error.inner()))
}

/// The schema, made from the shipped criteria: every key, its type, and nothing else allowed.
fn schema() -> Value {
    let mut schema = of_value(&serde_json::to_value(Criteria::default()).unwrap_or_default());
    if let Some(object) = schema.as_object_mut() {
        object.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        object.insert("title".into(), json!("ICM identification criteria"));
    }
    schema
}

fn of_value(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "type": ["null", "string", "integer"] }),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(_) => json!({ "type": "array", "items": { "type": "string" } }),
        Value::Object(fields) => {
            let properties: Map<String, Value> =
                fields.iter().map(|(key, field)| (key.clone(), of_value(field))).collect();
            json!({ "type": "object", "additionalProperties": false, "properties": properties })
        }
    }
}
