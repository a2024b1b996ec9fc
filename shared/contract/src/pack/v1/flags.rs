//! The small enumerations of a claim in one number. The numbers below are frozen; a new variant gets a new number.

use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial, Icd, IdScope};
use icm_domain::ids::MemberId;

/// Both directions of a frozen numbering: the match is exhaustive, so that a new variant does not compile unnumbered.
macro_rules! numbered {
    ($type:ident, $bits:ident, $read:ident: $($variant:ident = $number:literal),+) => {
        const fn $bits(value: $type) -> u32 {
            match value { $($type::$variant => $number,)+ }
        }
        const fn $read(number: u32) -> Option<$type> {
            match number { $($number => Some($type::$variant),)+ _ => None }
        }
    };
}

numbered!(ClaimKind, kind_bits, kind_of: Institutional = 0, Professional = 1, Pharmacy = 2, Dental = 3);
numbered!(Action, action_bits, action_of:
    Original = 0, Replace = 1, Void = 2, AddLines = 3, Remit = 4, RemitReversal = 5);
numbered!(ClaimState, state_bits, state_of:
    Paid = 0, Submitted = 1, Pended = 2, Denied = 3, Encounter = 4, Cancelled = 5);
numbered!(IdScope, scope_bits, scope_of: Source = 0, Provider = 1);
numbered!(Icd, icd_bits, icd_of: Ten = 0, Nine = 1);
numbered!(Denial, denial_bits, denial_of: Duplicate = 1, Eligibility = 2, NotRendered = 3, Other = 4);

/// The enumerations of one claim.
pub(super) struct Flags(pub(super) u32);

impl Flags {
    pub(super) fn of(claim: &ClaimVersion, member: &MemberId) -> Self {
        // Own member, no member (an 835), another member (then it stands among the rare fields).
        let member_bits = u32::from(claim.member_id.as_ref() != Some(member));
        let part2_bits = claim.part2.map_or(0, |part2| 1 + u32::from(part2));
        Self(
            kind_bits(claim.kind)
                | u32::from(!claim.principal) << 2
                | member_bits << 3
                | action_bits(claim.action) << 4
                | state_bits(claim.state) << 7
                | scope_bits(claim.scope) << 10
                | icd_bits(claim.icd) << 11
                | part2_bits << 12
                | claim.denial.map_or(0, denial_bits) << 14,
        )
    }

    const fn bits(&self, shift: u32, width: u32) -> u32 {
        (self.0 >> shift) & ((1 << width) - 1)
    }

    pub(super) const fn kind(&self) -> Option<ClaimKind> {
        kind_of(self.bits(0, 2))
    }

    /// Sets the fields; none when a number means nothing.
    pub(super) fn apply(&self, claim: &mut ClaimVersion, member: &MemberId) -> Option<()> {
        claim.principal = self.bits(2, 1) == 0;
        claim.member_id = (self.bits(3, 1) == 0).then(|| member.clone());
        claim.action = action_of(self.bits(4, 3))?;
        claim.state = state_of(self.bits(7, 3))?;
        claim.scope = scope_of(self.bits(10, 1))?;
        claim.icd = icd_of(self.bits(11, 1))?;
        claim.part2 = match self.bits(12, 2) {
            0 => None,
            part2 => Some(part2 == 2),
        };
        claim.denial = match self.bits(14, 3) {
            0 => None,
            number => Some(denial_of(number)?),
        };
        Some(())
    }
}
