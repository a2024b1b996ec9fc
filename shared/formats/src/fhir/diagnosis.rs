//! Diagnoses and procedures of an EOB.

use super::resource::{Concept, Diagnosis, Procedure, contains_ignoring_case};
use icm_domain::claim::{ClaimVersion, Icd};
use icm_domain::code::Code;
use std::cmp::Reverse;

/// Writes the diagnoses into the version, principal first, then by sequence. Diagnoses that are nothing but the
/// admitting one or the reason for the visit are left out.
pub(super) fn diagnoses(list: &[Diagnosis<'_>], version: &mut ClaimVersion) {
    let mut found: Vec<_> = list
        .iter()
        .filter_map(|diagnosis| {
            let concept = diagnosis.diagnosis_codeable_concept.0.as_ref()?;
            let code = Code::new(concept.code_of(&["icd"]).or_else(|| concept.first())?)?;
            let types = &diagnosis.r#type.0;
            let only_admitting = !types.is_empty()
                && types.iter().all(|kind| kind.has(&["admitting", "patientreasonforvisit"]));
            let principal = types.iter().any(|kind| kind.has(&["principal"]));
            (!only_admitting)
                .then(|| (Reverse(principal), sequence(&diagnosis.sequence), code, is_ninth(concept)))
        })
        .collect();
    found.sort_by_key(|(principal, sequence, _, _)| (*principal, *sequence));
    version.principal = found.first().is_some_and(|(principal, _, _, _)| principal.0);
    let ninth = found.first().is_some_and(|(_, _, _, ninth)| *ninth);
    version.icd = if ninth { Icd::Nine } else { Icd::Ten };
    version.dx = found.into_iter().map(|(_, _, code, _)| code).collect();
}

/// Procedures of ICD, principal first. HCPCS codes are what the lines say.
pub(super) fn procedures(list: &[Procedure<'_>]) -> Vec<Code> {
    let mut found: Vec<_> = list
        .iter()
        .filter_map(|procedure| {
            let concept = procedure.procedure_codeable_concept.0.as_ref()?;
            let principal = procedure.r#type.0.iter().any(|kind| kind.has(&["principal"]));
            let code = Code::new(concept.code_of(&["icd"])?)?;
            Some((Reverse(principal), sequence(&procedure.sequence), code))
        })
        .collect();
    found.sort_by_key(|(principal, sequence, _)| (*principal, *sequence));
    found.into_iter().map(|(_, _, code)| code).collect()
}

fn sequence(number: &super::lenient::Number) -> u32 {
    number.text().and_then(|text| text.parse().ok()).unwrap_or(u32::MAX)
}

fn is_ninth(concept: &Concept<'_>) -> bool {
    concept.coding.0.iter().any(|coding| {
        coding.system.get().is_some_and(|system| {
            contains_ignoring_case(system, "icd-9") || contains_ignoring_case(system, "icd9")
        })
    })
}
