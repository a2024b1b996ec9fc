//! Readers and writers of everything payers send: claims, eligibility, rosters, consents, ADT.
//!
//! A reader turns bytes into [`Item`]s, streaming, in constant memory. Whatever it cannot use becomes a
//! [`Problem`] that names file, record, position, field and reason and **never carries the value**.

pub mod item;

pub use item::{Item, Place, Problem, Reason};
