//! Every identifier of the system, one newtype each (one registry, so that two kinds are never mixed up).

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $debug:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Wraps the text of an identifier.
            pub fn new(text: impl Into<Box<str>>) -> Self {
                Self(text.into())
            }

            /// The text of the identifier.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let shown: &str = $debug;
                if shown.is_empty() { f.write_str(&self.0) } else { f.write_str(shown) }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

id!(/// A member of the plan, as the payer numbers members. Prints as `[member]`: it identifies a person.
    MemberId, "[member]");
id!(/// A claim, as its source numbers it (CLM01, CLP01, EOB `uc`, CUR_CLM_UNIQ_ID, Tuva claim_id). Prints as `[claim]`.
    ClaimId, "[claim]");
id!(/// One case of one member in one program; opaque, so it may appear in vendor messages and logs.
    CaseId, "");
id!(/// A care-management program of the payer, by its neutral code (FACTS §7: the name must not disclose a condition).
    ProgramId, "");
id!(/// An external vendor or an internal team that does the work.
    VendorId, "");
id!(/// A program of someone else that sends rosters (a practice, an ACO, another vendor).
    RosterProgramId, "");
id!(/// Where a fact came from: a feed, a payer system, a file series.
    SourceId, "");
id!(/// A criteria file by its id (its version stands beside it).
    CriteriaId, "");
id!(/// One effect (offer, recall, outreach task, notice) in the outbox; also its deduplication key.
    EffectId, "");
id!(/// A person or system that acts: `ops:alice`, `vendor:V1`, `system:identify-members`.
    ActorId, "");

impl ActorId {
    /// Whether one of our functions acts, not a person and not a vendor.
    pub fn is_function(&self) -> bool {
        self.0.starts_with("system:")
    }
}
