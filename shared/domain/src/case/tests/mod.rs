//! The state tests of FACTS §10, the vendor protocol, required participation, and the exploration of every state.

mod after_end;
mod explore;
pub(crate) mod life;
mod lifecycle;
mod random;
mod reaching;
mod remedies;
mod required;
mod timers;
mod vendors;
mod word;
