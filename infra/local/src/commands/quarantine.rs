//! `icm quarantine`: what a store could not use, why, and once more after a fix.

use super::exit;
use super::output::{Lines, diagnose, fail};
use crate::run::{self, RunError};
use clap::{Args as ClapArgs, Subcommand};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use run::opened::Opened;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm quarantine list --store store/                          every record: place, record, field, reason
  icm quarantine list --store store/ --json | jq -r .reason | sort | uniq -c
  icm quarantine show --store store/ queue:facts MESSAGE      with its content, which may hold member data
  icm quarantine replay --store store/ claims/1f0c-drop.csv   read the file again after a fix
  icm quarantine replay --store store/ --all

A file is replayed as a whole: what was read before changes nothing, what still fails comes back here.
Exit code: 0 done, 2 there is nothing of that name or no store, 64 wrong usage.";

/// Arguments of `icm quarantine`.
#[derive(ClapArgs, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List quarantined records, without their content.
    List(List),
    /// Show one record: a message with its content, a record of a file with the file that holds it.
    Show(Show),
    /// Replay records after a fix, and report what came back.
    Replay(Replay),
}

#[derive(ClapArgs, Debug)]
struct List {
    /// The store.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Only this place: a file's key or a queue's name.
    place: Option<String>,
    /// Also records that were replayed.
    #[arg(long)]
    replayed: bool,
    /// One JSON object a record.
    #[arg(long)]
    json: bool,
}

#[derive(ClapArgs, Debug)]
struct Show {
    /// The store.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// A file's key or a queue's name.
    place: String,
    /// The record's number or id, as `list` prints it (`--json` for the id).
    record: String,
}

#[derive(ClapArgs, Debug)]
struct Replay {
    /// The store.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// A file's key or a queue's name.
    #[arg(required_unless_present = "all")]
    place: Option<String>,
    /// Records of a queue, as `list` prints them; absent: all that wait.
    records: Vec<String>,
    /// Every place.
    #[arg(long, conflicts_with = "place")]
    all: bool,
}

/// A record as the API lists it.
#[derive(Deserialize)]
struct Record {
    id: String,
    field: String,
    reason: String,
    at: Value,
    replayed: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail((error.to_string(), exit::OUTPUT)),
    };
    let done = runtime.block_on(async {
        match &args.act {
            Act::List(args) => list(args).await,
            Act::Show(args) => show(args).await,
            Act::Replay(args) => replay(args).await,
        }
    });
    done.unwrap_or_else(|error| fail((error.to_string(), exit::NOTHING_READ)))
}

async fn list(args: &List) -> Result<ExitCode, RunError> {
    let store = Opened::store(&args.store).await?;
    let mut lines = Lines::new();
    let (mut shown, mut places_shown) = (0_u64, 0_u64);
    for place in places(&store, args.place.as_deref()).await? {
        let records = records(&store, &place).await?;
        let kept = records.iter().filter(|held| args.replayed || !held.replayed);
        let before = shown;
        for held in kept {
            shown += 1;
            if args.json {
                lines.put(
                    &json!({ "place": place, "id": held.id, "record": number(held), "field": held.field,
                    "reason": held.reason, "at": held.at, "replayed": held.replayed }),
                );
            } else {
                lines.put_text(&line(&place, held));
            }
        }
        places_shown += u64::from(shown > before);
    }
    diagnose(&format!("{shown} quarantined records of {places_shown} places"));
    Ok(lines.finish(ExitCode::SUCCESS))
}

/// One line: place, record, field, reason; never the value.
fn line(place: &str, held: &Record) -> String {
    let field = if held.field.is_empty() { String::new() } else { format!(" field {}", held.field) };
    let record = match number(held) {
        // The file as a whole.
        Some(0) => String::new(),
        Some(number) => format!(" record {number}"),
        None => format!(" {}", held.id),
    };
    let again = if held.replayed { " (replayed)" } else { "" };
    format!("{place}{record}{field}: {}{again}\n", held.reason)
}

/// The number of a file's record: ids of files are `<ordinal>#<field>`, or `<ordinal>@<offset>#<field>`.
fn number(held: &Record) -> Option<u64> {
    held.id.split_once('#')?.0.split('@').next()?.parse().ok()
}

async fn show(args: &Show) -> Result<ExitCode, RunError> {
    let store = Opened::store(&args.store).await?;
    let named = |held: &&Record| {
        held.id == args.record || number(held).is_some_and(|number| number.to_string() == args.record)
    };
    let held = records(&store, &args.place).await?;
    let ids: Vec<&str> = held.iter().filter(named).map(|held| held.id.as_str()).collect();
    if ids.is_empty() {
        return Err(RunError::NotFound);
    }
    let mut lines = Lines::new();
    for id in ids {
        let path = format!("/v1/quarantine/{}/{}", segment(&args.place), segment(id));
        let mut shown = store.get(&path).await?;
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("place".to_owned(), json!(args.place));
            if let Some(file) = store.file_of(&args.place) {
                // The record itself is in its file, at the byte after `@` of the id where that is known.
                shown.insert("file".to_owned(), json!(file));
            }
        }
        lines.put_pretty(&shown);
    }
    Ok(lines.finish(ExitCode::SUCCESS))
}

async fn replay(args: &Replay) -> Result<ExitCode, RunError> {
    let store = Opened::store(&args.store).await?;
    let mut lines = Lines::new();
    for place in places(&store, args.place.as_deref()).await? {
        let waiting = records(&store, &place).await?.iter().filter(|held| !held.replayed).count();
        if waiting == 0 && args.all {
            continue;
        }
        let body =
            if args.records.is_empty() { json!({}) } else { json!({ "ids": args.records.as_slice() }) };
        let answer = store.post(&format!("/v1/admin/quarantine/{}", segment(&place)), &body).await?;
        store.triggers.drain().await?;
        let back = records(&store, &place).await?.iter().filter(|held| !held.replayed).count();
        lines.put_text(&format!(
            "{place}: {} replayed, {back} still in quarantine\n",
            answer.get("replayed").and_then(Value::as_u64).unwrap_or_default()
        ));
    }
    Ok(lines.finish(ExitCode::SUCCESS))
}

/// The places that hold records; with a name that one.
async fn places(store: &Opened, named: Option<&str>) -> Result<Vec<String>, RunError> {
    let answer = store.get("/v1/quarantine").await?;
    let origins = answer.get("origins").and_then(Value::as_array).into_iter().flatten();
    let all: Vec<String> = origins.filter_map(|origin| Some(origin.as_str()?.to_owned())).collect();
    match named {
        None => Ok(all),
        Some(name) if all.iter().any(|held| held == name) => Ok(vec![name.to_owned()]),
        Some(_) => Err(RunError::NotFound),
    }
}

/// All records of a place, page by page.
async fn records(store: &Opened, place: &str) -> Result<Vec<Record>, RunError> {
    let (mut all, mut after): (Vec<Record>, Option<String>) = (Vec::new(), None);
    loop {
        let from = after.map_or_else(String::new, |after| format!("?after={}", segment(&after)));
        let mut answer = store.get(&format!("/v1/quarantine/{}{from}", segment(place))).await?;
        after = answer.get("cursor").and_then(Value::as_str).map(str::to_owned);
        let page = answer.get_mut("records").map(Value::take).unwrap_or_default();
        all.extend(serde_json::from_value::<Vec<Record>>(page).map_err(|_| RunError::Api)?);
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// A name as one segment of a path, or one value of a query.
fn segment(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}
