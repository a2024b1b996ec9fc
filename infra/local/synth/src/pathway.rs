//! The courses that belong to somebody else than intensive care management (FACTS 2.4): pregnancy, dialysis,
//! cancer treatment, injury, long-term care, hospice, and death.

use crate::biller::Biller;
use crate::codes::{admission, bill, dx, pos, rev, service, status};
use crate::hospital::Stay;
use crate::person::Person;
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{LineOfBusiness, Sex};

/// The days that the history covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) first: Day,
    pub(crate) last: Day,
}

impl Span {
    const fn days(self) -> i32 {
        self.last.since(self.first) + 1
    }
}

/// Draws the pathways of a member and bills them; tells the day of death, if the member dies.
pub(crate) fn draw(biller: &mut Biller<'_>, person: &Person, age: i32, span: Span) -> Option<Day> {
    if age < 1 && person.birth >= span.first {
        newborn(biller, person.birth);
    }
    if person.sex == Sex::Female && (18..42).contains(&age) {
        maybe_pregnant(biller, person.lob, span);
    }
    if age >= 18 {
        serious(biller, person.lob, age, span);
    }
    maybe_dies(biller, age, span)
}

fn newborn(biller: &mut Biller<'_>, birth: Day) {
    let mut stay = Stay::unplanned(birth, 2, dx::NEWBORN);
    stay.admission = admission::NEWBORN;
    stay.through_emergency = false;
    stay.percent = if biller.random.per_mille(80) { 900 } else { 25 };
    biller.stay(&stay);
}

/// Deliveries: 70 a year in 1,000 Medicaid women of that age, 35 in commercial ones.
fn maybe_pregnant(biller: &mut Biller<'_>, lob: LineOfBusiness, span: Span) {
    let yearly = if lob == LineOfBusiness::Medicaid { 70 } else { 35 };
    let days = span.days() + 200;
    if biller.random.per_mille(yearly * days.unsigned_abs() / 365) {
        let due = span.first.plus(biller.random.between(0, days));
        pregnancy(biller, due, span);
    }
}

/// Visits every four weeks, the delivery, and one visit after it.
pub(crate) fn pregnancy(biller: &mut Biller<'_>, due: Day, span: Span) {
    for week in (4..=30).step_by(4) {
        let visit = due.plus(-7 * week);
        if span.first <= visit && visit <= span.last {
            biller.professional(visit, pos::OFFICE, &[dx::PRENATAL], &[(service::OFFICE_SHORT, 9_500)]);
        }
    }
    if due.plus(2) <= span.last {
        let mut stay = Stay::unplanned(due, 2, dx::DELIVERY);
        stay.second = Some(dx::LIVE_BIRTH);
        stay.through_emergency = false;
        stay.percent = 90;
        biller.stay(&stay);
    }
}

/// Rare and costly courses, by line of business in 10,000 members.
fn serious(biller: &mut Biller<'_>, lob: LineOfBusiness, age: i32, span: Span) {
    let [esrd, cancer, specialty, injury, resident] = match lob {
        LineOfBusiness::Medicaid => [20, 40, 60, 20, if age >= 55 { 70 } else { 5 }],
        LineOfBusiness::MedicareAdvantage => [85, 150, 110, 45, if age >= 75 { 180 } else { 20 }],
        LineOfBusiness::Commercial => [8, 40, 80, 12, 0],
    };
    let mut strikes = |rate: u32| biller.random.below(10_000) < rate;
    let [esrd, cancer, specialty] = [strikes(esrd), strikes(cancer), strikes(specialty)];
    let [injury, resident] = [strikes(injury), strikes(resident)];
    if esrd {
        dialysis(biller, span.first, span.last);
    }
    if cancer {
        let start = span.first.plus(biller.random.between(-60, span.days() - 1));
        chemotherapy(biller, start.max(span.first), start.plus(170).min(span.last));
    }
    if specialty {
        specialty_drug(biller, span);
    }
    if injury {
        let day = span.first.plus(biller.random.between(0, span.days() - 1));
        trauma(biller, day, span.last);
    }
    if resident {
        nursing_facility(biller, span.first, span.last);
    }
}

/// Dialysis three times a week, one bill a month.
pub(crate) fn dialysis(biller: &mut Biller<'_>, first: Day, last: Day) {
    let facility = biller.facility(2, 9);
    let mut from = first;
    while from <= last {
        let thru = from.month().last_day().min(last);
        let weeks = i64::from(thru.since(from) / 7 + 1);
        let charges = [
            (rev::HEMODIALYSIS, Some(service::DIALYSIS), 81_000 * weeks),
            (rev::PHARMACY, None, 9_000 * weeks),
            (rev::LABORATORY, None, 4_000),
        ];
        biller.institutional(bill::DIALYSIS, (from, thru), &facility, &[dx::ESRD], &charges);
        from = thru.plus(1);
    }
}

/// An infusion every three weeks in the hospital's outpatient department.
pub(crate) fn chemotherapy(biller: &mut Biller<'_>, first: Day, last: Day) {
    let hospital = biller.facility(1, 6);
    let mut day = first;
    while day <= last {
        let charges = [
            (rev::CHEMOTHERAPY, Some(service::INFUSION), 68_000),
            (rev::PHARMACY, Some(service::CANCER_DRUG), 640_000),
            (rev::LABORATORY, Some(service::BLOOD_COUNT), 1_200),
        ];
        biller.institutional(
            bill::OUTPATIENT,
            (day, day),
            &hospital,
            &[dx::CHEMOTHERAPY, dx::BREAST_CANCER],
            &charges,
        );
        day = day.plus(21);
    }
}

fn specialty_drug(biller: &mut Biller<'_>, span: Span) {
    let number = 200 + u16::try_from(biller.random.below(20)).unwrap_or_default();
    let cents = 280_000 + 40_000 * i64::from(biller.random.below(14));
    let mut day = span.first.plus(biller.random.between(0, 27));
    while day <= span.last {
        biller.fill(day, crate::biller::Drug { number, cents }, 30);
        day = day.plus(30);
    }
}

/// One injury: a hip fracture, and for one in three a complication within the month.
pub(crate) fn trauma(biller: &mut Biller<'_>, day: Day, last: Day) {
    let mut stay = Stay::unplanned(day, 5, dx::HIP_FRACTURE);
    stay.admission = admission::TRAUMA;
    stay.percent = 190;
    if stay.discharge() <= last {
        let discharged = biller.stay(&stay);
        let back = discharged.plus(6);
        if biller.random.per_mille(330) && back.plus(4) <= last {
            biller.stay(&Stay::unplanned(back, 4, Code::literal("T8451XA")));
        }
    }
}

/// A resident of a nursing facility: the facility's monthly bill and the physician's monthly visit.
pub(crate) fn nursing_facility(biller: &mut Biller<'_>, first: Day, last: Day) {
    let facility = biller.facility(2, 9);
    let mut from = first;
    while from <= last {
        let thru = from.month().last_day().min(last);
        let cents = 19_000 * i64::from(thru.since(from) + 1);
        let bill_type = bill::INTERMEDIATE_CARE;
        let charges = [(rev::ROOM, None, cents)];
        let claim = biller.institutional(bill_type, (from, thru), &facility, &[dx::DEMENTIA], &charges);
        claim.discharge_status = Some(status::STILL_PATIENT);
        let visit = [(service::NURSING_FACILITY, 9_000)];
        biller.professional(from, pos::NURSING_FACILITY, &[dx::DEMENTIA], &visit);
        from = thru.plus(1);
    }
}

/// Deaths by age, in 10,000 members a year; two in five come after hospice.
fn maybe_dies(biller: &mut Biller<'_>, age: i32, span: Span) -> Option<Day> {
    let yearly: u32 = match age {
        ..18 => 3,
        18..45 => 12,
        45..65 => 55,
        65..75 => 150,
        75..85 => 420,
        _ => 1_150,
    };
    if biller.random.below(10_000) >= yearly * span.days().unsigned_abs() / 365 {
        return None;
    }
    let death = span.first.plus(biller.random.between(1, span.days() + 40));
    if biller.random.per_mille(400) {
        let start = death.plus(-biller.random.between(8, 70)).max(span.first);
        let thru = death.min(span.last);
        if start <= thru {
            biller.hospice(start, thru, dx::HEART_FAILURE);
        }
    } else if death <= span.last && biller.random.per_mille(450) {
        let mut stay = Stay::unplanned(death.plus(-6).max(span.first), 0, dx::SEPSIS);
        stay.nights = death.since(stay.admit);
        stay.status = status::DIED;
        stay.percent = 260;
        biller.stay(&stay);
    }
    (death <= span.last).then_some(death)
}
