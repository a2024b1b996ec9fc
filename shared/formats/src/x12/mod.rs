//! X12: 837P, 837I, 837D, 835, 834; 5010, and 4010 where the segments are the same.
//!
//! The input is read twice: [`structure`] finds which interchanges are complete, then the segments are given to the
//! reader of their transaction set. A truncated interchange yields no claim and one problem; a transaction set
//! without SE likewise. Wrong counts in SE, GE and IEA are noted as ignored records and change nothing.
//!
//! **Receipt dates.** ISA09, GS04 and BHT04 are dates of files and no receipt dates. An 837 states none, so it counts
//! as received on its through date. An 835 states one in DTM*050; else its payment date (BPR16) counts when it is
//! not before the claim's through date. An 834 is a message about changes: its own date (BGN03) is the day on which
//! the plan learns of them.

mod bill;
mod enrolment;
mod envelope;
mod out;
mod record;
mod remit;
mod segment;
mod structure;
mod tokens;
mod write;

use crate::input::{Input, content};
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::read::{Sink, refuse};
pub use enrolment::{CHANGED_ENROLMENT, FULL_ENROLMENT};
use envelope::Envelope;
use out::Out;
pub(crate) use segment::ndc;
use std::ops::ControlFlow;
use structure::Structure;
use tokens::Tokeniser;
pub(crate) use write::decimal;
pub use write::{Interchange, write};

/// Reads an X12 file: any number of interchanges, groups and transaction sets.
pub fn read(input: &dyn Input, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let (Ok(first), Ok(second)) = (content(input), content(input)) else {
        return refuse(sink, Reason::Unreadable);
    };
    let structure = Structure::of(first);
    let mut envelope = Envelope::new(&structure, Out::new(options, sink));
    let mut tokens = Tokeniser::new(second);
    loop {
        match tokens.next() {
            Ok(Some(segment)) => envelope.take(&segment)?,
            Ok(None) => return envelope.end(None),
            Err(flaw) => return envelope.end(Some(flaw)),
        }
    }
}

#[cfg(test)]
mod tests;
