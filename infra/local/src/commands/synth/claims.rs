//! Medical claims of a population in the formats of payers: X12 837 and FHIR ExplanationOfBenefit.

use super::Format;
use icm_domain::claim::{Action, ClaimKind, ClaimVersion};
use icm_domain::day::Day;
use icm_domain::ids::ClaimId;
use icm_formats::{fhir, x12};
use icm_synth::{Receipt, SyntheticMember};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Claims in one interchange of an 837.
const CLAIMS_AN_INTERCHANGE: usize = 5_000;

/// A file of claims being written beside the tables of a folder.
pub(super) struct Claims {
    format: Format,
    receipt: Receipt,
    written: Day,
    out: BufWriter<File>,
    /// Claims of the interchange that is not written yet.
    pending: Vec<ClaimVersion>,
    interchanges: u32,
    lines: u64,
    /// The table of medical claims of the folder: without a row, because the claims are here.
    table: PathBuf,
}

impl Claims {
    /// Opens the file; none for CSV, whose claims are a table of the folder.
    pub(super) fn create(
        dir: &Path,
        format: Format,
        receipt: Receipt,
        written: Day,
    ) -> io::Result<Option<Self>> {
        let name = match format {
            Format::Csv => return Ok(None),
            Format::X12 => "claims.837",
            Format::Eob => "eob.ndjson",
        };
        let out = BufWriter::new(File::create(dir.join(name))?);
        let table = dir.join("medical_claim.csv");
        Ok(Some(Self {
            format,
            receipt,
            written,
            out,
            pending: Vec::new(),
            interchanges: 0,
            lines: 0,
            table,
        }))
    }

    /// Whether a claim is written here rather than into a table: an 837 holds no drug claims.
    fn takes(&self, claim: &ClaimVersion) -> bool {
        self.format == Format::Eob || claim.kind != ClaimKind::Pharmacy
    }

    /// Takes the claims that are written here out of the member, and writes those that belong to this drop.
    pub(super) fn take(&mut self, member: &mut SyntheticMember) -> io::Result<()> {
        let (here, elsewhere) =
            std::mem::take(&mut member.claims).into_iter().partition::<Vec<_>, _>(|claim| self.takes(claim));
        member.claims = elsewhere;
        let first: HashMap<ClaimId, ClaimId> = here
            .iter()
            .filter(|claim| claim.action != Action::Original)
            .filter_map(|claim| Some((claim.claim_id.clone(), claim.replaces.clone()?)))
            .collect();
        for mut claim in here.into_iter().filter(|claim| self.receipt.holds(Some(claim.received))) {
            self.lines += claim.lines.len() as u64;
            if self.format == Format::X12 {
                claim.claim_id = account(&first, claim.claim_id);
            }
            self.pending.push(claim);
        }
        if self.pending.len() >= CLAIMS_AN_INTERCHANGE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let claims = std::mem::take(&mut self.pending);
        match self.format {
            Format::Csv => Ok(()),
            Format::Eob => fhir::write(&claims, &mut self.out),
            Format::X12 => {
                self.interchanges += 1;
                let interchange = x12::Interchange { control: self.interchanges, written: self.written };
                x12::write(&claims, interchange, &mut self.out)
            }
        }
    }

    /// Brings the file to its end; the lines written. Call it when the folder is finished.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.flush()?;
        self.out.flush()?;
        fs::remove_file(&self.table)?;
        Ok(self.lines)
    }
}

/// The provider's account number of a bill: that of the first bill, which every replacement and void of it repeats. The
/// payer's own number of a bill is no part of an 837.
fn account(first: &HashMap<ClaimId, ClaimId>, mut number: ClaimId) -> ClaimId {
    for _ in 0..first.len() {
        match first.get(&number) {
            Some(before) => number = before.clone(),
            None => break,
        }
    }
    number
}
