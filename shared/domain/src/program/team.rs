//! Teams, practices and vendors: who they serve, how many they can take, how fast they must answer.

use crate::coded::coded;
use crate::facts::LineOfBusiness;
use crate::ids::VendorId;
use crate::program::Locality;
use crate::vendor::sla::OfferClocks;
use serde::{Deserialize, Serialize};

coded! {
    /// What kind of team it is.
    pub enum TeamKind {
        /// A team of the payer.
        PayerTeam = "PAYER_TEAM",
        /// Care managers embedded in practices.
        Embedded = "EMBEDDED",
        /// A practice.
        Practice = "PRACTICE",
        /// An external vendor.
        Vendor = "VENDOR",
    }
}

coded! {
    /// For what a contract counts a member-month; nothing is paid here, a report counts what an invoice may rest on.
    pub enum RateBasis {
        /// Service ran on at least one day of the month.
        ActiveMonth = "ACTIVE_MONTH",
        /// Service ran, and both sides spoke at least once in the month.
        ContactMonth = "CONTACT_MONTH",
        /// Service ran, and the contacts that the care plan asks of a month were made, in person and in all.
        DoseMonth = "DOSE_MONTH",
    }
}

coded! {
    /// In what form a vendor is written to. Replies are read in either, whatever is stated here.
    pub enum MessageFormat {
        /// CloudEvents on queues, CSV in files.
        Native = "NATIVE",
        /// FHIR R4 message Bundles with a Task, on queues or in files (FACTS §8).
        Fhir = "FHIR_R4",
    }
}

impl MessageFormat {
    /// Whether nothing else was agreed.
    pub fn is_native(&self) -> bool {
        *self == Self::Native
    }
}

/// A team, practice or vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Id; also the name of a vendor's queues, so it must not disclose a condition (FACTS §7).
    pub id: VendorId,
    /// Version; published versions never change.
    pub version: u32,
    /// Kind.
    pub kind: TeamKind,
    /// Takes members.
    pub active: bool,
    /// A sandbox: gets invented members only.
    #[serde(default)]
    pub test: bool,
    /// Major version of the message contract, for those with queues.
    #[serde(default)]
    pub contract_major: Option<u16>,
    /// The form of the messages to it.
    #[serde(default = "native", skip_serializing_if = "MessageFormat::is_native")]
    pub message_format: MessageFormat,
    /// Languages spoken; empty: any, by interpreter.
    #[serde(default)]
    pub languages: Vec<Box<str>>,
    /// For practices and embedded care managers: the attributed practices that they serve. Others: empty.
    #[serde(default)]
    pub practices: Vec<Box<str>>,
    /// Confirmed capacity. Nobody is admitted beyond it.
    pub capacity: Vec<CapacityRow>,
    /// Clocks on offers.
    #[serde(default)]
    pub clocks: OfferClocks,
    /// For what its contract counts a member-month; none: it bills nothing (a team of the payer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_basis: Option<RateBasis>,
}

fn native() -> MessageFormat {
    MessageFormat::Native
}

/// Confirmed capacity of one cell, in intensity points: new 3, active 2, maintenance 1 (FACTS §6.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacityRow {
    /// County; none: any.
    #[serde(default)]
    pub county: Option<Box<str>>,
    /// Language; none: any that the team speaks.
    #[serde(default)]
    pub language: Option<Box<str>>,
    /// Line of business; none: any.
    #[serde(default)]
    pub lob: Option<LineOfBusiness>,
    /// Points.
    pub points: u32,
}

impl CapacityRow {
    /// Whether a member fits this cell.
    pub fn fits(&self, member: Locality<'_>) -> bool {
        let same = |wanted: &Option<Box<str>>, has: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| has == Some(wanted))
        };
        same(&self.county, member.county)
            && same(&self.language, member.language)
            && self.lob.is_none_or(|lob| lob == member.lob)
    }
}

impl Team {
    /// Whether the team takes such members at all, free places apart.
    pub fn serves(&self, member: Locality<'_>) -> bool {
        let speaks = self.languages.is_empty()
            || member.language.is_none_or(|spoken| self.languages.iter().any(|known| **known == *spoken));
        let of_practice = match self.kind {
            TeamKind::Embedded | TeamKind::Practice => {
                member.practice.is_some_and(|id| self.practices.iter().any(|known| **known == *id))
            }
            TeamKind::PayerTeam | TeamKind::Vendor => true,
        };
        self.active && !self.test && speaks && of_practice && self.capacity.iter().any(|row| row.fits(member))
    }
}
