//! Who acts, what they may do and whose data they may see. Everything about access is decided in this folder.
//!
//! - [`Identity`]: who acts; made of a token's claims ([`claims`]) or of the local operator ([`local`]).
//! - [`Role`] and [`Permission`]: what each role may do, one table.
//! - [`guard`]: stands before every route and refuses what the role does not allow.
//! - [`desk::Desk`]: the only way of a handler to member data: it checks the line of business and writes the audit
//!   trail before anything is shown.

pub mod claims;
pub(crate) mod desk;
pub mod local;

use crate::problem::Problem;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::ActorId;
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
            StateFacts, WorkCases,
        };
        match self {
            Self::CareManager => &[ReadWork, ReadMember, WorkCases, StateFacts, ReadCapacity, ReadSwitches],
            Self::Supervisor => &[
                ReadWork,
                ReadMember,
                WorkCases,
                StateFacts,
                Export,
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
}

impl Identity {
    /// A member of staff. Only letters, digits and `-_.@` of the name are kept: it stands in keys and logs.
    pub fn staff(name: &str, roles: impl IntoIterator<Item = Role>, lines: Lines) -> Self {
        let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
        let name: String = name.chars().filter(kept).take(64).collect();
        Self { actor: ActorId::new(format!("ops:{name}")), roles: roles.into_iter().collect(), lines }
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

/// Stands before a route: 401 for nobody, 403 for somebody whose roles do not allow it.
pub(crate) async fn guard(State(needs): State<Permission>, request: Request, next: Next) -> Response {
    match request.extensions().get::<Identity>() {
        None => Problem::unauthorized().into_response(),
        Some(who) if who.may(needs) => next.run(request).await,
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
    fn every_role_reads_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.id()), Some(role));
        }
        assert_eq!(Role::parse("Care-Manager"), Some(Role::CareManager));
    }
}
