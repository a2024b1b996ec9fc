//! HL7 v2 ADT: admissions, discharges, cancellations, merges of persons (CLAIM_FORMATS §4.6).
//!
//! A file holds one message or many, bare, in batches (FHS/BHS … BTS/FTS) or framed for transport (MLLP). Segments
//! end in CR, LF or both. Only the fields that bear on a stay are kept; long segments (documents) cost no memory.

mod message;
mod segments;

use crate::input::{Input, content};
use crate::item::{Item, Place, Problem, Reason};
use crate::options::ReadOptions;
use crate::read::Sink;
use crate::table::broken;
use message::Message;
use segments::{Segment, Segments};
use std::ops::ControlFlow;

/// Whether the content begins as an HL7 v2 message or batch.
pub(crate) fn begins(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let head = head.strip_prefix(&[segments::BLOCK_START]).unwrap_or(head);
    ["MSH", "FHS", "BHS"].iter().any(|name| {
        let separator = head.strip_prefix(name.as_bytes()).and_then(<[u8]>::first);
        separator.is_some_and(|byte| byte.is_ascii_punctuation() && *byte != b',')
    })
}

/// Reads a file of ADT messages.
pub(crate) fn read(input: &dyn Input, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let mut segments = match content(input) {
        Ok(content) => Segments::new(content),
        Err(error) => return broken(sink, Place::default(), &error),
    };
    let mut state =
        State { message: None, record: 0, batches_open: 0, messages: 0, evented: false, headless: false };
    loop {
        match segments.next_segment() {
            Ok(Some(segment)) => state.take(&segment, options, sink)?,
            Ok(None) => return state.end(segments.framed(), options, sink),
            Err(error) => {
                let place = Place { record: state.record, offset: Some(segments.offset()) };
                return broken(sink, place, &error);
            }
        }
    }
}

struct State {
    message: Option<Message>,
    record: u64,
    batches_open: u32,
    /// Messages since the batch was opened, for the count of its trailer.
    messages: u64,
    /// The message at hand has its EVN: another one is of a message that lost its MSH.
    evented: bool,
    /// Segments without an MSH before them were reported.
    headless: bool,
}

impl State {
    fn take(&mut self, segment: &Segment<'_>, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
        match segment.name() {
            b"MSH" => {
                self.finish(segment.follows_open_frame(), options, sink)?;
                self.record += 1;
                self.messages += 1;
                (self.evented, self.headless) = (false, false);
                let place = Place { record: self.record, offset: Some(segment.offset()) };
                self.message = Some(Message::begin(segment, place));
            }
            b"FHS" | b"BHS" => {
                self.finish(segment.follows_open_frame(), options, sink)?;
                self.batches_open += 1;
                self.messages = 0;
                self.headless = false;
            }
            b"FTS" | b"BTS" => {
                self.finish(segment.follows_open_frame(), options, sink)?;
                self.headless = false;
                self.count(segment, sink)?;
                self.batches_open = self.batches_open.saturating_sub(1);
            }
            name => {
                if name == b"EVN" && std::mem::replace(&mut self.evented, true) {
                    self.finish(segment.follows_open_frame(), options, sink)?;
                }
                match &mut self.message {
                    Some(message) => message.take(segment),
                    None => return self.stray(segment, sink),
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// A segment without the MSH that should stand before its message; said once for a message.
    fn stray(&mut self, segment: &Segment<'_>, sink: &mut Sink<'_>) -> ControlFlow<()> {
        let another = segment.name() == b"EVN";
        if std::mem::replace(&mut self.headless, true) && !another {
            return ControlFlow::Continue(());
        }
        self.record += 1;
        let place = Place { record: self.record, offset: Some(segment.offset()) };
        sink(Item::Problem(Problem { place, field: "MSH".to_owned(), reason: Reason::MissingField }))
    }

    /// A batch that counts other messages than came is noted; those that came stand, and it is no record of its own.
    fn count(&mut self, trailer: &Segment<'_>, sink: &mut Sink<'_>) -> ControlFlow<()> {
        let messages = std::mem::take(&mut self.messages);
        let stated = trailer.field(1).component(1).and_then(|count| count.parse::<u64>().ok());
        if trailer.name() != b"BTS" || stated.is_none_or(|stated| stated == messages) {
            return ControlFlow::Continue(());
        }
        let place = Place { record: self.record, offset: Some(trailer.offset()) };
        sink(Item::Ignored { rule: "hl7_wrong_count", place })
    }

    /// Ends the message at hand. One whose frame was begun and not ended is cut: its last field may have been longer.
    fn finish(&mut self, cut: bool, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
        let Some(message) = self.message.take() else { return ControlFlow::Continue(()) };
        if cut {
            return sink(message.cut());
        }
        for item in message.items(options) {
            sink(item)?;
        }
        ControlFlow::Continue(())
    }

    /// A batch that was opened and not closed may have lost messages: said, though what came is kept, because each
    /// message stands by itself.
    fn end(&mut self, cut: bool, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
        self.finish(cut, options, sink)?;
        if self.batches_open == 0 {
            return ControlFlow::Continue(());
        }
        let place = Place { record: self.record, offset: None };
        sink(Item::Problem(Problem { place, field: "BTS".to_owned(), reason: Reason::Truncated }))
    }
}

#[cfg(test)]
mod tests;
