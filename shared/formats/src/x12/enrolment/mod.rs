//! 834: enrolment. Each member loop (INS) becomes a profile, spans of coverage and, where ids change, aliases.
//!
//! **Who.** The member is REF*0F for a subscriber; NM109 is the same person's other id and becomes an alias, unless
//! it is a social security number, which is never used. A dependant shares the subscriber's REF*0F and is known by an
//! NM109 of their own; one who has none, or repeats REF*0F there, cannot be told from the subscriber and is quarantined.
//!
//! **Everybody.** A set whose BGN08 is 4 (verify) or RX (replace) holds all members, one whose BGN08 is 2 changes alone; both
//! are noted. Whoever is missing loses nothing by reading: absence is what snapshots are compared for (CLAIM_FORMATS §4.6).

mod coverage;
mod draft;

use super::envelope::Header;
use super::out::Out;
use super::record::{AtHand, TransactionSet};
use super::segment::{Elements, Segment};
use crate::item::Reason;
use draft::Draft;
use icm_domain::day::Day;
use icm_domain::facts::LineOfBusiness;
use std::ops::ControlFlow;

/// Notes that an 834 holds everybody who is covered.
pub const FULL_ENROLMENT: &str = "x12_full_enrolment";
/// Notes that an 834 holds changes alone.
pub const CHANGED_ENROLMENT: &str = "x12_changed_enrolment";

/// What the header of an 834 says about every member in it.
struct Context {
    /// BGN03, the day of the message; where it is blank the group's date.
    written: Result<Option<Day>, Reason>,
    /// The sponsor's line of business, where its name tells it.
    sponsor: Option<LineOfBusiness>,
}

/// Reads one 834 transaction set.
pub(crate) struct Enrolments {
    context: Context,
    member: AtHand<Draft>,
    /// Where a BGN says what the set holds, and the note on it.
    stated: Option<(u64, &'static str)>,
    /// The set names a member.
    named: bool,
}

impl Enrolments {
    pub(crate) fn new(header: &Header) -> Self {
        let context = Context { written: Ok(header.written), sponsor: None };
        Self { context, member: AtHand::NONE, stated: None, named: false }
    }

    fn header(&mut self, name: &[u8], elements: &Elements<'_>) {
        match (name, elements.at(1)) {
            (b"BGN", _) => {
                let group = self.context.written;
                self.context.written = elements.day(3).and_then(|day| Ok(day.or(group?)));
            }
            (b"N1", b"P5") => {
                self.context.sponsor = elements.text(2).and_then(|name| coverage::line_of_business(&name));
            }
            _ => {}
        }
    }
}

impl TransactionSet for Enrolments {
    fn take(&mut self, name: &[u8], segment: &Segment<'_>, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        if name == b"INS" {
            self.named = true;
            return self.member.begin(segment, &self.context, out);
        }
        if name == b"BGN" {
            self.stated = match segment.elements().at(8) {
                b"4" | b"RX" => Some((segment.offset, FULL_ENROLMENT)),
                b"2" => Some((segment.offset, CHANGED_ENROLMENT)),
                _ => None,
            };
        }
        match self.member.get() {
            Some(member) => member.take(name, &segment.elements()),
            None => self.header(name, &segment.elements()),
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        match self.member.get() {
            Some(member) => member.tear(),
            None => return out.damaged(segment.offset),
        }
        ControlFlow::Continue(())
    }

    fn finish(&mut self, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        self.member.end(&self.context, out)?;
        // Said behind the last member, because it is about the set and no record of its own.
        match self.stated.filter(|_| self.named) {
            Some((offset, note)) => out.note(offset, note),
            None => ControlFlow::Continue(()),
        }
    }
}
