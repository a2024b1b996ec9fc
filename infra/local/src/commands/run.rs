//! `icm run`: the main job, on synthetic members or on real files; `icm tick`: time passes in a store.

use super::output::{Lines, diagnose, fail};
use super::{day_arg, exit};
use crate::run::feeds::Said;
use crate::run::{self, Plan, Report};
use clap::{Args as ClapArgs, ValueEnum};
use icm_domain::day::Day;
use icm_domain::ids::SourceId;
use icm_domain::moment::Moment;
use icm_synth::{Folder, Population, Receipt};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm run                                            a synthetic population through the whole system
  icm run --members 500 --days 14 --json | tail -n 1
  icm run --data claims/ --as-of 2026-06-30 --store store/
  icm run --data monthly/ --as-of 2026-07-31 --store store/ --snapshot acme --received ingest
  icm tick --to 2026-07-31 --store store/

With files nobody is simulated, unless --simulate is given: cases wait in the queue for real staff.
Exit code: 0 done, 1 messages were given up and lie in dead-letter queues, 2 nothing could be read, 64 wrong usage.";

/// Arguments of `icm run`.
#[derive(ClapArgs, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folders or files to run on; absent: a synthetic population.
    #[arg(long, value_name = "DIR", requires = "as_of")]
    data: Vec<PathBuf>,
    /// The day at which the store's clock starts (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", value_parser = day_arg)]
    as_of: Option<Day>,
    /// Where the store is kept; a second run goes on with it. Absent: in memory.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Synthetic members.
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    members: u64,
    /// Seed of the synthetic members, staff and vendors.
    #[arg(long, default_value_t = 42, value_name = "S")]
    seed: u64,
    /// Days that pass with simulated staff, members and vendors.
    #[arg(long, default_value_t = 21, value_name = "D")]
    days: u32,
    /// Files of this feed repeat everything: what the next one no longer holds is taken back. A feed is a Tuva row's
    /// data_source, else the file's folder in the bucket. The store remembers it. Repeatable.
    #[arg(long, value_name = "SOURCE", requires = "data")]
    snapshot: Vec<String>,
    /// Which day counts as the day of receipt: what files state (or their paid and service days), or the day of ingest.
    /// The store remembers it.
    #[arg(long, value_enum, value_name = "HOW", requires = "data")]
    received: Option<ReceivedAs>,
    /// Simulate people also with --data.
    #[arg(long)]
    simulate: bool,
    /// Deliver every message twice and in shuffled order, drawn by this seed: the final state is the same.
    #[arg(long, value_name = "SEED")]
    redeliver: Option<u64>,
    /// A new store stays in shadow: it decides and records, and sends nothing. `icm mode ICM LIVE` makes it live.
    #[arg(long)]
    shadow: bool,
    /// One JSON object on the last line.
    #[arg(long)]
    json: bool,
}

/// Which day counts as the day of receipt.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum ReceivedAs {
    /// As files state it; else paid and service days say it.
    Stated,
    /// The day of ingest.
    Ingest,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            data: Vec::new(),
            as_of: None,
            store: None,
            snapshot: Vec::new(),
            received: None,
            members: 2_000,
            seed: 42,
            days: 21,
            simulate: false,
            redeliver: None,
            shadow: false,
            json: false,
        }
    }
}

impl Args {
    /// Why these arguments do not fit the store.
    fn refusal(&self) -> Option<String> {
        let store = self.store.as_deref()?;
        let stands = Moment::from_millis(run::store::kept_at(store)?).day();
        if self.data.is_empty() && !store.join(SYNTHETIC).exists() {
            let store = store.display();
            return Some(format!(
                "{store} holds members of your own: name more files with --data, or let time pass with icm tick"
            ));
        }
        if self.as_of.is_some_and(|day| day < stands) {
            diagnose(&format!(
                "icm: the store's clock stands at {stands} and does not go back; --as-of is left out"
            ));
        }
        None
    }

    /// What the command line says of the feeds.
    fn feeds(&self) -> Said {
        Said {
            received_at_ingest: self.received.map(|how| how == ReceivedAs::Ingest),
            snapshots: self.snapshot.iter().map(|source| SourceId::new(source.as_str())).collect(),
        }
    }
}

/// Arguments of `icm tick`.
#[derive(ClapArgs, Debug)]
pub struct TickArgs {
    /// The day until which time passes (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", value_parser = day_arg)]
    to: Day,
    /// The store.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// One JSON object on the last line.
    #[arg(long)]
    json: bool,
}

/// The day of a run on synthetic members that names none.
pub(super) const SYNTHETIC_DAY: (i16, i8, i8) = (2026, 6, 30);

/// The folder of a store in which the files of its synthetic members lie.
const SYNTHETIC: &str = "synthetic";

/// Runs the main job.
pub fn run(args: &Args) -> ExitCode {
    let (year, month, day) = SYNTHETIC_DAY;
    let as_of = args.as_of.or_else(|| Day::from_ymd(year, month, day)).unwrap_or(Day::from_count(0));
    let synthetic = args.data.is_empty();
    if let Some(why) = args.refusal() {
        return fail((why, exit::USAGE));
    }
    let folder = if synthetic {
        match synthesize(args, as_of) {
            Ok(folder) => Some(folder),
            Err(error) => return fail((error.to_string(), exit::OUTPUT)),
        }
    } else {
        None
    };
    let plan = Plan {
        data: folder.iter().map(|folder| folder.path.clone()).chain(args.data.iter().cloned()).collect(),
        as_of,
        store: args.store.clone(),
        days: if synthetic || args.simulate { args.days } else { 0 },
        people: synthetic || args.simulate,
        shadow: args.shadow,
        seed: args.seed,
        redeliver: args.redeliver,
        feeds: args.feeds(),
        progress: std::io::stderr().is_terminal(),
    };
    execute(&plan, args.json)
}

/// Lets time pass.
pub fn tick(args: &TickArgs) -> ExitCode {
    let Some(kept) = run::store::kept_at(&args.store) else {
        let none = run::RunError::NoStore(args.store.display().to_string());
        return fail((none.to_string(), exit::NOTHING_READ));
    };
    let from = Moment::from_millis(kept).day();
    if args.to < from {
        return fail((format!("the store's clock stands at {from} and does not go back"), exit::USAGE));
    }
    let plan = Plan {
        data: Vec::new(),
        as_of: from,
        store: Some(args.store.clone()),
        days: u32::try_from(args.to.since(from)).unwrap_or(0),
        people: false,
        shadow: false,
        seed: 0,
        redeliver: None,
        feeds: Said::default(),
        progress: std::io::stderr().is_terminal(),
    };
    execute(&plan, args.json)
}

fn execute(plan: &Plan, json: bool) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail((error.to_string(), exit::OUTPUT)),
    };
    match runtime.block_on(run::run(plan)) {
        Ok(report) => print(&report, json),
        Err(error) => fail((error.to_string(), exit::NOTHING_READ)),
    }
}

fn print(report: &Report, json: bool) -> ExitCode {
    let mut lines = Lines::new();
    lines.put_text(&report.text());
    if json {
        lines.put(&report.json());
    }
    let ended = if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(exit::DIFFERS) };
    lines.finish(ended)
}

/// A folder that goes with the process, unless the run keeps a store.
struct Synthetic {
    path: PathBuf,
    kept: bool,
}

impl Drop for Synthetic {
    fn drop(&mut self) {
        if !self.kept {
            // What is left behind lies in the system's own folder for such things.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn synthesize(args: &Args, as_of: Day) -> std::io::Result<Synthetic> {
    let path = match &args.store {
        Some(store) => store.join(SYNTHETIC),
        None => std::env::temp_dir().join(format!("icm-synthetic-{}", std::process::id())),
    };
    let population = Population { members: args.members, seed: args.seed, months: 12, as_of };
    diagnose(&format!("{} synthetic members, seed {}, as of {as_of}", args.members, args.seed));
    write(&path, &population, as_of)?;
    Ok(Synthetic { path, kept: args.store.is_some() })
}

fn write(path: &Path, population: &Population, as_of: Day) -> std::io::Result<()> {
    let mut folder =
        Folder::create(path, population, Receipt::until(as_of)).map_err(std::io::Error::other)?;
    for member in population.iter() {
        folder.write(&member).map_err(std::io::Error::other)?;
    }
    folder.finish().map_err(std::io::Error::other)?;
    Ok(())
}
