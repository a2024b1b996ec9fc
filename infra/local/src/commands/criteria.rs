//! `icm criteria`: criteria files checked, and published in a store by two people.

use super::exit;
use super::output::{Lines, diagnose, fail};
use crate::run::RunError;
use crate::run::opened::Opened;
use clap::{Args as ClapArgs, Subcommand};
use icm_casework::rules::{self, Refused};
use icm_domain::criteria::{Criteria, overlap, validate};
use icm_domain::ids::ActorId;
use icm_domain::moment::Moment;
use icm_ports::PortError;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm criteria check criteria/*.json     one line per problem, with the path of the field
  icm criteria show > mine.json          the shipped criteria, as a start
  icm criteria schema > criteria.schema.json
  icm whatif --data claims/ --as-of 2026-06-30 --against mine.json      what they would change
  icm criteria propose mine.json --store store/ --as ann
  icm criteria approve ICM 2026.2 --store store/ --as bob               by a second person
  icm tick --to 2026-07-01 --store store/                               everybody is decided again

Exit code: 0 done, 2 refused or not readable (the reason names the field), 64 wrong usage.";

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
    /// Propose a version to a store; it decides nobody until a second person approves it.
    Propose {
        /// Criteria file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Approve a proposed version: from its first day on it decides, and everybody is decided again.
    Approve {
        /// Id of the criteria.
        id: String,
        /// Version.
        version: String,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// List the versions of a store as NDJSON.
    List {
        /// The store.
        #[arg(long, value_name = "DIR")]
        store: PathBuf,
    },
}

#[derive(ClapArgs)]
struct StoreArgs {
    /// The store.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Who acts.
    #[arg(long = "as", value_name = "NAME")]
    actor: String,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    match &args.action {
        Action::Check { files } => check(files),
        Action::Show => print(&serde_json::to_value(Criteria::default()).unwrap_or_default()),
        Action::Schema => print(&schema()),
        Action::Propose { file, store } => match read(file) {
            Ok(criteria) => in_store(&store.store, async |registry, now| {
                let by = ActorId::new(store.actor.as_str());
                Ok(said(rules::propose(registry, criteria, by, now).await?, "proposed"))
            }),
            Err(line) => fail((line, exit::NOTHING_READ)),
        },
        Action::Approve { id, version, store } => in_store(&store.store, async |registry, now| {
            let by = ActorId::new(store.actor.as_str());
            Ok(said(rules::approve(registry, (id, version), by, now).await?, APPROVED))
        }),
        Action::List { store } => in_store(store, async |registry, _| {
            let mut lines = Lines::new();
            for version in rules::versions(registry).await? {
                lines.put(&version);
            }
            Ok(lines.finish(ExitCode::SUCCESS))
        }),
    }
}

/// Publishing begins in shadow (DESIGN D12).
const APPROVED: &str = "approved; from its first day on nobody new is contacted or offered until a person has looked at \
     whom it identifies (console, worklist; or POST /v1/admin/breaker)";

fn said(done: Result<(), Refused>, what: &str) -> ExitCode {
    match done {
        Ok(()) => {
            diagnose(what);
            ExitCode::SUCCESS
        }
        Err(refused) => fail((refused.to_string(), exit::NOTHING_READ)),
    }
}

/// Does something with the registry of a store, at the store's time.
pub(super) fn in_store(
    folder: &Path,
    act: impl AsyncFnOnce(&icm_aws::Store, Moment) -> Result<ExitCode, PortError>,
) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail((error.to_string(), exit::OUTPUT)),
    };
    let done = runtime.block_on(async {
        let opened = Opened::store(folder).await?;
        let registry = crate::run::functions::store(&opened.account, "operations");
        let now = Moment::from_millis(opened.account.clock().now_ms());
        act(&registry, now).await.map_err(|error| RunError::Function(error.to_string()))
    });
    done.unwrap_or_else(|error: RunError| fail((error.to_string(), exit::NOTHING_READ)))
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
