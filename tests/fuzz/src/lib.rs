//! What a fuzzer runs: one read of arbitrary bytes, with the promises that hold for every input.

mod mutation;
mod seeds;

use icm_domain::ids::SourceId;
use icm_formats::{Input, Item, ReadOptions};
use std::ops::ControlFlow;

pub use mutation::{Random, mutate};
pub use seeds::seeds;

/// The reader under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// X12 837: bills.
    Bill,
    /// X12 835: remittances.
    Remit,
    /// X12 834: enrolment.
    Enrolment,
    /// FHIR: ExplanationOfBenefit and attribution lists.
    Fhir,
    /// Tuva's tables and attribution lists.
    Tuva,
    /// Rosters, consents and the other side files.
    Side,
    /// CCLF, fixed width and with a header row; the files of part A as one delivery.
    Cclf,
    /// RIF.
    Rif,
    /// HL7 v2 ADT.
    Adt,
    /// Parquet files of Tuva's tables.
    Parquet,
    /// Compressed files of any kind.
    Gzip,
    /// Whatever recognition makes of the bytes.
    Any,
}

impl Target {
    /// Every target by its name.
    pub const ALL: [(&'static str, Self); 12] = [
        ("bill", Self::Bill),
        ("remit", Self::Remit),
        ("enrolment", Self::Enrolment),
        ("fhir", Self::Fhir),
        ("tuva", Self::Tuva),
        ("side", Self::Side),
        ("cclf", Self::Cclf),
        ("rif", Self::Rif),
        ("adt", Self::Adt),
        ("parquet", Self::Parquet),
        ("gzip", Self::Gzip),
        ("any", Self::Any),
    ];
}

/// Between the files of one delivery in a sample of [`Target::Cclf`].
pub const BETWEEN_FILES: &[u8] = b"\n\x1E\n";

/// Counts what a reader yields. Panics when a promise is broken: none yields more items than the bytes can hold records
/// (an endless loop would), and a problem names its field without its value.
struct Count {
    items: usize,
    most: usize,
}

impl Count {
    fn of(bytes: &[u8]) -> Self {
        // In a column that repeats its values many rows are one byte.
        let each = if bytes.starts_with(b"PAR1") { 64 } else { 4 };
        Self { items: 0, most: 16 + bytes.len().saturating_mul(each) }
    }

    fn take(&mut self, item: &Item) -> ControlFlow<()> {
        self.items += 1;
        assert!(self.items <= self.most, "more items than bytes");
        if let Item::Problem(problem) = item {
            assert!(problem.field.len() < 256, "a field's name, never its value");
        }
        ControlFlow::Continue(())
    }
}

/// Reads the bytes. Panics when a promise is broken.
pub fn read(target: Target, bytes: &[u8]) {
    let options = ReadOptions::new(SourceId::from("fuzz"));
    let mut count = Count::of(bytes);
    let mut sink = |item: Item| count.take(&item);
    let flow = match target {
        // Without recognition in front: damage to the first bytes reaches the reader too.
        Target::Bill | Target::Remit | Target::Enrolment => {
            icm_formats::x12::read(&bytes, &options, &mut sink)
        }
        Target::Fhir => icm_formats::fhir::read(&bytes, &options, &mut sink),
        Target::Cclf => return delivery(bytes, &options),
        // Damage to a compressed file is rarely of interest; the damaged content compressed is.
        Target::Gzip if !bytes.starts_with(&[0x1F, 0x8B]) => {
            icm_formats::read(&seeds::compressed(bytes), &options, &mut sink)
        }
        Target::Tuva
        | Target::Side
        | Target::Rif
        | Target::Adt
        | Target::Parquet
        | Target::Gzip
        | Target::Any => icm_formats::read(&bytes, &options, &mut sink),
    };
    assert!(flow.is_continue(), "a reader stops only when its sink does");
}

/// Reads the files of a sample as one delivery.
fn delivery(bytes: &[u8], options: &ReadOptions) {
    let mut files: Vec<&[u8]> = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(BETWEEN_FILES.len()).position(|window| window == BETWEEN_FILES) {
        files.push(&rest[..at]);
        rest = &rest[at + BETWEEN_FILES.len()..];
    }
    files.push(rest);
    let inputs: Vec<&dyn Input> = files.iter().map(|file| file as &dyn Input).collect();
    let mut count = Count::of(bytes);
    let flow = icm_formats::files::read_all(&inputs, options, &mut |_, item| count.take(&item));
    assert!(flow.is_continue(), "a reader stops only when its sink does");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_samples_and_reads_something_from_them() {
        for (name, target) in Target::ALL {
            let samples = seeds(target, None);
            assert!(!samples.is_empty(), "{name}");
            let mut facts = 0;
            for sample in &samples {
                read(target, sample);
                let files: Vec<Vec<u8>> = if target == Target::Cclf {
                    sample.split(|byte| *byte == 0x1E).map(<[u8]>::to_vec).collect()
                } else {
                    vec![sample.clone()]
                };
                for file in files {
                    let options = ReadOptions::new(SourceId::from("fuzz"));
                    let flow = icm_formats::read(&file, &options, &mut |item| {
                        facts += usize::from(matches!(item, Item::Fact { .. } | Item::Availability { .. }));
                        ControlFlow::Continue(())
                    });
                    assert!(flow.is_continue());
                }
            }
            assert!(facts >= samples.len(), "{name}: {facts} facts of {} samples", samples.len());
        }
    }
}
