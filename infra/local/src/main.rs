//! The `icm` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    icm_local::commands::run(std::env::args_os())
}
