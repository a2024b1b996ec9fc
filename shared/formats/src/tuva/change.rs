//! Optional columns for what happens to a claim before it is final: the layer has no place for it, `icm synth` and
//! payers that send every version write it.

use crate::item::Reason;
use crate::table::cells::{self, bytes};
use crate::table::{Column, Header, Malformed, Row};
use icm_domain::claim::{Action, ClaimState, ClaimVersion, Denial, action_of};
use icm_domain::code::Code;
use icm_domain::ids::ClaimId;

/// The optional columns of medical_claim and pharmacy_claim.
pub(crate) struct ChangeColumns {
    pub(super) frequency: Column,
    replaces: Column,
    status: Column,
    denial: Column,
    part2: Column,
    taxonomy: Column,
}

impl ChangeColumns {
    pub(crate) fn of(header: &Header) -> Self {
        Self {
            frequency: header.column("claim_frequency"),
            replaces: header.column("replaces_claim_id"),
            status: header.column("claim_status"),
            denial: header.column("denial_reason"),
            part2: header.column("part2"),
            taxonomy: header.column("billing_taxonomy"),
        }
    }

    /// Takes the row's values into the claim. An explicit frequency wins over the bill type's (ruling 3).
    pub(crate) fn apply(&self, row: &Row<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
        if let Some(frequency) =
            cells::code(row, self.frequency, "claim_frequency", |text| Code::new(cells::unfloated(text)))?
        {
            claim.frequency = Some(frequency);
            claim.action = action_of(Some(frequency), claim.bill_type);
        }
        claim.replaces = cells::text(row, self.replaces, "replaces_claim_id")?.map(ClaimId::new);
        claim.state = word(row, self.status, "claim_status", state)?.unwrap_or(ClaimState::Paid);
        claim.denial = word(row, self.denial, "denial_reason", denial)?;
        if claim.state == ClaimState::Cancelled {
            claim.action = Action::Void;
        }
        claim.part2 = word(row, self.part2, "part2", flag)?;
        claim.taxonomy = cells::code(row, self.taxonomy, "billing_taxonomy", Code::new)?;
        Ok(())
    }
}

/// A word of a closed set, in any case; blank is absent, anything else malformed.
fn word<T>(
    row: &Row<'_>,
    column: Column,
    field: &'static str,
    known: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Malformed> {
    let Some(cell) = bytes(row, column) else { return Ok(None) };
    let text = std::str::from_utf8(cell).unwrap_or_default().to_ascii_lowercase();
    known(&text).map(Some).ok_or(Malformed::new(field, Reason::BadValue))
}

fn state(word: &str) -> Option<ClaimState> {
    match word {
        "submitted" => Some(ClaimState::Submitted),
        "pended" => Some(ClaimState::Pended),
        "paid" => Some(ClaimState::Paid),
        "denied" => Some(ClaimState::Denied),
        "encounter" => Some(ClaimState::Encounter),
        "cancelled" => Some(ClaimState::Cancelled),
        _ => None,
    }
}

fn denial(word: &str) -> Option<Denial> {
    match word {
        "duplicate" => Some(Denial::Duplicate),
        "eligibility" => Some(Denial::Eligibility),
        "not_rendered" => Some(Denial::NotRendered),
        "other" => Some(Denial::Other),
        _ => None,
    }
}

fn flag(word: &str) -> Option<bool> {
    match word {
        "1" | "true" | "t" | "yes" | "y" => Some(true),
        "0" | "false" | "f" | "no" | "n" => Some(false),
        _ => None,
    }
}
