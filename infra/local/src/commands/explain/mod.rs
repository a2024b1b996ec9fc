//! `icm explain MEMBER`: one decision with everything behind it, for people or as JSON.

mod text;
mod words;

use super::output::{Lines, diagnose, fail, report};
use super::policy::PolicyArgs;
use super::{day_arg, exit, receipt};
use crate::population::Population;
use clap::Args as ClapArgs;
use icm_domain::day::Day;
use icm_domain::decision::record::record;
use icm_domain::decision::{Standing, decide};
use icm_domain::ids::MemberId;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

pub use text::text;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm explain 10007 --data claims/ --as-of 2018-06-30
  icm explain 10007 --data claims/ --as-of 2018-06-30 --json | jq .clauses";

/// Arguments of `icm explain`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The member's id.
    member: String,
    /// Folder or file of claims, eligibility, rosters and consents.
    #[arg(long, required = true, value_name = "DIR")]
    data: Vec<PathBuf>,
    /// Decide as of this day (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", value_parser = day_arg)]
    as_of: Day,
    /// The whole record as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let (loaded, options) = match (args.policy.load(), receipt(None, Some(args.as_of))) {
        (Ok(loaded), Ok(options)) => (loaded, options),
        (Err(error), _) | (_, Err(error)) => return fail(error),
    };
    let population = Population::read(&args.data, &options);
    let loaded = loaded.knowing(&population);
    let Some(facts) = population.members.get(&MemberId::new(args.member.as_str())) else {
        // What was read says whether the files or the id are at fault.
        let _ = report(&population);
        diagnose("icm: no facts about this member in the files");
        return ExitCode::from(exit::NOTHING_READ);
    };
    let standing = Standing::default();
    let decision = decide(facts, &standing, args.as_of, loaded.policy());
    let record = record(facts, &standing, args.as_of, loaded.policy(), &decision);
    let mut lines = Lines::new();
    if args.json {
        lines.put(&record);
        return lines.finish(ExitCode::SUCCESS);
    }
    let written = std::io::stdout().lock().write_all(text(&args.member, &record, facts).as_bytes());
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(exit::OUTPUT) }
}
