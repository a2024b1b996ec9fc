//! Admissions, discharges and emergency registrations as hospitals tell them at once (HL7 v2 ADT), weeks before the
//! claims (CLAIM_FORMATS §4.6, FACTS §1.1, §3.4).
//!
//! What the messages of one visit tell together is a [`Visit`]. Until a claim speaks for it a visit counts as a
//! provisional claim ([`claim_of`]); once a claim of the visit is known, also a void or denied one, the claim alone
//! speaks ([`confirms`]). A visit that no claim ever confirms expires. Everything is computed in the fold: messages in
//! any order and any number give the same visits.

mod evidence;
mod visit;

#[cfg(test)]
mod tests;

pub use evidence::{SOURCE, claim_of, confirms, is_provisional};
pub use visit::{Setting, TakenBack, Visit, taken_back, visits};

use crate::day::Day;
use serde::{Deserialize, Serialize};

/// How ADT messages are used (issue: provisional, confirmed or expired by claims, never sent to a vendor unless the
/// program's policy says so). Part of the criteria of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdtRules {
    /// Whether visits count until claims come.
    pub counts: bool,
    /// Days by which the admission of a claim may differ from that of the messages (CLAIM_FORMATS §4.6: one).
    pub confirm_days: i32,
    /// Days after the discharge, else after the last message, for which a visit without a claim counts. Institutional
    /// claims are about complete after three months (FACTS §1.1).
    pub expire_days: i32,
    /// Whether an outcome that rests on messages alone may leave the payer.
    pub leaves_the_payer: bool,
}

impl Default for AdtRules {
    fn default() -> Self {
        Self { counts: true, confirm_days: 1, expire_days: 90, leaves_the_payer: false }
    }
}

impl AdtRules {
    /// The last day on which a visit without a claim counts.
    pub fn expires(&self, visit: &Visit) -> Day {
        visit.discharge.unwrap_or(visit.last).plus(self.expire_days)
    }
}
