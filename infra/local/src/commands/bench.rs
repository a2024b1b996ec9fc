//! `icm bench`: the hand-over to vendors under load, and under a killer.

use super::output::Lines;
use super::place;
use crate::bench::{drain, live};
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Arguments of `icm bench`.
#[derive(ClapArgs, Clone, Debug)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Commit offers and measure how fast they reach their vendors.
    Drain(DrainArgs),
    /// Serve a vendor's own program until every case is served; may be killed and started again.
    Live(LiveArgs),
}

#[derive(ClapArgs, Clone, Debug)]
struct DrainArgs {
    /// Cases.
    #[arg(long, default_value_t = 50_000, value_name = "N")]
    cases: usize,
    /// Vendors, each with its own queue.
    #[arg(long, default_value_t = 20, value_name = "N")]
    vendors: usize,
    /// Commit everything before the relay begins, instead of beside it.
    #[arg(long)]
    backlog: bool,
    /// Keep the store here.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

#[derive(ClapArgs, Clone, Debug)]
struct LiveArgs {
    /// Cases.
    #[arg(long, default_value_t = 200, value_name = "N")]
    cases: usize,
    /// The store; its file `endpoint` names the queue service.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Give up after so many seconds.
    #[arg(long, default_value_t = 300, value_name = "S")]
    wait: u64,
}

/// Exit code when not every case was served.
const NOT_SERVED: u8 = 1;

/// Runs the command; one JSON object on standard output.
pub fn run(args: &Args) -> ExitCode {
    match &args.what {
        What::Drain(args) => {
            let plan = drain::Plan {
                cases: args.cases,
                vendors: args.vendors.max(1),
                backlog: args.backlog,
                store: args.store.clone(),
            };
            match place::run(drain::drain(&plan)) {
                Ok(measured) => print(&measured, ExitCode::SUCCESS),
                Err(code) => code,
            }
        }
        What::Live(args) => {
            let wait = Duration::from_secs(args.wait);
            let plan = live::Plan { cases: args.cases, store: args.store.clone(), wait };
            match place::run(live::live(&plan)) {
                Ok(ended) => {
                    let code = if ended.served { ExitCode::SUCCESS } else { ExitCode::from(NOT_SERVED) };
                    print(&ended, code)
                }
                Err(code) => code,
            }
        }
    }
}

fn print(result: &impl serde::Serialize, code: ExitCode) -> ExitCode {
    let mut out = Lines::new();
    out.put(result);
    out.finish(code)
}
