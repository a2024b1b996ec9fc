//! What a worklist shows of a member and filters by, taken from the facts when the case is touched. Who may see a case
//! is decided by its line of business, so that it stands beside the case and not in a join.

use crate::day::Day;
use crate::facts::{LineOfBusiness, MemberFacts};
use crate::phi::Phi;
use serde::{Deserialize, Serialize};

/// The particulars of the member of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Particulars {
    /// Line of business; none: not known, seen only by those who may see every line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lob: Option<LineOfBusiness>,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Phi<Box<str>>>,
    /// Day of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth: Option<Phi<Day>>,
    /// County as the plan writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub county: Option<Box<str>>,
    /// State of the address, as it is written there: whose holidays count for clocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Box<str>>,
    /// Preferred language as the member record spells it, in small letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Box<str>>,
    /// Attributed practice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practice: Option<Box<str>>,
}

impl Particulars {
    /// From the facts known on a day.
    pub fn of(facts: &MemberFacts, as_of: Day) -> Self {
        let person = facts.person(as_of);
        Self {
            lob: facts.lob(as_of),
            name: person.name,
            birth: person.birth.map(Phi::new),
            county: person.county,
            state: person.address.as_ref().map(|address| address.expose().state.clone()),
            language: person.language.map(|code| code.as_str().to_ascii_lowercase().into()),
            practice: person.pcp,
        }
    }
}
