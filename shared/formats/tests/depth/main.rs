//! What surrounds a decision: its record, the recommended model, the place in the queue, the hash of the facts, and the
//! switches of the criteria.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod arbiter;
mod fingerprint;
mod member;
mod priority;
mod records;
mod switches;
mod words;
