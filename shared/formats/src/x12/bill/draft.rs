//! One claim while its segments arrive, and the claim version it becomes.

use super::icd::Diagnoses;
use super::{Context, boxed};
use crate::item::{Place, Reason};
use crate::x12::envelope::Header;
use crate::x12::out::Out;
use crate::x12::record::{DAMAGED, Record};
use crate::x12::segment::{Elements, period};
use crate::x12::tokens::Flaw;
use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, IdScope, Line, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use std::ops::ControlFlow;

/// A span of days, both included.
type Span = (Day, Day);

/// A claim between its CLM and its last segment.
pub(super) struct Draft {
    pub(super) place: Place,
    /// The version as far as it is read; its kind and days are placeholders until the end.
    pub(super) version: Box<ClaimVersion>,
    /// CLM05-1: the facility part of the bill type, or the place of service.
    facility_code: Option<Code>,
    /// CLM05-2: `A` institutional, `B` professional or dental.
    qualifier: Option<u8>,
    /// The form that the service segments belong to.
    pub(super) form: Option<ClaimKind>,
    diagnoses: Diagnoses,
    /// DTP*434.
    statement: Option<Span>,
    /// DTP*472 of the claim (dental) and other dates of service outside the lines.
    service: Option<Span>,
    /// The first thing written that cannot be what its field holds: it quarantines the claim.
    pub(super) flaw: Option<Flaw>,
    /// NM1*77 or NM1*FA.
    service_facility: Option<Box<str>>,
    capitated: bool,
    /// CLM19 = PB: a predetermination of benefits.
    predetermination: bool,
    /// The last line has no service segment yet.
    pub(super) line_is_open: bool,
}

impl Record for Draft {
    type Context = Context;

    fn open(place: Place, elements: &Elements<'_>) -> Self {
        let unknown = Day::from_count(0);
        let id = elements.text(1).unwrap_or_default().into_owned();
        let mut version = Box::new(ClaimVersion::new(
            SourceId::new(""),
            ClaimId::new(id),
            ClaimKind::Professional,
            unknown,
            (unknown, unknown),
        ));
        let location = elements.composite(5);
        version.scope = IdScope::Provider;
        version.state = ClaimState::Submitted;
        let mut flaw = None;
        version.charge = elements.amount(2, "CLM02", &mut flaw);
        version.frequency = location.code(3);
        Self {
            place,
            version,
            facility_code: location.code(1),
            qualifier: location.at(2).first().copied(),
            form: None,
            diagnoses: Diagnoses::default(),
            statement: None,
            service: None,
            flaw,
            service_facility: None,
            capitated: false,
            predetermination: elements.at(19) == b"PB",
            line_is_open: false,
        }
    }

    fn hand_over(self: Box<Self>, context: &Context, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        if self.predetermination {
            return out.ignored(self.place, "x12_predetermination");
        }
        if self.version.claim_id.as_str().is_empty() {
            return out.problem(self.place, "CLM01", Reason::BlankValue);
        }
        let torn = context.torn.then_some(DAMAGED);
        if let Some(Flaw { field, reason }) = self.flaw.or(torn) {
            return out.problem(self.place, field, reason);
        }
        let kind = self.kind(&context.header);
        let Some((from, thru)) = self.days() else {
            return out.problem(self.place, "DTP*472", Reason::MissingField);
        };
        let member = context.subscriber.as_ref().map(|id| MemberId::new(id.clone()));
        let mut version = self.version;
        version.source = out.options.source.clone();
        version.kind = kind;
        (version.from, version.thru) = (from, thru);
        version.received = out.options.claim_received(None, thru);
        version.member_id.clone_from(&member);
        version.billing_npi.clone_from(&context.billing);
        version.taxonomy = context.taxonomy;
        version.facility = self.service_facility.or_else(|| context.billing.clone());
        if kind == ClaimKind::Institutional {
            version.bill_type = bill_type(self.facility_code, version.frequency);
        } else {
            let office = self.facility_code.map(|code| code.padded(2));
            version.lines.iter_mut().for_each(|line| line.pos = line.pos.or(office));
        }
        version.action = action(version.frequency, version.bill_type);
        if context.encounters || self.capitated {
            version.state = ClaimState::Encounter;
        }
        let undivided = self.diagnoses.undivided;
        self.diagnoses.into_version(&mut version);
        // A frequency that nobody knows counts as an original (CLAIM_FORMATS §4.2), and is noted.
        let notes = [
            (!version.frequency.is_none_or(is_known_frequency), "x12_unknown_frequency"),
            (undivided, "x12_undivided_composite"),
        ];
        let place = self.place.clone();
        out.fact(member, Fact::Claim(version), self.place)?;
        notes
            .into_iter()
            .filter(|(noted, _)| *noted)
            .try_for_each(|(_, rule)| out.ignored(place.clone(), rule))
    }
}

impl Draft {
    /// A segment of loops 2300 and 2310.
    pub(super) fn header(&mut self, name: &[u8], elements: &Elements<'_>) {
        match name {
            b"DTP" => self.date(elements),
            b"HI" => self.diagnoses.take(elements, &mut self.flaw),
            b"CL1" => {
                self.version.admit_type = elements.code(1);
                self.version.admit_source = elements.code(2);
                self.version.discharge_status = elements.code(3).map(|status| status.padded(2));
            }
            b"REF" if elements.at(1) == b"F8" && self.version.replaces.is_none() => {
                self.version.replaces = boxed(elements, 2).map(ClaimId::new);
            }
            b"CN1" => self.capitated = elements.at(1) == b"05",
            b"NM1" if matches!(elements.at(1), b"77" | b"FA") => {
                self.service_facility = boxed(elements, 9);
            }
            _ => {}
        }
    }

    /// Notes a flaw; the first one is said.
    pub(super) fn note(&mut self, field: &'static str, reason: Reason) {
        self.flaw.get_or_insert(Flaw { field, reason });
    }

    fn date(&mut self, elements: &Elements<'_>) {
        let field = match elements.at(1) {
            b"434" => "DTP*434",
            b"435" => "DTP*435",
            b"472" | b"452" => "DTP*472",
            b"096" => "DTP*096",
            _ => return,
        };
        match (field, period(elements)) {
            (_, Ok(None)) => {}
            (_, Err(reason)) => self.note(field, reason),
            ("DTP*434", Ok(span)) => self.statement = span,
            ("DTP*435", Ok(Some((day, _)))) => self.version.admit = Some(day),
            ("DTP*096", Ok(Some((day, _)))) => self.version.discharge = Some(day),
            (_, Ok(Some(span))) => self.service = Some(span),
        }
    }

    /// Dental lines make a dental claim (dental samples state the guide of practitioners). Else the implementation guide
    /// decides (CLAIM_FORMATS §3: ST03, else GS08); where it is none of the known ones, the form of the service lines,
    /// then the facility code's qualifier.
    fn kind(&self, header: &Header) -> ClaimKind {
        if self.form == Some(ClaimKind::Dental) || header.is(&["X224", "X097", "X300"]) {
            ClaimKind::Dental
        } else if header.is(&["X223", "X096", "X299"]) {
            ClaimKind::Institutional
        } else if header.is(&["X222", "X098", "X298"]) {
            ClaimKind::Professional
        } else {
            let stated =
                if self.qualifier == Some(b'A') { ClaimKind::Institutional } else { ClaimKind::Professional };
            self.form.unwrap_or(stated)
        }
    }

    /// First and last service day: the statement period, else the span of the lines, else dates of the claim, else
    /// the admission. The date of the transaction is the day on which somebody wrote a file: no day of service.
    fn days(&self) -> Option<Span> {
        let lines = span_of(&self.version.lines);
        let stay = self.version.admit.or(self.version.discharge);
        let stay = stay.map(|day| (day, self.version.discharge.unwrap_or(day).max(day)));
        self.statement.or(lines).or(self.service).or(stay)
    }
}

/// The days from the first to the last dated line.
fn span_of(lines: &[Line]) -> Option<Span> {
    let first = lines.iter().filter_map(|line| line.from).min()?;
    let last = lines.iter().filter_map(|line| line.thru.or(line.from)).max()?;
    Some((first, last.max(first)))
}

/// The frequencies of the uniform bill: digits, and the letters of payers' own adjustments (CLAIM_FORMATS §4.2).
fn is_known_frequency(code: Code) -> bool {
    matches!(code.as_str().as_bytes(), [b'0'..=b'9' | b'A'..=b'Q'])
}

/// What a frequency does: Q, a claim sent again for reconsideration, is the whole claim anew.
fn action(frequency: Option<Code>, bill_type: Option<Code>) -> Action {
    if frequency.is_some_and(|code| code == "Q") { Action::Replace } else { action_of(frequency, bill_type) }
}

/// Type of bill: CLM05-1 holds its first two digits, CLM05-3 the last.
fn bill_type(facility: Option<Code>, frequency: Option<Code>) -> Option<Code> {
    let (facility, frequency) = (facility?, frequency?);
    let mut whole = String::with_capacity(4);
    whole.push_str(facility.as_str());
    whole.push_str(frequency.as_str());
    Code::bill_type(&whole)
}
