//! Who a synthetic member is: age, sex, line of business, home, phone, language. Names are words that nobody
//! bears; phone numbers are of the range 555-0100 to 555-0199, which is kept for fiction.

use crate::random::Random;
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{Address, LineOfBusiness, Profile, Sex};
use icm_domain::phi::Phi;

/// The parts of a person that the rest of the generator asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) lob: LineOfBusiness,
    pub(crate) sex: Sex,
    pub(crate) birth: Day,
    pub(crate) place: Place,
}

/// A county of the plan's service area.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) county: &'static str,
    pub(crate) city: &'static str,
    pub(crate) state: &'static str,
    pub(crate) zip: &'static str,
    pub(crate) area_code: &'static str,
}

const fn place(
    county: &'static str,
    city: &'static str,
    state: &'static str,
    zip: &'static str,
    area_code: &'static str,
) -> Place {
    Place { county, city, state, zip, area_code }
}

/// The service area: one state with two time zones, a neighbour with two, and one without daylight saving.
pub(crate) const PLACES: [(u32, Place); 8] = [
    (30, place("Shelby", "Memphis", "TN", "38103", "901")),
    (24, place("Davidson", "Nashville", "TN", "37203", "615")),
    (14, place("Knox", "Knoxville", "TN", "37902", "865")),
    (10, place("Hamilton", "Chattanooga", "TN", "37402", "423")),
    (9, place("Jefferson", "Louisville", "KY", "40202", "502")),
    (4, place("McCracken", "Paducah", "KY", "42001", "270")),
    (7, place("Maricopa", "Phoenix", "AZ", "85003", "602")),
    (2, place("Apache", "Window Rock", "AZ", "86515", "928")),
];

/// Area codes of people who moved and kept their number: other time zones than any county above, or the same.
const AREA_CODES_FROM_ELSEWHERE: [&str; 5] = ["213", "212", "312", "808", "907"];

const GIVEN: [&str; 16] = [
    "Alba", "Brio", "Cato", "Dove", "Elka", "Fenn", "Gale", "Hazel", "Iven", "Juno", "Kite", "Lark", "Moss",
    "Nell", "Oriel", "Pike",
];
const FAMILY: [&str; 12] = [
    "Testwood",
    "Sampleton",
    "Mockley",
    "Fictova",
    "Exampler",
    "Placeholt",
    "Syntheson",
    "Dummond",
    "Notreal",
    "Madeupski",
    "Inventado",
    "Pretendu",
];
const STREETS: [&str; 6] =
    ["Example Street", "Sample Avenue", "Placeholder Lane", "Test Road", "Mock Court", "Demo Drive"];
const RACES: [(u32, &str); 6] = [
    (52, "white"),
    (26, "black or african american"),
    (11, "hispanic or latino"),
    (4, "asian"),
    (1, "american indian or alaska native"),
    (6, "unknown"),
];
const LANGUAGES: [(u32, Code); 5] = [
    (880, Code::literal("EN")),
    (90, Code::literal("ES")),
    (12, Code::literal("AR")),
    (10, Code::literal("VI")),
    (8, Code::literal("NV")),
];

/// Draws a person. `adult` leaves children out (the rare stories are about adults).
pub(crate) fn draw(random: &mut Random, as_of: Day, adult: bool) -> Person {
    let lob = random.weighted(&[
        (55, LineOfBusiness::Medicaid),
        (20, LineOfBusiness::MedicareAdvantage),
        (25, LineOfBusiness::Commercial),
    ]);
    let age = age(random, lob, adult);
    let birth = as_of.plus(-(age * 365 + age / 4) - random.between(1, 364));
    let sex = match random.below(1000) {
        0..=3 => Sex::Unknown,
        4..=521 => Sex::Female,
        _ => Sex::Male,
    };
    Person { lob, sex, birth, place: random.weighted(&PLACES) }
}

/// Age in whole years: children are 25% of Medicaid and 15% of commercial members.
fn age(random: &mut Random, lob: LineOfBusiness, adult: bool) -> i32 {
    let bands: [(u32, (i32, i32)); 4] = match lob {
        LineOfBusiness::Medicaid => [(250, (0, 17)), (300, (18, 34)), (300, (35, 54)), (150, (55, 64))],
        LineOfBusiness::MedicareAdvantage => {
            [(120, (45, 64)), (420, (65, 74)), (320, (75, 84)), (140, (85, 96))]
        }
        LineOfBusiness::Commercial => [(150, (0, 17)), (300, (18, 34)), (350, (35, 54)), (200, (55, 64))],
    };
    loop {
        let (low, high) = random.weighted(&bands);
        if !adult || low >= 18 {
            return random.between(low, high);
        }
    }
}

/// The profile that the enrolment file states about a person.
pub(crate) fn profile(random: &mut Random, person: &Person) -> Profile {
    let place = person.place;
    let number = random.between(1, 9899);
    let name = format!("{} {}", random.pick(&GIVEN), random.pick(&FAMILY));
    let address = Address {
        street: format!("{number} {}", random.pick(&STREETS)).into(),
        city: place.city.into(),
        state: place.state.into(),
        zip: place.zip.into(),
    };
    Profile {
        birth: Some(person.birth),
        sex: Some(person.sex),
        name: Some(Phi::new(name.into())),
        address: Some(Phi::new(address)),
        phones: phones(random, place),
        language: Some(random.weighted(&LANGUAGES)),
        county: Some(place.county.into()),
        race_ethnicity: Some(Phi::new(random.weighted(&RACES).into())),
        pcp: random.per_mille(820).then(|| pcp(random, place)),
        ..Profile::default()
    }
}

/// 4% have no phone, 20% a second one; one number in twelve has an area code from elsewhere.
fn phones(random: &mut Random, place: Place) -> Vec<Phi<Box<str>>> {
    let count = random.weighted(&[(4, 0), (76, 1), (20, 2)]);
    let mut phones = Vec::with_capacity(count);
    for _ in 0..count {
        let area =
            if random.below(12) == 0 { random.pick(&AREA_CODES_FROM_ELSEWHERE) } else { place.area_code };
        phones.push(Phi::new(format!("{area}55501{:02}", random.below(100)).into()));
    }
    phones
}

fn pcp(random: &mut Random, place: Place) -> Box<str> {
    format!("PCP-{}-{:02}", place.zip, random.below(20)).into()
}
