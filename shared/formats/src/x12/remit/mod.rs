//! 835: payments, denials and reversals.
//!
//! A claim opens with CLP and ends with the next CLP, LX, PLB or SE. Lines are SVC; **LX is a header number here**.
//! A remittance moves the state and the amounts of a claim and never makes utilization.

mod adjustment;
mod draft;

use super::envelope::Header;
use super::out::Out;
use super::record::{AtHand, TransactionSet};
use super::segment::{Elements, Segment};
use super::tokens::Flaw;
use crate::item::Reason;
use draft::Draft;
use icm_domain::day::Day;
use std::ops::ControlFlow;

/// What the header of an 835 says about every claim in it.
struct Context {
    /// Payment date BPR16; where it is blank the production date DTM*405, else the group's date.
    paid_on: Option<Day>,
    /// A payment date that is none: nobody knows then what its claims come after, and each is quarantined.
    flaw: Option<Flaw>,
    /// Payee's NPI (N1*PE*…*XX); none for a payee that is named by a tax number (FI), which no bill states.
    payee: Option<Box<str>>,
}

/// Reads one 835 transaction set.
pub(crate) struct Remits {
    context: Context,
    /// The payment date is known: no other date stands in for it.
    paid: bool,
    claim: AtHand<Draft>,
}

impl Remits {
    pub(crate) fn new(header: &Header) -> Self {
        Self {
            context: Context { paid_on: header.written, flaw: None, payee: None },
            paid: false,
            claim: AtHand::NONE,
        }
    }

    fn paid_on(&mut self, stated: Result<Option<Day>, Reason>, field: &'static str) {
        match stated {
            Ok(Some(day)) => (self.context.paid_on, self.paid) = (Some(day), true),
            Ok(None) => {}
            Err(reason) => self.context.flaw = Some(Flaw { field, reason }),
        }
    }

    fn header(&mut self, name: &[u8], elements: &Elements<'_>) {
        match (name, elements.at(1)) {
            (b"BPR", _) => self.paid_on(elements.day(16), "BPR16"),
            (b"DTM", b"405") if !self.paid => self.paid_on(elements.day(2), "DTM*405"),
            (b"N1", b"PE") if elements.at(3) == b"XX" => {
                self.context.payee = elements.text(4).map(|npi| npi.into_owned().into_boxed_str());
            }
            _ => {}
        }
    }
}

impl TransactionSet for Remits {
    fn take(&mut self, name: &[u8], segment: &Segment<'_>, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        match name {
            b"CLP" => self.claim.begin(segment, &self.context, out)?,
            b"LX" | b"PLB" => self.claim.end(&self.context, out)?,
            _ => match self.claim.get() {
                Some(claim) => claim.take(name, &segment.elements()),
                None => self.header(name, &segment.elements()),
            },
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        match self.claim.get() {
            Some(claim) => claim.tear(),
            None => return out.damaged(segment.offset),
        }
        ControlFlow::Continue(())
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        self.claim.end(&self.context, out)
    }
}
