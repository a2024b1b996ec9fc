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
    let mut state = State { message: None, record: 0, batches_open: 0 };
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
}

impl State {
    fn take(&mut self, segment: &Segment<'_>, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
        match segment.name() {
            b"MSH" => {
                self.finish(segment.follows_open_frame(), options, sink)?;
                self.record += 1;
                let place = Place { record: self.record, offset: Some(segment.offset()) };
                self.message = Some(Message::begin(segment, place));
            }
            b"FHS" | b"BHS" => {
                self.finish(segment.follows_open_frame(), options, sink)?;
                self.batches_open += 1;
            }
            b"FTS" | b"BTS" => {
                self.finish(segment.follows_open_frame(), options, sink)?;
                self.batches_open = self.batches_open.saturating_sub(1);
            }
            _ => {
                if let Some(message) = &mut self.message {
                    message.take(segment);
                }
            }
        }
        ControlFlow::Continue(())
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
