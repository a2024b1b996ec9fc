//! What the evidence of one model says; whole decisions are in `tests/data/cases`.

use super::{Absence, Finding, joint_start};
use crate::day::Day;
use crate::decision::Absent;
use crate::facts::Model;

fn claims(start: i32, last: i32, active: bool) -> Finding {
    let day = |count| Some(Day::from_count(count));
    Finding { start: day(start), last: day(last), active, ..Finding::none(Model::M1A) }
}

#[test]
fn the_start_is_the_earlier_one_unless_more_than_120_days_lie_between() {
    let span = |first, last| Some((Day::from_count(first), Day::from_count(last)));
    let start = |count| Some(Day::from_count(count));
    assert_eq!(joint_start(&claims(0, 100, false), true, span(220, 300), true), start(0));
    assert_eq!(joint_start(&claims(0, 100, false), true, span(221, 300), true), start(221));
    assert_eq!(joint_start(&claims(220, 300, true), false, span(0, 100), true), start(0));
    assert_eq!(joint_start(&claims(221, 300, true), false, span(0, 100), true), start(221));
    assert_eq!(joint_start(&claims(50, 300, true), true, span(0, 300), true), start(0));
    assert_eq!(joint_start(&claims(50, 300, true), true, span(0, 300), false), start(50));
    assert_eq!(joint_start(&claims(50, 300, true), false, None, false), start(50));
}

#[test]
fn of_several_absences_the_first_of_ruling_31_is_reported() {
    let absent = |model, absence| Finding { absence: Some(absence), ..Finding::none(model) };
    let findings = [
        absent(Model::M1A, Absence::NotAvailable),
        absent(Model::M2, Absence::OfferedDeclined),
        absent(Model::M5, Absence::Lapsed),
        absent(Model::M6, Absence::UnreachableBy),
    ];
    let of = |some: &[Finding]| (Absent::of(some).what, Absent::of(some).model);
    assert_eq!(of(&findings), (Absence::Lapsed, Some(Model::M5)));
    assert_eq!(of(&findings[..2]), (Absence::OfferedDeclined, Some(Model::M2)));
    assert_eq!(of(&findings[..1]), (Absence::NotAvailable, Some(Model::M1A)));
    assert_eq!(of(&[]), (Absence::NoEvidence, None));
}
