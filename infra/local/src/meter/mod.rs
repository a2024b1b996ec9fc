//! What the system asks of DynamoDB, SQS and Lambda, counted at the HTTP layer of the SDK, and what that costs at
//! list price (DESIGN §5).
//!
//! [`Meter::over`] wraps the HTTP client of the SDK's clients. Capacity is what the engine reports as consumed; the
//! engine follows DynamoDB's published rules, among them: a write is sized by the larger of the item before and after
//! it, a transaction doubles the table's part and not the indexes', a strongly consistent read is one unit per 4 KB
//! of all items read together, an eventually consistent one half of it. Two things are corrected by rule, because no
//! answer carries them: a write whose condition failed is charged as if it had succeeded, and so is every item of a
//! cancelled transaction.

mod capacity;
mod classify;
mod client;
mod component;
mod counted;
mod price;
mod receipt;
mod size;
#[cfg(test)]
mod tests;

pub use client::Meter;
pub use component::Component;
pub use counted::{Counted, QueueUse, TableUse, Use};
pub use price::{Prices, Usd};
pub use receipt::{Line, Receipt};
