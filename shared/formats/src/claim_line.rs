//! A claim version as one line of JSON: the output of `icm parse`. Keys, their order and spelling are a contract
//! with the scripts of analysts; absent values are `null`, money is in cents, units are decimal text as received.

use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Line, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::money::Cents;
use serde::Serialize;
use std::io::{self, Write};

/// Writes one claim version and a line feed.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut impl Write, claim: &ClaimVersion) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &ClaimLine::from(claim))?;
    out.write_all(b"\n")
}

/// The line's keys, in order.
#[derive(Debug, Serialize)]
struct ClaimLine<'a> {
    claim_id: &'a str,
    frequency: Option<Code>,
    replaces: Option<&'a str>,
    received: Day,
    member_id: Option<&'a str>,
    kind: ClaimKind,
    bill_type: Option<Code>,
    facility: Option<&'a str>,
    billing_npi: Option<&'a str>,
    from: Day,
    thru: Day,
    admit: Option<Day>,
    discharge: Option<Day>,
    discharge_status: Option<Code>,
    admit_type: Option<Code>,
    drg: Option<Code>,
    dx: &'a [Code],
    px: &'a [Code],
    lines: Vec<ServiceLine<'a>>,
    charge_cents: Option<Cents>,
    allowed_cents: Option<Cents>,
    paid_cents: Option<Cents>,
    state: ClaimState,
}

#[derive(Debug, Serialize)]
struct ServiceLine<'a> {
    rev: Option<Code>,
    hcpcs: Option<Code>,
    modifiers: &'a [Code],
    pos: Option<Code>,
    ndc: Option<Code>,
    from: Option<Day>,
    thru: Option<Day>,
    units: Option<&'a str>,
    charge_cents: Option<Cents>,
    paid_cents: Option<Cents>,
}

impl<'a> From<&'a ClaimVersion> for ClaimLine<'a> {
    fn from(claim: &'a ClaimVersion) -> Self {
        Self {
            claim_id: claim.claim_id.as_str(),
            frequency: claim.frequency,
            replaces: claim.replaces.as_ref().map(icm_domain::ids::ClaimId::as_str),
            received: claim.received,
            member_id: claim.member_id.as_ref().map(icm_domain::ids::MemberId::as_str),
            kind: claim.kind,
            bill_type: claim.bill_type,
            facility: claim.facility.as_deref(),
            billing_npi: claim.billing_npi.as_deref(),
            from: claim.from,
            thru: claim.thru,
            admit: claim.admit,
            discharge: claim.discharge,
            discharge_status: claim.discharge_status,
            admit_type: claim.admit_type,
            drg: claim.drg,
            dx: &claim.dx,
            px: &claim.px,
            lines: claim.lines.iter().map(ServiceLine::from).collect(),
            charge_cents: claim.charge,
            allowed_cents: claim.allowed,
            paid_cents: claim.paid,
            state: shown_state(claim),
        }
    }
}

/// The state; a version that voids its claim by its source's adjustment type shows as cancelled, because no frequency
/// code in the line says it.
fn shown_state(claim: &ClaimVersion) -> ClaimState {
    let by_source =
        claim.action == Action::Void && action_of(claim.frequency, claim.bill_type) != Action::Void;
    if by_source { ClaimState::Cancelled } else { claim.state }
}

impl<'a> From<&'a Line> for ServiceLine<'a> {
    fn from(line: &'a Line) -> Self {
        Self {
            rev: line.rev,
            hcpcs: line.hcpcs,
            modifiers: &line.modifiers,
            pos: line.pos,
            ndc: line.ndc,
            from: line.from,
            thru: line.thru,
            units: line.units.as_deref(),
            charge_cents: line.charge,
            paid_cents: line.paid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use icm_domain::ids::{ClaimId, SourceId};

    #[test]
    fn a_void_that_no_frequency_tells_shows_as_cancelled() {
        let day = Day::from_ymd(2026, 1, 2).unwrap();
        let mut claim = ClaimVersion::new(
            SourceId::from("feed"),
            ClaimId::from("C1"),
            ClaimKind::Institutional,
            day,
            (day, day),
        );
        claim.action = Action::Void;
        assert_eq!(shown_state(&claim), ClaimState::Cancelled);
        claim.frequency = icm_domain::code::Code::new("8");
        assert_eq!(shown_state(&claim), ClaimState::Paid);
    }

    #[test]
    fn keys_come_in_the_order_of_the_contract() {
        let day = Day::from_ymd(2026, 1, 2).unwrap();
        let source = SourceId::from("feed");
        let mut claim =
            ClaimVersion::new(source, ClaimId::from("C1"), ClaimKind::Professional, day, (day, day));
        claim.dx = vec![Code::new("I10").unwrap()];
        claim.paid = Some(Cents(-150));
        claim.lines = vec![Line { units: Some("1.5".into()), ..Line::default() }];
        let mut out = Vec::new();
        write(&mut out, &claim).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"claim_id":"C1","frequency":null,"replaces":null,"received":"2026-01-02","member_id":null,"#,
                r#""kind":"professional","bill_type":null,"facility":null,"billing_npi":null,"#,
                r#""from":"2026-01-02","thru":"2026-01-02","admit":null,"discharge":null,"#,
                r#""discharge_status":null,"admit_type":null,"drg":null,"dx":["I10"],"px":[],"#,
                r#""lines":[{"rev":null,"hcpcs":null,"modifiers":[],"pos":null,"ndc":null,"from":null,"#,
                r#""thru":null,"units":"1.5","charge_cents":null,"paid_cents":null}],"#,
                r#""charge_cents":null,"allowed_cents":null,"paid_cents":-150,"state":"paid"}"#,
                "\n"
            )
        );
    }
}
