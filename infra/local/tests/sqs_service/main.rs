//! One suite for queue services, through the real SDK client over the wire.
//!
//! By default it runs on our own engine. `ICM_SQS_ENDPOINT=http://127.0.0.1:4599` points it at
//! another emulator, which is how our engine is held against one that nobody of us wrote.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, like the tests"
)]

mod client;
mod dead_letters;
mod messages;
mod refusals;
