//! What a handler may do to the world: small traits named by capability, in domain terms (DESIGN §4, D11).
//!
//! No SDK type, no encoding and no clock stands in a signature here. A handler's bounds list exactly what it may
//! do; the adapters on AWS live in `icm-aws`, the fakes in `icm-testkit`, and one contract suite holds both.
//! Futures are returned unboxed and are `Send`.

pub mod archive;
pub mod body;
mod bundle;
pub mod case;
pub mod clock;
pub mod commit;
pub mod due;
pub mod effect;
pub mod error;
pub mod facts;
pub mod locator;
pub mod member;
pub mod object;
pub mod quarantine;
pub mod queue;
pub mod registry;
pub mod transition;

pub use archive::{ArchiveRead, ArchiveWrite, AuditRead, AuditRecord, AuditSpan, AuditWrite};
pub use body::Body;
pub use case::{CaseRecord, CasesRead, DayPart, DaySpan, EventRecord, WorkKey, WorkRow, Worklist};
pub use clock::Clock;
pub use commit::{CapacityTake, Commit, MemberCommit};
pub use due::{DueEntry, DueIndex, DueKind, DueSubject};
pub use effect::{Destination, EffectRecord, EffectStatus, EffectsLease, EffectsRead, Lease};
pub use error::{PortError, Result};
pub use facts::{FactsAppend, FactsRead, Pack, PackKey};
pub use icm_domain::moment::Moment;
pub use locator::{LocatorRead, LocatorWrite, Parked};
pub use member::{Head, MemberRead, MembersPage, Version};
pub use object::{ObjectMeta, ObjectRead};
pub use quarantine::{QuarantineRead, QuarantineRecord, QuarantineWrite};
pub use queue::{Outgoing, QueueSend, SendFailure};
pub use registry::{RegistryKind, RegistryRead, RegistryRecord, RegistryWrite};
