//! One member of an 834 while their segments arrive.

use super::Context;
use super::coverage::{Benefit, Maintenance, Span, facts};
use crate::item::{Place, Reason};
use crate::x12::out::Out;
use crate::x12::record::{DAMAGED, Record};
use crate::x12::segment::Elements;
use crate::x12::tokens::Flaw;
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{Address, Fact, LineOfBusiness, Profile, Sex};
use icm_domain::ids::MemberId;
use icm_domain::phi::Phi;
use std::ops::ControlFlow;

/// Whom the segments are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// The member (2000, 2100A).
    Member,
    /// Somebody or something else: mailing address, school, responsible person, reporting category.
    Other,
    /// A coverage (2300).
    Benefit,
}

/// A member between INS and the last segment.
pub(super) struct Draft {
    place: Place,
    about: About,
    /// INS01 = Y.
    subscriber: bool,
    maintenance: Maintenance,
    /// REF*0F.
    number: Option<Box<str>>,
    /// NM109, unless it is a social security number.
    own_id: Option<Box<str>>,
    /// REF*Q4: earlier ids.
    earlier: Vec<Box<str>>,
    /// REF*1D: a Medicaid recipient's number.
    medicaid: bool,
    eligibility: Span,
    benefits: Vec<Benefit>,
    /// A date that is none: it quarantines the member's record.
    flaw: Option<Flaw>,
    profile: Profile,
    /// The birth date is blank, or a date.
    birth: bool,
    address: Address,
}

impl Record for Draft {
    type Context = Context;

    fn open(place: Place, elements: &Elements<'_>) -> Self {
        let mut flaw = None;
        // INS11 qualifies the date; a plan's own guide writes both one element further (public sample).
        let at = if elements.at(12) == b"D8" { 13 } else { 12 };
        let death = day(elements, at, "INS12", &mut flaw);
        let profile = Profile { death, ..Profile::default() };
        Self {
            place,
            about: About::Member,
            subscriber: elements.at(1) == b"Y",
            maintenance: Maintenance::of(elements.at(3)),
            number: None,
            own_id: None,
            earlier: Vec::new(),
            medicaid: false,
            eligibility: Span::default(),
            benefits: Vec::new(),
            flaw,
            profile,
            birth: true,
            address: Address::default(),
        }
    }

    fn hand_over(mut self: Box<Self>, context: &Context, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        let written = context.written.map(|written| out.options.received_if_known(written));
        let received =
            match written.or_else(|reason| out.options.received_if_known(None).map(Some).ok_or(reason)) {
                Ok(Some(received)) => received,
                Ok(None) => return out.problem(self.place, "BGN03", Reason::BlankValue),
                Err(reason) => return out.problem(self.place, "BGN03", reason),
            };
        if let Some(Flaw { field, reason }) = self.flaw {
            return out.problem(self.place, field, reason);
        }
        let own = self.own_id.take();
        if !self.subscriber && own.is_some() && own == self.number {
            return out.problem(self.place, "NM1*IL/NM109", Reason::BadValue);
        }
        let (member, alias) = if self.subscriber {
            match (self.number.take(), own) {
                (Some(number), own) => (Some(number), own),
                (None, own) => (own, None),
            }
        } else {
            (own, None)
        };
        let Some(member) = member.map(MemberId::new) else {
            let field = if self.subscriber { "REF*0F" } else { "NM1*IL/NM109" };
            return out.problem(self.place, field, Reason::BlankValue);
        };
        for other in alias.into_iter().chain(std::mem::take(&mut self.earlier)).map(MemberId::new) {
            if other != member {
                out.fact(Some(member.clone()), Fact::Alias { received, other }, self.place.clone())?;
            }
        }
        for coverage in self.coverages(context, received, out) {
            out.fact(Some(member.clone()), Fact::Coverage(coverage), self.place.clone())?;
        }
        self.profile.received = Some(received);
        if self.address != Address::default() {
            self.profile.address = Some(Phi::new(self.address));
        }
        out.fact(Some(member), Fact::Profile(Box::new(self.profile)), self.place.clone())?;
        // Coverage does not hang on it: files without names and births are sent too.
        if self.birth { ControlFlow::Continue(()) } else { out.ignored(self.place, "x12_unread_birth_date") }
    }
}

impl Draft {
    /// A segment whose name is none: what it would have said of the member is lost.
    pub(super) fn tear(&mut self) {
        self.flaw.get_or_insert(DAMAGED);
    }

    /// A segment of the member's loops.
    pub(super) fn take(&mut self, name: &[u8], elements: &Elements<'_>) {
        match (name, self.about) {
            (b"HD", _) => {
                self.about = About::Benefit;
                self.benefits.push(Benefit::open(elements));
            }
            // Coordination of benefits, providers and reporting categories end the coverage's own segments.
            (b"COB" | b"LX" | b"LS", _) => self.about = About::Other,
            (b"NM1", _) => self.name(elements),
            (b"DTP", About::Member) => self.flaw = self.flaw.or(self.eligibility.take(elements).err()),
            (b"DTP", About::Benefit) => {
                let benefit = self.benefits.last_mut();
                self.flaw = self.flaw.or(benefit.and_then(|benefit| benefit.span.take(elements).err()));
            }
            (b"REF", About::Member) => self.reference(elements),
            (b"PER" | b"N3" | b"N4" | b"DMG" | b"LUI", About::Member) => self.person(name, elements),
            _ => {}
        }
    }

    fn reference(&mut self, elements: &Elements<'_>) {
        match elements.at(1) {
            b"0F" => self.number = boxed(elements, 2),
            b"1D" => self.medicaid = true,
            b"Q4" => {
                let numbers = elements.text(2).unwrap_or_default();
                let numbers = numbers.split(';').map(str::trim).filter(|number| !number.is_empty());
                self.earlier.extend(numbers.map(Box::from));
            }
            _ => {}
        }
    }

    fn name(&mut self, elements: &Elements<'_>) {
        if !matches!(elements.at(1), b"IL" | b"74") {
            if elements.at(1) == b"P3" {
                self.profile.pcp = boxed(elements, 9).or_else(|| boxed(elements, 3));
            }
            self.about = About::Other;
            return;
        }
        self.about = About::Member;
        if elements.at(8) != b"34" {
            self.own_id = boxed(elements, 9);
        }
        let parts = [4, 5, 3].map(|number| elements.text(number).unwrap_or_default());
        let name = parts.iter().filter(|part| !part.is_empty()).map(AsRef::as_ref).collect::<Vec<&str>>();
        if !name.is_empty() {
            self.profile.name = Some(Phi::new(name.join(" ").into_boxed_str()));
        }
    }

    fn person(&mut self, name: &[u8], elements: &Elements<'_>) {
        match name {
            b"PER" => {
                for number in [3, 5, 7] {
                    if matches!(elements.at(number), b"TE" | b"HP" | b"CP" | b"WP" | b"AP") {
                        self.profile.phones.extend(boxed(elements, number + 1).map(Phi::new));
                    }
                }
            }
            b"N3" => {
                let lines = [1, 2].map(|number| elements.text(number).unwrap_or_default());
                self.address.street = lines.join(" ").trim().into();
            }
            b"N4" => {
                self.address.city = boxed(elements, 1).unwrap_or_default();
                self.address.state = boxed(elements, 2).unwrap_or_default();
                self.address.zip = boxed(elements, 3).unwrap_or_default();
                if elements.at(5) == b"CY" {
                    self.profile.county = boxed(elements, 6);
                }
            }
            b"DMG" => {
                (self.profile.birth, self.birth) = match elements.day(2) {
                    Ok(birth) => (birth, true),
                    Err(_) => (None, false),
                };
                self.profile.sex = sex(elements.at(3));
                let race =
                    elements.text(5).filter(|race| race.bytes().any(|byte| byte.is_ascii_alphanumeric()));
                self.profile.race_ethnicity = race.map(|race| Phi::new(race.into_owned().into_boxed_str()));
            }
            _ => self.profile.language = language(elements).or(self.profile.language),
        }
    }

    /// Coverage of every medical benefit; without any HD the member's own eligibility speaks.
    fn coverages(
        &self,
        context: &Context,
        received: Day,
        out: &Out<'_, '_>,
    ) -> Vec<icm_domain::facts::Coverage> {
        let medicaid = self.medicaid.then_some(LineOfBusiness::Medicaid);
        let fallback = medicaid.or(context.sponsor).unwrap_or(LineOfBusiness::Commercial);
        let source = &out.options.source;
        if self.benefits.is_empty() {
            // A termination of the member as such ends whatever coverage there is.
            let every = self.maintenance == Maintenance::Ends && self.eligibility.from.is_none();
            let all =
                [LineOfBusiness::Medicaid, LineOfBusiness::MedicareAdvantage, LineOfBusiness::Commercial];
            let lines = if every { all.to_vec() } else { vec![fallback] };
            let of_line = |lob| facts(source, received, lob, self.maintenance, self.eligibility);
            return lines.into_iter().flat_map(of_line).collect();
        }
        let medical = self.benefits.iter().filter(|benefit| benefit.is_medical());
        medical
            .flat_map(|benefit| {
                let maintenance = match benefit.maintenance {
                    Maintenance::Holds => self.maintenance,
                    stated @ (Maintenance::Ends | Maintenance::Deletes) => stated,
                };
                let span = benefit.span.or(self.eligibility);
                facts(source, received, benefit.lob().unwrap_or(fallback), maintenance, span)
            })
            .collect()
    }
}

/// A date that is written and is none is the record's flaw.
fn day(elements: &Elements<'_>, number: usize, field: &'static str, flaw: &mut Option<Flaw>) -> Option<Day> {
    elements.day(number).unwrap_or_else(|reason| {
        flaw.get_or_insert(Flaw { field, reason });
        None
    })
}

fn sex(code: &[u8]) -> Option<Sex> {
    match code {
        b"F" => Some(Sex::Female),
        b"M" => Some(Sex::Male),
        b"" => None,
        _ => Some(Sex::Unknown),
    }
}

/// Spoken language: LUI02, three letters (ISO 639-2) or two (639-1). Written languages (use 5 and 6) are not it.
fn language(elements: &Elements<'_>) -> Option<Code> {
    if matches!(elements.at(4), b"5" | b"6") {
        return None;
    }
    let code = elements.code(2)?;
    let known = [
        ("ENG", "EN"),
        ("SPA", "ES"),
        ("VIE", "VI"),
        ("CHI", "ZH"),
        ("ZHO", "ZH"),
        ("KOR", "KO"),
        ("TGL", "TL"),
        ("RUS", "RU"),
        ("ARA", "AR"),
        ("ARM", "HY"),
        ("HYE", "HY"),
        ("FRE", "FR"),
        ("FRA", "FR"),
        ("HAT", "HT"),
        ("POR", "PT"),
        ("POL", "PL"),
        ("HIN", "HI"),
        ("PER", "FA"),
        ("FAS", "FA"),
        ("HMN", "HMN"),
    ];
    let short = known.iter().find(|(long, _)| code == *long).map_or(code.as_str(), |(_, short)| short);
    Code::new(short)
}

fn boxed(elements: &Elements<'_>, number: usize) -> Option<Box<str>> {
    elements.text(number).map(|text| text.into_owned().into_boxed_str())
}
