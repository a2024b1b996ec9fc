//! The subcommands of `icm`, one module each: read arguments, call the library, print the result.
//!
//! Results go to standard output and nothing else does; diagnostics go to standard error.

pub mod attribution;
pub mod bench;
pub mod criteria;
pub mod cutoffs;
pub mod decide;
pub mod exit;
pub mod explain;
pub mod import_cases;
pub mod output;
pub mod parse;
pub mod place;
pub mod policy;
pub mod publish;
pub mod quarantine;
pub mod receipts;
pub mod reports;
pub mod run;
pub mod serve;
pub mod switch;
pub mod synth;
pub mod utilization;
pub mod vendor_kit;
pub mod whatif;

use clap::{Parser, Subcommand};
use icm_domain::day::Day;
use icm_domain::ids::SourceId;
use icm_formats::{ReadOptions, Receipt};
use std::ffi::OsString;
use std::process::ExitCode;

/// Finds, enrols and hands over members for payer-run intensive care management.
#[derive(Parser)]
#[command(name = "icm", version, subcommand_required = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// One variant per subcommand; its arguments live in its module.
#[derive(Subcommand)]
enum Command {
    /// Run the main job: synthetic members or real files through the whole system on this machine.
    Run(Box<run::Args>),
    /// Serve the operations console and API on this machine, on a store or on a fresh synthetic population.
    Serve(serve::Args),
    /// Let time pass in a store.
    Tick(run::TickArgs),
    /// Make the reports of a store and print them: funnel, outreach, use, billable months, evaluation, …
    Reports(reports::Args),
    /// Write the list of a vendor's members as a FHIR Group (Da Vinci ATR).
    Attribution(attribution::Args),
    /// List, show or replay what a store could not use.
    Quarantine(quarantine::Args),
    /// Print every claim version of files of any format, as received, as NDJSON.
    Parse(parse::Args),
    /// Print visits, stays, readmissions and paid amounts of every member as NDJSON.
    Utilization(utilization::Args),
    /// Print the decision about every member, or about worked examples, as NDJSON.
    Decide(decide::Args),
    /// Explain one decision: rules, evidence, other programs, near misses, what would flip it.
    Explain(explain::Args),
    /// Compare two criteria over history: who enters, who leaves, why.
    Whatif(whatif::Args),
    /// Check criteria files; print the shipped ones or their schema.
    Criteria(criteria::Args),
    /// Publish the shipped programs, teams, cadences and calendars to the registry of a deployment.
    Publish(publish::Args),
    /// Make the cost percentile table of rule R9.
    Cutoffs(cutoffs::Args),
    /// Write a synthetic population to a folder: claims, eligibility, rosters, consents, preferences.
    Synth(synth::Args),
    /// Count what an arriving claim costs at list price, and measure how quickly the functions start.
    Receipts(receipts::Args),
    /// Load open cases, opt-outs, cool-downs, consents and contact history of another system, before going live.
    ImportCases(import_cases::Args),
    /// Stop a program, a vendor, a channel or everything at once; audited.
    Pause(switch::PauseArgs),
    /// Let it go on; audited.
    Resume(switch::PauseArgs),
    /// Set the mode of a program: OFF, SHADOW, LIVE with a daily cap; audited.
    Mode(switch::ModeArgs),
    /// Show modes and what is paused.
    Switches(switch::ShowArgs),
    /// Measure the hand-over to vendors: commits to receipts, and a vendor's own program under a killer.
    Bench(bench::Args),
    /// Play the conformance kit to a vendor: offers, recalls, repetitions and wrong order, and judge its replies.
    VendorKit(Box<vendor_kit::Args>),
}

/// Runs the command line `args` (the program's name first) and returns its exit code: 0 when a result was produced,
/// 2 when nothing could be read, 64 for a wrong command line. Without arguments it runs the main job.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if args.len() < 2 {
        return run::run(&run::Args::default());
    }
    match Cli::try_parse_from(args) {
        Ok(cli) => dispatch(&cli.command),
        Err(error) => exit::usage(&error),
    }
}

fn dispatch(command: &Command) -> ExitCode {
    match command {
        Command::Run(args) => run::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Tick(args) => run::tick(args),
        Command::Attribution(args) => attribution::run(args),
        Command::Quarantine(args) => quarantine::run(args),
        Command::Parse(args) => parse::run(args),
        Command::Utilization(args) => utilization::run(args),
        Command::Decide(args) => decide::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Reports(args) => reports::run(args),
        Command::Whatif(args) => whatif::run(args),
        Command::Criteria(args) => criteria::run(args),
        Command::Publish(args) => publish::run(args),
        Command::Cutoffs(args) => cutoffs::run(args),
        Command::Synth(args) => synth::run(args),
        Command::Receipts(args) => receipts::run(args),
        Command::ImportCases(args) => import_cases::run(args),
        Command::Pause(args) => switch::pause(args, true),
        Command::Resume(args) => switch::pause(args, false),
        Command::Mode(args) => switch::mode(args),
        Command::Switches(args) => switch::show(args),
        Command::Bench(args) => bench::run(args),
        Command::VendorKit(args) => vendor_kit::run(args),
    }
}

/// Reads a day of the command line.
fn day_arg(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "not a date of the form YYYY-MM-DD".to_owned())
}

/// The receipt policy of `--received`: as stated; `ingest`, the day of `--as-of`; or a date.
fn receipt(received: Option<&str>, as_of: Option<Day>) -> Result<ReadOptions, (String, u8)> {
    let mut options = ReadOptions::new(SourceId::from("files"));
    let usage = |text: &str| (text.to_owned(), exit::USAGE);
    options.receipt = match received {
        None => Receipt::AsStated,
        Some("ingest") => Receipt::Ingest(as_of.ok_or_else(|| usage("--received ingest needs --as-of"))?),
        Some(text) => Receipt::Ingest(
            Day::parse(text).ok_or_else(|| usage("--received: not a date of the form YYYY-MM-DD"))?,
        ),
    };
    Ok(options)
}
