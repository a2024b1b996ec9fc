//! What a fuzzer runs: one read of arbitrary bytes, with the promises that hold for every input.

mod mutation;
mod seeds;

use icm_domain::ids::SourceId;
use icm_formats::{Item, ReadOptions};
use std::ops::ControlFlow;

pub use mutation::{Random, mutate};
pub use seeds::seeds;

/// The reader under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The X12 reader, without recognition in front.
    X12,
    /// The FHIR reader, without recognition in front.
    Fhir,
    /// Delimited files, through recognition.
    Csv,
    /// Whatever recognition makes of the bytes.
    Any,
}

impl Target {
    /// Every target by its name.
    pub const ALL: [(&'static str, Self); 4] =
        [("x12", Self::X12), ("fhir", Self::Fhir), ("csv", Self::Csv), ("any", Self::Any)];
}

/// Reads the bytes. Panics when a promise is broken: no reader panics, and none yields more items than the bytes can
/// hold records (an endless loop would).
pub fn read(target: Target, bytes: &[u8]) {
    let options = ReadOptions::new(SourceId::from("fuzz"));
    let most = 16 + bytes.len().saturating_mul(4);
    let mut items = 0_usize;
    let mut sink = |item: Item| {
        items += 1;
        assert!(items <= most, "more items than bytes");
        if let Item::Problem(problem) = &item {
            assert!(problem.field.len() < 256, "a field's name, never its value");
        }
        ControlFlow::Continue(())
    };
    let flow = match target {
        Target::X12 => icm_formats::x12::read(&bytes, &options, &mut sink),
        Target::Fhir => icm_formats::fhir::read(&bytes, &options, &mut sink),
        Target::Csv | Target::Any => icm_formats::read(&bytes, &options, &mut sink),
    };
    assert!(flow.is_continue(), "a reader stops only when its sink does");
}
