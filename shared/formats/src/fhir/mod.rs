//! FHIR R4 ExplanationOfBenefit (CARIN Blue Button, BCDA, AB2D, BFD), STU3 field names beside: NDJSON, bundles,
//! arrays and single resources.
//!
//! NDJSON is read line by line: a broken line is one problem. A document (bundle, array, single resource) that ends in
//! the middle is refused whole: a first pass over its brackets finds out in constant memory. Groups are attribution
//! lists; other resource types, preauthorizations, predeterminations and drafts are ignored by rule; contained
//! resources are no claims.

mod amounts;
mod buffer;
mod claim;
mod dates;
mod diagnosis;
mod document;
mod group;
mod lenient;
mod line;
mod lines;
mod names;
mod party;
mod resource;
mod standing;
mod support;
mod write;

use crate::input::{Input, content};
use crate::item::{Item, Place, Problem, Reason};
use crate::options::ReadOptions;
use crate::read::{Sink, refuse};
use claim::Outcome;
use document::Documents;
use group::{Attribution, attributions};
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use lines::Lines;
use names::Names;
use resource::{Entry, Resource};
use std::ops::ControlFlow;
pub use write::write;

/// Reads a FHIR file: NDJSON, a bundle, an array or a single resource.
pub fn read(input: &dyn Input, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let (Ok(first), Ok(second)) = (content(input), content(input)) else {
        return refuse(sink, Reason::Unreadable);
    };
    let mut out = Out { options, sink, names: Names::default(), record: 0 };
    if lines::is_ndjson(first) {
        return read_lines(Lines::new(second), &mut out);
    }
    let Ok(again) = content(input) else {
        return refuse(out.sink, Reason::Unreadable);
    };
    let mut check = Documents::new(again);
    loop {
        match check.next() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(reason) => return refuse(out.sink, reason),
        }
    }
    read_documents(Documents::new(second), &mut out)
}

fn read_lines<R: std::io::Read>(mut lines: Lines<R>, out: &mut Out<'_, '_>) -> ControlFlow<()> {
    loop {
        match lines.next() {
            Ok(Some(Ok((bytes, offset)))) => out.record(bytes, offset, false)?,
            Ok(Some(Err(reason))) => out.problem(None, "", reason)?,
            Ok(None) => return ControlFlow::Continue(()),
            Err(reason) => return out.problem(None, "", reason),
        }
    }
}

fn read_documents<R: std::io::Read>(mut documents: Documents<R>, out: &mut Out<'_, '_>) -> ControlFlow<()> {
    loop {
        match documents.next() {
            Ok(Some(record)) => out.record(record.bytes, record.offset, record.is_entry)?,
            Ok(None) => return ControlFlow::Continue(()),
            Err(reason) => return out.problem(None, "", reason),
        }
    }
}

/// The sink with the count of resources.
struct Out<'a, 's> {
    options: &'a ReadOptions,
    sink: &'a mut Sink<'s>,
    names: Names,
    record: u64,
}

impl Out<'_, '_> {
    fn problem(&mut self, offset: Option<u64>, field: &str, reason: Reason) -> ControlFlow<()> {
        self.record += 1;
        let place = Place { record: self.record, offset };
        (self.sink)(Item::Problem(Problem { place, field: field.to_owned(), reason }))
    }

    /// Reads the JSON of one record. Bytes that are no UTF-8 are taken for Latin-1.
    fn record(&mut self, bytes: &[u8], offset: u64, is_entry: bool) -> ControlFlow<()> {
        if std::str::from_utf8(bytes).is_ok() {
            return self.json(bytes, offset, is_entry);
        }
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        self.json(text.as_bytes(), offset, is_entry)
    }

    fn json(&mut self, bytes: &[u8], offset: u64, is_entry: bool) -> ControlFlow<()> {
        if is_entry {
            return match serde_json::from_slice::<Entry<'_>>(bytes) {
                Ok(entry) => self.entry(&entry, offset),
                Err(_) => self.problem(Some(offset), "", Reason::BadStructure),
            };
        }
        match serde_json::from_slice::<Resource<'_>>(bytes) {
            Ok(resource) => self.resource(&resource, offset),
            Err(_) => self.problem(Some(offset), "", Reason::BadStructure),
        }
    }

    fn entry(&mut self, entry: &Entry<'_>, offset: u64) -> ControlFlow<()> {
        if let Some(resource) = &entry.resource.0 {
            return self.resource(resource, offset);
        }
        self.ignored("fhir_entry_without_resource", offset)
    }

    fn resource(&mut self, resource: &Resource<'_>, offset: u64) -> ControlFlow<()> {
        if resource.resource_type.is(&["Bundle"]) {
            return resource.entry.0.iter().try_for_each(|entry| self.entry(entry, offset));
        }
        if resource.resource_type.is(&["Group"]) && !resource.member.0.is_empty() {
            let options = self.options;
            return attributions(resource, options).try_for_each(|attribution| match attribution {
                Attribution::Profile(member, profile) => {
                    self.fact(Some(member), Fact::Profile(profile), offset)
                }
                Attribution::Ignored(rule) => self.ignored(rule, offset),
                Attribution::Problem(field, reason) => self.problem(Some(offset), field, reason),
            });
        }
        match claim::claim(resource, self.options) {
            Outcome::Claim(mut version) => {
                self.names.follow(resource, &mut version);
                self.fact(version.member_id.clone(), Fact::Claim(version), offset)
            }
            Outcome::Ignored(rule) => self.ignored(rule, offset),
            Outcome::Problem(field, reason) => self.problem(Some(offset), field, reason),
        }
    }

    fn fact(&mut self, member: Option<MemberId>, fact: Fact, offset: u64) -> ControlFlow<()> {
        self.record += 1;
        let place = Place { record: self.record, offset: Some(offset) };
        (self.sink)(Item::Fact { member, fact, place })
    }

    fn ignored(&mut self, rule: &'static str, offset: u64) -> ControlFlow<()> {
        self.record += 1;
        let place = Place { record: self.record, offset: Some(offset) };
        (self.sink)(Item::Ignored { rule, place })
    }
}

#[cfg(test)]
mod tests;
