//! The stories themselves: one function each, named by what happens.

use super::{Script, Story};
use crate::codes::{dx, pos, program, service, status};
use crate::coverage;
use crate::engagement::{collaborative, contacts, every, monthly, roster_row, transition};
use crate::hospital::Stay;
use crate::journey;
use crate::pathway;
use icm_domain::claim::{Action, ClaimState, Denial};
use icm_domain::code::Code;
use icm_domain::decision::DecisionKind::{
    self, EscalateToCurrentManager, Excluded, IdentifiedIcm, IdentifiedIcmComanage, IdentifiedInternalOnly,
    ManagedOk, ManagedTooSoon, NotTriggered, ReferOther,
};
use icm_domain::facts::{ClosureKind, Consent, ConsentKind, Model, Preference, PreferenceKind, RosterStatus};
use icm_domain::phi::Phi;

/// No other program is engaged.
const ALONE: &str = "UNMANAGED_HIGH_UTILIZATION";

const fn story(
    id: &'static str,
    expect: DecisionKind,
    reason: &'static str,
    tell: fn(&mut Script<'_, '_>),
) -> Story {
    Story { id, expect, reason, tell }
}

/// Every story.
pub const STORIES: &[Story] = &[
    // Nobody manages the member.
    story("two heart failure stays", IdentifiedIcm, ALONE, two_stays),
    story("three stays in a year", IdentifiedIcm, ALONE, three_in_a_year),
    story("six emergency visits", IdentifiedIcm, ALONE, six_emergencies),
    story("a stay and three emergency visits", IdentifiedIcm, ALONE, mixed),
    story("mental illness and two stays", IdentifiedIcm, ALONE, mental_illness),
    story("a readmission", IdentifiedIcm, ALONE, readmission),
    story("four dental emergencies", IdentifiedIcm, ALONE, dental_emergencies),
    story("a denied stay took place", IdentifiedIcm, ALONE, denied_stay),
    story("coverage reinstated", IdentifiedIcm, ALONE, reinstated),
    story("do not contact on file", IdentifiedIcm, ALONE, do_not_contact),
    story("safe contact on file", IdentifiedIcm, ALONE, safe_contact),
    story("unreachable, then admitted again", IdentifiedIcm, ALONE, unreachable_then_admitted),
    story("graduated long ago", IdentifiedIcm, ALONE, graduated_long_ago),
    story("chronic care lapsed", IdentifiedIcm, ALONE, chronic_care_lapsed),
    story("coordination declined", IdentifiedIcm, ALONE, |s| by_roster(s, RosterStatus::Declined)),
    story("coordination unreachable", IdentifiedIcm, ALONE, |s| by_roster(s, RosterStatus::Unreachable)),
    story("coordination ended", IdentifiedIcm, ALONE, coordination_ended),
    story("no program in the county", IdentifiedIcm, ALONE, not_available),
    // Another program works, has only begun, or fails.
    story("chronic care works", ManagedOk, "M1A", |s| working(s, program::CHRONIC_CARE)),
    story("advanced primary care works", ManagedOk, "M1A", |s| working(s, program::ADVANCED_PRIMARY)),
    story("coordination team works", ManagedOk, "M5", coordination_works),
    story("chronic care just begun", ManagedTooSoon, "", chronic_care_begun),
    story("transitional care running", ManagedTooSoon, "", transitional_care),
    story("chronic care fails", IdentifiedIcmComanage, "M1A", chronic_care_fails),
    story("collaborative care fails", IdentifiedIcmComanage, "M2", collaborative_fails),
    story("community support fails", IdentifiedIcmComanage, "M6", community_fails),
    story("home health fails", IdentifiedIcmComanage, "M6", home_health_fails),
    story("coordination without contact", IdentifiedIcmComanage, "M5", coordination_without_contact),
    story("critical under new chronic care", IdentifiedIcmComanage, "M1A", critical),
    story("assertive treatment fails", EscalateToCurrentManager, "M3", assertive_fails),
    story("critical under new assertive treatment", EscalateToCurrentManager, "M3", assertive_begun),
    story("case management fails", EscalateToCurrentManager, "M1B", case_management_fails),
    story("another intensive program fails", EscalateToCurrentManager, "M8", other_intensive_fails),
    // Part 2 sources.
    story("detox without consent", IdentifiedInternalOnly, "PART2_CONSENT_MISSING", |s| detox(s, true)),
    story("detox known by its biller", IdentifiedInternalOnly, "PART2_CONSENT_MISSING", |s| detox(s, false)),
    story("detox with consent", IdentifiedIcm, ALONE, detox_with_consent),
    story("detox beside other stays", IdentifiedIcm, ALONE, detox_beside_stays),
    // Pathways.
    story("dialysis", ReferOther, "ESRD", dialysis),
    story("cancer treatment", ReferOther, "ONCOLOGY", cancer),
    story("transplant", ReferOther, "TRANSPLANT", transplant),
    story("pregnancy", ReferOther, "MATERNITY", pregnancy),
    story("one injury", ReferOther, "TRAUMA", injury),
    // Exclusions.
    story("hospice", Excluded, "HOSPICE", hospice),
    story("died", Excluded, "DECEASED", died),
    story("coverage ended", Excluded, "NOT_ELIGIBLE", coverage_ended),
    story("nursing facility resident", Excluded, "LTC_RESIDENT", resident),
    story("declined lately", Excluded, "", |s| closed(s, ClosureKind::Declined)),
    story("not now", Excluded, "", |s| closed(s, ClosureKind::DeclinedNotNow)),
    story("opted out", Excluded, "COOLDOWN_OPT_OUT_PERMANENT", |s| closed(s, ClosureKind::OptOutPermanent)),
    story("plan-wide do not contact", Excluded, "COOLDOWN_DO_NOT_CONTACT", never_contact),
    // Nothing that counts.
    story("a stay voided", NotTriggered, "NO_RULE_MET", voided_stay),
    story("one stay in two hospitals", NotTriggered, "NO_RULE_MET", transferred),
    story("one stay in three bills", NotTriggered, "NO_RULE_MET", interim_bills),
    story("a stay of thirteen months ago", NotTriggered, "NO_RULE_MET", late_claim),
    story("a stay without coverage", NotTriggered, "NO_RULE_MET", denied_for_eligibility),
];

/// The trigger that most stories share: stays 80 and 30 days ago (R1).
fn two_stays(s: &mut Script<'_, '_>) {
    s.stay(80, dx::HEART_FAILURE_ACUTE);
    s.stay(30, dx::HEART_FAILURE_ACUTE);
}

fn three_in_a_year(s: &mut Script<'_, '_>) {
    for days in [340, 270, 200] {
        s.stay(days, dx::SEPSIS);
    }
}

fn six_emergencies(s: &mut Script<'_, '_>) {
    s.emergencies(&[170, 140, 112, 84, 56, 35], Code::literal("R0789"));
}

fn mixed(s: &mut Script<'_, '_>) {
    s.stay(150, dx::COPD_ACUTE);
    s.emergencies(&[120, 90, 40], Code::literal("R0602"));
}

fn mental_illness(s: &mut Script<'_, '_>) {
    s.stay(300, dx::SCHIZOPHRENIA);
    s.stay(220, dx::SCHIZOPHRENIA);
}

fn readmission(s: &mut Script<'_, '_>) {
    s.stay(100, dx::PNEUMONIA);
    s.stay(84, dx::SEPSIS);
}

fn dental_emergencies(s: &mut Script<'_, '_>) {
    s.emergencies(&[300, 200, 110, 40], dx::DENTAL);
}

fn denied_stay(s: &mut Script<'_, '_>) {
    s.stay(80, dx::SEPSIS);
    let before = s.biller.claims.len();
    s.stay(40, dx::PNEUMONIA);
    for claim in s.biller.claims.iter_mut().skip(before) {
        claim.state = ClaimState::Denied;
        claim.denial = Some(Denial::Other);
    }
}

fn denied_for_eligibility(s: &mut Script<'_, '_>) {
    denied_stay(s);
    for claim in s.biller.claims.iter_mut().filter(|claim| claim.state == ClaimState::Denied) {
        claim.denial = Some(Denial::Eligibility);
    }
}

fn reinstated(s: &mut Script<'_, '_>) {
    two_stays(s);
    let (gap, again) = (s.ago(60), s.ago(20));
    s.covered_until(Some(gap.plus(-1)));
    s.coverage.push(coverage::span(s.lob, again, None, again));
    s.coverage.push(coverage::span(s.lob, gap, Some(again.plus(-1)), s.ago(6)));
}

fn do_not_contact(s: &mut Script<'_, '_>) {
    two_stays(s);
    let what = PreferenceKind::DoNotContact { set: true };
    s.preferences.push(Preference { received: s.ago(45), what });
}

fn safe_contact(s: &mut Script<'_, '_>) {
    two_stays(s);
    let phone = Some(Phi::new("6155550142".into()));
    let what = PreferenceKind::SafeContact { phone, address: None, withdrawn: false };
    s.preferences.push(Preference { received: s.ago(90), what });
}

fn unreachable_then_admitted(s: &mut Script<'_, '_>) {
    two_stays(s);
    s.closed(ClosureKind::UnableToContact, 60);
}

fn graduated_long_ago(s: &mut Script<'_, '_>) {
    two_stays(s);
    s.closed(ClosureKind::Graduated, 250);
}

fn chronic_care_lapsed(s: &mut Script<'_, '_>) {
    two_stays(s);
    let period = (s.ago(330), s.ago(190));
    monthly(s.biller, program::CHRONIC_CARE, dx::HYPERTENSION, period);
}

/// A coordination team's row of today without contacts: declined, unreachable.
fn by_roster(s: &mut Script<'_, '_>, status: RosterStatus) {
    two_stays(s);
    s.rosters.push(roster_row("COORDINATION-TEAM", Model::M5, status, s.ago(15)));
}

fn coordination_ended(s: &mut Script<'_, '_>) {
    by_roster(s, RosterStatus::Ended);
    let (start, end) = (s.ago(300), s.ago(160));
    for row in &mut s.rosters {
        row.start = Some(start);
        row.end = Some(end);
        row.contacts = contacts(start, end, 20);
    }
}

fn not_available(s: &mut Script<'_, '_>) {
    by_roster(s, RosterStatus::Unreachable);
    for row in &mut s.rosters {
        row.available = false;
    }
}

/// Two stays before the program's ramp ended, none after it.
fn early_stays(s: &mut Script<'_, '_>) {
    s.stay(174, dx::HEART_FAILURE_ACUTE);
    s.stay(152, dx::HEART_FAILURE_ACUTE);
}

fn working(s: &mut Script<'_, '_>, code: Code) {
    early_stays(s);
    let period = s.since(170);
    monthly(s.biller, code, dx::HYPERTENSION, period);
}

fn coordination_works(s: &mut Script<'_, '_>) {
    early_stays(s);
    coordination(s, "COORDINATION-TEAM", Model::M5, 170);
}

/// An enrolled row with a contact every ten days.
fn coordination(s: &mut Script<'_, '_>, name: &str, model: Model, days_ago: i32) {
    let mut row = roster_row(name, model, RosterStatus::Enrolled, s.ago(5));
    let start = s.ago(days_ago);
    row.start = Some(start);
    row.contacts = contacts(start, row.as_of, 10);
    s.rosters.push(row);
}

fn chronic_care_begun(s: &mut Script<'_, '_>) {
    s.stay(120, dx::HEART_FAILURE_ACUTE);
    s.stay(60, dx::HEART_FAILURE_ACUTE);
    let period = s.since(50);
    monthly(s.biller, program::CHRONIC_CARE, dx::HYPERTENSION, period);
}

fn transitional_care(s: &mut Script<'_, '_>) {
    s.stay(100, dx::PNEUMONIA);
    let discharged = s.stay(16, dx::HEART_FAILURE_ACUTE);
    transition(s.biller, discharged, dx::HEART_FAILURE);
}

fn chronic_care_fails(s: &mut Script<'_, '_>) {
    two_stays(s);
    let period = s.since(200);
    monthly(s.biller, program::CHRONIC_CARE, dx::HYPERTENSION, period);
}

fn collaborative_fails(s: &mut Script<'_, '_>) {
    two_stays(s);
    let period = s.since(200);
    collaborative(s.biller, period);
}

fn community_fails(s: &mut Script<'_, '_>) {
    two_stays(s);
    let period = s.since(200);
    every(s.biller, program::COMMUNITY_SUPPORT, dx::DEPRESSION, 7, period, false);
}

fn home_health_fails(s: &mut Script<'_, '_>) {
    two_stays(s);
    for days in [210, 182, 154, 126, 98, 70, 42, 25] {
        let from = s.ago(days);
        s.biller.home_health(from, 4, dx::HEART_FAILURE);
    }
}

fn coordination_without_contact(s: &mut Script<'_, '_>) {
    two_stays(s);
    coordination(s, "COORDINATION-TEAM", Model::M5, 150);
    for row in &mut s.rosters {
        row.contacts.clear();
    }
}

fn critical(s: &mut Script<'_, '_>) {
    for days in [160, 120, 80, 40] {
        s.stay(days, dx::HEART_FAILURE_ACUTE);
    }
    let period = s.since(50);
    monthly(s.biller, program::CHRONIC_CARE, dx::HYPERTENSION, period);
}

fn psychiatric_stays(s: &mut Script<'_, '_>) {
    for days in [150, 90, 40] {
        s.stay(days, dx::SCHIZOPHRENIA);
    }
}

fn assertive_fails(s: &mut Script<'_, '_>) {
    psychiatric_stays(s);
    let period = s.since(200);
    every(s.biller, program::ACT_DAY, dx::SCHIZOPHRENIA, 3, period, false);
}

fn assertive_begun(s: &mut Script<'_, '_>) {
    psychiatric_stays(s);
    s.stay(120, dx::SCHIZOPHRENIA);
    let period = s.since(60);
    every(s.biller, program::ACT_QUARTER_HOUR, dx::SCHIZOPHRENIA, 4, period, false);
}

fn case_management_fails(s: &mut Script<'_, '_>) {
    psychiatric_stays(s);
    let period = s.since(200);
    every(s.biller, program::TARGETED_CASE, dx::BIPOLAR, 14, period, false);
}

fn other_intensive_fails(s: &mut Script<'_, '_>) {
    two_stays(s);
    coordination(s, "OTHER-ICM", Model::M8, 200);
}

/// Two detoxification stays, as a stated Part 2 source or as one known by its taxonomy (FACTS 7).
fn detox(s: &mut Script<'_, '_>, stated: bool) {
    for days in [100, 50] {
        let mut stay = Stay::unplanned(s.ago(days), 4, dx::ALCOHOL_WITHDRAWAL);
        stay.part2 = true;
        stay.through_emergency = false;
        s.biller.stay(&stay);
    }
    if !stated {
        for claim in s.biller.claims.iter_mut().filter(|claim| claim.taxonomy.is_some()) {
            claim.part2 = None;
        }
    }
}

fn detox_with_consent(s: &mut Script<'_, '_>) {
    detox(s, true);
    let from = s.ago(120);
    s.consents.push(Consent {
        kind: ConsentKind::Part2Tpo,
        received: from,
        from,
        thru: None,
        revoked: false,
        scope: Some("TPO".into()),
    });
}

fn detox_beside_stays(s: &mut Script<'_, '_>) {
    detox(s, true);
    s.stay(140, dx::HEART_FAILURE_ACUTE);
    s.stay(75, dx::PNEUMONIA);
}

fn dialysis(s: &mut Script<'_, '_>) {
    two_stays(s);
    let (first, last) = s.since(200);
    pathway::dialysis(s.biller, first, last);
}

fn cancer(s: &mut Script<'_, '_>) {
    two_stays(s);
    let (first, last) = s.since(120);
    pathway::chemotherapy(s.biller, first, last);
}

fn transplant(s: &mut Script<'_, '_>) {
    two_stays(s);
    let day = s.ago(70);
    let visit = [(service::OFFICE_LONG, 13_000)];
    s.biller.professional(day, pos::OFFICE, &[dx::TRANSPLANTED_KIDNEY], &visit);
}

fn pregnancy(s: &mut Script<'_, '_>) {
    s.stay(80, dx::PNEUMONIA);
    s.stay(40, dx::SEPSIS);
    let span = pathway::Span { first: s.ago(200), last: s.ago(2) };
    pathway::pregnancy(s.biller, s.as_of.plus(60), span);
}

fn injury(s: &mut Script<'_, '_>) {
    let mut stay = Stay::unplanned(s.ago(70), 5, dx::HIP_FRACTURE);
    stay.admission = crate::codes::admission::TRAUMA;
    s.biller.stay(&stay);
    s.stay(58, Code::literal("T8451XA"));
}

fn hospice(s: &mut Script<'_, '_>) {
    two_stays(s);
    let (first, last) = (s.ago(24), s.ago(2));
    s.biller.hospice(first, last, dx::HEART_FAILURE);
}

fn died(s: &mut Script<'_, '_>) {
    two_stays(s);
    s.death = Some(s.ago(12));
}

fn coverage_ended(s: &mut Script<'_, '_>) {
    two_stays(s);
    s.covered_until(Some(s.ago(15)));
}

fn resident(s: &mut Script<'_, '_>) {
    two_stays(s);
    let (first, last) = (s.ago(200), s.ago(1));
    pathway::nursing_facility(s.biller, first, last);
}

fn closed(s: &mut Script<'_, '_>, kind: ClosureKind) {
    s.stay(110, dx::HEART_FAILURE_ACUTE);
    s.stay(75, dx::HEART_FAILURE_ACUTE);
    s.closed(kind, 40);
}

fn never_contact(s: &mut Script<'_, '_>) {
    closed(s, ClosureKind::DoNotContact);
}

fn voided_stay(s: &mut Script<'_, '_>) {
    s.stay(80, dx::SEPSIS);
    let before = s.biller.claims.len();
    s.stay(45, dx::PNEUMONIA);
    let stay: Vec<_> = s.biller.claims.iter().skip(before).cloned().collect();
    for claim in &stay {
        let void = journey::changed(s.biller, claim, Action::Void, 6);
        s.biller.claims.push(void);
    }
}

fn transferred(s: &mut Script<'_, '_>) {
    let mut first = Stay::unplanned(s.ago(60), 3, dx::INFARCTION);
    first.status = status::TRANSFERRED;
    first.hospital = Some("9011000001".into());
    let left = s.biller.stay(&first);
    let mut second = Stay::unplanned(left.plus(1), 5, dx::INFARCTION);
    second.hospital = Some("9011000002".into());
    second.through_emergency = false;
    s.biller.stay(&second);
}

fn interim_bills(s: &mut Script<'_, '_>) {
    let mut stay = Stay::unplanned(s.ago(90), 24, dx::SEPSIS);
    stay.interim = true;
    s.biller.stay(&stay);
}

fn late_claim(s: &mut Script<'_, '_>) {
    s.stay(60, dx::SEPSIS);
    let before = s.biller.claims.len();
    s.stay(396, dx::SEPSIS);
    let received = s.ago(5);
    for claim in s.biller.claims.iter_mut().skip(before) {
        claim.received = received;
    }
}
