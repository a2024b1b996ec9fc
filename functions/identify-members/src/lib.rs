//! `identify-members`: from facts to decisions (DESIGN D3).
//!
//! For each member of a batch: append the packs; read the head, then all facts, strongly; decide; if the outcome
//! differs, commit the decision, the case and its effects in one transaction; **after every commit read the keys of
//! the packs again**, and decide again when one was not among those decided on. The final decision has then seen
//! every fact, whatever the order of deliveries.

mod absorb;
mod act;
mod acute;
mod asking;
mod batch;
mod decider;
mod hear;
mod identify;
mod identity;
mod reentry;
mod rulebook;
mod stays;
mod unsaid;
mod view;

pub use batch::IdentifyMembers;
pub use decider::{Decided, Decider, RuleError, Rules, Triggered};
pub use identify::Tally;
pub use identity::IdKey;
pub use rulebook::{Published, Rulebook};
pub use stays::StayTold;

use icm_domain::facts::MemberFacts;
use icm_domain::ids::{MemberId, ProgramId};
use icm_ports::{CasesRead, FactsRead, Head, MemberRead, Result};

/// The decision that stands about a member and the facts to make it again from, under all ids of the person: the id it
/// stands under, its head, the facts. For replays; the function itself reads the same way.
pub async fn standing_decision<P>(
    ports: &P,
    member: &MemberId,
    program: &ProgramId,
) -> Result<(MemberId, Head, MemberFacts)>
where
    P: FactsRead + MemberRead + CasesRead,
{
    let view = view::View::read(ports, member, program).await?;
    let head = view.head();
    Ok((view.home, head, view.facts))
}

icm_ports::bundle! {
    /// The ports that this function may use.
    pub trait Ports:
        icm_ports::FactsAppend,
        icm_ports::FactsRead,
        icm_ports::MemberRead,
        icm_ports::MemberCommit,
        icm_ports::CasesRead,
        icm_ports::EffectsRead,
        icm_ports::QuarantineWrite,
        icm_ports::RegistryRead,
        icm_ports::RegistryWrite;
}
