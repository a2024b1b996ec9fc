//! CAS: why a charge was not paid, and what that says about the service.

use crate::reason::denial_of;
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
            let reason = std::str::from_utf8(elements.at(at)).unwrap_or_default();
            match denial_of(reason) {
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
            self.capitated |= reason == "24";
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
