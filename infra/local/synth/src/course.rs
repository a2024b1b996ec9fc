//! The course of a member's illness through the months: a latent severity that rises in shocks and decays, and the
//! services that it brings. Persistence comes from a lasting frailty, regression to the mean from the decay: both
//! are needed by anyone who evaluates a program on this population (FACTS 2.3 and 9).

use crate::biller::{Biller, Drug};
use crate::codes::{bill, dx, pos, rev, service, status};
use crate::hospital::Stay;
use crate::illness::{Illnesses, Setting};
use crate::person::Person;
use crate::random::Random;
use icm_domain::code::Code;
use icm_domain::day::{Day, Month};
use icm_domain::facts::LineOfBusiness;

/// Admissions of a healthy member of average frailty, in a million member-months.
const ADMISSIONS: [(LineOfBusiness, u32); 3] = [
    (LineOfBusiness::Medicaid, 1_900),
    (LineOfBusiness::MedicareAdvantage, 4_000),
    (LineOfBusiness::Commercial, 780),
];
/// Emergency visits that end at home, likewise.
const EMERGENCIES: [(LineOfBusiness, u32); 3] = [
    (LineOfBusiness::Medicaid, 31_000),
    (LineOfBusiness::MedicareAdvantage, 18_500),
    (LineOfBusiness::Commercial, 12_500),
];
/// Lasting frailty in 256ths with its weight in a hundred; the mean is near 256.
const FRAILTY: [(u32, u32); 6] = [(40, 40), (25, 110), (20, 240), (10, 560), (4, 1_600), (1, 6_500)];
/// What a shock adds to the severity, in 256ths.
const SHOCKS: [(u32, u32); 4] = [(50, 512), (30, 1_500), (15, 3_500), (5, 7_000)];
/// Months in 1,000 that begin with a shock, before the illnesses' weight.
const SHOCK_RATE: u32 = 8;

/// A member's health as the months draw from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Health {
    pub(crate) illnesses: Illnesses,
    pub(crate) age: i32,
    frailty: u32,
    shock: u32,
}

impl Health {
    /// Draws the health that a member begins with.
    pub(crate) fn draw(random: &mut Random, age: i32) -> Self {
        let illnesses = Illnesses::draw(random, age);
        let shock = if random.per_mille(90) { random.weighted(&SHOCKS) / 2 } else { 0 };
        Self { illnesses, age, frailty: random.weighted(&FRAILTY), shock }
    }

    /// The health of a member to whom nothing acute happens by itself.
    pub(crate) const fn quiet(illnesses: Illnesses, age: i32) -> Self {
        Self { illnesses, age, frailty: 0, shock: 0 }
    }

    /// Severity of this month in 256ths of the average member's.
    const fn severity(&self) -> u32 {
        self.frailty * (256 + self.shock) / 256
    }

    /// A month passes: the shock fades by a twelfth, and a new one may come.
    fn age_a_month(&mut self, random: &mut Random) {
        self.shock = self.shock * 11 / 12;
        if random.per_mille(SHOCK_RATE * self.illnesses.admission_percent().min(400) / 100) {
            self.shock += random.weighted(&SHOCKS);
        }
    }
}

fn rate_of(table: &[(LineOfBusiness, u32); 3], lob: LineOfBusiness) -> u32 {
    table.iter().find(|(of, _)| *of == lob).map_or(0, |(_, rate)| *rate)
}

/// Lives through the months from `first` to the month of `last`.
pub(crate) fn live(
    biller: &mut Biller<'_>,
    health: &mut Health,
    person: &Person,
    (first, last): (Month, Day),
) {
    let months = last.month().since(first);
    for at in 0..=months {
        let month = first.plus(at);
        routine(biller, health, month, last);
        acute(biller, health, person.lob, month, last);
        health.age_a_month(&mut biller.random);
    }
}

/// A day of the month, or none when it lies after `last`.
fn day_in(random: &mut Random, month: Month, last: Day) -> Option<Day> {
    let day = month.first_day().plus(random.between(0, 27));
    (day <= last).then_some(day)
}

/// The services that everybody uses: visits, tests, drugs.
pub(crate) fn routine(biller: &mut Biller<'_>, health: &Health, month: Month, last: Day) {
    let ill = health.illnesses.count();
    for _ in 0..biller.random.count(150_000 + 85_000 * ill) {
        if let Some(day) = day_in(&mut biller.random, month, last) {
            office_visit(biller, health, day);
        }
    }
    for illness in health.illnesses.iter() {
        match illness.setting {
            Setting::Primary => {}
            Setting::Behavioural => behavioural_visit(biller, illness.dx, month, last),
            Setting::SubstanceUse => substance_visit(biller, illness.dx, month, last),
        }
        for drug in illness.drugs {
            refill(biller, *drug, month, last);
        }
    }
    if biller.random.per_mille(260)
        && let Some(day) = day_in(&mut biller.random, month, last)
    {
        let number = 100 + u16::try_from(biller.random.below(60)).unwrap_or_default();
        biller.fill(day, Drug { number, cents: 1_400 }, 10);
    }
}

fn office_visit(biller: &mut Biller<'_>, health: &Health, day: Day) {
    let reason = {
        let skip = biller.random.below(health.illnesses.count().max(1)) as usize;
        health.illnesses.iter().nth(skip).map_or(dx::CHECKUP, |illness| illness.dx)
    };
    let place = if biller.random.per_mille(120) { pos::TELEHEALTH } else { pos::OFFICE };
    let visit =
        if reason == dx::CHECKUP { (service::ANNUAL, 17_000) } else { (service::OFFICE_LONG, 13_000) };
    let visit = if biller.random.per_mille(450) { (service::OFFICE_SHORT, 9_200) } else { visit };
    let services = [visit, (service::VACCINE, 2_600), (service::VACCINE_GIVEN, 1_900)];
    let used = if biller.random.per_mille(150) { 3 } else { 1 };
    biller.professional(day, place, &[reason], services.get(..used).unwrap_or(&services));
    if biller.random.per_mille(450) {
        let tests = [
            (service::METABOLIC, 1_500),
            (service::BLOOD_COUNT, 1_100),
            (service::LIPIDS, 1_900),
            (service::THYROID, 2_200),
            (service::URINE, 500),
        ];
        let used = biller.random.below(4) as usize + 2;
        biller.laboratory(day, reason, tests.get(..used).unwrap_or(&tests));
    } else if reason == dx::DIABETES {
        biller.laboratory(day, reason, &[(service::A1C, 1_300)]);
    }
}

fn behavioural_visit(biller: &mut Biller<'_>, reason: Code, month: Month, last: Day) {
    for _ in 0..biller.random.count(700_000) {
        if let Some(day) = day_in(&mut biller.random, month, last) {
            biller.professional(day, pos::MENTAL_HEALTH_CENTRE, &[reason], &[(service::THERAPY, 11_000)]);
        }
    }
}

/// Substance-use programs: most say that they are a Part 2 source, some are known by what they bill (ruling 20).
fn substance_visit(biller: &mut Biller<'_>, reason: Code, month: Month, last: Day) {
    const SERVICES: [(Code, i64); 3] =
        [(service::COUNSELLING_SUD, 6_500), (service::METHADONE, 1_900), (service::SUD_INTENSIVE, 14_500)];
    if biller.random.per_mille(90)
        && let Some(day) = day_in(&mut biller.random, month, last)
    {
        let facility = biller.facility(2, 9);
        let charges = [(rev::SUD_INTENSIVE_OUTPATIENT, Some(service::SUD_INTENSIVE), 21_000)];
        biller.institutional(bill::OUTPATIENT, (day, day), &facility, &[reason], &charges);
    }
    for _ in 0..biller.random.count(900_000) {
        let billed = biller.random.pick(&SERVICES);
        let stated = biller.random.per_mille(700).then_some(true);
        if let Some(day) = day_in(&mut biller.random, month, last) {
            biller.professional(day, pos::OFFICE, &[reason], &[billed]).part2 = stated;
        }
    }
}

/// Four in five members fill a drug when it is due; drugs with an even number come for ninety days.
fn refill(biller: &mut Biller<'_>, drug: Drug, month: Month, last: Day) {
    let quarterly = drug.number.is_multiple_of(2);
    let due = !quarterly || month.first_day().ymd().1 % 3 == 0;
    if due
        && biller.random.per_mille(800)
        && let Some(day) = day_in(&mut biller.random, month, last)
    {
        biller.fill(day, drug, if quarterly { 90 } else { 30 });
    }
}

/// Emergency visits, observation and admissions of a month.
fn acute(biller: &mut Biller<'_>, health: &Health, lob: LineOfBusiness, month: Month, last: Day) {
    let severity = health.severity();
    let child = if health.age < 18 { 35 } else { 100 };
    let scale = |rate: u32, percent: u32| {
        let scaled = u64::from(rate) * u64::from(percent) * u64::from(severity) / (100 * 256);
        u32::try_from(scaled).unwrap_or(u32::MAX).min(1_600_000)
    };
    let emergency_percent = 70 + health.illnesses.admission_percent() * 3 / 10;
    let emergencies = scale(rate_of(&EMERGENCIES, lob), emergency_percent);
    for _ in 0..biller.random.count(emergencies) {
        let principal = emergency_reason(&mut biller.random, health);
        if let Some(day) = day_in(&mut biller.random, month, last) {
            biller.emergency(day, principal);
        }
    }
    let admissions = scale(rate_of(&ADMISSIONS, lob), health.illnesses.admission_percent() * child / 100);
    for _ in 0..biller.random.count(admissions.min(700_000)) {
        if let Some(day) = day_in(&mut biller.random, month, last) {
            admit(biller, health, day, last);
        }
    }
}

fn emergency_reason(random: &mut Random, health: &Health) -> Code {
    const REASONS: [(u32, Code); 8] = [
        (14, Code::literal("R0789")),
        (13, Code::literal("R1084")),
        (11, Code::literal("S93401A")),
        (10, Code::literal("J069")),
        (7, dx::DENTAL),
        (8, dx::BACK_PAIN),
        (6, Code::literal("N390")),
        (9, Code::literal("R519")),
    ];
    if random.per_mille(280)
        && let Some(flare) = health.illnesses.flare(random)
    {
        return flare;
    }
    random.weighted(&REASONS)
}

/// One admission with everything that hangs on it: transfer, observation instead, after-care, readmission.
fn admit(biller: &mut Biller<'_>, health: &Health, day: Day, last: Day) {
    let principal = admission_reason(&mut biller.random, health);
    if biller.random.per_mille(170) {
        biller.observation(day, principal);
        return;
    }
    let mut stay = Stay::unplanned(day, nights(&mut biller.random), principal);
    stay.through_emergency = biller.random.per_mille(720);
    stay.interim = biller.random.per_mille(350);
    stay.percent = i64::from(biller.random.weighted(&[(30, 60), (40, 100), (20, 160), (8, 320), (2, 900)]));
    stay.part2 = principal == dx::ALCOHOL_WITHDRAWAL && biller.random.per_mille(500);
    if principal == dx::KNEE_ARTHRITIS {
        stay.admission = crate::codes::admission::ELECTIVE;
        stay.through_emergency = false;
    }
    if stay.discharge() > last {
        stay.nights = last.since(day).max(0);
        stay.status = status::STILL_PATIENT;
    } else if biller.random.per_mille(15) {
        stay.status = status::AGAINST_ADVICE;
    } else if biller.random.per_mille(30) {
        transfer(biller, &mut stay);
    }
    let next =
        if stay.status == status::HOME { after_care(&mut biller.random, health.age) } else { stay.status };
    stay.status = next;
    let discharged = biller.stay(&stay);
    after(biller, health, (discharged, next), principal, last);
}

/// Where a member goes from the hospital, as a discharge status.
fn after_care(random: &mut Random, age: i32) -> Code {
    if age >= 65 {
        random.weighted(&[(18, status::SKILLED_NURSING), (14, status::HOME_HEALTH), (68, status::HOME)])
    } else {
        random.weighted(&[(3, status::SKILLED_NURSING), (4, status::HOME_HEALTH), (93, status::HOME)])
    }
}

fn nights(random: &mut Random) -> i32 {
    let (low, high) = random.weighted(&[(45, (1, 3)), (38, (4, 6)), (14, (7, 13)), (3, (14, 35))]);
    random.between(low, high)
}

fn admission_reason(random: &mut Random, health: &Health) -> Code {
    const REASONS: [(u32, Code); 8] = [
        (16, dx::SEPSIS),
        (12, dx::PNEUMONIA),
        (9, Code::literal("N390")),
        (10, Code::literal("K5720")),
        (9, Code::literal("L03115")),
        (8, Code::literal("I639")),
        (14, dx::KNEE_ARTHRITIS),
        (12, Code::literal("K8000")),
    ];
    if random.per_mille(620)
        && let Some(flare) = health.illnesses.flare(random)
    {
        return flare;
    }
    random.weighted(&REASONS)
}

/// The first hospital sends the member on, on the day of discharge or the next: one stay in two bills.
fn transfer(biller: &mut Biller<'_>, stay: &mut Stay) {
    let first = Stay { nights: 1, status: status::TRANSFERRED, interim: false, percent: 60, ..stay.clone() };
    biller.stay(&first);
    let gap = biller.random.between(0, 1);
    stay.admit = first.discharge().plus(gap);
    stay.nights = (stay.nights - 1).max(1);
    stay.through_emergency = false;
}

/// After-care, and the readmission of one in seven: more likely while the severity is high.
fn after(
    biller: &mut Biller<'_>,
    health: &Health,
    (discharged, next): (Day, Code),
    principal: Code,
    last: Day,
) {
    let mut free = discharged.plus(2);
    if next == status::SKILLED_NURSING {
        let nights = biller.random.between(8, 25).min(last.since(discharged).max(1));
        free = biller.skilled_nursing(discharged, nights, principal).plus(1);
    } else if next == status::HOME_HEALTH {
        let weeks = biller.random.between(2, 4);
        biller.home_health(discharged.plus(2), weeks, principal);
    } else if next == status::STILL_PATIENT {
        return;
    }
    if biller.random.per_mille(120) && discharged.plus(7) <= last {
        crate::engagement::transition(biller, discharged, principal);
    }
    let again = 85 + (health.severity() / 20).min(170);
    let back = free.plus(biller.random.between(1, 24));
    if biller.random.per_mille(again) && back <= last {
        let nights = nights(&mut biller.random).min(last.since(back).max(1));
        biller.stay(&Stay::unplanned(back, nights, principal));
    }
}
