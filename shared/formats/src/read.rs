//! One door for every file: recognise, read, hand over.

use crate::cclf;
use crate::gather;
use crate::gzip::TrailingBytes;
use crate::input::{Input, first_bytes};
use crate::item::{Item, Place, Problem, Reason};
use crate::options::ReadOptions;
use crate::recognise::{Format, recognise};
use crate::rif::{self, RifFile, claim::RifClaims};
use crate::side;
use crate::table::{Table, TableKind, facts_of_rows};
use crate::tuva::{eligibility, medical::Medical, pharmacy::Pharmacy};
use icm_domain::facts::Fact;
use std::io;
use std::ops::ControlFlow;

/// Takes what a reader yields, in the order of the file. [`ControlFlow::Break`] stops the reader.
pub type Sink<'a> = dyn FnMut(Item) -> ControlFlow<()> + 'a;

/// How many bytes of a file decide its format.
const RECOGNISED_BYTES: u64 = 64 * 1024;

/// Reads one file of any format in constant memory. The format is recognised from the content, never from a name.
/// Whatever cannot be used comes out as [`Item::Problem`]: there is no other error channel.
pub fn read(input: &dyn Input, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
    match format_of(input) {
        Ok(format) => read_as(format, input, options, sink),
        Err(reason) => refuse(sink, reason),
    }
}

/// The format of a file, or why it cannot be read.
pub(crate) fn format_of(input: &dyn Input) -> Result<Format, Reason> {
    first_bytes(input, RECOGNISED_BYTES).map(|head| recognise(&head)).map_err(|error| broken_off(&error))
}

/// Why the content could not be read on: it is cut off (gzip, Parquet), or damaged, or the medium fails.
pub(crate) fn broken_off(error: &io::Error) -> Reason {
    if error.get_ref().and_then(|inner| inner.downcast_ref::<TrailingBytes>()).is_some() {
        Reason::TrailingBytes
    } else if error.kind() == io::ErrorKind::UnexpectedEof {
        Reason::Truncated
    } else {
        Reason::Unreadable
    }
}

/// Reads a file whose format is known.
pub(crate) fn read_as(
    format: Format,
    input: &dyn Input,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    match format {
        Format::Empty => refuse(sink, Reason::EmptyFile),
        Format::Unknown => refuse(sink, Reason::UnknownFormat),
        Format::Utf16 => refuse(sink, Reason::Utf16),
        Format::X12 => crate::x12::read(input, options, sink),
        Format::Fhir => crate::fhir::read(input, options, sink),
        Format::Hl7 => crate::hl7::read(input, options, sink),
        Format::Table(table) => read_table(input, table, options, sink),
    }
}

fn read_table(
    input: &dyn Input,
    table: Table,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    match table.kind {
        TableKind::MedicalClaim => gather::read::<Medical<'_>>(input, table, options, sink),
        TableKind::PharmacyClaim => gather::read::<Pharmacy<'_>>(input, table, options, sink),
        TableKind::Cclf(file) => cclf::read(input, table, file, options, sink),
        TableKind::Rif(RifFile::Claim) => gather::read::<RifClaims<'_>>(input, table, options, sink),
        TableKind::Rif(RifFile::PartD) => facts_of_rows(input, table, sink, |cells| {
            let claim = rif::event::claim(cells, options)?;
            let member = claim.member_id.clone();
            Ok(member.map(|member| (member, Fact::Claim(Box::new(claim)))).into_iter().collect())
        }),
        TableKind::Rif(RifFile::Beneficiary) => {
            facts_of_rows(input, table, sink, |cells| rif::beneficiary::facts(cells, options))
        }
        TableKind::Eligibility => eligibility::read(input, table, options, sink),
        TableKind::Attribution
        | TableKind::Roster
        | TableKind::Member
        | TableKind::Consent
        | TableKind::Preference
        | TableKind::Availability
        | TableKind::Closure
        | TableKind::Referral
        | TableKind::Override => side::read(input, table, options, sink),
    }
}

/// Refuses the file as a whole.
pub(crate) fn refuse(sink: &mut Sink<'_>, reason: Reason) -> ControlFlow<()> {
    sink(Item::Problem(Problem { place: Place::default(), field: String::new(), reason }))
}
