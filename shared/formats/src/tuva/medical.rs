//! Tuva medical_claim.

use super::change::ChangeColumns;
use super::kept;
use crate::gather::Layout;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::cells::{self, bytes};
use crate::table::shapes::PERSON;
use crate::table::{Column, Header, Malformed, Row};
use icm_domain::claim::{ClaimKind, ClaimVersion, Icd, Line, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::ids::{ClaimId, MemberId, SourceId};

/// Diagnoses and procedures of a Tuva row.
const CODES_MAX: usize = 25;

/// The columns of medical_claim that are read.
pub(crate) struct Medical<'o> {
    options: &'o ReadOptions,
    source: Column,
    claim_id: Column,
    persons: [Column; 2],
    line_number: Column,
    claim_type: Column,
    days: Days,
    admit_source: Column,
    admit_type: Column,
    discharge_status: Column,
    bill_type: Column,
    drg: Column,
    facility: Column,
    billing: Column,
    paid_on: Column,
    icd: Column,
    dx: Vec<Column>,
    px: Vec<Column>,
    line: LineColumns,
    change: ChangeColumns,
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
    paid: Column,
    allowed: Column,
    charge: Column,
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

    fn of(header: &Header, options: &'o ReadOptions) -> Self {
        let person = PERSON.iter().find(|name| header.has(&[name])).copied().unwrap_or("person_id");
        Self {
            options,
            source: header.column("data_source"),
            claim_id: header.column("claim_id"),
            persons: [header.column(person), header.column("member_id")],
            line_number: header.column("claim_line_number"),
            claim_type: header.column("claim_type"),
            days: Days::of(header),
            admit_source: header.column("admit_source_code"),
            admit_type: header.column("admit_type_code"),
            discharge_status: header.column("discharge_disposition_code"),
            bill_type: header.column("bill_type_code"),
            drg: header.any(&["drg_code", "ms_drg_code", "apr_drg_code"]),
            facility: header.column("facility_npi"),
            billing: header.column("billing_npi"),
            paid_on: header.column("paid_date"),
            icd: header.column("diagnosis_code_type"),
            dx: header.series("diagnosis_code_", CODES_MAX),
            px: header.series("procedure_code_", CODES_MAX),
            line: LineColumns::of(header),
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

    fn head(&self, row: &Row<'_>) -> Result<Head, Malformed> {
        let (from, thru) = (self.days.start(row)?, self.days.end(row)?);
        let placeholder = from.or(thru).unwrap_or(Day::from_count(0));
        let source = cells::text(row, self.source, "data_source")?;
        let source = source.map_or_else(|| self.options.source.clone(), SourceId::new);
        let id = cells::text(row, self.claim_id, "claim_id")?.unwrap_or_default();
        let mut claim = ClaimVersion::new(
            source,
            ClaimId::new(id),
            self.kind(row),
            placeholder,
            (placeholder, placeholder),
        );
        claim.member_id = Some(self.member_id(row)?);
        claim.admit = self.days.admission(row)?;
        claim.discharge = self.days.discharge(row)?;
        self.stay(row, &mut claim)?;
        self.codes(row, &mut claim)?;
        self.change.apply(row, &mut claim)?;
        Ok(Head { claim, from, thru })
    }

    fn check(&self, row: &Row<'_>) -> Result<(), Malformed> {
        self.days.start(row)?;
        self.days.end(row)?;
        self.days.admission(row)?;
        self.days.discharge(row)?;
        Ok(())
    }

    fn paid_on(&self, row: &Row<'_>) -> Result<Option<Day>, Malformed> {
        cells::day(row, self.paid_on, "paid_date")
    }

    fn part(&self, row: &Row<'_>) -> Result<Line, Malformed> {
        let columns = &self.line;
        Ok(Line {
            rev: cells::code(row, columns.revenue, "revenue_center_code", Code::revenue)?,
            hcpcs: cells::code(row, columns.hcpcs, "hcpcs_code", Code::new)?,
            modifiers: kept(&columns.modifiers, |column| {
                cells::code(row, column, "hcpcs_modifier", Code::new)
            })?,
            pos: cells::code(row, columns.place, "place_of_service_code", Code::two_digits)?,
            ndc: None,
            from: cells::day(row, columns.start, "claim_line_start_date")?,
            thru: cells::day(row, columns.end, "claim_line_end_date")?,
            units: cells::text(row, columns.units, "service_unit_quantity")?,
            days_supply: None,
            charge: cells::cents(row, columns.charge, "charge_amount")?,
            allowed: cells::cents(row, columns.allowed, "allowed_amount")?,
            paid: cells::cents(row, columns.paid, "paid_amount")?,
        })
    }

    fn claim(&self, head: Head, lines: Vec<Line>, paid_on: Option<Day>) -> Result<ClaimVersion, Malformed> {
        let Head { mut claim, from, thru } = head;
        let first = lines.iter().filter_map(|line| line.from).min();
        let last = lines.iter().filter_map(|line| line.thru.or(line.from)).max();
        claim.from =
            from.or(claim.admit).or(first).ok_or(Malformed::new("claim_start_date", Reason::BlankValue))?;
        claim.thru = thru.or(claim.discharge).or(last).unwrap_or(claim.from);
        if claim.thru < claim.from {
            return Err(Malformed::new("claim_end_date", Reason::BadValue));
        }
        claim.received = self.options.claim_received(paid_on, claim.thru);
        super::total(&mut claim, lines);
        Ok(claim)
    }
}

impl Medical<'_> {
    fn member_id(&self, row: &Row<'_>) -> Result<MemberId, Malformed> {
        let column =
            self.persons.iter().find(|column| bytes(row, **column).is_some()).copied().unwrap_or_default();
        let id =
            cells::text(row, column, "person_id")?.ok_or(Malformed::new("person_id", Reason::BlankValue))?;
        Ok(MemberId::new(id))
    }

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
        claim.facility = cells::text(row, self.facility, "facility_npi")?;
        claim.billing_npi = cells::text(row, self.billing, "billing_npi")?;
        claim.discharge_status =
            cells::code(row, self.discharge_status, "discharge_disposition_code", Code::two_digits)?;
        claim.admit_type = cells::code(row, self.admit_type, "admit_type_code", Code::new)?;
        claim.admit_source = cells::code(row, self.admit_source, "admit_source_code", Code::new)?;
        claim.drg = cells::code(row, self.drg, "drg_code", Code::new)?;
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
            paid: header.column("paid_amount"),
            allowed: header.column("allowed_amount"),
            charge: header.column("charge_amount"),
        }
    }
}
