//! `icm whatif`: who enters, who leaves and why, when criteria change.

use super::output::{Lines, diagnose, fail, report};
use super::policy::{Loaded, PolicyArgs};
use super::{day_arg, exit, receipt};
use crate::population::Population;
use crate::run::opened::Opened;
use crate::run::replay::replay;
use clap::Args as ClapArgs;
use icm_domain::day::Day;
use icm_domain::decision::Policy;
use icm_domain::facts::MemberFacts;
use icm_measure::whatif::{Change, Tally, compare};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm whatif --data claims/ --as-of 2026-06-30 --against tighter.json
  icm whatif --data claims/ --as-of 2026-06-30 --criteria live.json --against draft.json --json > changes.ndjson
  icm whatif --synth 1000000 --seed 7 --as-of 2026-06-30 --against tighter.json
  icm whatif --store store/                              the live decisions replayed: none may differ
  icm whatif --store store/ --against tighter.json       against the rules in force in a store

With --json one line per member whose decision changes, the summary last.";

/// Members that one worker takes at a time.
const BLOCK: u64 = 2_000;

/// Arguments of `icm whatif`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("history").required(true).args(["data", "synth", "store"])))]
pub struct Args {
    /// Folder or file of claims, eligibility, rosters and consents.
    #[arg(long, value_name = "DIR")]
    data: Vec<PathBuf>,
    /// So many synthetic members instead of files.
    #[arg(long, value_name = "N")]
    synth: Option<u64>,
    /// The members of a store instead, with the rules in force there, as of its day.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Seed of the synthetic members.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Months of synthetic history.
    #[arg(long, default_value_t = 12, value_name = "M")]
    months: u32,
    /// Decide as of this day (YYYY-MM-DD); of a store its own day.
    #[arg(long, value_name = "DATE", value_parser = day_arg, required_unless_present = "store", conflicts_with = "store")]
    as_of: Option<Day>,
    /// The criteria to compare with.
    #[arg(long, value_name = "FILE", required_unless_present = "store")]
    against: Option<PathBuf>,
    /// Cases that the teams can take on in a week, for the waiting time.
    #[arg(long, default_value_t = 50, value_name = "CASES")]
    weekly_capacity: u64,
    /// One line per changed member, the summary last.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let output = Mutex::new(Lines::new());
    let emit = |change: &Change| {
        if args.json
            && let Ok(mut lines) = output.lock()
        {
            lines.put(change);
        }
    };
    let compared = match &args.store {
        Some(store) => from_store(args, store, &emit),
        None => from_history(args, &emit),
    };
    let (tally, code) = match compared {
        Ok(compared) => compared,
        Err(error) => return fail(error),
    };
    let mut lines = output.into_inner().unwrap_or_default();
    if args.json {
        lines.put(&json!({ "summary": tally, "queue": queue(&tally, args.weekly_capacity) }));
    } else {
        lines.put_text(&summary(&tally, args.weekly_capacity));
    }
    lines.finish(code)
}

type Compared = Result<(Tally, ExitCode), (String, u8)>;

/// The other criteria, with the tables of the command line.
fn other(args: &Args) -> Result<Loaded, (String, u8)> {
    let named = |path: &Option<PathBuf>| path.clone();
    PolicyArgs {
        criteria: named(&args.against),
        tables: named(&args.policy.tables),
        cutoffs: named(&args.policy.cutoffs),
    }
    .load()
}

/// The members of a store: first the live decisions are replayed, of which none may differ from the one that stands;
/// then the rules in force there are compared with the others, if there are any.
fn from_store(args: &Args, folder: &Path, emit: &dyn Fn(&Change)) -> Compared {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| (error.to_string(), exit::OUTPUT))?;
    let replayed = runtime.block_on(async { replay(&Opened::store(folder).await?).await });
    let replayed = replayed.map_err(|error| (error.to_string(), exit::NOTHING_READ))?;
    diagnose(&format!(
        "{} members replayed as of {}, {} differ from the decision that stands",
        replayed.members.len(),
        replayed.today,
        replayed.differing.len()
    ));
    let against = args.against.as_ref().map(|_| other(args)).transpose()?;
    let mut tally = Tally::default();
    for (member, facts) in &replayed.members {
        let live = replayed.rules.policy(facts, replayed.today);
        let others = against.as_ref().map_or(live, |against| Policy { criteria: &against.criteria, ..live });
        if let Some(change) = compare(member, facts, replayed.today, (live, others), &mut tally) {
            emit(&change);
        }
    }
    let code = if replayed.differing.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(exit::DIFFERS) };
    Ok((tally, code))
}

/// Files, or synthetic members.
fn from_history(args: &Args, emit: &(dyn Fn(&Change) + Sync)) -> Compared {
    let Some(as_of) = args.as_of else { return Err(("--as-of is missing".to_owned(), exit::USAGE)) };
    let (live, against) = (args.policy.load()?, other(args)?);
    match args.synth {
        Some(members) => {
            let policies = (live.policy(), against.policy());
            Ok((synthetic(args, members, as_of, policies, emit), ExitCode::SUCCESS))
        }
        None => from_files(args, as_of, (live, against), emit),
    }
}

fn from_files(
    args: &Args,
    as_of: Day,
    (live, against): (Loaded, Loaded),
    emit: &dyn Fn(&Change),
) -> Compared {
    let population = Population::read(&args.data, &receipt(None, Some(as_of))?);
    let (live, against) = (live.knowing(&population), against.knowing(&population));
    let policies = (live.policy(), against.policy());
    let mut tally = Tally::default();
    for (member, facts) in &population.members {
        if let Some(change) = compare(member, facts, as_of, policies, &mut tally) {
            emit(&change);
        }
    }
    let code = report(&population);
    Ok((tally, code))
}

/// Generates and decides in blocks on every core; with `--json` changes come out in the order of the blocks' ends.
fn synthetic(
    args: &Args,
    members: u64,
    as_of: Day,
    policies: (Policy<'_>, Policy<'_>),
    emit: &(dyn Fn(&Change) + Sync),
) -> Tally {
    let population = icm_synth::Population { members, seed: args.seed, months: args.months, as_of };
    let bar = ProgressBar::new(members).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} members, {per_sec}, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let next = AtomicU64::new(0);
    let total = Mutex::new(Tally::default());
    let work = || {
        let mut tally = Tally::default();
        loop {
            let start = next.fetch_add(BLOCK, Ordering::Relaxed);
            if start >= members {
                break;
            }
            for member in population.range(start..start + BLOCK) {
                let id = member.id.clone();
                let facts: MemberFacts = member.into_facts().into_iter().collect();
                if let Some(change) = compare(&id, &facts, as_of, policies, &mut tally) {
                    emit(&change);
                }
            }
            bar.inc(BLOCK.min(members - start));
        }
        if let Ok(mut total) = total.lock() {
            total.add(tally);
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    bar.finish_and_clear();
    diagnose(&format!("{members} synthetic members, seed {}", args.seed));
    total.into_inner().unwrap_or_default()
}

/// Queue length and weeks of waiting at the given capacity, in force and under the others.
fn queue(tally: &Tally, weekly: u64) -> serde_json::Value {
    let (now, then) = tally.identified();
    let weeks = |queue: u64| queue.div_ceil(weekly.max(1));
    json!({ "length": now, "length_against": then, "weeks": weeks(now), "weeks_against": weeks(then) })
}

fn summary(tally: &Tally, weekly: u64) -> String {
    let (now, then) = tally.identified();
    let weeks = |queue: u64| queue.div_ceil(weekly.max(1));
    let mut rows = vec![
        format!("{} members, {} claim lines", tally.members, tally.claim_lines),
        format!(
            "identified {now} -> {then}: {} stay, {} enter, {} leave",
            tally.stays, tally.enters, tally.leaves
        ),
        format!("held apart: {} members with a clinician's override", tally.overridden),
        format!(
            "queue of {now} -> {then}; waiting up to {} -> {} weeks at {weekly} a week",
            weeks(now),
            weeks(then)
        ),
        "decisions".to_owned(),
    ];
    let kinds = icm_domain::decision::DecisionKind::ALL.iter().map(|kind| kind.id());
    rows.extend(kinds.map(|kind| {
        let of = |table: &std::collections::BTreeMap<String, u64>| table.get(kind).copied().unwrap_or(0);
        format!("  {kind:<28} {:>9} -> {:>9}", of(&tally.decisions), of(&tally.decisions_against))
    }));
    rows.push("why".to_owned());
    rows.extend(tally.why.iter().map(|(why, count)| format!("  {count:>9} {why}")));
    rows.push("who".to_owned());
    rows.extend(tally.shift.iter().map(|(group, (one, two))| format!("  {group:<32} {one:>9} -> {two:>9}")));
    rows.join("\n") + "\n"
}
