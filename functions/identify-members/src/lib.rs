//! `identify-members`: from facts to decisions (DESIGN D3).
//!
//! For each member of a batch: append the packs; read the head, then all facts, strongly; decide; if the outcome
//! differs, commit the decision, the case and its effects in one transaction; **after every commit read the keys of
//! the packs again**, and decide again when one was not among those decided on. The final decision has then seen
//! every fact, whatever the order of deliveries.

mod absorb;
mod act;
mod acute;
mod batch;
mod decider;
mod identify;
mod identity;
mod view;

pub use batch::IdentifyMembers;
pub use decider::{Decided, Decider, RuleError, Rules, Triggered};
pub use identify::{Identify, Tally};
pub use identity::IdKey;

/// The ports that this function may use.
pub trait Ports:
    icm_ports::FactsAppend
    + icm_ports::FactsRead
    + icm_ports::MemberRead
    + icm_ports::MemberCommit
    + icm_ports::CasesRead
    + icm_ports::EffectsRead
    + icm_ports::QuarantineWrite
    + icm_ports::RegistryRead
    + icm_ports::RegistryWrite
{
}

impl<P> Ports for P where
    P: icm_ports::FactsAppend
        + icm_ports::FactsRead
        + icm_ports::MemberRead
        + icm_ports::MemberCommit
        + icm_ports::CasesRead
        + icm_ports::EffectsRead
        + icm_ports::QuarantineWrite
        + icm_ports::RegistryRead
        + icm_ports::RegistryWrite
{
}
