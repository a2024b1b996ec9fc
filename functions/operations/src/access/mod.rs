//! Who acts, what they may do and whose data they may see. Everything about access is decided in this folder.
//!
//! - [`Identity`]: who acts; made of a token's claims ([`claims`]) or of the local operator ([`local`]).
//! - [`Role`] and [`Permission`]: what each role may do, one table.
//! - [`TokenScope`]: what the token lets its bearer ask for at all.
//! - [`guard`]: stands before every route and refuses what role or token do not allow.
//! - [`desk::Desk`]: the only way of a handler to member data: it checks the line of business and writes the audit
//!   trail before anything is shown.

pub mod claims;
pub(crate) mod desk;
pub mod local;
pub(crate) mod request;
mod scope;

pub use request::{Process, RequestId};
pub(crate) use scope::Needs;
pub use scope::TokenScope;

use crate::problem::Problem;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use icm_contract::keys::short_hash;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::ActorId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person does in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reaches, enrols and serves members.
    CareManager,
    /// Leads care managers: also capacity, exports and reports.
    Supervisor,
    /// Owns programs: criteria, modes, pauses, quarantine, reports. Sees no member.
    ProgramOwner,
    /// Reads everything, above all the audit trail, and changes nothing.
    Auditor,
    /// Works with vendors: boards, clocks, pauses of vendors. Sees no member.
    VendorManager,
}

/// What somebody may do. Every route needs at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See worklists.
    ReadWork,
    /// See a member's page.
    ReadMember,
    /// Record attempts, consent, enrolment and the other commands on cases.
    WorkCases,
    /// State facts: referrals and overrides.
    StateFacts,
    /// Take a worklist out of the system.
    Export,
    /// Save a view of a worklist for everybody.
    ShareViews,
    /// See capacity and caseload.
    ReadCapacity,
    /// Confirm capacity.
    ConfirmCapacity,
    /// See vendors and the clocks of their offers.
    ReadVendors,
    /// See reports.
    ReadReports,
    /// See modes and pauses.
    ReadSwitches,
    /// Pause and resume a vendor.
    PauseVendor,
    /// Set modes; pause and resume anything.
    Operate,
    /// See criteria and proposals.
    ReadCriteria,
    /// Propose criteria, or approve what somebody else has proposed.
    PublishCriteria,
    /// See and replay quarantined records.
    Quarantine,
    /// Search the audit trail.
    ReadAudit,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] =
        [Self::CareManager, Self::Supervisor, Self::ProgramOwner, Self::Auditor, Self::VendorManager];

    /// The spelling in tokens and on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::CareManager => "care_manager",
            Self::Supervisor => "supervisor",
            Self::ProgramOwner => "program_owner",
            Self::Auditor => "auditor",
            Self::VendorManager => "vendor_manager",
        }
    }

    /// The role with this spelling; `-` and `_` are the same.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase().replace('-', "_");
        Self::ALL.into_iter().find(|role| role.id() == text)
    }

    /// What the role may do. Nobody sees members who does not work with them or audit those who do (45 CFR 164.502(b),
    /// minimum necessary).
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{
            ConfirmCapacity, Export, Operate, PauseVendor, PublishCriteria, Quarantine, ReadAudit,
            ReadCapacity, ReadCriteria, ReadMember, ReadReports, ReadSwitches, ReadVendors, ReadWork,
            ShareViews, StateFacts, WorkCases,
        };
        match self {
            Self::CareManager => &[ReadWork, ReadMember, WorkCases, StateFacts, ReadCapacity, ReadSwitches],
            Self::Supervisor => &[
                ReadWork,
                ReadMember,
                WorkCases,
                StateFacts,
                Export,
                ShareViews,
                ReadCapacity,
                ConfirmCapacity,
                ReadVendors,
                ReadReports,
                ReadSwitches,
                ReadCriteria,
            ],
            Self::ProgramOwner => &[
                ReadCapacity,
                ReadVendors,
                ReadReports,
                ReadSwitches,
                PauseVendor,
                Operate,
                ReadCriteria,
                PublishCriteria,
                Quarantine,
            ],
            Self::Auditor => &[
                ReadWork,
                ReadMember,
                ReadCapacity,
                ReadVendors,
                ReadReports,
                ReadSwitches,
                ReadCriteria,
                ReadAudit,
            ],
            Self::VendorManager => &[ReadCapacity, ReadVendors, ReadReports, ReadSwitches, PauseVendor],
        }
    }
}

/// The lines of business that somebody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// All, also members whose line is not known.
    All,
    /// These.
    Only(BTreeSet<LineOfBusiness>),
}

impl Lines {
    /// Whether members of this line of business may be seen. This is the only place where that is decided.
    pub fn see(&self, lob: Option<LineOfBusiness>) -> bool {
        match (self, lob) {
            (Self::All, _) => true,
            (Self::Only(lines), Some(lob)) => lines.contains(&lob),
            (Self::Only(_), None) => false,
        }
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// As it stands in events and in the audit trail: `ops:alice`.
    pub actor: ActorId,
    /// Roles.
    pub roles: BTreeSet<Role>,
    /// Lines of business.
    pub lines: Lines,
    /// Scopes of the token.
    pub scopes: BTreeSet<TokenScope>,
}

/// Longest name that stands as it is.
const NAME_MAX: usize = 64;
/// What a name may hold without being encoded: it stands in keys and logs.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'@');

/// A name as it stands in keys, events and logs: letters, digits and `-_.@` as they are, everything else percent-encoded
/// (RFC 3986), and what is too long as its beginning and its hash. No two names are ever one person.
fn name_in_keys(name: &str) -> String {
    let whole = utf8_percent_encode(name, ENCODED).to_string();
    if whole.len() <= NAME_MAX {
        return whole;
    }
    let kept: String = whole.chars().take(NAME_MAX / 2).collect();
    format!("{kept}~{}", short_hash(name.as_bytes()))
}

impl Identity {
    /// A member of staff with every scope of a token: the roles alone say what may be done.
    pub fn staff(name: &str, roles: impl IntoIterator<Item = Role>, lines: Lines) -> Self {
        Self {
            actor: ActorId::new(format!("ops:{}", name_in_keys(name))),
            roles: roles.into_iter().collect(),
            lines,
            scopes: TokenScope::ALL.into(),
        }
    }

    /// The same person with the scopes of a token.
    #[must_use]
    pub fn scoped(self, scopes: impl IntoIterator<Item = TokenScope>) -> Self {
        Self { scopes: scopes.into_iter().collect(), ..self }
    }

    /// Whether any of the roles allows it.
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.permissions().contains(&permission))
    }

    /// Everything that the roles allow.
    pub fn permissions(&self) -> BTreeSet<Permission> {
        self.roles.iter().flat_map(|role| role.permissions().iter().copied()).collect()
    }

    /// Whether members of this line of business may be seen.
    pub fn sees(&self, lob: Option<LineOfBusiness>) -> bool {
        self.lines.see(lob)
    }

    /// The parts of lists that may be read, the unknown line last.
    pub fn parts(&self) -> Vec<Option<LineOfBusiness>> {
        let all = [LineOfBusiness::Medicaid, LineOfBusiness::MedicareAdvantage, LineOfBusiness::Commercial];
        all.into_iter().map(Some).chain([None]).filter(|lob| self.sees(*lob)).collect()
    }
}

impl<S: Sync> FromRequestParts<S> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthorized)
    }
}

/// Stands before a route: 401 for nobody, 403 for somebody whose roles or whose token do not allow it.
pub(crate) async fn guard(State(needs): State<Needs>, request: Request, next: Next) -> Response {
    match request.extensions().get::<Identity>() {
        None => Problem::unauthorized().into_response(),
        Some(who) if who.may(needs.permission) && who.scopes.contains(&needs.scope) => {
            next.run(request).await
        }
        Some(who) => {
            tracing::warn!(actor = who.actor.as_str(), needs = ?needs, "not allowed");
            Problem::forbidden().into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_without_work_on_members_sees_none() {
        for role in [Role::ProgramOwner, Role::VendorManager] {
            let who = Identity::staff("x", [role], Lines::All);
            for permission in [Permission::ReadWork, Permission::ReadMember, Permission::Export] {
                assert!(!who.may(permission), "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn an_auditor_changes_nothing() {
        let who = Identity::staff("x", [Role::Auditor], Lines::All);
        for permission in
            [Permission::WorkCases, Permission::StateFacts, Permission::Operate, Permission::Export]
        {
            assert!(!who.may(permission), "{permission:?}");
        }
    }

    #[test]
    fn a_line_of_business_that_is_not_known_is_nobodys_who_is_restricted() {
        let lines = Lines::Only(BTreeSet::from([LineOfBusiness::Medicaid]));
        let who = Identity::staff("x", [Role::CareManager], lines);
        assert_eq!(who.parts(), [Some(LineOfBusiness::Medicaid)]);
        assert!(!who.sees(None));
        assert!(Identity::staff("x", [], Lines::All).sees(None));
    }

    #[test]
    fn two_names_are_never_one_person() {
        let long = "x".repeat(200);
        let names = ["ab", "a|b", "a%7Cb", "a b", "A|b", "", "ä", &long, &format!("{long}y"), "a#b"];
        let actors: BTreeSet<String> = names
            .iter()
            .map(|name| Identity::staff(name, [], Lines::All).actor.as_str().to_owned())
            .collect();
        assert_eq!(actors.len(), names.len(), "{actors:?}");
        assert!(actors.contains("ops:ab") && actors.contains("ops:a%7Cb"), "{actors:?}");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@%~:".contains(c);
        assert!(actors.iter().all(|actor| actor.len() <= 4 + NAME_MAX && actor.chars().all(plain)));
    }

    #[test]
    fn every_role_reads_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.id()), Some(role));
        }
        assert_eq!(Role::parse("Care-Manager"), Some(Role::CareManager));
    }
}
