//! Service lines of an 837.

use super::draft::Draft;
use crate::item::Reason;
use crate::x12::segment::{Composite, Elements, ndc, period, stated};
use crate::x12::tokens::Flaw;
use icm_domain::claim::{ClaimKind, Line};
use icm_domain::code::Code;

impl Draft {
    /// LX: a line opens.
    pub(super) fn open_line(&mut self) {
        self.version.lines.push(Line::default());
        self.line_is_open = true;
    }

    /// SV1, SV2 or SV3: fills the line that LX opened, or opens one itself where LX is missing.
    pub(super) fn service(&mut self, name: &[u8], elements: &Elements<'_>) {
        if !self.line_is_open {
            self.open_line();
        }
        self.line_is_open = false;
        let flaw = &mut self.flaw;
        let Some(line) = self.version.lines.last_mut() else { return };
        let pos = |number| elements.code(number).map(|pos| pos.padded(2));
        match name {
            b"SV1" => {
                procedure(line, elements.composite(1), "SV101", flaw);
                line.charge = elements.amount(2, "SV102", flaw);
                line.units = elements.decimal(4, "SV104", flaw);
                line.pos = pos(5);
                self.form = Some(ClaimKind::Professional);
            }
            b"SV2" => {
                line.rev = elements.revenue(1, "SV201", flaw);
                procedure(line, elements.composite(2), "SV202", flaw);
                line.charge = elements.amount(3, "SV203", flaw);
                line.units = elements.decimal(5, "SV205", flaw);
                self.form = Some(ClaimKind::Institutional);
            }
            _ => {
                procedure(line, elements.composite(1), "SV301", flaw);
                line.charge = elements.amount(2, "SV302", flaw);
                line.pos = pos(3);
                line.units = elements.decimal(6, "SV306", flaw);
                self.form = Some(ClaimKind::Dental);
            }
        }
    }

    /// A segment below LX: only the service date and the drug are the line's; SVD, CAS and DTP*573 are another
    /// payer's.
    pub(super) fn line(&mut self, name: &[u8], elements: &Elements<'_>) {
        let Some(line) = self.version.lines.last_mut() else { return };
        match (name, elements.at(1), elements.at(2)) {
            (b"DTP", b"472", _) => match period(elements) {
                Ok(Some((from, thru))) => (line.from, line.thru) = (Some(from), Some(thru)),
                Ok(None) => {}
                Err(reason) => self.note("DTP*472", reason),
            },
            (b"LIN", _, b"N4") => line.ndc = ndc(elements.at(3)),
            _ => {}
        }
    }
}

/// A procedure composite: qualifier, code, up to four modifiers. N4 qualifies a drug code. A procedure that can be no code is
/// the record's flaw.
pub(in crate::x12) fn procedure(
    line: &mut Line,
    composite: Composite<'_>,
    field: &'static str,
    flaw: &mut Option<Flaw>,
) {
    let mut parts = composite.parts();
    let drug = parts.next() == Some(b"N4");
    let written = parts.next().unwrap_or_default();
    let otherwise = Flaw { field, reason: Reason::BadValue };
    if drug {
        line.ndc = stated(written, ndc(written), otherwise, flaw);
        return;
    }
    line.hcpcs = stated(written, Code::from_bytes(written), otherwise, flaw);
    line.modifiers.extend(parts.take(4).filter_map(Code::from_bytes));
}
