//! Conditions derived from diagnoses: serious mental illness and the count of chronic conditions (FACTS §2.2,
//! ruling 11). Used where the plan's member record states none.

use super::{Bill, Service};
use crate::code::Code;
use crate::day::{Day, Window};

/// Ruling 11: schizophrenia, schizoaffective, manic and bipolar, severe major depression.
const SMI: [&str; 8] = ["F20", "F25", "F30", "F31", "F322", "F323", "F332", "F333"];

/// Disorders due to alcohol, opioids, cannabis, sedatives, cocaine, stimulants, hallucinogens, inhalants and others.
const SUBSTANCE_USE: [&str; 9] = ["F10", "F11", "F12", "F13", "F14", "F15", "F16", "F18", "F19"];

/// Chronic condition groups, by ICD-10 chapter blocks. Ours, written from the code book: a count of distinct groups
/// stands in for the CMS-HCC or Elixhauser groups that a deployment may load (FACTS §2.2).
const CHRONIC: [(&str, &[&str]); 22] = [
    ("diabetes", &["E08", "E09", "E10", "E11", "E13"]),
    ("heart failure", &["I50", "I110", "I130", "I132", "I0981"]),
    ("hypertension", &["I10", "I11", "I12", "I13", "I15", "I16"]),
    ("ischemic heart disease", &["I20", "I21", "I22", "I24", "I25"]),
    ("arrhythmia", &["I47", "I48", "I49"]),
    ("cerebrovascular disease", &["I60", "I61", "I63", "I69", "G45"]),
    ("peripheral vascular disease", &["I70", "I71", "I73"]),
    ("copd", &["J41", "J42", "J43", "J44", "J47"]),
    ("asthma", &["J45"]),
    ("chronic kidney disease", &["N18", "N19"]),
    ("chronic liver disease", &["K70", "K721", "K729", "K73", "K74"]),
    ("cancer", &["C0", "C1", "C2", "C3", "C40", "C41", "C43", "C45", "C5", "C6", "C7", "C8", "C9"]),
    ("hiv", &["B20", "Z21"]),
    ("dementia", &["F01", "F02", "F03", "G30", "G31"]),
    ("epilepsy", &["G40"]),
    ("neurodegenerative disease", &["G10", "G12", "G20", "G35", "G80"]),
    ("psychosis and bipolar", &["F20", "F25", "F29", "F30", "F31"]),
    ("depression", &["F32", "F33"]),
    ("substance use disorder", &SUBSTANCE_USE),
    ("rheumatoid and connective tissue disease", &["M05", "M06", "M32", "M33", "M34"]),
    ("obesity", &["E66"]),
    ("sickle cell disease", &["D57"]),
];

/// Twenty-four months, in days (FACTS §2.2).
pub(crate) const LOOK_BACK_DAYS: i32 = 730;

/// Whether any of the prefixes begins the code.
fn in_group(code: &Code, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| code.starts_with(prefix))
}

/// One inpatient stay or two outpatient dates with the diagnoses, within the window.
fn evidenced(services: &[Service<'_>], window: Window, prefixes: &[&str]) -> bool {
    let mut dates: Vec<Day> = Vec::new();
    for service in services.iter().filter(|service| window.contains(service.from())) {
        if !service.claim.head.icd10().any(|dx| in_group(dx, prefixes)) {
            continue;
        }
        if service.bill == Bill::AcuteInpatient {
            return true;
        }
        if !dates.contains(&service.from()) {
            dates.push(service.from());
        }
        if dates.len() > 1 {
            return true;
        }
    }
    false
}

/// Serious mental illness: one inpatient or two outpatient dates in 24 months (FACTS §2.2).
pub fn smi(services: &[Service<'_>], as_of: Day) -> bool {
    evidenced(services, Window::ending(as_of, LOOK_BACK_DAYS), &SMI)
}

/// Substance use disorder: one inpatient or two outpatient dates in 24 months (FACTS §2.3; the group of the chronic
/// conditions). Nicotine is none.
pub fn substance_use(services: &[Service<'_>], as_of: Day) -> bool {
    evidenced(services, Window::ending(as_of, LOOK_BACK_DAYS), &SUBSTANCE_USE)
}

/// The chronic condition groups evidenced in 24 months, as bits in the order of [`CHRONIC`]: one inpatient or two
/// outpatient dates each. Every distinct code is looked up once.
fn chronic_bits(services: &[Service<'_>], as_of: Day) -> u32 {
    let window = Window::ending(as_of, LOOK_BACK_DAYS);
    let within = services.iter().filter(|service| window.contains(service.from()));
    let mut coded: Vec<(&Code, Day, bool)> = within
        .flat_map(|service| {
            let inpatient = service.bill == Bill::AcuteInpatient;
            service.claim.head.icd10().map(move |dx| (dx, service.from(), inpatient))
        })
        .collect();
    coded.sort_unstable_by_key(|(dx, _, _)| dx.key());
    let mut first_dates: [Option<Day>; CHRONIC.len()] = [None; CHRONIC.len()];
    let mut evidenced = 0;
    for same in coded.chunk_by(|one, other| one.0 == other.0) {
        let groups = same.first().map_or(0, |(dx, _, _)| groups_of(dx));
        if groups & !evidenced == 0 {
            continue;
        }
        for (_, date, inpatient) in same {
            if *inpatient {
                evidenced |= groups;
            }
            for (first, group) in first_dates.iter_mut().zip(bits()).filter(|(_, group)| groups & group != 0)
            {
                if first.get_or_insert(*date) != date {
                    evidenced |= group;
                }
            }
        }
    }
    evidenced
}

/// One bit a group, in the order of [`CHRONIC`].
fn bits() -> impl Iterator<Item = u32> {
    (0..CHRONIC.len()).map(|at| 1 << at)
}

/// The groups that a diagnosis is of.
fn groups_of(dx: &Code) -> u32 {
    let of = CHRONIC.iter().zip(bits()).filter(|((_, prefixes), _)| in_group(dx, prefixes));
    of.fold(0, |groups, (_, group)| groups | group)
}

/// The names of the chronic condition groups evidenced in 24 months.
pub fn chronic_groups(services: &[Service<'_>], as_of: Day) -> Vec<&'static str> {
    let evidenced = chronic_bits(services, as_of);
    CHRONIC
        .iter()
        .zip(bits())
        .filter(|(_, group)| evidenced & group != 0)
        .map(|((name, _), _)| *name)
        .collect()
}

/// The count of chronic condition groups.
pub fn chronic_count(services: &[Service<'_>], as_of: Day) -> u16 {
    u16::try_from(chronic_bits(services, as_of).count_ones()).unwrap_or(u16::MAX)
}
