//! CAS: why a charge was not paid, and what that says about the service.

use crate::x12::segment::Elements;
use icm_domain::claim::Denial;
use icm_domain::money::Cents;

/// What the adjustments of a claim add up to.
#[derive(Default)]
pub(super) struct Adjustments {
    duplicate: Cents,
    eligibility: Cents,
    not_rendered: Cents,
    /// CARC 24: charges are covered under a capitation agreement.
    pub(super) capitated: bool,
    any_duplicate: bool,
    any_eligibility: bool,
    any_not_rendered: bool,
}

impl Adjustments {
    /// Takes one CAS segment: a group code and up to six triples of reason, amount, quantity.
    pub(super) fn take(&mut self, elements: &Elements<'_>) {
        for at in (2..=17).step_by(3) {
            let amount = elements.cents(at + 1).unwrap_or_default();
            match denial(elements.at(at)) {
                Some(Denial::Duplicate) => {
                    self.duplicate += amount;
                    self.any_duplicate = true;
                }
                Some(Denial::Eligibility) => {
                    self.eligibility += amount;
                    self.any_eligibility = true;
                }
                Some(Denial::NotRendered) => {
                    self.not_rendered += amount;
                    self.any_not_rendered = true;
                }
                Some(Denial::Other) | None => {}
            }
            self.capitated |= elements.at(at) == b"24";
        }
    }

    /// Why a claim that its payer calls denied was denied.
    pub(super) fn of_denied(&self) -> Denial {
        if self.any_duplicate {
            Denial::Duplicate
        } else if self.any_eligibility {
            Denial::Eligibility
        } else if self.any_not_rendered {
            Denial::NotRendered
        } else {
            Denial::Other
        }
    }

    /// A claim processed as usual (CLP02 1, 2, 3) is a denial in fact when its whole charge was adjusted away for
    /// one of the reasons that say that no service of this member took place: CLP02 = 4 is meant for unrecognised
    /// patients only, so payers deny with status 1.
    pub(super) fn whole_charge(&self, charge: Cents) -> Option<Denial> {
        if charge <= Cents::ZERO {
            return None;
        }
        [
            (self.duplicate, Denial::Duplicate),
            (self.eligibility, Denial::Eligibility),
            (self.not_rendered, Denial::NotRendered),
        ]
        .into_iter()
        .find_map(|(amount, denial)| (amount >= charge).then_some(denial))
    }
}

/// Claim adjustment reason codes that decide whether the service took place (FACTS §1.1): 18 exact duplicate, B13
/// previously paid; 26, 27, 31-34, 177, 200 coverage; 112 not furnished, 115 postponed or cancelled.
fn denial(reason: &[u8]) -> Option<Denial> {
    match reason {
        b"18" | b"B13" => Some(Denial::Duplicate),
        b"26" | b"27" | b"31" | b"32" | b"33" | b"34" | b"177" | b"200" => Some(Denial::Eligibility),
        b"112" | b"115" => Some(Denial::NotRendered),
        _ => None,
    }
}
