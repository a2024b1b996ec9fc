//! The case: one member in one program, from identification to its end, as a total state machine (FACTS §6, DESIGN D7).
//!
//! For a newcomer: [`open::open`] makes a case from a decision. Everything that happens later is a
//! [`event::CaseEvent`]; [`apply`] turns the case and the event into a [`transition::Transition`] — the new
//! state, the effects to be sent, the effects to be cancelled, the facts that follow — or into a typed
//! [`refusal::Refusal`]. The machine never asks the time, never sends, never reads: the caller loads the case with its
//! version, applies, and commits the whole transition in one transaction conditioned on that version.

pub mod acute;
pub mod apply;
pub mod contact;
pub mod due;
pub mod effect;
pub mod event;
pub mod hear;
pub mod log;
pub mod next_step;
pub mod open;
pub mod particulars;
pub mod reason;
pub mod refusal;
pub mod release;
pub mod remedy;
pub mod required;
pub mod state;
pub mod status;
pub mod table;
pub mod transition;

#[cfg(test)]
pub(crate) mod tests;

pub use apply::{apply, replay};
