//! What the other programs of the continuum do with a member: services that they bill, rosters that they send.
//! Each comes working, failing (the illness goes on beside it), lapsed and just begun, because start and end
//! are drawn independently of the illness; refusals and the like come by roster (FACTS 3).

use crate::biller::Biller;
use crate::codes::{dx, pos, program};
use crate::illness::{Illnesses, Setting};
use crate::pathway::Span;
use crate::random::Random;
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{Model, RosterRow, RosterStatus};
use icm_domain::ids::RosterProgramId;
use icm_domain::phi::Phi;

/// Draws the programs that bill for this member.
pub(crate) fn billed(biller: &mut Biller<'_>, illnesses: Illnesses, span: Span) {
    let ill = illnesses.count();
    let medical = illnesses.treated_in(Setting::Primary);
    if medical && ill >= 2 && biller.random.per_mille(45) {
        let service = biller.random.weighted(&[(3, program::CHRONIC_CARE), (1, program::ADVANCED_PRIMARY)]);
        let (first, last) = period(&mut biller.random, span);
        monthly(biller, service, dx::HYPERTENSION, (first, last));
    }
    if illnesses.has(dx::DEPRESSION) && biller.random.per_mille(40) {
        let (first, last) = period(&mut biller.random, span);
        collaborative(biller, (first, last));
    }
    if illnesses.treated_in(Setting::Behavioural) {
        behavioural(biller, span);
    }
    if illnesses.treated_in(Setting::SubstanceUse) && biller.random.per_mille(70) {
        let (first, last) = period(&mut biller.random, span);
        every(biller, program::PEER, dx::OPIOID, 7, (first, last), true);
    }
    if ill >= 1 && biller.random.per_mille(6) {
        let (first, last) = period(&mut biller.random, span);
        monthly(biller, program::COMMUNITY_HEALTH, dx::HOUSING, (first, last));
    }
}

fn behavioural(biller: &mut Biller<'_>, span: Span) {
    let (first, last) = period(&mut biller.random, span);
    match biller.random.below(100) {
        0..=9 => every(biller, program::ACT_DAY, dx::SCHIZOPHRENIA, 3, (first, last), false),
        10..=12 => every(biller, program::ACT_QUARTER_HOUR, dx::SCHIZOPHRENIA, 4, (first, last), false),
        13..=24 => every(biller, program::TARGETED_CASE, dx::SCHIZOPHRENIA, 14, (first, last), false),
        25..=31 => every(biller, program::COMMUNITY_SUPPORT, dx::SCHIZOPHRENIA, 7, (first, last), false),
        _ => {}
    }
}

/// When a program begins and, for one in three, ends.
fn period(random: &mut Random, span: Span) -> (Day, Day) {
    let days = span.last.since(span.first);
    let first = span.first.plus(random.between(-90, days)).max(span.first);
    let last =
        if random.per_mille(330) { first.plus(random.between(20, 200)).min(span.last) } else { span.last };
    (first, last)
}

/// A service billed once a month from `first` to `last`.
pub(crate) fn monthly(biller: &mut Biller<'_>, service: Code, reason: Code, (first, last): (Day, Day)) {
    let mut day = first;
    while day <= last {
        let more = (program::CHRONIC_CARE_MORE, 4_700);
        let services = [(service, 6_200), more];
        let used = usize::from(service == program::CHRONIC_CARE && biller.random.per_mille(200)) + 1;
        biller.professional(day, pos::OFFICE, &[reason], services.get(..used).unwrap_or(&services));
        day = day.plus(30);
    }
}

/// Collaborative care: a first month, then the following ones.
pub(crate) fn collaborative(biller: &mut Biller<'_>, (first, last): (Day, Day)) {
    if first <= last {
        biller.professional(first, pos::OFFICE, &[dx::DEPRESSION], &[(program::COLLABORATIVE_FIRST, 15_200)]);
        monthly(biller, program::COLLABORATIVE_NEXT, dx::DEPRESSION, (first.plus(30), last));
    }
}

/// A service billed every `days` days from `first` to `last`.
pub(crate) fn every(
    biller: &mut Biller<'_>,
    service: Code,
    reason: Code,
    days: i32,
    (first, last): (Day, Day),
    part2: bool,
) {
    let mut day = first;
    while day <= last {
        let claim = biller.professional(day, pos::HOME, &[reason], &[(service, 8_800)]);
        claim.part2 = part2.then_some(true);
        day = day.plus(days);
    }
}

/// Transitional care after a discharge.
pub(crate) fn transition(biller: &mut Biller<'_>, discharged: Day, reason: Code) {
    biller.professional(discharged.plus(7), pos::OFFICE, &[reason], &[(program::TRANSITION, 24_000)]);
}

/// A program that sends rosters: its id and the model that it is.
const PROGRAMS: [(u32, (&str, Model)); 7] = [
    (30, ("PRACTICE-NURSES", Model::M1A)),
    (10, ("CLINIC-BH", Model::M1B)),
    (10, ("INTEGRATED-SITE", Model::M1C)),
    (30, ("COORDINATION-TEAM", Model::M5)),
    (15, ("COMMUNITY-TEAM", Model::M6)),
    (3, ("OTHER-ICM", Model::M8)),
    (20, ("WELLNESS-LETTERS", Model::M4)),
];

/// Draws the rosters that name this member: one in thirty of the ill.
pub(crate) fn rosters(random: &mut Random, illnesses: Illnesses, span: Span) -> Vec<RosterRow> {
    if illnesses.count() == 0 || !random.per_mille(35) {
        return Vec::new();
    }
    let (name, model) = random.weighted(&PROGRAMS);
    let status = random.weighted(&[
        (62, RosterStatus::Enrolled),
        (14, RosterStatus::Declined),
        (14, RosterStatus::Unreachable),
        (10, RosterStatus::Ended),
    ]);
    let (start, _) = period(random, span);
    let every = random.pick(&[14, 21, 30, 60]);
    let mut row = roster_row(name, model, status, span.last.plus(-random.between(0, 35)));
    row.start = Some(start);
    if matches!(status, RosterStatus::Enrolled | RosterStatus::Ended) {
        row.contacts = contacts(start, row.as_of, every);
    }
    row.available = !random.per_mille(60);
    if status == RosterStatus::Ended {
        row.end = Some(start.plus(random.between(20, 200)).min(row.as_of));
    }
    vec![row]
}

/// A row without contacts, received two days after the day that it describes.
pub(crate) fn roster_row(name: &str, model: Model, status: RosterStatus, as_of: Day) -> RosterRow {
    RosterRow {
        program: RosterProgramId::from(name),
        model,
        status,
        as_of,
        received: as_of.plus(2),
        start: None,
        end: None,
        contacts: Vec::new(),
        available: true,
        part2: false,
        manager: Some(Phi::new("Care Manager Exampler".into())),
        manager_phone: Some(Phi::new("6155550188".into())),
    }
}

/// Contacts every so many days, the last hundred days' worth at most.
pub(crate) fn contacts(start: Day, last: Day, every: i32) -> Vec<Day> {
    let first = start.max(last.plus(-150));
    // Rounded down: who begins after the last day has had none.
    let count = last.since(first).div_euclid(every.max(1));
    (0..=count.max(-1)).map(|at| first.plus(at * every)).collect()
}
