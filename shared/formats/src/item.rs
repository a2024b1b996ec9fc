//! What a reader yields.

use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use serde::{Deserialize, Serialize};

/// One thing read from a file.
#[derive(Debug)]
pub enum Item {
    /// A fact. `member` is none for an 835 claim that names no member.
    Fact {
        /// The member that the fact is about.
        member: Option<MemberId>,
        /// The fact.
        fact: Fact,
        /// Where it stood.
        place: Place,
    },
    /// How many places a model of care has in a county: about no member.
    Availability {
        /// The row.
        row: Availability,
        /// Where it stood.
        place: Place,
    },
    /// A record that cannot be used: quarantined with its reason, never dropped.
    Problem(Problem),
    /// A record left out by a named rule (a FHIR Patient in a bundle, a predetermination, a 999).
    Ignored {
        /// The rule's short name.
        rule: &'static str,
        /// Where it stood.
        place: Place,
    },
}

pub use icm_domain::facts::Availability;

/// Where a record stands in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Ordinal of the record, from 1: CSV row (header excluded), claim, resource, message.
    pub record: u64,
    /// Byte offset of its first byte in the decompressed file, where known.
    pub offset: Option<u64>,
}

/// Why a record cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where the record stands.
    pub place: Place,
    /// The field (CSV column, X12 segment and element, JSON path); empty: the whole record or file.
    pub field: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong. Never carries the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The file holds nothing.
    EmptyFile,
    /// The content is of no format that is read.
    UnknownFormat,
    /// The content is UTF-16 text.
    Utf16,
    /// A column or segment that the format requires is not there.
    MissingField,
    /// A required value is blank.
    BlankValue,
    /// Not a date that exists.
    BadDate,
    /// A date that exists, in a year that cannot be meant (before 1900, after 2049).
    ImplausibleDate,
    /// A year or a month where a day is needed.
    PartialDate,
    /// A span whose end lies before its beginning.
    EndBeforeStart,
    /// Not a number.
    BadNumber,
    /// Not one of the values that the field may take.
    BadValue,
    /// Longer than the field may be.
    TooLong,
    /// The record's structure is broken (bad CSV quoting, bad JSON, segment out of place).
    BadStructure,
    /// The record, or the file, ends in the middle. An interchange and a document are rejected whole, because half a
    /// batch looks like a full one.
    Truncated,
    /// The file could not be read or decompressed further.
    Unreadable,
    /// Behind the gzip data stands something else than more of it.
    TrailingBytes,
    /// A transaction of another kind than claims or eligibility came in by this door.
    WrongTransaction,
    /// Lines of one claim name different members.
    MixedMembers,
    /// A published column that decides is not there: the rows are read, its values count as blank.
    AbsentColumn,
}

impl Reason {
    /// Whether it is a note about a file whose records are read all the same: no record of its own.
    pub const fn is_note(self) -> bool {
        matches!(self, Self::AbsentColumn)
    }

    /// The reason in words, for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::EmptyFile => "the file is empty",
            Self::UnknownFormat => "not a format that is read here",
            Self::Utf16 => "text in UTF-16; UTF-8 and Latin-1 are read",
            Self::MissingField => "a required field is missing",
            Self::BlankValue => "a required value is blank",
            Self::BadDate => "not a date that exists",
            Self::ImplausibleDate => "a date before 1900 or after 2049",
            Self::PartialDate => "a year or month alone where a day is needed",
            Self::EndBeforeStart => "the end is before the beginning",
            Self::BadNumber => "not a number",
            Self::BadValue => "not one of the values allowed here",
            Self::TooLong => "longer than allowed",
            Self::BadStructure => "the record's structure is broken",
            Self::Truncated => "the file ends in the middle",
            Self::Unreadable => "could not be read or decompressed",
            Self::TrailingBytes => "other bytes stand behind the end of the gzip data",
            Self::WrongTransaction => "a transaction of another kind",
            Self::MixedMembers => "lines of one claim name different members",
            Self::AbsentColumn => "an expected column is not there; its values count as blank",
        }
    }
}
