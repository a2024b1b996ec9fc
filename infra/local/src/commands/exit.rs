//! Exit codes of the commands (the sysexits convention for usage errors).

use std::process::ExitCode;

/// What was compared differs where it must not, or not everything could be acted on.
pub const DIFFERS: u8 = 1;
/// Nothing could be read.
pub const NOTHING_READ: u8 = 2;
/// The command line is wrong.
pub const USAGE: u8 = 64;
/// The result could not be written to the end.
pub const OUTPUT: u8 = 74;

/// Prints help and version to standard output, anything else as a usage error to standard error.
pub fn usage(error: &clap::Error) -> ExitCode {
    // Printing fails only when the terminal is gone: then nobody reads the code's explanation either.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}
