//! Where the readers of transaction sets put what they read.

use super::record::DAMAGED;
use crate::item::{Item, Place, Problem, Reason};
use crate::options::ReadOptions;
use crate::read::Sink;
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use std::ops::ControlFlow;

/// The sink with the count of records. A record is a claim (CLM, CLP), a member (INS), or a transaction set or
/// interchange that is not read.
pub(crate) struct Out<'a, 's> {
    pub(crate) options: &'a ReadOptions,
    sink: &'a mut Sink<'s>,
    record: u64,
}

impl<'a, 's> Out<'a, 's> {
    pub(crate) fn new(options: &'a ReadOptions, sink: &'a mut Sink<'s>) -> Self {
        Self { options, sink, record: 0 }
    }

    /// Opens the next record, which begins at `offset`.
    pub(crate) fn open(&mut self, offset: u64) -> Place {
        self.record += 1;
        Place { record: self.record, offset: Some(offset) }
    }

    /// Notes something about the records read so far that changes none of them: it is no record of its own.
    pub(crate) fn note(&mut self, offset: u64, rule: &'static str) -> ControlFlow<()> {
        self.ignored(Place { record: self.record, offset: Some(offset) }, rule)
    }

    pub(crate) fn fact(&mut self, member: Option<MemberId>, fact: Fact, place: Place) -> ControlFlow<()> {
        (self.sink)(Item::Fact { member, fact, place })
    }

    pub(crate) fn problem(&mut self, place: Place, field: &str, reason: Reason) -> ControlFlow<()> {
        (self.sink)(Item::Problem(Problem { place, field: field.to_owned(), reason }))
    }

    /// A segment without a name that belongs to no record.
    pub(crate) fn damaged(&mut self, offset: u64) -> ControlFlow<()> {
        let place = self.open(offset);
        self.problem(place, DAMAGED.field, DAMAGED.reason)
    }

    pub(crate) fn ignored(&mut self, place: Place, rule: &'static str) -> ControlFlow<()> {
        (self.sink)(Item::Ignored { rule, place })
    }
}
