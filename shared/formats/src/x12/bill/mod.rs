//! 837: bills of practitioners, facilities and dentists.
//!
//! Loops are tracked only as far as they decide whom a segment is about. A claim opens with CLM and ends with the
//! next CLM, HL or SE. From the SBR after a CLM (loop 2320) to the first LX everything is about another payer: its
//! REF*F8, names, dates and amounts are not the claim's (CLAIM_FORMATS §3).

mod draft;
mod icd;
mod service;

use super::envelope::Header;
use super::out::Out;
use super::record::{AtHand, DAMAGED, TransactionSet};
use super::segment::{Elements, Segment};
use draft::Draft;
use icm_domain::code::Code;
pub(super) use service::procedure;
use std::ops::ControlFlow;

/// Whom the segments of an open claim are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loop {
    /// 2300 and 2310: the claim and its providers.
    Claim,
    /// 2320 and 2330: another payer.
    OtherPayer,
    /// 2400 and below: a service line.
    Line,
}

/// What the loops above a claim say, inherited by every claim below them.
#[derive(Default)]
struct Context {
    /// NM1*85: NPI, or the tax number that 4010 senders use in its place.
    billing: Option<Box<str>>,
    /// PRV*BI.
    taxonomy: Option<Code>,
    /// Member id of the subscriber (2010BA). A dependent patient (2000C) inherits it, also where a 4010 sender gives
    /// the patient an id of their own (CLAIM_FORMATS §3).
    subscriber: Option<Box<str>>,
    /// A segment without a name stood since the last subscriber: it may have been the next one, so that nobody knows whose
    /// the claims below it are.
    torn: bool,
    /// BHT06 = RP: encounters reported by a capitated provider.
    encounters: bool,
    /// The set's own header.
    header: Header,
}

/// Reads one 837 transaction set.
pub(crate) struct Bills {
    context: Context,
    about: Loop,
    claim: AtHand<Draft>,
}

impl Bills {
    pub(crate) fn new(header: Header) -> Self {
        let context = Context { header, ..Context::default() };
        Self { context, about: Loop::Claim, claim: AtHand::NONE }
    }

    /// A hierarchical level begins: what the level above said stays, what the last one of its kind said goes.
    fn level(&mut self, elements: &Elements<'_>) {
        match elements.at(3) {
            b"20" => {
                self.context.torn = false;
                self.context.billing = None;
                self.context.taxonomy = None;
                self.context.subscriber = None;
            }
            b"22" => (self.context.subscriber, self.context.torn) = (None, false),
            _ => {}
        }
    }

    /// A segment above the claims.
    fn above(&mut self, name: &[u8], elements: &Elements<'_>) {
        match (name, elements.at(1)) {
            (b"BHT", _) => self.context.encounters = elements.at(6) == b"RP",
            (b"PRV", b"BI") => self.context.taxonomy = elements.code(3),
            (b"NM1", b"85") => self.context.billing = boxed(elements, 9),
            (b"NM1", b"IL") => self.context.subscriber = boxed(elements, 9),
            _ => {}
        }
    }
}

impl TransactionSet for Bills {
    fn take(&mut self, name: &[u8], segment: &Segment<'_>, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        match name {
            b"CLM" => {
                self.about = Loop::Claim;
                self.claim.begin(segment, &self.context, out)?;
            }
            b"HL" => {
                self.claim.end(&self.context, out)?;
                self.level(&segment.elements());
            }
            // Names and addresses are never needed: skipping them before the split is a third of the file saved.
            b"N3" | b"N4" | b"PER" | b"DMG" | b"NTE" | b"K3" | b"PWK" | b"CAS" | b"SVD" | b"OI" => {}
            _ => match self.claim.get() {
                Some(claim) => inside(claim, &mut self.about, name, &segment.elements()),
                None => self.above(name, &segment.elements()),
            },
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        self.context.torn = true;
        match self.claim.get() {
            Some(claim) => claim.note(DAMAGED.field, DAMAGED.reason),
            None => return out.damaged(segment.offset),
        }
        ControlFlow::Continue(())
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        self.claim.end(&self.context, out)
    }
}

/// A segment of an open claim.
fn inside(draft: &mut Draft, about: &mut Loop, name: &[u8], elements: &Elements<'_>) {
    match name {
        b"SBR" => *about = Loop::OtherPayer,
        b"LX" => {
            *about = Loop::Line;
            draft.open_line();
        }
        b"SV1" | b"SV2" | b"SV3" => {
            *about = Loop::Line;
            draft.service(name, elements);
        }
        _ => match about {
            Loop::Claim => draft.header(name, elements),
            Loop::OtherPayer => {}
            Loop::Line => draft.line(name, elements),
        },
    }
}

/// An element as an owned text.
fn boxed(elements: &Elements<'_>, number: usize) -> Option<Box<str>> {
    elements.text(number).map(|text| text.into_owned().into_boxed_str())
}
