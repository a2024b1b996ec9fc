//! Engines, tables, queues and triggers of the local stack, created from the template (DESIGN D9, D10).
//!
//! 1. [`Account::open`] starts engines compatible with DynamoDB and SQS on loopback and makes what the
//!    template lists, with the real SDK clients. It knows each function's environment.
//! 2. The caller builds the handlers and hands them over by function name ([`Handlers`]).
//! 3. [`Triggers`] does what event source mappings and the scheduler do in AWS: it takes batches from
//!    queues and streams, calls the handlers with the same events, and settles what failed.
//!
//! [`Triggers::drain`] returns when nothing is left to do, so that a job ends by itself.

mod account;
mod announce;
mod create;
mod drain;
mod engines;
mod error;
mod events;
mod filter;
mod handler;
mod invoker;
mod mischief;
mod positions;
mod queue_source;
mod replies;
mod schedules;
mod stream_record;
mod stream_source;
#[cfg(test)]
mod tests;

pub use account::Account;
pub use drain::{Drained, Triggers};
pub use error::StackError;
pub use events::{dropped_file, queue_event, scheduled_event};
pub use handler::{Failed, Handler, Handlers, Reply, Work};
pub use invoker::Invocations;
