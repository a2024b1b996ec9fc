//! A claim version in encoding version 1.
//!
//! Days are stored as differences (receipt from the pack's base, service from receipt, through from service), small
//! enumerations together in one number, rare fields together behind one marker.

use super::Texts;
use super::flags::Flags;
use crate::pack::codec::{Compact, Number, Packed};
use icm_domain::claim::{ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_domain::money::Cents;
use serde::{Deserialize, Serialize};
use std::num::TryFromIntError;

#[derive(Serialize, Deserialize)]
pub(super) struct ClaimV1 {
    source: u32,
    claim_id: Compact,
    /// Small enumerations, two bits and more each; see [`Flags`].
    flags: u32,
    received: i32,
    from: i32,
    thru: i32,
    /// Position among the texts, plus one; zero: none.
    facility: u32,
    billing_npi: u32,
    bill_type: Packed,
    institutional: Option<Box<InstitutionalV1>>,
    dx: Vec<Packed>,
    lines: Vec<LineV1>,
    charge: Number,
    allowed: Number,
    paid: Number,
    rare: Option<Box<RareV1>>,
}

#[derive(Serialize, Deserialize)]
struct InstitutionalV1 {
    admit: Number,
    discharge: Number,
    discharge_status: Packed,
    admit_type: Packed,
    admit_source: Packed,
    drg: Packed,
    px: Vec<Packed>,
}

#[derive(Serialize, Deserialize)]
struct RareV1 {
    control: Compact,
    group: Compact,
    frequency: Packed,
    replaces: Compact,
    effective: Number,
    /// Written only when it is not the pack's member.
    member_id: Compact,
    taxonomy: Packed,
}

#[derive(Serialize, Deserialize)]
struct LineV1 {
    rev: Packed,
    hcpcs: Packed,
    modifiers: Vec<Packed>,
    pos: Packed,
    ndc: Packed,
    from: Number,
    thru: Number,
    units: Compact,
    days_supply: Number,
    charge: Number,
    allowed: Number,
    paid: Number,
}

impl ClaimV1 {
    pub(super) fn of(claim: &ClaimVersion, member: &MemberId, base: Day, texts: &mut Texts) -> Self {
        let mut optional = |text: &Option<Box<str>>| text.as_deref().map_or(0, |text| texts.place(text) + 1);
        let facility = optional(&claim.facility);
        let billing_npi = optional(&claim.billing_npi);
        Self {
            source: texts.place(claim.source.as_str()),
            claim_id: Compact::of(Some(claim.claim_id.as_str())),
            flags: Flags::of(claim, member).0,
            received: claim.received.since(base),
            from: claim.from.since(claim.received),
            thru: claim.thru.since(claim.from),
            facility,
            billing_npi,
            bill_type: Packed(claim.bill_type),
            institutional: InstitutionalV1::of(claim),
            dx: claim.dx.iter().map(|code| Packed(Some(*code))).collect(),
            lines: claim.lines.iter().map(|line| LineV1::of(line, claim.from)).collect(),
            charge: amount(claim.charge),
            allowed: amount(claim.allowed),
            paid: amount(claim.paid),
            rare: RareV1::of(claim, member),
        }
    }

    /// The claim version; none when a value cannot be read.
    pub(super) fn read(self, member: &MemberId, base: Day, texts: &Texts) -> Option<ClaimVersion> {
        let flags = Flags(self.flags);
        let received = base.plus(self.received);
        let from = received.plus(self.from);
        let days = (from, from.plus(self.thru));
        let optional = |place: u32| match place.checked_sub(1) {
            None => Some(None),
            Some(place) => texts.get(place).map(|text| Some(text.into())),
        };
        let source = SourceId::new(texts.get(self.source)?);
        let claim_id = ClaimId::new(self.claim_id.0?);
        let mut claim = ClaimVersion::new(source, claim_id, flags.kind()?, received, days);
        claim.facility = optional(self.facility)?;
        claim.billing_npi = optional(self.billing_npi)?;
        claim.bill_type = self.bill_type.0;
        claim.dx = all(self.dx)?;
        claim.lines = self.lines.into_iter().map(|line| line.read(from)).collect::<Option<_>>()?;
        (claim.charge, claim.allowed, claim.paid) =
            (cents(self.charge), cents(self.allowed), cents(self.paid));
        flags.apply(&mut claim, member)?;
        if let Some(institutional) = self.institutional {
            institutional.apply(&mut claim)?;
        }
        if let Some(rare) = self.rare {
            rare.apply(&mut claim)?;
        }
        Some(claim)
    }
}

impl InstitutionalV1 {
    fn of(claim: &ClaimVersion) -> Option<Box<Self>> {
        let stated = claim.admit.is_some()
            || claim.discharge.is_some()
            || claim.discharge_status.is_some()
            || claim.admit_type.is_some()
            || claim.admit_source.is_some()
            || claim.drg.is_some()
            || !claim.px.is_empty();
        stated.then(|| {
            Box::new(Self {
                admit: day_from(claim.from, claim.admit),
                discharge: day_from(claim.thru, claim.discharge),
                discharge_status: Packed(claim.discharge_status),
                admit_type: Packed(claim.admit_type),
                admit_source: Packed(claim.admit_source),
                drg: Packed(claim.drg),
                px: claim.px.iter().map(|code| Packed(Some(*code))).collect(),
            })
        })
    }

    fn apply(self, claim: &mut ClaimVersion) -> Option<()> {
        claim.admit = day_at(claim.from, self.admit).ok()?;
        claim.discharge = day_at(claim.thru, self.discharge).ok()?;
        claim.discharge_status = self.discharge_status.0;
        claim.admit_type = self.admit_type.0;
        claim.admit_source = self.admit_source.0;
        claim.drg = self.drg.0;
        claim.px = all(self.px)?;
        Some(())
    }
}

impl RareV1 {
    fn of(claim: &ClaimVersion, member: &MemberId) -> Option<Box<Self>> {
        let other_member = claim.member_id.as_ref().filter(|id| *id != member);
        let stated = claim.control.is_some()
            || claim.group.is_some()
            || claim.frequency.is_some()
            || claim.replaces.is_some()
            || claim.effective.is_some()
            || other_member.is_some()
            || claim.taxonomy.is_some();
        let id = |id: &Option<ClaimId>| Compact::of(id.as_ref().map(ClaimId::as_str));
        stated.then(|| {
            Box::new(Self {
                control: id(&claim.control),
                group: id(&claim.group),
                frequency: Packed(claim.frequency),
                replaces: id(&claim.replaces),
                effective: day_from(claim.received, claim.effective),
                member_id: Compact::of(other_member.map(MemberId::as_str)),
                taxonomy: Packed(claim.taxonomy),
            })
        })
    }

    fn apply(self, claim: &mut ClaimVersion) -> Option<()> {
        claim.control = self.control.0.map(ClaimId::new);
        claim.group = self.group.0.map(ClaimId::new);
        claim.frequency = self.frequency.0;
        claim.replaces = self.replaces.0.map(ClaimId::new);
        claim.effective = day_at(claim.received, self.effective).ok()?;
        if let Some(id) = self.member_id.0 {
            claim.member_id = Some(MemberId::new(id));
        }
        claim.taxonomy = self.taxonomy.0;
        Some(())
    }
}

impl LineV1 {
    fn of(line: &Line, claim_from: Day) -> Self {
        Self {
            rev: Packed(line.rev),
            hcpcs: Packed(line.hcpcs),
            modifiers: line.modifiers.iter().map(|code| Packed(Some(*code))).collect(),
            pos: Packed(line.pos),
            ndc: Packed(line.ndc),
            from: day_from(claim_from, line.from),
            thru: day_from(claim_from, line.thru),
            units: Compact(line.units.clone()),
            days_supply: Number(line.days_supply.map(i64::from)),
            charge: amount(line.charge),
            allowed: amount(line.allowed),
            paid: amount(line.paid),
        }
    }

    fn read(self, claim_from: Day) -> Option<Line> {
        Some(Line {
            rev: self.rev.0,
            hcpcs: self.hcpcs.0,
            modifiers: all(self.modifiers)?,
            pos: self.pos.0,
            ndc: self.ndc.0,
            from: day_at(claim_from, self.from).ok()?,
            thru: day_at(claim_from, self.thru).ok()?,
            units: self.units.0,
            days_supply: self.days_supply.0.map(u16::try_from).transpose().ok()?,
            charge: cents(self.charge),
            allowed: cents(self.allowed),
            paid: cents(self.paid),
        })
    }
}

fn all(codes: Vec<Packed>) -> Option<Vec<Code>> {
    codes.into_iter().map(|code| code.0).collect()
}

fn amount(cents: Option<Cents>) -> Number {
    Number(cents.map(|cents| cents.0))
}

fn cents(number: Number) -> Option<Cents> {
    number.0.map(Cents)
}

fn day_from(base: Day, day: Option<Day>) -> Number {
    Number(day.map(|day| i64::from(day.since(base))))
}

/// The day that many days after `base`.
fn day_at(base: Day, days: Number) -> Result<Option<Day>, TryFromIntError> {
    days.0.map(|days| i32::try_from(days).map(|days| base.plus(days))).transpose()
}

/// Does nothing, and does not compile when a claim or a line has a field that is not stored above: a new field needs
/// a place in a new encoding version.
#[expect(dead_code, reason = "checked by the compiler alone")]
fn every_field_has_a_place(claim: &ClaimVersion, line: &Line) {
    let ClaimVersion {
        source: _,
        claim_id: _,
        scope: _,
        control: _,
        group: _,
        frequency: _,
        replaces: _,
        action: _,
        received: _,
        effective: _,
        member_id: _,
        kind: _,
        bill_type: _,
        facility: _,
        billing_npi: _,
        taxonomy: _,
        from: _,
        thru: _,
        admit: _,
        discharge: _,
        discharge_status: _,
        admit_type: _,
        admit_source: _,
        drg: _,
        icd: _,
        principal: _,
        dx: _,
        px: _,
        lines: _,
        charge: _,
        allowed: _,
        paid: _,
        state: _,
        denial: _,
        part2: _,
    } = claim;
    let Line {
        rev: _,
        hcpcs: _,
        modifiers: _,
        pos: _,
        ndc: _,
        from: _,
        thru: _,
        units: _,
        days_supply: _,
        charge: _,
        allowed: _,
        paid: _,
    } = line;
}
