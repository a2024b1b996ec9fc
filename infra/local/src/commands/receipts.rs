//! `icm receipts`: what an arriving claim costs at list price, and how quickly the functions start.

use super::exit;
use super::output::{Lines, diagnose};
use crate::receipts::{Plan, Receipts, measure};
use clap::Args as ClapArgs;
use icm_domain::day::Day;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `icm receipts`.
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  icm receipts                                       # the full receipt; a release build needs some minutes\n  icm receipts --members 2000 --months 12 --claims 2000\n  icm receipts --json --binaries target/ship/ship | jq .cold_start_ms"
)]
pub struct Args {
    /// Sizes of the synthetic population.
    #[arg(long, default_value = "10000,100000", value_delimiter = ',', value_name = "N,…", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    members: Vec<u64>,
    /// Arriving claims of each population, in equal parts for the three ways of sending.
    #[arg(long, default_value_t = 20_000, value_name = "N")]
    claims: usize,
    /// Months of history that members have when the claims arrive.
    #[arg(long, default_value = "12,36", value_delimiter = ',', value_name = "M,…", value_parser = clap::value_parser!(u32).range(1..=60))]
    months: Vec<u32>,
    /// Seed of the population.
    #[arg(long, default_value_t = 42, value_name = "S")]
    seed: u64,
    /// Day on which the claims arrive (YYYY-MM-DD).
    #[arg(long, default_value = "2026-06-30", value_name = "DATE", value_parser = super::day_arg)]
    as_of: Day,
    /// Starts of each binary; 0: none.
    #[arg(long, default_value_t = 50, value_name = "N")]
    starts: u32,
    /// Where the functions' binaries lie; none: beside this one.
    #[arg(long, value_name = "DIR")]
    binaries: Option<PathBuf>,
    /// Members whose way from a claim to a vendor's queue is timed; 0: none.
    #[arg(long, default_value_t = 50, value_name = "N")]
    timed: u64,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let plan = Plan {
        members: args.members.clone(),
        claims: args.claims,
        months: args.months.clone(),
        seed: args.seed,
        as_of: args.as_of,
        starts: args.starts,
        binaries: args.binaries.clone(),
        timed: args.timed,
        progress: true,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let measured = match runtime {
        Ok(runtime) => runtime.block_on(measure(&plan)).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match measured {
        Ok(receipts) => {
            let mut out = Lines::new();
            if args.json {
                out.put(&receipts);
            } else {
                out.put_text(&text(&receipts));
            }
            out.finish(ExitCode::SUCCESS)
        }
        Err(error) => {
            diagnose(&error);
            ExitCode::from(exit::NOTHING_READ)
        }
    }
}

fn text(receipts: &Receipts) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    for cell in &receipts.cells {
        let _ =
            writeln!(out, "{} members, {} months, {}: {}", cell.members, cell.months, cell.way, cell.receipt);
    }
    for (name, ratio) in &receipts.by_population {
        let _ = writeln!(out, "largest over smallest population, {name}: {ratio:.2}");
    }
    for (name, ratio) in &receipts.by_history {
        let _ = writeln!(out, "longest over shortest history, {name}: {ratio:.2}");
    }
    for (name, took) in &receipts.latency_ms {
        let _ =
            writeln!(out, "{}: {:.1} ms (p50), {:.1} ms (p99)", name.replace('_', " "), took.p50, took.p99);
    }
    for (function, took) in &receipts.cold_start_ms {
        let (rss, zip) = (receipts.rss_mb.get(function), receipts.zip_mb.get(function));
        let _ = writeln!(
            out,
            "{function}: first poll after {:.1} ms (p50), {:.1} ms (p99); {:.1} MB resident, {:.1} MB zipped",
            took.p50,
            took.p99,
            rss.copied().unwrap_or_default(),
            zip.copied().unwrap_or_default()
        );
    }
    let _ = writeln!(out, "\nModelled, or left out:");
    for what in &receipts.modelled {
        let _ = writeln!(out, "- {what}");
    }
    out
}
