//! The whole system on one machine: engines compatible with DynamoDB and SQS, the triggers of the
//! template, the analysts' commands, and the synthetic population of the main job.
//!
//! Each room below is one folder (or file) with one subject; `main.rs` only parses the command line.

pub mod clock;
pub mod commands;
pub mod population;
pub mod sqs;
pub mod stack;
pub mod synth;
pub mod template;
pub mod whatif;
