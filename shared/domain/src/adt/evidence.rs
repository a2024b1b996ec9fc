//! Visits beside claims: what counts until a claim comes, and which claim speaks for a visit.

use super::{AdtRules, Setting, Visit};
use crate::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Line};
use crate::code::Code;
use crate::ids::{ClaimId, SourceId};
use crate::tables::{Marks, Tables};

/// The source of provisional claims. No feed is called so: feeds are named by folders of a bucket.
pub const SOURCE: &str = "icm:adt";

/// Whether a claim is a visit told by messages alone.
pub fn is_provisional(claim: &ClaimVersion) -> bool {
    claim.source.as_str() == SOURCE
}

/// A visit as the claim that it counts as: billed, not adjudicated, without diagnoses. A member who has not left is
/// still a patient (status 30) up to the last message.
pub fn claim_of(visit: &Visit) -> ClaimVersion {
    let id = ClaimId::new(format!("ADT/{}/{}", visit.facility, visit.number));
    let thru = visit.discharge.unwrap_or(visit.last).max(visit.admit);
    let dates = (visit.admit, thru);
    let mut claim =
        ClaimVersion::new(SourceId::from(SOURCE), id, ClaimKind::Institutional, visit.last, dates);
    claim.state = ClaimState::Submitted;
    claim.facility = Some(visit.facility.clone());
    claim.admit = Some(visit.admit);
    claim.discharge = visit.discharge;
    claim.admit_type = visit.admit_type;
    claim.principal = false;
    let (bill, revenue, last) = match visit.setting {
        Setting::Inpatient => (Code::literal("111"), Code::literal("0100"), thru),
        Setting::Observation => (Code::literal("131"), Code::literal("0762"), thru),
        Setting::Emergency => (Code::literal("131"), Code::literal("0450"), visit.admit),
    };
    if visit.setting == Setting::Emergency {
        (claim.thru, claim.discharge) = (visit.admit, None);
    } else if visit.discharge.is_none() {
        claim.discharge_status = Some(Code::literal("30"));
    }
    claim.bill_type = Some(bill);
    claim.lines =
        vec![Line { rev: Some(revenue), from: Some(visit.admit), thru: Some(last), ..Line::default() }];
    claim
}

/// Whether a claim, whatever became of it, is the claim of this visit (CLAIM_FORMATS §4.6: member, facility, admission
/// day within a day).
///
/// Facilities are compared only where both are numbers of one kind (two NPIs, two CCNs): MSH-4 is mostly a name of the
/// sender's own, and nobody is admitted twice within a day without it being one stay (FACTS §1.3).
pub fn confirms(claim: &ClaimVersion, visit: &Visit, rules: &AdtRules, tables: &Tables) -> bool {
    if is_provisional(claim) || matches!(claim.action, Action::Remit | Action::RemitReversal) {
        return false;
    }
    let began = claim.admit.unwrap_or(claim.from);
    let near = began.since(visit.admit).abs() <= rules.confirm_days;
    near && same_facility(claim, visit) && of_setting(claim, visit.setting, tables)
}

fn same_facility(claim: &ClaimVersion, visit: &Visit) -> bool {
    let digits = |text: &str| text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let comparable = |own: &&str| own.len() == visit.facility.len() && digits(own) && digits(&visit.facility);
    let own = [claim.facility.as_deref(), claim.billing_npi.as_deref()].into_iter().flatten();
    let mut own = own.filter(comparable).peekable();
    own.peek().is_none() || own.any(|own| *own == *visit.facility)
}

/// A stay is confirmed by an inpatient bill or one with observation; an emergency visit by emergency services, or by
/// the inpatient bill of the admission that it led to.
fn of_setting(claim: &ClaimVersion, setting: Setting, tables: &Tables) -> bool {
    let marked = |marks: Marks| {
        let codes = |line: &Line| {
            [line.rev, line.hcpcs].into_iter().flatten().any(|code| tables.marks(&code).has(marks))
        };
        claim.lines.iter().any(codes)
    };
    let emergency =
        || marked(Marks::ED) || claim.lines.iter().any(|line| line.pos.is_some_and(|pos| pos == "23"));
    match claim.kind {
        ClaimKind::Institutional => {
            // The second digit of the type of bill: 1 inpatient, 2 inpatient part B, 8 swing bed.
            let inpatient = claim.bill_type.is_some_and(|bill| {
                matches!(bill.as_str().as_bytes(), [b'1' | b'2' | b'4' | b'6', b'1' | b'2' | b'8', ..])
            });
            inpatient
                || match setting {
                    Setting::Inpatient | Setting::Observation => marked(Marks::OBSERVATION),
                    Setting::Emergency => emergency(),
                }
        }
        ClaimKind::Professional => setting == Setting::Emergency && emergency(),
        ClaimKind::Pharmacy | ClaimKind::Dental => false,
    }
}
