//! HI: diagnoses, procedures and the diagnosis-related group.

use crate::item::Reason;
use crate::x12::segment::{Elements, stated};
use crate::x12::tokens::Flaw;
use icm_domain::claim::{ClaimVersion, Icd};
use icm_domain::code::Code;
use icm_domain::day::Day;

/// Codes of the HI segments of one claim.
#[derive(Default)]
pub(super) struct Diagnoses {
    dx: Vec<Code>,
    /// Where the principal diagnosis stands in `dx`.
    principal: Option<usize>,
    px: Vec<Code>,
    principal_px: Option<usize>,
    drg: Option<Code>,
    /// A qualifier of ICD-10 (ABK, ABF, ABN) was seen.
    tenth: bool,
    /// A composite stands there that is cut by another separator than the declared one: its code is not read.
    pub(super) undivided: bool,
}

impl Diagnoses {
    /// Takes one HI segment. Admitting diagnosis (ABJ, BJ) and reason for visit (APR, PR) are no diagnoses of the
    /// claim; value, condition and occurrence codes are not read. Component 9 (present on admission) is not read.
    /// A code that is read and can be none is the claim's flaw: which visit it is hangs on them.
    pub(super) fn take(&mut self, elements: &Elements<'_>, flaw: &mut Option<Flaw>) {
        for composite in (1..=elements.count_of().min(12)).flat_map(|number| elements.composites(number)) {
            let mut parts = composite.parts();
            let qualifier = parts.next().unwrap_or_default();
            if !is_read(qualifier) {
                self.undivided |= !qualifier.iter().all(u8::is_ascii_alphanumeric);
                continue;
            }
            let written = parts.next().unwrap_or_default();
            let code = Code::from_bytes(written)
                .filter(|code| code.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let otherwise = Flaw { field: "HI", reason: Reason::BadValue };
            let Some(code) = stated(written, code, otherwise, flaw) else { continue };
            self.add(qualifier, code);
            if parts.count() > COMPONENTS_MAX - 2 {
                flaw.get_or_insert(Flaw { field: "HI", reason: Reason::BadStructure });
            }
        }
    }

    fn add(&mut self, qualifier: &[u8], code: Code) {
        match qualifier {
            b"ABK" | b"BK" => {
                self.principal.get_or_insert(self.dx.len());
                self.dx.push(code);
            }
            b"BBR" | b"BR" => {
                self.principal_px.get_or_insert(self.px.len());
                self.px.push(code);
            }
            b"BBQ" | b"BQ" => self.px.push(code),
            b"DR" => self.drg = Some(code),
            _ => self.dx.push(code),
        }
        self.tenth |= matches!(qualifier, b"ABK" | b"ABF" | b"ABN");
    }

    /// Writes the codes into the version, principal first.
    pub(super) fn into_version(mut self, version: &mut ClaimVersion) {
        move_first(&mut self.dx, self.principal);
        move_first(&mut self.px, self.principal_px);
        version.principal = self.principal.is_some();
        version.icd = self.edition(version.thru);
        version.drg = self.drg;
        (version.dx, version.px) = (self.dx, self.px);
    }

    /// BK and BF mean ICD-9, yet senders of 4010 files kept them after ICD-10 came on 2015-10-01: from then on only
    /// codes that begin with a digit are taken for ICD-9.
    fn edition(&self, thru: Day) -> Icd {
        let numeric =
            self.dx.iter().any(|code| code.as_str().starts_with(|first: char| first.is_ascii_digit()));
        let tenth_in_force = Day::from_ymd(2015, 10, 1).is_some_and(|start| thru >= start);
        if self.tenth || self.dx.is_empty() || (tenth_in_force && !numeric) { Icd::Ten } else { Icd::Nine }
    }
}

/// Components of a composite of HI: the ninth is present on admission.
const COMPONENTS_MAX: usize = 9;

/// Whether the codes of this qualifier are read.
fn is_read(qualifier: &[u8]) -> bool {
    matches!(
        qualifier,
        b"ABK" | b"BK" | b"ABF" | b"BF" | b"ABN" | b"BN" | b"BBR" | b"BR" | b"BBQ" | b"BQ" | b"DR"
    )
}

fn move_first(codes: &mut [Code], at: Option<usize>) {
    if let Some(head) = at.and_then(|at| codes.get_mut(..=at)) {
        head.rotate_right(1);
    }
}
