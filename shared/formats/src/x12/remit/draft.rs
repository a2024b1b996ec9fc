//! One claim of an 835 while its segments arrive.

use super::Context;
use super::adjustment::Adjustments;
use crate::dates::in_order;
use crate::item::{Place, Reason};
use crate::x12::bill::procedure;
use crate::x12::out::Out;
use crate::x12::record::{DAMAGED, Record};
use crate::x12::segment::{Composite, Elements, stated, stated_day};
use crate::x12::tokens::Flaw;
use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial, IdScope, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_domain::money::Cents;
use std::ops::ControlFlow;

/// A claim between its CLP and its last segment.
pub(super) struct Draft {
    place: Place,
    version: ClaimVersion,
    /// CLP02.
    status: Box<[u8]>,
    facility_code: Option<Code>,
    from: Option<Day>,
    thru: Option<Day>,
    /// DTM*050: the day on which the payer received the claim.
    received: Option<Day>,
    /// The first thing written that cannot be what its field holds: it quarantines the claim.
    flaw: Option<Flaw>,
    adjustments: Adjustments,
    /// NM1*74, NM1*QC and NM1*IL. The insured's id speaks before the patient's, as an 837 gives its dependants the
    /// subscriber's; the id as the payer corrected it is another one of the same person.
    corrected: Option<MemberId>,
    patient: Option<MemberId>,
    insured: Option<MemberId>,
    institutional: bool,
    dental: bool,
}

impl Record for Draft {
    type Context = Context;

    fn open(place: Place, elements: &Elements<'_>) -> Self {
        let unknown = Day::from_count(0);
        let id = |number| elements.text(number).map(|id| ClaimId::new(id.into_owned()));
        // CLP01 is "0" where the payer does not know it; CLP07 then names the claim.
        let stated = id(1).filter(|id| id.as_str() != "0");
        let control = id(7);
        let scope = if stated.is_some() { IdScope::Provider } else { IdScope::Source };
        let mut version = ClaimVersion::new(
            SourceId::new(""),
            stated.or_else(|| control.clone()).or_else(|| id(1)).unwrap_or_else(|| ClaimId::new("")),
            ClaimKind::Professional,
            unknown,
            (unknown, unknown),
        );
        version.scope = scope;
        version.control = control;
        let mut flaw = None;
        version.charge = elements.amount(3, "CLP03", &mut flaw);
        version.paid = elements.amount(4, "CLP04", &mut flaw);
        version.frequency = elements.code(9);
        version.drg = elements.code(11);
        version.principal = false;
        Self {
            place,
            version,
            status: elements.at(2).into(),
            facility_code: elements.code(8),
            from: None,
            thru: None,
            received: None,
            flaw,
            adjustments: Adjustments::default(),
            corrected: None,
            patient: None,
            insured: None,
            institutional: !elements.at(11).is_empty(),
            dental: false,
        }
    }

    /// Without any date of service the payment date stands in: a payment is never dropped for want of one.
    fn hand_over(self: Box<Self>, context: &Context, out: &mut Out<'_, '_>) -> ControlFlow<()> {
        match &*self.status {
            b"25" => return out.ignored(self.place, "x12_predetermination"),
            b"23" => return out.ignored(self.place, "x12_not_our_claim"),
            _ => {}
        }
        if self.version.claim_id.as_str().is_empty() {
            return out.problem(self.place, "CLP01", Reason::BlankValue);
        }
        if let Some(Flaw { field, reason }) = self.flaw.or(context.flaw).or_else(|| self.misstated()) {
            return out.problem(self.place, field, reason);
        }
        let Some((from, thru)) = self.days(context) else {
            return out.problem(self.place, "DTM*232", Reason::MissingField);
        };
        let correction = self.is_correction_marked_as_reversal();
        let (action, state, denial) = self.outcome(correction);
        let kind = self.kind();
        let stated = self.received.map(|day| out.options.received(day));
        let received = stated.unwrap_or_else(|| out.options.claim_received(context.paid_on, thru));
        let (member, alias) = whose(self.corrected, self.patient, self.insured);
        let mut version = self.version;
        version.source = out.options.source.clone();
        version.kind = kind;
        (version.from, version.thru, version.received) = (from, thru, received);
        version.effective = context.paid_on;
        version.member_id.clone_from(&member);
        version.billing_npi.clone_from(&context.payee);
        (version.action, version.state, version.denial) = (action, state, denial);
        if kind == ClaimKind::Institutional
            && let (Some(facility), Some(frequency)) = (self.facility_code, version.frequency)
        {
            version.bill_type = Code::bill_type(&format!("{}{}", facility.as_str(), frequency.as_str()));
        }
        let note = if correction { Some(self.place.clone()) } else { None };
        out.fact(member, Fact::Claim(Box::new(version)), self.place.clone())?;
        if let Some((corrected, other)) = alias {
            out.fact(Some(corrected), Fact::Alias { received, other }, self.place)?;
        }
        match note {
            // The mark is left out of account, and noted.
            Some(place) => out.ignored(place, "x12_reversal_mark_on_correction"),
            None => ControlFlow::Continue(()),
        }
    }
}

impl Draft {
    /// X12 RFI 288: some payers put 22 on the correction as well. A charge that is positive tells it, unless the payment is
    /// taken back: then it is the reversal, whose charge was not turned.
    fn is_correction_marked_as_reversal(&self) -> bool {
        let amount = |stated: Option<Cents>| stated.unwrap_or_default();
        &*self.status == b"22"
            && amount(self.version.charge) > Cents::ZERO
            && amount(self.version.paid) >= Cents::ZERO
    }

    /// A segment whose name is none: what it would have said of the payment is lost.
    pub(super) fn tear(&mut self) {
        self.flaw.get_or_insert(DAMAGED);
    }

    /// A segment of the claim or of its service lines.
    pub(super) fn take(&mut self, name: &[u8], elements: &Elements<'_>) {
        match (name, elements.at(1)) {
            (b"CAS", _) => self.adjustments.take(elements, &mut self.flaw),
            (b"NM1", b"74") => self.corrected = member(elements),
            (b"NM1", b"QC") => self.patient = member(elements),
            (b"NM1", b"IL") => self.insured = member(elements),
            // The number of the payment that this one corrects; below SVC the number is the line's.
            (b"REF", b"F8") if self.version.lines.is_empty() => {
                self.version.replaces = elements.text(2).map(|number| ClaimId::new(number.into_owned()));
            }
            (b"MIA", _) => self.institutional = true,
            (b"SVC", _) => self.service(elements),
            (b"DTM", qualifier) => self.date(qualifier, elements),
            (b"AMT", b"AU") if self.version.lines.is_empty() => {
                self.version.allowed = elements.amount(2, "AMT02", &mut self.flaw);
            }
            (b"AMT", b"B6") => {
                if let Some(line) = self.version.lines.last_mut() {
                    line.allowed = elements.amount(2, "AMT02", &mut self.flaw);
                }
            }
            _ => {}
        }
    }

    fn date(&mut self, qualifier: &[u8], elements: &Elements<'_>) {
        if !matches!(qualifier, b"232" | b"233" | b"050" | b"472" | b"150" | b"151") {
            return;
        }
        let day = match stated_day(elements.at(2)) {
            Ok(Some(day)) => day,
            Ok(None) => return,
            Err(reason) => {
                self.flaw.get_or_insert(Flaw { field: "DTM02", reason });
                return;
            }
        };
        match (qualifier, self.version.lines.last_mut()) {
            (b"232", _) => self.from = Some(day),
            (b"233", _) => self.thru = Some(day),
            (b"050", _) => self.received = Some(day),
            (b"472", Some(line)) => (line.from, line.thru) = (Some(day), Some(day)),
            (b"150", Some(line)) => line.from = Some(day),
            (b"151", Some(line)) => line.thru = Some(day),
            // A service date before any SVC is the claim's.
            (_, None) => self.from = self.from.or(Some(day)),
            _ => {}
        }
    }

    /// SVC: the adjudicated service. SVC06 holds the submitted one where the payer changed it.
    fn service(&mut self, elements: &Elements<'_>) {
        let mut line = Line {
            charge: elements.amount(2, "SVC02", &mut self.flaw),
            paid: elements.amount(3, "SVC03", &mut self.flaw),
            // Some senders write an amount here: it is none, and the service itself is named in SVC01.
            rev: elements.text(4).and_then(|revenue| Code::revenue(&revenue)),
            units: elements.decimal(5, "SVC05", &mut self.flaw),
            ..Line::default()
        };
        let service = elements.composite(1);
        match service.at(1) {
            b"NU" => {
                let otherwise = Flaw { field: "SVC01", reason: Reason::BadValue };
                let own = stated(service.at(2), revenue(service), otherwise, &mut self.flaw);
                line.rev = line.rev.or(own);
            }
            qualifier => {
                self.dental |= qualifier == b"AD";
                procedure(&mut line, service, "SVC01", &mut self.flaw);
            }
        }
        self.institutional |= line.rev.is_some();
        self.version.lines.push(line);
    }

    /// Action, state and reason of denial by CLP02 (CLAIM_FORMATS §4.3).
    fn outcome(&self, correction: bool) -> (Action, ClaimState, Option<Denial>) {
        let charge = self.version.charge.unwrap_or_default();
        match &*self.status {
            b"22" if !correction => (Action::RemitReversal, ClaimState::Cancelled, None),
            b"4" => (Action::Remit, ClaimState::Denied, Some(self.adjustments.of_denied())),
            b"5" | b"10" | b"13" | b"15" | b"16" | b"17" => (Action::Remit, ClaimState::Pended, None),
            _ if self.adjustments.capitated => (Action::Remit, ClaimState::Encounter, None),
            _ => match self.adjustments.whole_charge(charge, self.version.paid.unwrap_or_default()) {
                Some(denial) => (Action::Remit, ClaimState::Denied, Some(denial)),
                None => (Action::Remit, ClaimState::Paid, None),
            },
        }
    }

    /// A status that is none, or a span that ends before it begins.
    fn misstated(&self) -> Option<Flaw> {
        if !STATUSES.contains(&&*self.status) {
            let reason = if self.status.is_empty() { Reason::BlankValue } else { Reason::BadValue };
            return Some(Flaw { field: "CLP02", reason });
        }
        let disordered = |from: Option<Day>, thru: Option<Day>| in_order(from?, thru?).err();
        let flaw = |field| move |reason| Flaw { field, reason };
        let mut lines = self.version.lines.iter();
        disordered(self.from, self.thru)
            .map(flaw("DTM*233"))
            .or_else(|| lines.find_map(|line| disordered(line.from, line.thru)).map(flaw("DTM*151")))
    }

    fn days(&self, context: &Context) -> Option<(Day, Day)> {
        let first = self.version.lines.iter().filter_map(|line| line.from.or(line.thru)).min();
        let last = self.version.lines.iter().filter_map(|line| line.thru.or(line.from)).max();
        let from = self.from.or(first).or(self.thru).or(self.received).or(context.paid_on)?;
        let thru = self.thru.or(last).unwrap_or(from);
        Some((from.min(thru), thru.max(from)))
    }

    /// An 835 does not state the kind of bill: revenue codes, a DRG or inpatient adjudication mean a facility.
    fn kind(&self) -> ClaimKind {
        let drugs =
            !self.version.lines.is_empty() && self.version.lines.iter().all(|line| line.ndc.is_some());
        if self.dental {
            ClaimKind::Dental
        } else if self.institutional {
            ClaimKind::Institutional
        } else if drugs {
            ClaimKind::Pharmacy
        } else {
            ClaimKind::Professional
        }
    }
}

/// What CLP02 may be, in 5010 and 4010.
const STATUSES: [&[u8]; 18] = [
    b"1", b"2", b"3", b"4", b"5", b"10", b"13", b"15", b"16", b"17", b"19", b"20", b"21", b"22", b"23",
    b"25", b"26", b"27",
];

/// The member of a remittance under the id that was billed, and the corrected id with the billed one that it stands for.
/// Where insured and patient are two persons, nobody says which of them is corrected: then there is no alias.
fn whose(
    corrected: Option<MemberId>,
    patient: Option<MemberId>,
    insured: Option<MemberId>,
) -> (Option<MemberId>, Option<(MemberId, MemberId)>) {
    let one_person = patient.is_none() || insured.is_none() || patient == insured;
    let Some(billed) = insured.or(patient) else { return (corrected, None) };
    let other = corrected.filter(|corrected| one_person && *corrected != billed);
    let alias = other.map(|corrected| (corrected, billed.clone()));
    (Some(billed), alias)
}

/// A revenue code written as the service itself.
fn revenue(service: Composite<'_>) -> Option<Code> {
    Code::revenue(std::str::from_utf8(service.at(2)).ok()?)
}

/// A member id; a social security number (qualifier 34) is none.
fn member(elements: &Elements<'_>) -> Option<MemberId> {
    if elements.at(8) == b"34" {
        return None;
    }
    elements.text(9).map(|id| MemberId::new(id.into_owned()))
}
