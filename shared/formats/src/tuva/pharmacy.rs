//! Tuva pharmacy_claim.

use super::change::ChangeColumns;
use crate::gather::Layout;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::cells::{self, bytes};
use crate::table::shapes::PERSON;
use crate::table::{Column, Header, Malformed, Row};
use icm_domain::claim::{ClaimKind, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::ids::{ClaimId, MemberId, SourceId};

/// The columns of pharmacy_claim that are read.
pub(crate) struct Pharmacy<'o> {
    options: &'o ReadOptions,
    source: Column,
    claim_id: Column,
    persons: [Column; 2],
    line_number: Column,
    dispenser: Column,
    dispensed: Column,
    ndc: Column,
    quantity: Column,
    days_supply: Column,
    paid_on: Column,
    paid: Column,
    allowed: Column,
    charge: Column,
    change: ChangeColumns,
}

impl<'o> Layout<'o> for Pharmacy<'o> {
    type Head = ClaimVersion;
    type Part = Line;

    fn of(header: &Header, options: &'o ReadOptions) -> Self {
        let person = PERSON.iter().find(|name| header.has(&[name])).copied().unwrap_or("person_id");
        Self {
            options,
            source: header.column("data_source"),
            claim_id: header.column("claim_id"),
            persons: [header.column(person), header.column("member_id")],
            line_number: header.column("claim_line_number"),
            dispenser: header.column("dispensing_provider_npi"),
            dispensed: header.column("dispensing_date"),
            ndc: header.column("ndc_code"),
            quantity: header.column("quantity"),
            days_supply: header.column("days_supply"),
            paid_on: header.column("paid_date"),
            paid: header.column("paid_amount"),
            allowed: header.column("allowed_amount"),
            charge: header.column("charge_amount"),
            change: ChangeColumns::of(header),
        }
    }

    fn key<'a>(&self, row: &Row<'a>) -> [&'a [u8]; 2] {
        [bytes(row, self.source).unwrap_or_default(), bytes(row, self.claim_id).unwrap_or_default()]
    }

    fn member<'a>(&self, row: &Row<'a>) -> &'a [u8] {
        self.persons.iter().find_map(|column| bytes(row, *column)).unwrap_or_default()
    }

    fn line_number(&self, row: &Row<'_>) -> Result<Option<u32>, Malformed> {
        super::line_number(row, self.line_number)
    }

    fn head(&self, row: &Row<'_>) -> Result<ClaimVersion, Malformed> {
        let member =
            self.persons.iter().find(|column| bytes(row, **column).is_some()).copied().unwrap_or_default();
        let member =
            cells::text(row, member, "person_id")?.ok_or(Malformed::new("person_id", Reason::BlankValue))?;
        let source = cells::text(row, self.source, "data_source")?;
        let source = source.map_or_else(|| self.options.source.clone(), SourceId::new);
        let id = cells::text(row, self.claim_id, "claim_id")?.unwrap_or_default();
        // The dates come from the lines, when all are there.
        let unknown = Day::from_count(0);
        let mut claim =
            ClaimVersion::new(source, ClaimId::new(id), ClaimKind::Pharmacy, unknown, (unknown, unknown));
        claim.member_id = Some(MemberId::new(member));
        claim.billing_npi = cells::text(row, self.dispenser, "dispensing_provider_npi")?;
        self.change.apply(row, &mut claim)?;
        Ok(claim)
    }

    fn check(&self, _row: &Row<'_>) -> Result<(), Malformed> {
        Ok(())
    }

    fn paid_on(&self, row: &Row<'_>) -> Result<Option<Day>, Malformed> {
        cells::day(row, self.paid_on, "paid_date")
    }

    fn part(&self, row: &Row<'_>) -> Result<Line, Malformed> {
        let dispensed = cells::day(row, self.dispensed, "dispensing_date")?
            .ok_or(Malformed::new("dispensing_date", Reason::BlankValue))?;
        Ok(Line {
            ndc: cells::code(row, self.ndc, "ndc_code", Code::new)?,
            from: Some(dispensed),
            thru: Some(dispensed),
            units: cells::text(row, self.quantity, "quantity")?,
            days_supply: self.supply(row)?,
            charge: cells::cents(row, self.charge, "charge_amount")?,
            allowed: cells::cents(row, self.allowed, "allowed_amount")?,
            paid: cells::cents(row, self.paid, "paid_amount")?,
            ..Line::default()
        })
    }

    fn claim(
        &self,
        head: ClaimVersion,
        lines: Vec<Line>,
        paid_on: Option<Day>,
    ) -> Result<ClaimVersion, Malformed> {
        let mut claim = head;
        let blank = Malformed::new("dispensing_date", Reason::BlankValue);
        claim.from = lines.iter().filter_map(|line| line.from).min().ok_or(blank)?;
        claim.thru = lines.iter().filter_map(|line| line.thru).max().ok_or(blank)?;
        claim.received = self.options.claim_received(paid_on, claim.thru);
        super::total(&mut claim, lines);
        Ok(claim)
    }
}

impl Pharmacy<'_> {
    /// Whole days; a fraction of a day is dropped.
    fn supply(&self, row: &Row<'_>) -> Result<Option<u16>, Malformed> {
        let Some(text) = cells::text(row, self.days_supply, "days_supply")? else { return Ok(None) };
        let whole = text.split_once('.').map_or(&*text, |(whole, _)| whole);
        whole.parse().map(Some).map_err(|_| Malformed::new("days_supply", Reason::BadNumber))
    }
}
