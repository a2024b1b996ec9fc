//! Programs, teams, vendors, cadences and calendars as versioned data (DESIGN D6). `infra/programs/*.json` is the seed;
//! published versions never change, and every case names the version that it runs under.

pub mod care_plan;
pub mod definition;
pub mod team;
#[cfg(test)]
pub(crate) mod tests;
pub mod validate;

use crate::calendar::business::HolidayCalendar;
use crate::case::state::Terms;
use crate::facts::LineOfBusiness;
use crate::ids::VendorId;
use crate::outreach::cadence::Cadence;
use crate::outreach::hours::CallingHours;
use crate::outreach::ledger::ContactCaps;
use definition::{Program, Route};
use serde::{Deserialize, Serialize};
use team::Team;

/// Calendars, calling hours and contact caps: `calendars.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendars {
    /// Holidays.
    pub holidays: HolidayCalendar,
    /// Calling hours.
    pub calling_hours: CallingHours,
    /// Caps of the shared contact ledger.
    pub contact_caps: ContactCaps,
}

/// Everything that is published together; references between the parts are checked by [`validate::flaws`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// Programs: `programs.json`.
    pub programs: Vec<Program>,
    /// Teams, practices and vendors: `vendors.json`.
    pub teams: Vec<Team>,
    /// Cadences: `cadences.json`.
    pub cadences: Vec<Cadence>,
    /// Calendars: `calendars.json`.
    pub calendars: Calendars,
}

/// What of a member decides who may take the case.
#[derive(Clone, Copy, Debug)]
pub struct Locality<'a> {
    /// County as the plan writes it.
    pub county: Option<&'a str>,
    /// Preferred language.
    pub language: Option<&'a str>,
    /// Line of business.
    pub lob: LineOfBusiness,
    /// Attributed practice.
    pub practice: Option<&'a str>,
}

/// A way to serve a case: who, and under which terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The team, practice or vendor.
    pub team: VendorId,
    /// The terms of the case if this one takes it.
    pub terms: Terms,
}

impl Catalogue {
    /// Who may take a case of `program`, in the program's order: active teams that serve the county, the language and
    /// the line of business, without those that were asked before.
    pub fn candidates(&self, program: &Program, member: Locality<'_>, tried: &[VendorId]) -> Vec<Candidate> {
        if !program.takes(member.lob) {
            return Vec::new();
        }
        let open = |id: &&VendorId| {
            !tried.contains(id) && self.teams.iter().any(|team| team.id == **id && team.serves(member))
        };
        let of_route = |route: &Route| {
            let terms = program.terms(route);
            route
                .teams
                .iter()
                .filter(open)
                .map(move |team| Candidate { team: team.clone(), terms: terms.clone() })
                .collect::<Vec<_>>()
        };
        program.routes.iter().filter(|route| route.covers(member)).flat_map(of_route).collect()
    }

    /// The program with this id.
    pub fn program(&self, id: &str) -> Option<&Program> {
        self.programs.iter().find(|program| program.id.as_str() == id)
    }

    /// The cadence with this id.
    pub fn cadence(&self, id: &str) -> Option<&Cadence> {
        self.cadences.iter().find(|cadence| *cadence.id == *id)
    }

    /// The team with this id.
    pub fn team(&self, id: &VendorId) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == *id)
    }
}
