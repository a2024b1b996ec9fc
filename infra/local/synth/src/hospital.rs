//! What hospitals bill: emergency visits, acute stays in one bill or several, observation, and what follows.

use crate::biller::{Biller, Charge};
use crate::codes::{admission, bill, dx, pos, rev, service, status, taxonomy};
use crate::random::Random;
use icm_domain::code::Code;
use icm_domain::day::Day;

/// An acute stay to be billed.
#[derive(Clone, Debug)]
pub(crate) struct Stay {
    pub(crate) admit: Day,
    pub(crate) nights: i32,
    pub(crate) dx: Code,
    pub(crate) second: Option<Code>,
    /// Type of admission.
    pub(crate) admission: Code,
    /// Patient discharge status.
    pub(crate) status: Code,
    /// Came through the emergency department of the same hospital.
    pub(crate) through_emergency: bool,
    /// Billed in several interim bills.
    pub(crate) interim: bool,
    /// What the plan pays for, in percent of an ordinary stay.
    pub(crate) percent: i64,
    /// The hospital; none: one of the county.
    pub(crate) hospital: Option<Box<str>>,
    /// Whether a 42 CFR Part 2 program bills it.
    pub(crate) part2: bool,
}

impl Stay {
    /// An unplanned stay through the emergency department.
    pub(crate) const fn unplanned(admit: Day, nights: i32, dx: Code) -> Self {
        Self {
            admit,
            nights,
            dx,
            second: None,
            admission: admission::EMERGENCY,
            status: status::HOME,
            through_emergency: true,
            interim: false,
            percent: 100,
            hospital: None,
            part2: false,
        }
    }

    /// The day of discharge.
    pub(crate) const fn discharge(&self) -> Day {
        self.admit.plus(self.nights)
    }
}

/// The room, and what kind of hospital, by the principal diagnosis.
fn room(dx: Code) -> (Code, Option<Code>) {
    match dx.as_str().as_bytes() {
        [b'F', b'1', ..] => (rev::DETOX_ROOM, None),
        [b'F', ..] => (rev::PSYCHIATRIC_ROOM, Some(taxonomy::PSYCHIATRIC_HOSPITAL)),
        [b'Z', b'3', b'8', ..] => (rev::NURSERY, None),
        [b'I', b'2', ..] | [b'A', ..] => (rev::INTENSIVE_CARE, None),
        _ => (rev::ROOM, None),
    }
}

/// Diagnosis-related group by the principal diagnosis, where the model knows one.
fn drg(principal: Code) -> Option<Code> {
    const GROUPS: [(Code, Code); 12] = [
        (dx::HEART_FAILURE_ACUTE, Code::literal("291")),
        (dx::COPD_ACUTE, Code::literal("190")),
        (dx::PNEUMONIA, Code::literal("194")),
        (dx::SEPSIS, Code::literal("871")),
        (dx::DIABETES_UNCONTROLLED, Code::literal("638")),
        (dx::SCHIZOPHRENIA, Code::literal("885")),
        (dx::ALCOHOL_WITHDRAWAL, Code::literal("897")),
        (dx::KNEE_ARTHRITIS, Code::literal("470")),
        (dx::DELIVERY, Code::literal("807")),
        (dx::NEWBORN, Code::literal("795")),
        (dx::INFARCTION, Code::literal("281")),
        (dx::HIP_FRACTURE, Code::literal("481")),
    ];
    GROUPS.iter().find(|(code, _)| *code == principal).map(|(_, group)| *group)
}

impl Biller<'_> {
    /// Bills a stay (facility, and the physicians who saw the member) and tells the day of discharge.
    pub(crate) fn stay(&mut self, stay: &Stay) -> Day {
        let hospital = stay.hospital.clone().unwrap_or_else(|| self.facility(1, 6));
        let last = stay.discharge();
        if stay.interim && stay.nights >= 9 {
            let third = stay.nights / 3;
            let (first_end, next_end) = (stay.admit.plus(third), stay.admit.plus(2 * third));
            let still = status::STILL_PATIENT;
            self.stay_bill(stay, &hospital, bill::INPATIENT_FIRST, (stay.admit, first_end), still);
            self.stay_bill(stay, &hospital, bill::INPATIENT_NEXT, (first_end.plus(1), next_end), still);
            self.stay_bill(stay, &hospital, bill::INPATIENT_LAST, (next_end.plus(1), last), stay.status);
        } else {
            self.stay_bill(stay, &hospital, bill::INPATIENT, (stay.admit, last), stay.status);
        }
        if stay.dx != dx::NEWBORN {
            self.physicians(stay);
        }
        last
    }

    fn stay_bill(&mut self, stay: &Stay, hospital: &str, bill_type: Code, dates: (Day, Day), left: Code) {
        let (room, taxonomy) = room(stay.dx);
        let nights = i64::from(dates.1.since(dates.0).max(1));
        let share = |cents: i64| cents * stay.percent / 100;
        let charges: [Charge; 5] = [
            (room, None, share(260_000 + 125_000 * nights)),
            (rev::PHARMACY, None, share(30_000 * nights)),
            (rev::LABORATORY, None, share(22_000 * nights)),
            if stay.admission == admission::ELECTIVE {
                (rev::SURGERY, None, share(520_000))
            } else {
                (rev::IMAGING, None, share(60_000))
            },
            (rev::EMERGENCY, Some(self.random.pick(&service::EMERGENCY)), share(95_000)),
        ];
        let used = if stay.through_emergency { 5 } else { 4 };
        let diagnoses = [stay.dx, stay.second.unwrap_or(dx::HYPERTENSION)];
        let claim = self.institutional(
            bill_type,
            dates,
            hospital,
            &diagnoses,
            charges.get(..used).unwrap_or(&charges),
        );
        claim.admit = Some(stay.admit);
        claim.admit_type = Some(stay.admission);
        claim.discharge_status = Some(left);
        claim.drg = drg(stay.dx);
        claim.taxonomy = if stay.part2 { Some(taxonomy::SUD_FACILITY) } else { taxonomy };
        claim.part2 = stay.part2.then_some(true);
    }

    fn physicians(&mut self, stay: &Stay) {
        let part2 = stay.part2.then_some(true);
        let dx = [stay.dx];
        self.professional(stay.admit, pos::INPATIENT, &dx, &[(service::HOSPITAL_FIRST, 20_500)]).part2 =
            part2;
        let rounds = stay.nights.clamp(1, 14) - 1;
        for day in 0..rounds {
            let seen = stay.admit.plus(day + 1);
            self.professional(seen, pos::INPATIENT, &dx, &[(service::HOSPITAL_NEXT, 8_000)]).part2 = part2;
        }
        self.professional(stay.discharge(), pos::INPATIENT, &dx, &[(service::HOSPITAL_LAST, 8_400)]).part2 =
            part2;
    }

    /// Bills an emergency visit that ends at home: the facility, and the physician on the same day (one in
    /// twenty on the day after, one in thirty without a facility bill at all).
    pub(crate) fn emergency(&mut self, day: Day, principal: Code) {
        let level = self.random.pick(&service::EMERGENCY);
        if self.random.below(30) != 0 {
            let hospital = self.facility(1, 6);
            let charges = emergency_charges(&mut self.random, level);
            let claim = self.institutional(bill::OUTPATIENT, (day, day), &hospital, &[principal], &charges);
            claim.discharge_status = Some(status::HOME);
        }
        let seen = if self.random.below(20) == 0 { day.plus(1) } else { day };
        self.professional(seen, pos::EMERGENCY, &[principal], &[(level, 16_000)]);
    }

    /// Bills an observation stay through the emergency department.
    pub(crate) fn observation(&mut self, day: Day, principal: Code) -> Day {
        let hospital = self.facility(1, 6);
        let thru = day.plus(1);
        let charges: [Charge; 4] = [
            (rev::EMERGENCY, Some(Code::literal("99285")), 90_000),
            (rev::OBSERVATION, Some(service::OBSERVATION_HOUR), 165_000),
            (rev::LABORATORY, Some(service::BLOOD_COUNT), 9_000),
            (rev::IMAGING, Some(service::CHEST_FILM), 21_000),
        ];
        let claim = self.institutional(bill::OUTPATIENT, (day, thru), &hospital, &[principal], &charges);
        claim.discharge_status = Some(status::HOME);
        thru
    }

    /// Bills a skilled nursing stay that follows a discharge.
    pub(crate) fn skilled_nursing(&mut self, from: Day, nights: i32, principal: Code) -> Day {
        let facility = self.facility(2, 9);
        let thru = from.plus(nights);
        let cents = 48_000 * i64::from(nights.max(1));
        let charges = [(rev::ROOM, None, cents), (rev::PHARMACY, None, cents / 12)];
        let claim =
            self.institutional(bill::SKILLED_NURSING, (from, thru), &facility, &[principal], &charges);
        claim.admit = Some(from);
        claim.discharge_status = Some(status::HOME);
        thru
    }

    /// Bills home-health visits, two a week, in one bill of at most thirty days.
    pub(crate) fn home_health(&mut self, from: Day, weeks: i32, principal: Code) {
        let facility = self.facility(2, 9);
        let visits = (weeks * 2).clamp(1, 8);
        let charges = vec![
            (rev::SKILLED_VISIT, Some(crate::codes::program::HOME_NURSE), 15_500);
            visits.unsigned_abs() as usize
        ];
        let thru = from.plus((visits - 1) * 3);
        let claim = self.institutional(bill::HOME_HEALTH, (from, thru), &facility, &[principal], &charges);
        for (visit, line) in (0..).zip(&mut claim.lines) {
            line.from = Some(from.plus(visit * 3));
            line.thru = line.from;
        }
    }

    /// Bills hospice care from `from` to `thru`, one bill a month.
    pub(crate) fn hospice(&mut self, from: Day, thru: Day, principal: Code) {
        let facility = self.facility(2, 9);
        let mut start = from;
        while start <= thru {
            let end = start.month().last_day().min(thru);
            let cents = 21_000 * i64::from(end.since(start) + 1);
            let charges = [(rev::HOSPICE_ROUTINE, Some(service::HOSPICE_DAY), cents)];
            self.institutional(bill::HOSPICE, (start, end), &facility, &[principal], &charges);
            start = end.plus(1);
        }
    }
}

fn emergency_charges(random: &mut Random, level: Code) -> Vec<Charge> {
    let mut charges = vec![(rev::EMERGENCY, Some(level), 62_000), (rev::PHARMACY, None, 4_500)];
    if random.per_mille(600) {
        charges.push((rev::LABORATORY, Some(service::BLOOD_COUNT), 6_500));
    }
    if random.per_mille(400) {
        charges.push((rev::IMAGING, Some(service::CHEST_FILM), 19_000));
    }
    charges
}
