//! The subcommands of `icm`, one module each: read arguments, call the library, print the result.
//!
//! Results go to standard output and nothing else does; diagnostics go to standard error.

pub mod exit;
pub mod parse;

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Finds, enrols and hands over members for payer-run intensive care management.
#[derive(Parser)]
#[command(name = "icm", version, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// One variant per subcommand; its arguments live in its module.
#[derive(Subcommand)]
enum Command {
    /// Print every claim version of files of any format, as received, as NDJSON.
    Parse(parse::Args),
}

/// Runs the command line `args` (the program's name first) and returns its exit code: 0 when a result was produced,
/// 2 when nothing could be read, 64 for a wrong command line.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Cli::try_parse_from(args) {
        Ok(cli) => dispatch(&cli.command),
        Err(error) => exit::usage(&error),
    }
}

fn dispatch(command: &Command) -> ExitCode {
    match command {
        Command::Parse(args) => parse::run(args),
    }
}
