//! Writer of 837I and 837P, for generated populations.
//!
//! What an 837 can carry comes back as it was: reading what was written gives the same claim versions (a property
//! test). Paid and allowed amounts, payer control numbers and receipt dates are no part of an 837.

use icm_domain::claim::{ClaimKind, ClaimState, ClaimVersion, Icd, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::money::Cents;
use std::fmt::Display;
use std::io::{self, Write};

/// What names one interchange.
#[derive(Clone, Copy, Debug)]
pub struct Interchange {
    /// Control number (ISA13), below a thousand million.
    pub control: u32,
    /// Day on which it is written (ISA09, GS04, BHT04).
    pub written: Day,
}

/// Writes claims as one interchange: one group and one transaction set for facilities' bills, one for practitioners'.
/// Claims of other kinds are left out. Delimiters inside values are dropped.
///
/// # Errors
/// Those of the output.
pub fn write(claims: &[ClaimVersion], interchange: Interchange, out: &mut dyn Write) -> io::Result<()> {
    let Interchange { control, written } = interchange;
    let date = compact(written);
    let short = date.get(2..).unwrap_or_default();
    write!(
        out,
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *{short}*0000*^*00501*"
    )?;
    writeln!(out, "{control:09}*0*P*:~")?;
    let mut groups = 0;
    for (kind, guide) in
        [(ClaimKind::Institutional, "005010X223A2"), (ClaimKind::Professional, "005010X222A1")]
    {
        let of_kind: Vec<_> = claims.iter().filter(|claim| claim.kind == kind).collect();
        // Encounters and bills to be paid differ in the header: they go in sets of their own.
        let (encounters, bills): (Vec<_>, Vec<_>) =
            of_kind.into_iter().partition(|claim| claim.state == ClaimState::Encounter);
        for (purpose, claims) in [("CH", bills), ("RP", encounters)] {
            if claims.is_empty() {
                continue;
            }
            groups += 1;
            writeln!(out, "GS*HC*SENDER*RECEIVER*{date}*0000*{groups}*X*{guide}~")?;
            Set { out, segments: 0, levels: 0 }.write(guide, &date, purpose, &claims)?;
            writeln!(out, "GE*1*{groups}~")?;
        }
    }
    writeln!(out, "IEA*{groups}*{control:09}~")
}

/// One transaction set being written.
struct Set<'a> {
    out: &'a mut dyn Write,
    segments: u32,
    levels: u32,
}

impl Set<'_> {
    fn write(&mut self, guide: &str, date: &str, purpose: &str, claims: &[&ClaimVersion]) -> io::Result<()> {
        self.segment(&[&"ST", &"837", &"0001", &guide])?;
        self.segment(&[&"BHT", &"0019", &"00", &"1", &date, &"0000", &purpose])?;
        self.segment(&[&"NM1", &"41", &"2", &"SENDER", &"", &"", &"", &"", &"46", &"1"])?;
        self.segment(&[&"NM1", &"40", &"2", &"RECEIVER", &"", &"", &"", &"", &"46", &"1"])?;
        let mut above: Option<&ClaimVersion> = None;
        let mut provider = 0;
        for claim in claims {
            let same = |last: &ClaimVersion| {
                last.billing_npi == claim.billing_npi && last.taxonomy == claim.taxonomy
            };
            if !above.is_some_and(same) {
                provider = self.provider(claim)?;
                above = None;
            }
            if above.is_none_or(|last| last.member_id != claim.member_id) {
                self.subscriber(claim, provider)?;
            }
            self.claim(claim)?;
            above = Some(claim);
        }
        let count = self.segments + 1;
        self.segment(&[&"SE", &count, &"0001"])
    }

    fn provider(&mut self, claim: &ClaimVersion) -> io::Result<u32> {
        self.levels += 1;
        let level = self.levels;
        self.segment(&[&"HL", &level, &"", &"20", &"1"])?;
        if let Some(taxonomy) = claim.taxonomy {
            self.segment(&[&"PRV", &"BI", &"PXC", &taxonomy.as_str()])?;
        }
        if let Some(npi) = &claim.billing_npi {
            self.segment(&[&"NM1", &"85", &"2", &"PROVIDER", &"", &"", &"", &"", &"XX", npi])?;
        }
        Ok(level)
    }

    fn subscriber(&mut self, claim: &ClaimVersion, provider: u32) -> io::Result<()> {
        self.levels += 1;
        let level = self.levels;
        self.segment(&[&"HL", &level, &provider, &"22", &"0"])?;
        self.segment(&[&"SBR", &"P", &"18", &"", &"", &"", &"", &"", &"", &"CI"])?;
        if let Some(member) = &claim.member_id {
            self.segment(&[&"NM1", &"IL", &"1", &"MEMBER", &"", &"", &"", &"", &"MI", &member.as_str()])?;
        }
        self.segment(&[&"NM1", &"PR", &"2", &"PAYER", &"", &"", &"", &"", &"PI", &"1"])
    }

    fn claim(&mut self, claim: &ClaimVersion) -> io::Result<()> {
        let facility_bill = claim.kind == ClaimKind::Institutional;
        let place = if facility_bill {
            claim.bill_type.map(|bill| bill.as_str().chars().take(2).collect())
        } else {
            common_place(&claim.lines)
        };
        let place: String = place.unwrap_or_default();
        let qualifier = if facility_bill { "A" } else { "B" };
        let frequency = claim.frequency.map(|code| code.as_str().to_owned()).unwrap_or_default();
        let location = Composite(vec![place, qualifier.to_owned(), frequency]);
        let charge = claim.charge.map(decimal).unwrap_or_default();
        self.segment(&[
            &"CLM",
            &claim.claim_id.as_str(),
            &charge,
            &"",
            &"",
            &location,
            &"Y",
            &"A",
            &"Y",
            &"Y",
        ])?;
        if facility_bill || span_of(&claim.lines) != Some((claim.from, claim.thru)) {
            self.period("434", claim.from, claim.thru)?;
        }
        if let Some(admit) = claim.admit {
            self.period("435", admit, admit)?;
        }
        let coded = [claim.admit_type, claim.admit_source, claim.discharge_status];
        if coded.iter().any(Option::is_some) {
            let [kind, source, status] =
                coded.map(|code| code.map(|code| code.as_str().to_owned()).unwrap_or_default());
            self.segment(&[&"CL1", &kind, &source, &status])?;
        }
        if let Some(replaces) = &claim.replaces {
            self.segment(&[&"REF", &"F8", &replaces.as_str()])?;
        }
        self.codes(claim)?;
        if let Some(facility) = claim.facility.as_ref().filter(|_| claim.facility != claim.billing_npi) {
            self.segment(&[&"NM1", &"77", &"2", &"FACILITY", &"", &"", &"", &"", &"XX", facility])?;
        }
        for (number, line) in (1_u32..).zip(&claim.lines) {
            self.line(number, line, facility_bill)?;
        }
        Ok(())
    }

    /// HI segments: diagnoses, procedures, DRG; at most twelve codes in one segment.
    fn codes(&mut self, claim: &ClaimVersion) -> io::Result<()> {
        let tenth = claim.icd == Icd::Ten;
        let qualifier = |tenth_form: &'static str| {
            if tenth { tenth_form } else { tenth_form.get(1..).unwrap_or_default() }
        };
        let pair =
            |qualifier: &str, code: &Code| Composite(vec![qualifier.to_owned(), code.as_str().to_owned()]);
        let dx = claim.dx.iter().enumerate().map(|(at, code)| {
            let first = at == 0 && claim.principal;
            pair(qualifier(if first { "ABK" } else { "ABF" }), code)
        });
        let px = claim
            .px
            .iter()
            .enumerate()
            .map(|(at, code)| pair(qualifier(if at == 0 { "BBR" } else { "BBQ" }), code));
        let drg = claim.drg.iter().map(|code| pair("DR", code));
        let lists: [Vec<Composite>; 3] = [dx.collect(), px.collect(), drg.collect()];
        for chunk in lists.iter().flat_map(|list| list.chunks(12)) {
            let mut elements: Vec<&dyn Display> = vec![&"HI"];
            elements.extend(chunk.iter().map(|composite| -> &dyn Display { composite }));
            self.segment(&elements)?;
        }
        Ok(())
    }

    fn line(&mut self, number: u32, line: &Line, facility_bill: bool) -> io::Result<()> {
        self.segment(&[&"LX", &number])?;
        let text = |code: Option<Code>| code.map(|code| code.as_str().to_owned()).unwrap_or_default();
        let mut service = vec!["HC".to_owned(), text(line.hcpcs)];
        service.extend(line.modifiers.iter().map(|code| code.as_str().to_owned()));
        let service = Composite(if line.hcpcs.is_some() { service } else { Vec::new() });
        let charge = line.charge.map(decimal).unwrap_or_default();
        let units = line.units.as_deref().unwrap_or_default();
        if facility_bill {
            self.segment(&[&"SV2", &text(line.rev), &service, &charge, &"UN", &units])?;
        } else {
            self.segment(&[&"SV1", &service, &charge, &"UN", &units, &text(line.pos)])?;
        }
        if let Some(from) = line.from {
            self.period("472", from, line.thru.unwrap_or(from))?;
        }
        if let Some(ndc) = line.ndc {
            self.segment(&[&"LIN", &"", &"N4", &ndc.as_str()])?;
        }
        Ok(())
    }

    fn period(&mut self, qualifier: &str, from: Day, thru: Day) -> io::Result<()> {
        if from == thru {
            return self.segment(&[&"DTP", &qualifier, &"D8", &compact(from)]);
        }
        self.segment(&[&"DTP", &qualifier, &"RD8", &format!("{}-{}", compact(from), compact(thru))])
    }

    /// Writes a segment without trailing empty elements.
    fn segment(&mut self, elements: &[&dyn Display]) -> io::Result<()> {
        self.segments += 1;
        let mut text = String::new();
        for element in elements {
            let written = element.to_string();
            text.extend(written.chars().filter(|c| !matches!(c, '*' | '~') && !c.is_control()));
            text.push('*');
        }
        writeln!(self.out, "{}~", text.trim_end_matches('*'))
    }
}

/// A composite element; component separators inside its values are dropped.
struct Composite(Vec<String>);

impl Display for Composite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<_> = self.0.iter().map(|part| part.replace(':', "")).collect();
        f.write_str(parts.join(":").trim_end_matches(':'))
    }
}

/// The place of service for CLM05-1: the first line's, when every line states one of its own.
fn common_place(lines: &[Line]) -> Option<String> {
    let stated = lines.iter().all(|line| line.pos.is_some());
    lines.first().filter(|_| stated).and_then(|line| line.pos).map(|pos| pos.as_str().to_owned())
}

fn span_of(lines: &[Line]) -> Option<(Day, Day)> {
    let first = lines.iter().filter_map(|line| line.from).min()?;
    let last = lines.iter().filter_map(|line| line.thru.or(line.from)).max()?;
    Some((first, last))
}

/// CCYYMMDD.
fn compact(day: Day) -> String {
    let (year, month, day) = day.ymd();
    format!("{year:04}{month:02}{day:02}")
}

/// Decimal text of an amount: `12`, `12.5`, `-0.05`.
pub(crate) fn decimal(amount: Cents) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    let (whole, hundredths) = (amount.0.unsigned_abs() / 100, amount.0.unsigned_abs() % 100);
    match hundredths {
        0 => format!("{sign}{whole}"),
        tens if tens % 10 == 0 => format!("{sign}{whole}.{}", tens / 10),
        _ => format!("{sign}{whole}.{hundredths:02}"),
    }
}
