//! CAS: why a charge was not paid, and what that says about the service.

use crate::reason::{Bearing, bearing, denial_of};
use crate::x12::segment::Elements;
use crate::x12::tokens::Flaw;
use icm_domain::claim::Denial;
use icm_domain::money::Cents;

/// What the adjustments of a claim and of its lines add up to.
#[derive(Default)]
pub(super) struct Adjustments {
    /// What the reasons say that took an amount off, in order.
    bearings: Vec<Bearing>,
    /// Taken off because no service took place.
    erased: Cents,
    /// Taken off because another price was agreed on.
    repriced: Cents,
    /// CARC 24: charges are covered under a capitation agreement.
    pub(super) capitated: bool,
}

impl Adjustments {
    /// Takes one CAS segment: a group code and up to six triples of reason, amount, quantity. A reason that lets the service
    /// stand and takes nothing off is a remark.
    pub(super) fn take(&mut self, elements: &Elements<'_>, flaw: &mut Option<Flaw>) {
        for at in (2..=17).step_by(3) {
            let Some(reason) = elements.text(at) else { continue };
            let amount = elements.amount(at + 1, "CAS", flaw);
            self.capitated |= reason == "24";
            let bearing = bearing(&reason);
            if bearing == Bearing::Stands && amount == Some(Cents::ZERO) {
                continue;
            }
            self.bearings.push(bearing);
            match bearing {
                Bearing::Erases(_) => self.erased += amount.unwrap_or_default(),
                Bearing::Reprices => self.repriced += amount.unwrap_or_default(),
                Bearing::Stands => {}
            }
        }
    }

    /// Why a claim that its payer calls denied was denied: erased only where no reason, of the claim or of a line, leaves
    /// the service standing (FACTS §1.1).
    pub(super) fn of_denied(&self) -> Denial {
        denial_of(self.bearings.iter().copied()).unwrap_or(Denial::Other)
    }

    /// A claim processed as usual (CLP02 1, 2, 3) is a denial in fact when its whole charge was adjusted away for
    /// reasons that say that no service of this member took place: CLP02 = 4 is meant for unrecognised
    /// patients only, so payers deny with status 1. What a contract takes off beside them changes nothing.
    pub(super) fn whole_charge(&self, charge: Cents, paid: Cents) -> Option<Denial> {
        let away = self.erased > Cents::ZERO && self.erased + self.repriced >= charge;
        let denied = charge > Cents::ZERO && paid <= Cents::ZERO && away;
        let erasing = self.bearings.iter().find_map(|bearing| match bearing {
            Bearing::Erases(denial) => Some(*denial),
            Bearing::Reprices | Bearing::Stands => None,
        });
        erasing.filter(|_| denied)
    }
}
