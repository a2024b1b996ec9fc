//! Tuva pharmacy_claim.

use super::columns::SharedColumns;
use crate::gather::Layout;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::cells;
use crate::table::{Column, Header, Malformed, Row};
use crate::x12::ndc;
use icm_domain::claim::{ClaimKind, ClaimVersion, Line};
use icm_domain::day::Day;

/// The columns of pharmacy_claim that are read.
pub(crate) struct Pharmacy<'o> {
    shared: SharedColumns<'o>,
    dispenser: Column,
    dispensed: Column,
    ndc: Column,
    quantity: Column,
    days_supply: Column,
}

impl<'o> Layout<'o> for Pharmacy<'o> {
    type Head = ClaimVersion;
    type Part = Line;
    type Keys = SharedColumns<'o>;

    fn of(header: &Header, options: &'o ReadOptions) -> Self {
        Self {
            shared: SharedColumns::of(header, options),
            dispenser: header.column("dispensing_provider_npi"),
            dispensed: header.column("dispensing_date"),
            ndc: header.column("ndc_code"),
            quantity: header.column("quantity"),
            days_supply: header.column("days_supply"),
        }
    }

    fn keys(&self) -> &SharedColumns<'o> {
        &self.shared
    }

    fn head(&self, row: &Row<'_>) -> Result<ClaimVersion, Malformed> {
        let mut claim = self.shared.claim(row, ClaimKind::Pharmacy)?;
        claim.billing_npi = cells::number(row, self.dispenser, "dispensing_provider_npi")?;
        self.shared.change(row, &mut claim)?;
        Ok(claim)
    }

    fn check(&self, _row: &Row<'_>) -> Result<(), Malformed> {
        Ok(())
    }

    fn part(&self, row: &Row<'_>) -> Result<Line, Malformed> {
        let dispensed = cells::day(row, self.dispensed, "dispensing_date")?
            .ok_or(Malformed::new("dispensing_date", Reason::BlankValue))?;
        let line = Line {
            ndc: cells::code(row, self.ndc, "ndc_code", |code| ndc(code.as_bytes()))?,
            from: Some(dispensed),
            thru: Some(dispensed),
            units: cells::decimal(row, self.quantity, "quantity")?,
            days_supply: self.supply(row)?,
            ..Line::default()
        };
        self.shared.with_amounts(row, line)
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
        claim.received = self.shared.options.claim_received(paid_on, claim.thru);
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
