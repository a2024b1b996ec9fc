//! Joins the four files of part A claims by `CUR_CLM_UNIQ_ID`.
//!
//! Lines, procedures and diagnoses are held by claim number, at most [`HELD_MAX`] claims at a time: when there are
//! more, the files are read several times, each time for another part of the numbers.

use super::layout::CclfFile;
use crate::files::SetSink;
use crate::input::Input;
use crate::item::{Item, Place};
use crate::options::ReadOptions;
use crate::read::Sink;
use crate::table::{Table, TableKind};
use icm_domain::claim::ClaimVersion;
use icm_domain::facts::Fact;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::ops::ControlFlow;

/// Claims whose parts are held at a time.
const HELD_MAX: usize = 100_000;

/// One file of part A in a delivery.
pub(crate) struct PartAFile<'i> {
    /// Its index in the delivery.
    pub(crate) index: usize,
    /// The file.
    pub(crate) input: &'i dyn Input,
    /// How it is cut.
    pub(crate) table: Table,
}

impl PartAFile<'_> {
    fn is_header(&self) -> bool {
        self.table.kind == TableKind::Cclf(CclfFile::PartAHeader)
    }

    fn read(&self, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
        let TableKind::Cclf(file) = self.table.kind else { return ControlFlow::Continue(()) };
        super::read(self.input, self.table, file, options, sink)
    }
}

impl CclfFile {
    /// Whether the file holds a part of part A claims.
    pub(crate) const fn is_part_a(self) -> bool {
        matches!(self, Self::PartAHeader | Self::PartALine | Self::PartAProcedure | Self::PartADiagnosis)
    }
}

/// Parts of claims by number, with the file and place where the first one stood.
type Parts = HashMap<Box<str>, (usize, Place, ClaimVersion)>;

/// Reads the files as one. Claims come out with the index and place of their header; parts without a header come out
/// by themselves, as they do from a single file.
pub(crate) fn read(
    files: &[PartAFile<'_>],
    options: &ReadOptions,
    sink: &mut SetSink<'_>,
) -> ControlFlow<()> {
    let (mut share, mut of) = (0, 1);
    while share < of {
        let mut parts = Parts::new();
        collect(files, options, share, &mut of, sink, &mut parts)?;
        emit(files, options, (share, of), &mut parts, sink)?;
        let mut left: Vec<_> = parts.into_values().collect();
        left.sort_by_key(|(index, place, _)| (*index, place.record));
        for (index, place, claim) in left {
            let fact = Fact::Claim(Box::new(claim));
            let Fact::Claim(claim) = &fact else { continue };
            sink(index, Item::Fact { member: claim.member_id.clone(), fact, place })?;
        }
        share += 1;
    }
    ControlFlow::Continue(())
}

fn in_share(number: &str, (share, of): (u64, u64)) -> bool {
    let mut hasher = DefaultHasher::new();
    hasher.write(number.as_bytes());
    hasher.finish() % of == share
}

/// The parts of the claims of this share. In the first share the count of shares may still grow: what is held and
/// belongs to a later share is let go.
fn collect(
    files: &[PartAFile<'_>],
    options: &ReadOptions,
    share: u64,
    of: &mut u64,
    sink: &mut SetSink<'_>,
    parts: &mut Parts,
) -> ControlFlow<()> {
    for part in files.iter().filter(|part| !part.is_header()) {
        part.read(options, &mut |item| {
            let Item::Fact { fact: Fact::Claim(claim), place, .. } = item else {
                // Problems and left-out rows are said once.
                return if share == 0 { sink(part.index, item) } else { ControlFlow::Continue(()) };
            };
            if in_share(claim.claim_id.as_str(), (share, *of)) {
                add(parts, part.index, place, *claim);
            }
            if share == 0 && parts.len() > HELD_MAX {
                *of *= 2;
                parts.retain(|number, _| in_share(number, (share, *of)));
            }
            ControlFlow::Continue(())
        })?;
    }
    ControlFlow::Continue(())
}

fn add(parts: &mut Parts, index: usize, place: Place, part: ClaimVersion) {
    match parts.get_mut(part.claim_id.as_str()) {
        Some((_, _, held)) => held.take_in(&part),
        None => {
            parts.insert(part.claim_id.as_str().into(), (index, place, part));
        }
    }
}

/// Hands over the claims of this share, each header with its parts.
fn emit(
    files: &[PartAFile<'_>],
    options: &ReadOptions,
    share: (u64, u64),
    parts: &mut Parts,
    sink: &mut SetSink<'_>,
) -> ControlFlow<()> {
    let mut used: HashMap<Box<str>, ClaimVersion> = HashMap::new();
    for header in files.iter().filter(|file| file.is_header()) {
        header.read(options, &mut |item| {
            let Item::Fact { member, fact: Fact::Claim(mut claim), place } = item else {
                return if share.0 == 0 { sink(header.index, item) } else { ControlFlow::Continue(()) };
            };
            if !in_share(claim.claim_id.as_str(), share) {
                return ControlFlow::Continue(());
            }
            if let Some((_, _, part)) = parts.remove(claim.claim_id.as_str()) {
                used.insert(claim.claim_id.as_str().into(), part);
            }
            // A header that is sent again in an overlapping file has the same parts again.
            if let Some(part) = used.get(claim.claim_id.as_str()) {
                claim.take_in(part);
            }
            sink(header.index, Item::Fact { member, fact: Fact::Claim(claim), place })
        })?;
    }
    ControlFlow::Continue(())
}
