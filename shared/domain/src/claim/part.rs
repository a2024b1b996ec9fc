//! Parts of claims: what a source sends apart from the bill that they belong to.
//!
//! CMS sends a part A claim as four files (CCLF1 header, 2 lines, 3 procedures, 4 diagnoses) that may come as one
//! delivery or each by itself, in any order. A part says nothing about what the claim is: alone it waits in the fold
//! and counts nothing (CLAIM_FORMATS §4.1 R3), and the header takes it in, whichever came first.

use super::{Action, ClaimVersion};
use crate::day::Day;
use crate::ids::{ClaimId, SourceId};
use std::collections::BTreeMap;

impl ClaimVersion {
    /// Whether this is a part of a claim and no bill: it adds lines or codes and states neither a frequency nor a type
    /// of bill. Late charges (frequency 5) state one.
    pub const fn is_part(&self) -> bool {
        matches!(self.action, Action::AddLines) && self.frequency.is_none() && self.bill_type.is_none()
    }

    /// Takes in what a part says. Lines that are here already (a claim that was joined before it was sent, a file sent
    /// again) are not added a second time.
    pub fn take_in(&mut self, part: &Self) {
        if self.lines != part.lines {
            self.lines.extend(part.lines.iter().cloned());
        }
        if self.dx.is_empty() && !part.dx.is_empty() {
            self.icd = part.icd;
        }
        add_missing(&mut self.dx, &part.dx);
        add_missing(&mut self.px, &part.px);
    }
}

fn add_missing<T: PartialEq + Copy>(held: &mut Vec<T>, more: &[T]) {
    for code in more {
        if !held.contains(code) {
            held.push(*code);
        }
    }
}

/// The parts known of one claim, of each kind the one received last (ruling 2).
#[derive(Default)]
struct Parts<'a> {
    lines: Option<&'a ClaimVersion>,
    dx: Option<&'a ClaimVersion>,
    px: Option<&'a ClaimVersion>,
}

impl<'a> Parts<'a> {
    fn note(&mut self, part: &'a ClaimVersion) {
        let newer = |held: &mut Option<&'a ClaimVersion>| {
            if held.is_none_or(|held| (held.received, held) < (part.received, part)) {
                *held = Some(part);
            }
        };
        if !part.lines.is_empty() {
            newer(&mut self.lines);
        }
        if !part.dx.is_empty() {
            newer(&mut self.dx);
        }
        if !part.px.is_empty() {
            newer(&mut self.px);
        }
    }

    /// The header with its parts. A header that holds lines already was joined before: its own lines stand.
    fn join(&self, header: &ClaimVersion) -> ClaimVersion {
        let mut whole = header.clone();
        for part in [self.lines, self.dx, self.px].into_iter().flatten() {
            let without_lines = ClaimVersion { lines: Vec::new(), ..part.clone() };
            whole.take_in(if whole.lines.is_empty() { part } else { &without_lines });
        }
        whole
    }
}

/// The claims with the parts received by `as_of` joined to their headers; parts whose header is not known yet are left
/// out. Any order of arrival gives the same claims.
pub fn joined(claims: &[ClaimVersion], as_of: Day) -> Vec<ClaimVersion> {
    let mut parts: BTreeMap<(&SourceId, &ClaimId), Parts<'_>> = BTreeMap::new();
    for part in claims.iter().filter(|claim| claim.is_part() && claim.received <= as_of) {
        parts.entry((&part.source, &part.claim_id)).or_default().note(part);
    }
    let headers = claims.iter().filter(|claim| !claim.is_part());
    headers
        .map(|header| match parts.get(&(&header.source, &header.claim_id)) {
            Some(own) => own.join(header),
            None => header.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{ClaimKind, Line};
    use crate::code::Code;

    fn version(received: i32) -> ClaimVersion {
        let day = Day::from_count(100);
        let (source, id) = (SourceId::from("cclf"), ClaimId::from("10"));
        ClaimVersion::new(source, id, ClaimKind::Institutional, Day::from_count(received), (day, day))
    }

    fn header() -> ClaimVersion {
        let dx = vec![Code::literal("I509")];
        ClaimVersion { bill_type: Some(Code::literal("111")), dx, ..version(120) }
    }

    fn lines(received: i32, revenues: &[&'static str]) -> ClaimVersion {
        let line = |rev: &&'static str| Line { rev: Some(Code::literal(rev)), ..Line::default() };
        let lines = revenues.iter().map(line).collect();
        ClaimVersion { action: Action::AddLines, principal: false, lines, ..version(received) }
    }

    fn diagnoses() -> ClaimVersion {
        let dx = vec![Code::literal("I509"), Code::literal("E119")];
        ClaimVersion { action: Action::AddLines, principal: false, dx, ..version(130) }
    }

    #[test]
    fn a_header_takes_in_its_parts_whatever_the_order_of_arrival() {
        let mut all = vec![lines(125, &["0120"]), header(), diagnoses(), lines(130, &["0120", "0450"])];
        for _ in 0..all.len() {
            all.rotate_left(1);
            let claims = joined(&all, Day::from_count(200));
            assert_eq!(claims.len(), 1);
            let revenues: Vec<_> = claims[0].lines.iter().map(|line| line.rev.unwrap()).collect();
            assert_eq!(revenues, [Code::literal("0120"), Code::literal("0450")]);
            assert_eq!(claims[0].dx, [Code::literal("I509"), Code::literal("E119")]);
            assert_eq!((claims[0].action, claims[0].principal), (Action::Original, true));
        }
    }

    #[test]
    fn parts_without_their_header_count_nothing_and_wait() {
        assert!(joined(&[lines(125, &["0120"]), diagnoses()], Day::from_count(200)).is_empty());
        let early = joined(&[header(), lines(125, &["0120"])], Day::from_count(121));
        assert!(early[0].lines.is_empty(), "what was received later is not known yet");
    }

    #[test]
    fn a_claim_that_came_joined_keeps_its_lines_when_the_parts_come_again() {
        let whole = ClaimVersion { lines: lines(120, &["0120"]).lines, ..header() };
        let again = joined(&[whole.clone(), lines(150, &["0120"])], Day::from_count(200));
        assert_eq!(again, [whole]);
    }

    #[test]
    fn late_charges_are_a_bill_and_no_part() {
        let late = ClaimVersion { frequency: Some(Code::literal("5")), ..lines(125, &["0250"]) };
        assert!(!late.is_part() && lines(125, &["0250"]).is_part());
    }
}
