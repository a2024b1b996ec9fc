//! The columns that medical_claim and pharmacy_claim share.

use super::change::ChangeColumns;
use crate::gather::Keys;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::cells::{self, bytes};
use crate::table::shapes::PERSON;
use crate::table::{Column, Header, Malformed, Row};
use icm_domain::claim::{ClaimKind, ClaimVersion, Line};
use icm_domain::day::Day;
use icm_domain::ids::{ClaimId, MemberId, SourceId};

/// Whose claim it is, what was paid, and what a version changes.
pub(crate) struct SharedColumns<'o> {
    pub(super) options: &'o ReadOptions,
    source: Column,
    claim_id: Column,
    persons: [Column; 2],
    line_number: Column,
    paid_on: Column,
    paid: Column,
    allowed: Column,
    charge: Column,
    change: ChangeColumns,
}

impl<'o> SharedColumns<'o> {
    pub(super) fn of(header: &Header, options: &'o ReadOptions) -> Self {
        let person = PERSON.iter().find(|name| header.has(&[name])).copied().unwrap_or("person_id");
        Self {
            options,
            source: header.column("data_source"),
            claim_id: header.column("claim_id"),
            persons: [header.column(person), header.column("member_id")],
            line_number: header.column("claim_line_number"),
            paid_on: header.column("paid_date"),
            paid: header.column("paid_amount"),
            allowed: header.column("allowed_amount"),
            charge: header.column("charge_amount"),
            change: ChangeColumns::of(header),
        }
    }

    /// The claim of a row, without dates: they come when all lines are there.
    pub(super) fn claim(&self, row: &Row<'_>, kind: ClaimKind) -> Result<ClaimVersion, Malformed> {
        let column = self.persons.iter().find(|column| bytes(row, **column).is_some());
        let member = cells::number(row, column.copied().unwrap_or_default(), "person_id")?;
        let source = cells::text(row, self.source, "data_source")?;
        let source = source.map_or_else(|| self.options.source.clone(), SourceId::new);
        let id = cells::text(row, self.claim_id, "claim_id")?.unwrap_or_default();
        let unknown = Day::from_count(0);
        let mut claim = ClaimVersion::new(source, ClaimId::new(id), kind, unknown, (unknown, unknown));
        claim.member_id = Some(MemberId::new(member.ok_or(Malformed::new("person_id", Reason::BlankValue))?));
        Ok(claim)
    }

    /// Where a row states its frequency.
    pub(super) fn frequency(&self) -> Column {
        self.change.frequency
    }

    /// Takes in what the row's version changes.
    pub(super) fn change(&self, row: &Row<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
        self.change.apply(row, claim)
    }

    /// The line with the row's amounts.
    pub(super) fn with_amounts(&self, row: &Row<'_>, line: Line) -> Result<Line, Malformed> {
        Ok(Line {
            charge: cells::cents(row, self.charge, "charge_amount")?,
            allowed: cells::cents(row, self.allowed, "allowed_amount")?,
            paid: cells::cents(row, self.paid, "paid_amount")?,
            ..line
        })
    }
}

impl Keys for SharedColumns<'_> {
    fn key<'a>(&self, row: &Row<'a>) -> [&'a [u8]; 2] {
        [bytes(row, self.source).unwrap_or_default(), bytes(row, self.claim_id).unwrap_or_default()]
    }

    fn member<'a>(&self, row: &Row<'a>) -> &'a [u8] {
        self.persons.iter().find_map(|column| bytes(row, *column)).unwrap_or_default()
    }

    /// `7`, `07` or `7.0`.
    fn line_number(&self, row: &Row<'_>) -> Result<Option<u32>, Malformed> {
        let Some(cell) = bytes(row, self.line_number) else { return Ok(None) };
        let text = std::str::from_utf8(cell).unwrap_or_default();
        let whole = text
            .split_once('.')
            .filter(|(_, rest)| rest.bytes().all(|b| b == b'0'))
            .map_or(text, |(whole, _)| whole);
        whole.parse().map(Some).map_err(|_| Malformed::new("claim_line_number", Reason::BadNumber))
    }

    fn paid_on(&self, row: &Row<'_>) -> Result<Option<Day>, Malformed> {
        cells::day(row, self.paid_on, "paid_date")
    }
}
