//! Transaction sets, and the record of one that is being read: it opens with one kind of segment and is handed over when
//! the next opens or the set ends.

use super::out::Out;
use super::segment::{Elements, Segment};
use super::tokens::Flaw;
use crate::item::{Place, Reason};
use std::ops::ControlFlow;

/// A segment whose name is none (two or three letters and digits): the field that a problem names is `segment`.
pub(crate) const DAMAGED: Flaw = Flaw { field: "segment", reason: Reason::BadStructure };

/// A reader of one transaction set.
pub(crate) trait TransactionSet {
    /// Takes one segment between ST and SE.
    fn take(&mut self, name: &[u8], segment: &Segment<'_>, out: &mut Out<'_, '_>) -> ControlFlow<()>;

    /// Takes a segment whose name is none. It may have opened the next record: then what follows would melt into the one at
    /// hand, so that one is quarantined; without any it is a problem by itself.
    fn damaged(&mut self, segment: &Segment<'_>, out: &mut Out<'_, '_>) -> ControlFlow<()>;

    /// The set ends: hands over the record at hand.
    fn finish(&mut self, out: &mut Out<'_, '_>) -> ControlFlow<()>;
}

/// A claim, payment or member between its first segment and its last.
pub(crate) trait Record {
    /// What the set says about every record in it.
    type Context;

    /// Opens a record at its first segment.
    fn open(place: Place, elements: &Elements<'_>) -> Self;

    /// Ends the record: its facts, or why there are none.
    fn hand_over(self: Box<Self>, context: &Self::Context, out: &mut Out<'_, '_>) -> ControlFlow<()>;
}

/// The record at hand, if one is open.
pub(crate) struct AtHand<R>(Option<Box<R>>);

impl<R: Record> AtHand<R> {
    pub(crate) const NONE: Self = Self(None);

    /// Hands over the record at hand and opens the next.
    pub(crate) fn begin(
        &mut self,
        segment: &Segment<'_>,
        context: &R::Context,
        out: &mut Out<'_, '_>,
    ) -> ControlFlow<()> {
        self.end(context, out)?;
        self.0 = Some(Box::new(R::open(out.open(segment.offset), &segment.elements())));
        ControlFlow::Continue(())
    }

    /// Hands over the record at hand.
    pub(crate) fn end(&mut self, context: &R::Context, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        match self.0.take() {
            Some(record) => record.hand_over(context, out),
            None => ControlFlow::Continue(()),
        }
    }

    pub(crate) fn get(&mut self) -> Option<&mut R> {
        self.0.as_deref_mut()
    }
}
