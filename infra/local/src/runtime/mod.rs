//! Runs a function's real binary: a server of the Lambda Runtime API that starts it and calls it.
//!
//! [`Bootstraps`] is a [`Handler`](crate::stack::Handler), so the local stack can work with the packaged
//! binaries in place of the handlers in process. It also measures what a receipt needs: the time from the
//! start of a process to its first poll, and its resident memory.

mod bootstraps;
mod server;
#[cfg(test)]
mod tests;

pub use bootstraps::{Bootstraps, Function};
