//! Tuva Input Layer: medical_claim, pharmacy_claim, eligibility (CLAIM_FORMATS §4.6).
//!
//! The layer is final action: one claim id is one claim, adjustments are already resolved by the sender. A bill type
//! xx8 that is still there voids. One claim is several rows; they need not be adjacent, and values of the claim that
//! are repeated on its rows may disagree: the row with the lowest line number speaks. Senders who resolve nothing
//! say so in optional columns ([`change`]).

pub(crate) mod change;
mod columns;
pub mod eligibility;
pub(crate) mod medical;
pub(crate) mod pharmacy;

#[cfg(test)]
mod tests;

use crate::table::{Column, Malformed};
use icm_domain::claim::{ClaimVersion, Line};
use icm_domain::money::Cents;

/// Takes the lines in and adds up the amounts that they state (Tuva pays per line).
fn total(claim: &mut ClaimVersion, lines: Vec<Line>) {
    let sum = |amount: fn(&Line) -> Option<Cents>| lines.iter().filter_map(amount).reduce(|a, b| a + b);
    claim.charge = sum(|line| line.charge);
    claim.allowed = sum(|line| line.allowed);
    claim.paid = sum(|line| line.paid);
    claim.lines = lines;
}

/// The values of columns that are not blank.
fn kept<T>(
    columns: &[Column],
    mut read: impl FnMut(Column) -> Result<Option<T>, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut out = Vec::new();
    for column in columns {
        out.extend(read(*column)?);
    }
    Ok(out)
}
