//! Oddities of real files, one test each (CLAIM_FORMATS §3 and §5).

use crate::item::{Item, Reason};
use crate::options::ReadOptions;
use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial, Icd};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{Coverage, Fact, LineOfBusiness, MemberFacts, Profile};
use icm_domain::ids::{ClaimId, SourceId};
use icm_domain::money::Cents;
use std::ops::ControlFlow;

mod refusals;

/// Everything that a file yields, by kind.
#[derive(Default, Debug)]
struct Yield {
    claims: Vec<ClaimVersion>,
    coverages: Vec<Coverage>,
    profiles: Vec<Profile>,
    members: Vec<String>,
    aliases: Vec<String>,
    problems: Vec<(String, Reason)>,
    ignored: Vec<&'static str>,
}

fn read(bytes: impl AsRef<[u8]>) -> Yield {
    let mut found = Yield::default();
    let options = ReadOptions::new(SourceId::from("feed"));
    let flow = super::read(&bytes.as_ref().to_vec(), &options, &mut |item| {
        match item {
            Item::Fact { member, fact, .. } => {
                let member = member.map(|member| member.as_str().to_owned());
                match fact {
                    Fact::Claim(claim) => found.claims.push(*claim),
                    Fact::Coverage(coverage) => found.coverages.push(coverage),
                    Fact::Alias { other, .. } => found.aliases.push(other.as_str().to_owned()),
                    Fact::Profile(profile) => {
                        found.profiles.push(*profile);
                        found.members.extend(member);
                    }
                    Fact::Roster(_)
                    | Fact::Consent(_)
                    | Fact::Preference(_)
                    | Fact::Closure(_)
                    | Fact::Referral(_)
                    | Fact::Override(_)
                    | Fact::Adt(_)
                    | Fact::Retraction { .. } => panic!("no such fact comes from X12"),
                }
            }
            Item::Availability { .. } => {}
            Item::Problem(problem) => found.problems.push((problem.field, problem.reason)),
            Item::Ignored { rule, .. } => found.ignored.push(rule),
        }
        ControlFlow::Continue(())
    });
    assert_eq!(flow, ControlFlow::Continue(()));
    found
}

const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240105*1253*^*00501*000000001*0*P*:~";

/// A whole interchange around transaction sets; the counts of the trailers are right.
fn interchange(sets: &[String]) -> String {
    format!(
        "{ISA}GS*HC*S*R*20240105*1253*1*X*005010X222A1~{}GE*{}*1~IEA*1*000000001~",
        sets.concat(),
        sets.len()
    )
}

/// A transaction set around a body of segments.
fn set(code: &str, guide: &str, body: &str) -> String {
    let segments = body.matches('~').count() + 2;
    format!("ST*{code}*0001*{guide}~{body}SE*{segments}*0001~")
}

const ABOVE: &str = "BHT*0019*00*1*20240105*1253*CH~HL*1**20*1~PRV*BI*PXC*282N00000X~NM1*85*2*HOSPITAL*****XX*1234567893~\
    HL*2*1*22*0~SBR*P*18*******MB~NM1*IL*1*DOE*JANE****MI*M1~";

fn institutional(body: &str) -> String {
    interchange(&[set("837", "005010X223A2", &format!("{ABOVE}{body}"))])
}

fn professional(body: &str) -> String {
    interchange(&[set("837", "005010X222A1", &format!("{ABOVE}{body}"))])
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

const STAY: &str = "CLM*C1*1500.5***11:A:1**A*Y*Y~DTP*434*RD8*20240101-20240104~DTP*435*DT*202401010830~CL1*1*2*03~\
    HI*ABK:I5023:::::::Y*ABJ:R0602~HI*ABF:E119~HI*BBR:02HV33Z:D8:20240102~HI*DR:291~\
    LX*1~SV2*450*HC:99285:25*1000*UN*1~DTP*472*D8*20240101~LX*2~SV2*0120**500.5*DA*3~";

#[test]
fn a_facility_bill_is_read_whole() {
    let found = read(institutional(STAY));
    assert!(found.problems.is_empty() && found.ignored.is_empty(), "{found:?}");
    let claim = &found.claims[0];
    assert_eq!(
        (claim.kind, claim.action, claim.state),
        (ClaimKind::Institutional, Action::Original, ClaimState::Submitted)
    );
    assert_eq!(claim.claim_id.as_str(), "C1");
    assert_eq!(claim.member_id.as_ref().unwrap().as_str(), "M1");
    assert_eq!(claim.billing_npi.as_deref(), Some("1234567893"));
    assert_eq!(claim.facility.as_deref(), Some("1234567893"));
    assert_eq!(claim.taxonomy, Code::new("282N00000X"));
    assert_eq!(claim.bill_type, Code::new("111"));
    assert_eq!(
        (claim.from, claim.thru, claim.admit),
        (day("20240101"), day("20240104"), Some(day("20240101")))
    );
    assert_eq!(claim.received, claim.thru);
    assert_eq!((claim.admit_type, claim.admit_source), (Code::new("1"), Code::new("2")));
    assert_eq!((claim.discharge_status, claim.drg), (Code::new("03"), Code::new("291")));
    assert_eq!(claim.dx, [Code::new("I5023").unwrap(), Code::new("E119").unwrap()]);
    assert!(claim.principal && claim.icd == Icd::Ten);
    assert_eq!(claim.px, [Code::new("02HV33Z").unwrap()]);
    assert_eq!(claim.charge, Some(Cents(150_050)));
    assert_eq!(claim.lines.len(), 2);
    let line = &claim.lines[0];
    assert_eq!((line.rev, line.hcpcs), (Code::new("0450"), Code::new("99285")));
    assert_eq!((line.modifiers.clone(), line.units.as_deref()), (vec![Code::new("25").unwrap()], Some("1")));
    assert_eq!((claim.lines[1].rev, claim.lines[1].hcpcs), (Code::new("0120"), None));
}

const VISIT: &str = "CLM*P1*80***11:B:1*Y*A*Y*Y~HI*ABK:J189~NM1*77*2*CLINIC*****XX*1999999992~LX*1~SV1*HC:99213*80*UN*1*23**1~\
    DTP*472*RD8*20240102-20240103~LIN**N4*0002-8215-01~LX*2~SV1*HC:99000*0*UN*1***1~";

#[test]
fn a_practitioners_bill_takes_its_place_of_service_from_the_line_else_the_claim() {
    let found = read(professional(VISIT));
    let claim = &found.claims[0];
    assert_eq!((claim.kind, claim.bill_type), (ClaimKind::Professional, None));
    assert_eq!((claim.from, claim.thru), (day("20240102"), day("20240103")));
    assert_eq!((claim.lines[0].pos, claim.lines[1].pos), (Code::new("23"), Code::new("11")));
    assert_eq!(claim.lines[0].ndc, Code::new("00002821501"));
    assert_eq!(claim.facility.as_deref(), Some("1999999992"));
}

#[test]
fn another_payers_loop_says_nothing_about_the_claim() {
    let body = "CLM*C1*10***13:A:7*Y*A*Y*Y~REF*F8*OURS~DTP*434*D8*20240101~HI*BK:4019~SBR*S*18*******MA~CAS*CO*18*10~AMT*D*10~\
        NM1*IL*1*ROE*RICHARD****MI*STRANGER~NM1*PR*2*OTHER*****PI*2~DTP*573*D8*20200101~REF*F8*THEIRS~\
        LX*1~SV2*0300**10*UN*1~SVD*2*10**0300*1~CAS*PR*1*10~DTP*573*D8*20200101~\
        CLM*C2*10***13:A:8*Y*A*Y*Y~DTP*434*D8*20240101~SBR*S*18*******MA~REF*F8*THEIRS~LX*1~SV2*0300**10*UN*1~";
    let found = read(institutional(body));
    let (first, second) = (&found.claims[0], &found.claims[1]);
    assert_eq!(first.replaces.as_ref().map(ClaimId::as_str), Some("OURS"));
    assert_eq!(second.replaces, None);
    assert_eq!((first.action, second.action), (Action::Replace, Action::Void));
    for claim in [first, second] {
        assert_eq!(claim.member_id.as_ref().unwrap().as_str(), "M1");
        assert_eq!((claim.from, claim.thru), (day("20240101"), day("20240101")));
        assert_eq!((claim.state, claim.paid), (ClaimState::Submitted, None));
    }
}

#[test]
fn a_dependent_patient_inherits_the_subscribers_member_id_and_the_next_subscriber_does_not() {
    let claim = |id: &str| format!("CLM*{id}*1***11:B:1~LX*1~SV1*HC:99213*1*UN*1~DTP*472*D8*20240102~");
    let body = format!(
        "HL*3*2*23*0~PAT*19~NM1*QC*1*DOE*KID****MI*OWN~{}HL*4*1*22*0~SBR*P*18~NM1*IL*1*ROE*R****MI*M2~{}\
         HL*5*1*22*0~SBR*P*18~NM1*IL*1*NOBODY~{}",
        claim("A"),
        claim("B"),
        claim("C")
    );
    let members: Vec<_> = read(professional(&body))
        .claims
        .into_iter()
        .map(|claim| claim.member_id.map(|member| member.as_str().to_owned()))
        .collect();
    assert_eq!(members, [Some("M1".to_owned()), Some("M2".to_owned()), None]);
}

#[test]
fn delimiters_are_counted_and_may_change_at_the_next_interchange() {
    let plain = professional(VISIT);
    let other = plain.replace('~', "\n").replace('*', "|").replace(':', ">");
    let short = plain.replace("SENDER         ", "SENDER");
    let odd = plain.replace('~', "\u{1D}");
    let crlf = plain.replace('~', "\r\n");
    let carriage = plain.replace('~', "\r");
    let wrapped: String = plain
        .chars()
        .enumerate()
        .flat_map(|(at, c)| (at % 80 == 79).then_some('\n').into_iter().chain([c]))
        .collect();
    let all = format!(
        "\u{FEFF}\n\n  {plain}\r\n{other}\0\0\x1A\n\u{FEFF}{short}{odd}{crlf}{carriage}\n{wrapped}\0\0\x1A"
    );
    let found = read(all);
    assert!(found.problems.is_empty(), "{found:?}");
    assert_eq!(found.claims.len(), 7);
    assert!(found.claims.iter().all(|claim| *claim == found.claims[0]));
}

#[test]
fn a_file_of_the_older_version_is_read_alike() {
    let older = professional(VISIT)
        .replace("*^*00501*", "*U*00401*")
        .replace("ST*837*0001*005010X222A1", "ST*837*0001")
        .replace("*005010X222A1", "*004010X098A1")
        .replace("ABK:J189", "BK:4660*BF:25000");
    let claim = &read(older).claims[0];
    assert_eq!((claim.kind, claim.icd, claim.dx.len()), (ClaimKind::Professional, Icd::Nine, 2));
}

#[test]
fn kept_qualifiers_after_the_change_of_edition_mean_the_new_one_unless_codes_are_numeric() {
    let claims = read(professional(&VISIT.replace("ABK:", "BK:"))).claims;
    assert_eq!(claims[0].icd, Icd::Ten);
    let before = VISIT.replace("ABK:J189", "BK:V5811").replace("2024", "2014");
    assert_eq!(read(professional(&before)).claims[0].icd, Icd::Nine);
}

#[test]
fn a_truncated_interchange_yields_no_claim_and_leaves_the_others_whole() {
    let whole = professional(VISIT);
    for cut in 4..whole.find("IEA").unwrap() {
        let found = read(&whole[..cut]);
        assert_eq!((found.claims.len(), found.problems.len()), (0, 1), "cut at {cut}: {found:?}");
        assert_eq!(found.problems[0].1, Reason::Truncated);
    }
    let half = &whole[..whole.find("SV1").unwrap()];
    let found = read(format!("{whole}{half}{whole}"));
    assert_eq!((found.claims.len(), found.problems), (2, vec![("IEA".to_owned(), Reason::Truncated)]));
    let without_se = interchange(&[
        set("837", "005010X222A1", &format!("{ABOVE}{VISIT}")).replace("SE*", "XX*"),
        set("837", "005010X222A1", &format!("{ABOVE}{VISIT}")),
    ]);
    let found = read(without_se);
    assert_eq!((found.claims.len(), found.problems), (1, vec![("SE".to_owned(), Reason::Truncated)]));
}

#[test]
fn wrong_counts_are_noted_and_change_nothing() {
    let wrong =
        professional(VISIT).replace("~SE*", "~SE*9").replace("GE*1", "GE*2").replace("IEA*1*", "IEA*7*");
    let found = read(wrong);
    assert_eq!((found.claims.len(), found.problems.len()), (1, 0));
    assert_eq!(found.ignored, ["x12_wrong_count"; 3]);
}

#[test]
fn what_is_no_claim_is_refused_or_ignored_by_rule() {
    let sets = [
        set("270", "005010X279A1", "HL*1**20*1~"),
        set("999", "005010X231A1", "AK1*HC*1~"),
        set("837", "005010X291", VISIT),
        set("837", "005010X222A1", &format!("{ABOVE}{VISIT}")),
        set("837", "005010X224A2", &format!("{ABOVE}CLM*D1*5***11:B:1**************PB~LX*1~SV3*AD:D0150*5~")),
    ];
    let found = read(interchange(&sets));
    assert_eq!(found.problems, [("ST01".to_owned(), Reason::WrongTransaction)]);
    assert_eq!(found.ignored, ["x12_acknowledgement", "x12_predetermination", "x12_predetermination"]);
    assert_eq!(found.claims.len(), 1);
    let headless = read(professional(VISIT).split_off(ISA.len()));
    assert_eq!(headless.problems, [("ISA".to_owned(), Reason::MissingField)]);
    assert!(headless.claims.is_empty());
}

#[test]
fn dates_that_do_not_exist_quarantine_the_claim_and_absent_ones_do_not() {
    let bad = read(professional(&VISIT.replace("RD8*20240102-20240103", "D8*20230229")));
    assert_eq!(bad.problems, [("DTP*472".to_owned(), Reason::BadDate)]);
    let absent = read(institutional(&STAY.replace("DTP*435*DT*202401010830", "DTP*435*D8*00000000")));
    assert_eq!((absent.claims[0].admit, absent.problems.len()), (None, 0));
}

#[test]
fn capitated_bills_are_encounters() {
    let marked = read(institutional(&STAY.replace("CL1*", "CN1*05~CL1*")));
    assert_eq!(marked.claims[0].state, ClaimState::Encounter);
    let reported = read(institutional(STAY).replace("*1253*CH~", "*1253*RP~"));
    assert_eq!(reported.claims[0].state, ClaimState::Encounter);
}

#[test]
fn latin_letters_of_an_old_code_page_do_no_harm() {
    let mut bytes = professional(&VISIT.replace("CLM*P1", "CLM*P\u{fffd}")).into_bytes();
    let at = bytes.windows(3).position(|part| part == "\u{fffd}".as_bytes()).unwrap();
    bytes.splice(at..at + 3, [0xE9]);
    assert_eq!(read(bytes).claims[0].claim_id.as_str(), "P\u{e9}");
}

fn remittance(body: &str) -> String {
    let head = "BPR*I*100*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~TRN*1*1*1~DTM*405*20240302~N1*PR*PAYER~\
        N1*PE*HOSPITAL*XX*1234567893~LX*1~";
    interchange(&[set("835", "005010X221A1", &format!("{head}{body}"))])
}

#[test]
fn a_remittance_moves_the_state_of_a_claim() {
    let body = "CLP*C1*1*1500.5*1200*100*MC*ICN1*11*1~CAS*CO*45*200.5~CAS*PR*1*100~NM1*QC*1*DOE*JANE****MI*M1~MIA*0~\
        DTM*232*20240101~DTM*233*20240104~DTM*050*20240110~AMT*AU*1300~SVC*HC:99285:25*1000*800*0450*1~DTM*472*20240101~\
        AMT*B6*900~SVC*NU:0120*500.5*400**3~LX*2~CLP*C2*1*10*10**MC*ICN2*11*1~SVC*HC:99213*10*10~DTM*150*20240201~DTM*151*20240203~";
    let found = read(remittance(body));
    assert!(found.problems.is_empty() && found.ignored.is_empty(), "{found:?}");
    let claim = &found.claims[0];
    assert_eq!(
        (claim.action, claim.state, claim.kind),
        (Action::Remit, ClaimState::Paid, ClaimKind::Institutional)
    );
    assert_eq!((claim.received, claim.effective), (day("20240110"), Some(day("20240301"))));
    assert_eq!((claim.from, claim.thru), (day("20240101"), day("20240104")));
    assert_eq!(
        (claim.charge, claim.allowed, claim.paid),
        (Some(Cents(150_050)), Some(Cents(130_000)), Some(Cents(120_000)))
    );
    assert_eq!(claim.control.as_ref().unwrap().as_str(), "ICN1");
    assert_eq!(claim.member_id.as_ref().unwrap().as_str(), "M1");
    assert_eq!(claim.lines.len(), 2);
    assert_eq!((claim.lines[0].allowed, claim.lines[1].rev), (Some(Cents(90_000)), Code::new("0120")));
    let second = &found.claims[1];
    assert_eq!((second.member_id.as_ref(), second.kind), (None, ClaimKind::Professional));
    assert_eq!(
        (second.from, second.thru, second.received),
        (day("20240201"), day("20240203"), day("20240301"))
    );
}

#[test]
fn statuses_and_reason_codes_decide_state_and_denial() {
    let claim = |status: &str, amounts: &str, adjustment: &str| {
        format!("CLP*C*{status}*{amounts}**MC*I*11*1~{adjustment}DTM*232*20240101~")
    };
    let cases = [
        ("4", "10*0", "CAS*CO*18*10~", Action::Remit, ClaimState::Denied, Some(Denial::Duplicate)),
        ("4", "10*0", "CAS*CO*27*10~", Action::Remit, ClaimState::Denied, Some(Denial::Eligibility)),
        ("4", "10*0", "CAS*CO*50*10~", Action::Remit, ClaimState::Denied, Some(Denial::Other)),
        ("1", "10*0", "CAS*OA*18*10~", Action::Remit, ClaimState::Denied, Some(Denial::Duplicate)),
        ("1", "10*4", "CAS*CO*45*3**18*3~", Action::Remit, ClaimState::Paid, None),
        ("1", "10*0", "CAS*PR*1*10~", Action::Remit, ClaimState::Paid, None),
        ("1", "10*0", "CAS*CO*24*10~", Action::Remit, ClaimState::Encounter, None),
        ("22", "-10*-5", "CAS*CO*45*-5~", Action::RemitReversal, ClaimState::Cancelled, None),
        ("22", "0*0", "", Action::RemitReversal, ClaimState::Cancelled, None),
        ("22", "*", "", Action::RemitReversal, ClaimState::Cancelled, None),
        ("22", "10*5", "", Action::Remit, ClaimState::Paid, None),
    ];
    for (status, amounts, adjustment, action, state, denial) in cases {
        let found = read(remittance(&claim(status, amounts, adjustment)));
        let claim = &found.claims[0];
        assert_eq!((claim.action, claim.state, claim.denial), (action, state, denial), "{status} {amounts}");
        assert_eq!(found.ignored.len(), usize::from(status == "22" && amounts == "10*5"));
    }
    for status in ["23", "25"] {
        let found = read(remittance(&claim(status, "10*5", "")));
        assert_eq!((found.claims.len(), found.ignored.len()), (0, 1));
    }
}

fn enrolment(body: &str) -> String {
    let head = "BGN*00*1*20240105*1200****2~N1*P5*SPONSOR*FI*1~N1*IN*PLAN*FI*2~";
    interchange(&[set("834", "005010X220A1", &format!("{head}{body}"))])
}

#[test]
fn an_enrolment_becomes_profile_coverage_and_aliases() {
    let body = "INS*Y*18*021*20*A***FT~REF*0F*S1~REF*Q4*OLD1;OLD2~DTP*356*D8*20240101~NM1*IL*1*DOE*JANE*Q***ZZ*N1~\
        PER*IP**HP*5551234567*EM*a@b.c*CP*5557654321~N3*1 MAIN ST*APT 2~N4*TOWN*PA*17011**CY*CUMBERLAND~DMG*D8*19700228*F**:RET:2131-1~\
        LUI*LE*SPA**7~NM1*31*1~N3*PO BOX 1~N4*CITY*NY*10001~HD*021**HLT*MEDICARE PART C~DTP*348*D8*20240201~LX*1~NM1*P3*1*PCP*****XX*1999999992~\
        HD*021**DEN~DTP*348*D8*20240201~\
        INS*N*19*021~REF*0F*S1~NM1*IL*1*DOE*KID****34*123456789~HD*021**HLT~DTP*348*D8*20240201~\
        INS*N*19*021~REF*0F*S1~NM1*IL*1*DOE*KID****ZZ*K1~HD*021**HLT~DTP*348*D8*20240201~";
    let found = read(enrolment(body));
    assert_eq!(found.members, ["S1", "K1"]);
    assert_eq!(found.aliases, ["N1", "OLD1", "OLD2"]);
    assert_eq!(found.problems, [("NM1*IL/NM109".to_owned(), Reason::BlankValue)]);
    let profile = &found.profiles[0];
    assert_eq!(profile.name.as_ref().map(|name| &**name.expose()), Some("JANE Q DOE"));
    assert_eq!((profile.birth, profile.received), (Some(day("19700228")), Some(day("20240105"))));
    assert_eq!(profile.phones.len(), 2);
    assert_eq!(profile.address.as_ref().map(|address| &*address.expose().zip), Some("17011"));
    assert_eq!((profile.language, profile.pcp.as_deref()), (Code::new("ES"), Some("1999999992")));
    assert_eq!(found.coverages.len(), 2);
    let coverage = &found.coverages[0];
    assert_eq!((coverage.lob, coverage.from), (LineOfBusiness::MedicareAdvantage, day("20240201")));
    assert_eq!((coverage.thru, coverage.retracted), (None, false));
    assert_eq!(found.coverages[1].lob, LineOfBusiness::Commercial);
}

#[test]
fn terminations_end_coverage_with_and_without_a_first_day() {
    let member =
        |kind: &str, dates: &str| format!("INS*Y*18*{kind}~REF*0F*S1~NM1*IL*1*DOE~HD*{kind}**HLT~{dates}");
    let spans = |kind: &str, dates: &str| -> Vec<_> {
        let found = read(enrolment(&member(kind, dates)));
        found
            .coverages
            .into_iter()
            .map(|c| (c.from.to_string(), c.thru.map(|d| d.to_string()), c.retracted))
            .collect()
    };
    let first = "2024-01-01".to_owned();
    let after = ("2024-04-01".to_owned(), None, true);
    let closed = (first.clone(), Some("2024-03-31".to_owned()), false);
    assert_eq!(spans("024", "DTP*348*D8*20240101~DTP*349*D8*20240331~"), [closed.clone(), after.clone()]);
    assert_eq!(spans("024", "DTP*349*D8*20240331~"), [after]);
    assert_eq!(spans("025", "DTP*348*D8*20240101~DTP*349*D8*20240331~"), [closed]);
    assert_eq!(spans("001", "DTP*348*D8*20240101~DTP*349*D8*20231231~"), [(first.clone(), None, true)]);
    assert_eq!(spans("002", "DTP*348*D8*20240101~"), [(first, None, true)]);
}

#[test]
fn a_termination_that_names_the_last_day_only_ends_the_coverage_known() {
    let member = |kind: &str, rest: &str| format!("INS*Y*18*{kind}~REF*0F*S1~NM1*IL*1*DOE~{rest}");
    let added = enrolment(&member("021", "HD*021**HLT~DTP*348*D8*20240101~"));
    for rest in ["HD*024**HLT~DTP*349*D8*20240331~", "DTP*357*D8*20240331~"] {
        let ended = enrolment(&member("024", rest)).replace("*20240105*1200", "*20240401*1200");
        let spans = [read(&added).coverages, read(&ended).coverages].concat();
        let facts: MemberFacts = spans.into_iter().map(Fact::Coverage).collect();
        let covered = |on: &str, as_of: &str| facts.covering(day(on), day(as_of)).is_some();
        assert!(covered("20240331", "20240501") && covered("20240401", "20240331"), "{rest}");
        assert!(!covered("20240401", "20240401"), "{rest}");
    }
}
