//! Writes claim versions for one member: numbers them, prices them, dates their receipt.

use crate::codes::pos;
use crate::random::Random;
use icm_domain::claim::{ClaimKind, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_domain::money::Cents;

/// The source that numbers the claims of a synthetic population.
pub(crate) const SOURCE: &str = "synth";

/// A line of a professional bill: service, allowed amount in cents.
pub(crate) type Service = (Code, i64);

/// A line of a facility's bill: revenue code, service where it has one, allowed amount in cents.
pub(crate) type Charge = (Code, Option<Code>, i64);

/// A drug of the invented formulary: number below 10,000, allowed cents for thirty days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drug {
    pub(crate) number: u16,
    pub(crate) cents: i64,
}

/// The pen of one member's claims.
pub(crate) struct Biller<'a> {
    pub(crate) random: Random,
    pub(crate) claims: Vec<ClaimVersion>,
    pub(crate) as_of: Day,
    member: &'a str,
    place: u32,
    /// What the plan allows, in percent of the generator's prices.
    allowed_percent: i64,
    /// What the plan pays, in percent of what it allows.
    paid_percent: i64,
    sequence: u32,
}

impl<'a> Biller<'a> {
    pub(crate) fn new(random: Random, member: &'a str, place: u32, lob: LineOfBusiness, as_of: Day) -> Self {
        let (allowed_percent, paid_percent) = match lob {
            LineOfBusiness::Medicaid => (75, 100),
            LineOfBusiness::MedicareAdvantage => (100, 88),
            LineOfBusiness::Commercial => (150, 82),
        };
        Self {
            random,
            claims: Vec::with_capacity(32),
            as_of,
            member,
            place,
            allowed_percent,
            paid_percent,
            sequence: 0,
        }
    }

    /// A practitioner's bill of one day.
    pub(crate) fn professional(
        &mut self,
        day: Day,
        place_of_service: Code,
        dx: &[Code],
        services: &[Service],
    ) -> &mut ClaimVersion {
        let lines = services
            .iter()
            .map(|&(hcpcs, cents)| {
                self.line(Line { hcpcs: Some(hcpcs), pos: Some(place_of_service), ..Line::default() }, cents)
            })
            .collect();
        let lag = self.random.between(4, 24);
        let mut claim = self.claim(ClaimKind::Professional, (day, day), lag, dx, lines);
        claim.billing_npi = Some(self.npi(3, 400));
        self.push(claim)
    }

    /// A facility's bill.
    pub(crate) fn institutional(
        &mut self,
        bill_type: Code,
        (from, thru): (Day, Day),
        facility: &str,
        dx: &[Code],
        charges: &[Charge],
    ) -> &mut ClaimVersion {
        let lines = charges
            .iter()
            .map(|&(rev, hcpcs, cents)| self.line(Line { rev: Some(rev), hcpcs, ..Line::default() }, cents))
            .collect();
        let lag = self.random.between(8, 32);
        let mut claim = self.claim(ClaimKind::Institutional, (from, thru), lag, dx, lines);
        claim.bill_type = Some(bill_type);
        claim.frequency = bill_type.as_str().get(2..).and_then(Code::new);
        claim.facility = Some(facility.into());
        claim.billing_npi = Some(facility.into());
        if bill_type.starts_with("11") {
            claim.admit = Some(from);
        }
        self.push(claim)
    }

    /// A fill of a drug for `days` days.
    pub(crate) fn fill(&mut self, day: Day, drug: Drug, days: u16) {
        let cents = drug.cents * i64::from(days) / 30;
        let ndc = Code::new(ndc_text(drug.number, &mut [0; 11]));
        let line = Line { ndc, days_supply: Some(days), from: Some(day), thru: Some(day), ..Line::default() };
        let line = Line { units: Some("30".into()), ..self.line(line, cents) };
        let lag = self.random.between(0, 3);
        let claim = self.claim(ClaimKind::Pharmacy, (day, day), lag, &[], vec![line]);
        self.push(claim);
    }

    /// The tests of one visit, billed by a laboratory.
    pub(crate) fn laboratory(&mut self, day: Day, dx: Code, tests: &[Service]) {
        self.professional(day, pos::LABORATORY, &[dx], tests);
    }

    /// A facility of the member's county: `kind` 1 hospitals, 2 others.
    pub(crate) fn facility(&mut self, kind: u32, of: u32) -> Box<str> {
        self.npi(kind, of)
    }

    /// The number of the claim that would be written next.
    pub(crate) fn next_id(&mut self) -> ClaimId {
        self.sequence += 1;
        let mut text = String::with_capacity(self.member.len() + 5);
        text.push_str(self.member);
        text.push('-');
        push_digits(&mut text, self.sequence, 4);
        ClaimId::new(text)
    }

    fn claim(
        &mut self,
        kind: ClaimKind,
        dates: (Day, Day),
        lag: i32,
        dx: &[Code],
        lines: Vec<Line>,
    ) -> ClaimVersion {
        let id = self.next_id();
        let mut claim = ClaimVersion::new(SourceId::new(SOURCE), id, kind, dates.1.plus(lag), dates);
        claim.member_id = Some(MemberId::new(self.member));
        claim.dx = dx.to_vec();
        claim.charge = Some(lines.iter().filter_map(|line| line.charge).sum());
        claim.allowed = Some(lines.iter().filter_map(|line| line.allowed).sum());
        claim.paid = Some(lines.iter().filter_map(|line| line.paid).sum());
        claim.lines = lines;
        claim
    }

    /// Prices a line: the plan's level, give or take a fifth.
    fn line(&mut self, line: Line, cents: i64) -> Line {
        let spread = i64::from(self.random.between(80, 120));
        let allowed = cents * spread / 100 * self.allowed_percent / 100;
        Line {
            charge: Some(Cents(allowed * 9 / 4)),
            allowed: Some(Cents(allowed)),
            paid: Some(Cents(allowed * self.paid_percent / 100)),
            ..line
        }
    }

    fn push(&mut self, claim: ClaimVersion) -> &mut ClaimVersion {
        self.claims.push(claim);
        let last = self.claims.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "pushed on the line above")]
        &mut self.claims[last]
    }

    /// An invented provider number: begins with 9, names the county, kind and one of `of` providers.
    fn npi(&mut self, kind: u32, of: u32) -> Box<str> {
        let mut text = String::with_capacity(10);
        push_digits(&mut text, 900 + self.place, 3);
        push_digits(&mut text, kind, 1);
        push_digits(&mut text, self.random.below(of), 6);
        text.into()
    }
}

/// Writes `number` with at least `width` digits.
pub(crate) fn push_digits(text: &mut String, number: u32, width: usize) {
    let mut digits = [b'0'; 10];
    let mut left = number;
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        if left == 0 && used >= width {
            break;
        }
        *digit = b'0' + u8::try_from(left % 10).unwrap_or_default();
        left /= 10;
        used += 1;
    }
    text.extend(digits.iter().skip(10 - used).map(|&digit| char::from(digit)));
}

/// The eleven digits of an invented drug: labeler 99999, product, package 01.
fn ndc_text(number: u16, buffer: &mut [u8; 11]) -> &str {
    let mut left = number;
    *buffer = *b"99999000001";
    for digit in buffer.iter_mut().skip(5).take(4).rev() {
        *digit = b'0' + u8::try_from(left % 10).unwrap_or_default();
        left /= 10;
    }
    std::str::from_utf8(buffer).unwrap_or("99999000001")
}
