//! CCLF2, 3 and 4 (parts of part A claims) and CCLF5 and 6 (part B claims, a row a line).

use super::{adjudicated, deny, icd, member, span};
use crate::gather::{Keys, Layout};
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::cells::bytes;
use crate::table::{Cells, Header, Malformed, Row};
use icm_domain::claim::{Action, ClaimKind, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::ids::ClaimId;
use icm_domain::money::Cents;
use std::marker::PhantomData;

/// What the layouts of this file share: named columns, and the claim's number and member.
pub(crate) struct Shared<'o> {
    header: Header,
    options: &'o ReadOptions,
}

impl<'o> Shared<'o> {
    fn of(header: &Header, options: &'o ReadOptions) -> Self {
        Self { header: header.clone(), options }
    }

    fn cells<'a>(&'a self, row: &'a Row<'a>) -> Cells<'a> {
        Cells { header: &self.header, row }
    }

    fn check(&self, row: &Row<'_>) -> Result<(), Malformed> {
        span(&self.cells(row)).map(|_| ())
    }

    /// The claim of a row: number, member and dates.
    fn claim(&self, row: &Row<'_>, kind: ClaimKind) -> Result<ClaimVersion, Malformed> {
        let cells = self.cells(row);
        let id = ClaimId::new(cells.required("cur_clm_uniq_id")?);
        let (from, thru) = span(&cells)?;
        let received = self.options.claim_received(None, thru);
        let mut claim = ClaimVersion::new(self.options.source.clone(), id, kind, received, (from, thru));
        claim.member_id = Some(member(&cells)?);
        Ok(claim)
    }

    /// A part of a part A claim: it adds to what the header says, and has no principal diagnosis of its own.
    fn part_a(&self, row: &Row<'_>) -> Result<ClaimVersion, Malformed> {
        let mut claim = self.claim(row, ClaimKind::Institutional)?;
        claim.action = Action::AddLines;
        claim.facility = self.cells(row).text("prvdr_oscar_num")?;
        claim.principal = false;
        Ok(claim)
    }

    fn line(&self, row: &Row<'_>) -> Result<Line, Malformed> {
        let cells = self.cells(row);
        let modifiers =
            ["hcpcs_1_mdfr_cd", "hcpcs_2_mdfr_cd", "hcpcs_3_mdfr_cd", "hcpcs_4_mdfr_cd", "hcpcs_5_mdfr_cd"];
        Ok(Line {
            rev: cells.code("clm_line_prod_rev_ctr_cd", Code::revenue)?,
            hcpcs: cells.code("clm_line_hcpcs_cd", Code::new)?,
            modifiers: codes(&cells, &modifiers)?,
            pos: cells.code("clm_pos_cd", Code::two_digits)?,
            from: cells.day("clm_line_from_dt")?,
            thru: cells.day("clm_line_thru_dt")?,
            units: cells.decimal("clm_line_srvc_unit_qty")?,
            allowed: cells.cents("clm_line_alowd_chrg_amt")?,
            paid: cells.cents("clm_line_cvrd_pd_amt")?,
            ..Line::default()
        })
    }
}

fn codes(cells: &Cells<'_>, names: &[&'static str]) -> Result<Vec<Code>, Malformed> {
    let mut codes = Vec::new();
    for name in names {
        codes.extend(cells.code(name, Code::new)?);
    }
    Ok(codes)
}

impl Keys for Shared<'_> {
    fn key<'a>(&self, row: &Row<'a>) -> [&'a [u8]; 2] {
        [&[], bytes(row, self.header.column("cur_clm_uniq_id")).unwrap_or_default()]
    }

    fn member<'a>(&self, row: &Row<'a>) -> &'a [u8] {
        let columns = [self.header.column("bene_mbi_id"), self.header.column("bene_hic_num")];
        columns.into_iter().find_map(|column| bytes(row, column)).unwrap_or_default()
    }

    /// Procedures and diagnoses have no line numbers.
    fn line_number(&self, row: &Row<'_>) -> Result<Option<u32>, Malformed> {
        self.cells(row).count("clm_line_num")
    }
}

/// What one kind of part A rows adds to its claim.
pub(super) trait Added {
    /// What a row adds.
    type Part: PartialEq;
    /// What a row says about the claim.
    fn head(shared: &Shared<'_>, row: &Row<'_>) -> Result<ClaimVersion, Malformed> {
        shared.part_a(row)
    }
    /// Reads what the row adds.
    fn part(shared: &Shared<'_>, row: &Row<'_>) -> Result<Self::Part, Malformed>;
    /// The claim with its parts, in order.
    fn join(head: ClaimVersion, parts: Vec<Self::Part>) -> ClaimVersion;
}

/// CCLF2: lines of part A claims.
pub(super) struct Lines;
/// CCLF3: procedures of part A claims.
pub(super) struct Procedures;
/// CCLF4: diagnoses of part A claims.
pub(super) struct Diagnoses;

impl Added for Lines {
    type Part = Line;

    fn part(shared: &Shared<'_>, row: &Row<'_>) -> Result<Line, Malformed> {
        shared.line(row)
    }

    fn join(head: ClaimVersion, parts: Vec<Line>) -> ClaimVersion {
        ClaimVersion { lines: parts, ..head }
    }
}

impl Added for Procedures {
    type Part = Option<Code>;

    fn part(shared: &Shared<'_>, row: &Row<'_>) -> Result<Option<Code>, Malformed> {
        shared.cells(row).code("clm_prcdr_cd", Code::new)
    }

    fn join(head: ClaimVersion, parts: Vec<Option<Code>>) -> ClaimVersion {
        ClaimVersion { px: distinct(parts), ..head }
    }
}

impl Added for Diagnoses {
    type Part = Option<Code>;

    fn head(shared: &Shared<'_>, row: &Row<'_>) -> Result<ClaimVersion, Malformed> {
        let icd = icd(&shared.cells(row))?;
        Ok(ClaimVersion { icd, ..shared.part_a(row)? })
    }

    fn part(shared: &Shared<'_>, row: &Row<'_>) -> Result<Option<Code>, Malformed> {
        shared.cells(row).code("clm_dgns_cd", Code::new)
    }

    fn join(head: ClaimVersion, parts: Vec<Option<Code>>) -> ClaimVersion {
        ClaimVersion { dx: distinct(parts), ..head }
    }
}

/// CCLF2, 3 and 4: parts of part A claims.
pub(super) struct PartA<'o, A> {
    shared: Shared<'o>,
    added: PhantomData<A>,
}

impl<'o, A: Added> Layout<'o> for PartA<'o, A> {
    type Head = ClaimVersion;
    type Part = A::Part;
    type Keys = Shared<'o>;

    fn of(header: &Header, options: &'o ReadOptions) -> Self {
        Self { shared: Shared::of(header, options), added: PhantomData }
    }

    fn keys(&self) -> &Shared<'o> {
        &self.shared
    }

    fn check(&self, row: &Row<'_>) -> Result<(), Malformed> {
        self.shared.check(row)
    }

    fn head(&self, row: &Row<'_>) -> Result<ClaimVersion, Malformed> {
        A::head(&self.shared, row)
    }

    fn part(&self, row: &Row<'_>) -> Result<A::Part, Malformed> {
        A::part(&self.shared, row)
    }

    fn claim(
        &self,
        head: ClaimVersion,
        parts: Vec<A::Part>,
        _: Option<Day>,
    ) -> Result<ClaimVersion, Malformed> {
        Ok(A::join(head, parts))
    }
}

/// Codes in the order of the file, each once (weekly and monthly files overlap).
fn distinct(codes: Vec<Option<Code>>) -> Vec<Code> {
    let mut kept = Vec::new();
    for code in codes.into_iter().flatten() {
        if !kept.contains(&code) {
            kept.push(code);
        }
    }
    kept
}

/// CCLF5 and CCLF6: part B claims.
pub(super) struct PartB<'o>(Shared<'o>);

/// Processing indicators of lines that were allowed (CLAIM_FORMATS §4.5).
const PROCESSED: [&str; 4] = ["A", "O", "R", "S"];

impl<'o> Layout<'o> for PartB<'o> {
    type Head = ClaimVersion;
    /// The line, and whether it was denied.
    type Part = (Line, bool);
    type Keys = Shared<'o>;

    fn of(header: &Header, options: &'o ReadOptions) -> Self {
        Self(Shared::of(header, options))
    }

    fn keys(&self) -> &Shared<'o> {
        &self.0
    }

    fn check(&self, row: &Row<'_>) -> Result<(), Malformed> {
        self.0.check(row)
    }

    fn head(&self, row: &Row<'_>) -> Result<ClaimVersion, Malformed> {
        let cells = self.0.cells(row);
        let mut claim = self.0.claim(row, ClaimKind::Professional)?;
        adjudicated(&cells, &mut claim, self.0.options)?;
        claim.control = cells.text("clm_cntl_num")?.map(ClaimId::new);
        claim.group = claim.control.as_ref().map(|number| ClaimId::new(format!("B/{}", number.as_str())));
        for name in
            ["clm_blg_prvdr_npi_num", "payto_prvdr_npi_num", "rndrg_prvdr_npi_num", "clm_rndrg_prvdr_npi_num"]
        {
            if claim.billing_npi.is_none() {
                claim.billing_npi = cells.text(name)?;
            }
        }
        claim.icd = icd(&cells)?;
        claim.dx = codes(&cells, &DIAGNOSES)?;
        claim.principal = cells.text("clm_dgns_1_cd")?.is_some();
        deny(&mut claim, cells.text("clm_carr_pmt_dnl_cd")?.as_deref() == Some("0"));
        Ok(claim)
    }

    fn part(&self, row: &Row<'_>) -> Result<(Line, bool), Malformed> {
        let indicator = self.0.cells(row).text("clm_prcsg_ind_cd")?;
        let denied = indicator.is_some_and(|indicator| !PROCESSED.contains(&&*indicator));
        Ok((self.0.line(row)?, denied))
    }

    fn claim(
        &self,
        head: ClaimVersion,
        parts: Vec<(Line, bool)>,
        _: Option<Day>,
    ) -> Result<ClaimVersion, Malformed> {
        let mut claim = head;
        let refused = !parts.is_empty() && parts.iter().all(|(_, denied)| *denied);
        deny(&mut claim, refused);
        claim.lines = parts.into_iter().map(|(line, _)| line).collect();
        let sum =
            |amount: fn(&Line) -> Option<Cents>| claim.lines.iter().filter_map(amount).reduce(|a, b| a + b);
        (claim.allowed, claim.paid) = (sum(|line| line.allowed), sum(|line| line.paid));
        if claim.lines.is_empty() {
            return Err(Malformed::new("clm_line_num", Reason::MissingField));
        }
        Ok(claim)
    }
}

const DIAGNOSES: [&str; 12] = [
    "clm_dgns_1_cd",
    "clm_dgns_2_cd",
    "clm_dgns_3_cd",
    "clm_dgns_4_cd",
    "clm_dgns_5_cd",
    "clm_dgns_6_cd",
    "clm_dgns_7_cd",
    "clm_dgns_8_cd",
    "clm_dgns_9_cd",
    "clm_dgns_10_cd",
    "clm_dgns_11_cd",
    "clm_dgns_12_cd",
];
