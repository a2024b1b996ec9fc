//! Tuva medical_claim.

use super::columns::SharedColumns;
use super::kept;
use crate::gather::{Layout, REPEATED};
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::cells::{self, bytes};
use crate::table::{Column, Header, Malformed, Row};
use icm_domain::claim::{ClaimKind, ClaimVersion, Icd, Line, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;

/// Diagnoses and procedures of a Tuva row.
const CODES_MAX: usize = 25;

/// The columns of medical_claim that are read.
pub(crate) struct Medical<'o> {
    shared: SharedColumns<'o>,
    claim_type: Column,
    days: Days,
    admit_source: Column,
    admit_type: Column,
    discharge_status: Column,
    bill_type: Column,
    drg: Column,
    facility: Column,
    billing: Column,
    icd: Column,
    dx: Vec<Column>,
    px: Vec<Column>,
    line: LineColumns,
}

struct Days {
    start: Column,
    end: Column,
    admission: Column,
    discharge: Column,
}

struct LineColumns {
    start: Column,
    end: Column,
    revenue: Column,
    hcpcs: Column,
    modifiers: Vec<Column>,
    place: Column,
    units: Column,
}

/// What a row says about its claim.
pub(crate) struct Head {
    claim: ClaimVersion,
    from: Option<Day>,
    thru: Option<Day>,
}

impl<'o> Layout<'o> for Medical<'o> {
    type Head = Head;
    type Part = Line;
    type Keys = SharedColumns<'o>;

    fn of(header: &Header, options: &'o ReadOptions) -> Self {
        Self {
            shared: SharedColumns::of(header, options),
            claim_type: header.column("claim_type"),
            days: Days::of(header),
            admit_source: header.column("admit_source_code"),
            admit_type: header.column("admit_type_code"),
            discharge_status: header.column("discharge_disposition_code"),
            bill_type: header.column("bill_type_code"),
            drg: header.any(&["drg_code", "ms_drg_code", "apr_drg_code"]),
            facility: header.column("facility_npi"),
            billing: header.column("billing_npi"),
            icd: header.column("diagnosis_code_type"),
            dx: header.series("diagnosis_code_", CODES_MAX),
            px: header.series("procedure_code_", CODES_MAX),
            line: LineColumns::of(header),
        }
    }

    fn keys(&self) -> &SharedColumns<'o> {
        &self.shared
    }

    fn head(&self, row: &Row<'_>) -> Result<Head, Malformed> {
        let (from, thru) = (self.days.start(row)?, self.days.end(row)?);
        let mut claim = self.shared.claim(row, self.kind(row))?;
        claim.admit = self.days.admission(row)?;
        claim.discharge = self.days.discharge(row)?;
        self.stay(row, &mut claim)?;
        self.codes(row, &mut claim)?;
        self.shared.change(row, &mut claim)?;
        Ok(Head { claim, from, thru })
    }

    fn check(&self, row: &Row<'_>) -> Result<(), Malformed> {
        self.days.start(row)?;
        self.days.end(row)?;
        self.days.admission(row)?;
        self.days.discharge(row)?;
        Ok(())
    }

    fn repeated<'a>(&self, row: &Row<'a>) -> Option<[&'a [u8]; REPEATED]> {
        let Days { start, admission, discharge, .. } = self.days;
        let columns = [
            self.bill_type,
            self.shared.frequency(),
            self.claim_type,
            self.facility,
            self.discharge_status,
            start,
            admission,
            discharge,
        ];
        Some(columns.map(|column| bytes(row, column).unwrap_or_default()))
    }

    fn part(&self, row: &Row<'_>) -> Result<Line, Malformed> {
        let columns = &self.line;
        let line = Line {
            rev: cells::code(row, columns.revenue, "revenue_center_code", cells::revenue)?,
            hcpcs: cells::code(row, columns.hcpcs, "hcpcs_code", Code::new)?,
            modifiers: kept(&columns.modifiers, |column| {
                cells::code(row, column, "hcpcs_modifier", Code::new)
            })?,
            pos: cells::code(row, columns.place, "place_of_service_code", Code::two_digits)?,
            from: cells::day(row, columns.start, "claim_line_start_date")?,
            thru: cells::day(row, columns.end, "claim_line_end_date")?,
            units: cells::decimal(row, columns.units, "service_unit_quantity")?,
            ..Line::default()
        };
        self.shared.with_amounts(row, line)
    }

    fn claim(&self, head: Head, lines: Vec<Line>, paid_on: Option<Day>) -> Result<ClaimVersion, Malformed> {
        let Head { mut claim, from, thru } = head;
        let first = lines.iter().filter_map(|line| line.from).min();
        let last = lines.iter().filter_map(|line| line.thru.or(line.from)).max();
        claim.from =
            from.or(claim.admit).or(first).ok_or(Malformed::new("claim_start_date", Reason::BlankValue))?;
        claim.thru = thru.or(claim.discharge).or(last).unwrap_or(claim.from);
        if claim.thru < claim.from {
            return Err(Malformed::new("claim_end_date", Reason::EndBeforeStart));
        }
        if let (Some(admit), Some(discharge)) = (claim.admit, claim.discharge)
            && discharge < admit
        {
            return Err(Malformed::new("discharge_date", Reason::EndBeforeStart));
        }
        claim.received = self.shared.options.claim_received(paid_on, claim.thru);
        super::total(&mut claim, lines);
        Ok(claim)
    }
}

impl Medical<'_> {
    /// The kind as stated; `undetermined` and anything unknown is told by what only a facility's bill has.
    fn kind(&self, row: &Row<'_>) -> ClaimKind {
        let stated = bytes(row, self.claim_type).unwrap_or_default();
        let is = |word: &str| stated.eq_ignore_ascii_case(word.as_bytes());
        if is("professional") {
            ClaimKind::Professional
        } else if is("dental") {
            ClaimKind::Dental
        } else if is("institutional")
            || bytes(row, self.bill_type).is_some()
            || bytes(row, self.line.revenue).is_some()
        {
            ClaimKind::Institutional
        } else {
            ClaimKind::Professional
        }
    }

    fn stay(&self, row: &Row<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
        claim.bill_type = cells::code(row, self.bill_type, "bill_type_code", Code::bill_type)?;
        let last = claim.bill_type.filter(|bill| bill.as_str().len() == 3);
        claim.frequency = last.and_then(|bill| Code::new(bill.as_str().get(2..)?));
        claim.action = action_of(claim.frequency, claim.bill_type);
        claim.facility = cells::number(row, self.facility, "facility_npi")?;
        claim.billing_npi = cells::number(row, self.billing, "billing_npi")?;
        claim.discharge_status =
            cells::code(row, self.discharge_status, "discharge_disposition_code", Code::two_digits)?;
        claim.admit_type = cells::code(row, self.admit_type, "admit_type_code", Code::new)?;
        claim.admit_source = cells::code(row, self.admit_source, "admit_source_code", Code::new)?;
        claim.drg = cells::code(row, self.drg, "drg_code", cells::drg)?;
        Ok(())
    }

    /// Diagnoses, first listed first. When the first column is blank but later ones are not, no principal diagnosis
    /// is known (the other columns are secondary ones).
    fn codes(&self, row: &Row<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
        let nine = bytes(row, self.icd)
            .is_some_and(|stated| stated.get(..5).is_some_and(|s| s.eq_ignore_ascii_case(b"icd-9")));
        claim.icd = if nine { Icd::Nine } else { Icd::Ten };
        claim.dx = kept(&self.dx, |column| cells::code(row, column, "diagnosis_code", Code::new))?;
        let first = self.dx.first().and_then(|column| bytes(row, *column));
        claim.principal = claim.dx.is_empty() || first.is_some();
        claim.px = kept(&self.px, |column| cells::code(row, column, "procedure_code", Code::new))?;
        Ok(())
    }
}

impl Days {
    fn of(header: &Header) -> Self {
        Self {
            start: header.column("claim_start_date"),
            end: header.column("claim_end_date"),
            admission: header.column("admission_date"),
            discharge: header.column("discharge_date"),
        }
    }

    fn start(&self, row: &Row<'_>) -> Result<Option<Day>, Malformed> {
        cells::day(row, self.start, "claim_start_date")
    }

    fn end(&self, row: &Row<'_>) -> Result<Option<Day>, Malformed> {
        cells::day(row, self.end, "claim_end_date")
    }

    fn admission(&self, row: &Row<'_>) -> Result<Option<Day>, Malformed> {
        cells::day(row, self.admission, "admission_date")
    }

    fn discharge(&self, row: &Row<'_>) -> Result<Option<Day>, Malformed> {
        cells::day(row, self.discharge, "discharge_date")
    }
}

impl LineColumns {
    fn of(header: &Header) -> Self {
        Self {
            start: header.column("claim_line_start_date"),
            end: header.column("claim_line_end_date"),
            revenue: header.column("revenue_center_code"),
            hcpcs: header.column("hcpcs_code"),
            modifiers: header.series("hcpcs_modifier_", 5),
            place: header.column("place_of_service_code"),
            units: header.column("service_unit_quantity"),
        }
    }
}
