//! The whole system on one machine: engines compatible with DynamoDB and SQS, the triggers of the
//! template, and the analysts' commands. The synthetic population of the main job is a crate of its own
//! (`synth/`), so that tools and tests build it without the SDK.
//!
//! Each room below is one folder (or file) with one subject; `main.rs` only parses the command line.

pub mod bench;
pub mod clock;
pub mod commands;
pub mod delivery;
pub mod import;
pub mod kit;
pub mod meter;
pub mod population;
pub mod receipts;
pub mod run;
pub mod runtime;
pub mod serve;
pub mod sqs;
pub mod stack;
pub mod template;
