use super::*;
use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial, Icd, IdScope, Line};
use icm_domain::code::Code;
use icm_domain::facts::{Coverage, LineOfBusiness};
use icm_domain::ids::{ClaimId, SourceId};
use icm_domain::money::Cents;
use proptest::prelude::*;

/// A typical emergency claim, numbered.
pub(crate) fn claim(number: i32, member: Option<&str>) -> ClaimVersion {
    let day = Day::from_count(19_800 + number % 300);
    let id = ClaimId::new(format!("20240{number:06}"));
    let mut claim =
        ClaimVersion::new(SourceId::new("tuva"), id, ClaimKind::Institutional, day.plus(12), (day, day));
    claim.member_id = member.map(MemberId::new);
    claim.bill_type = Code::bill_type("131");
    claim.facility = Some("1234567893".into());
    claim.billing_npi = Some("1234567893".into());
    claim.dx = ["R0789", "I10", "E119", "Z87891"].iter().filter_map(|dx| Code::new(dx)).collect();
    claim.lines = vec![
        Line {
            rev: Code::revenue("450"),
            hcpcs: Code::new("99284"),
            units: Some("1".into()),
            charge: Some(Cents(184_500)),
            paid: Some(Cents(41_230)),
            ..Line::default()
        },
        Line {
            rev: Code::revenue("301"),
            hcpcs: Code::new("80053"),
            units: Some("1".into()),
            charge: Some(Cents(21_000)),
            paid: Some(Cents(1_044)),
            ..Line::default()
        },
    ];
    claim.charge = Some(Cents(205_500));
    claim.paid = Some(Cents(42_274));
    claim
}

pub(crate) fn coverage() -> Fact {
    Fact::Coverage(Coverage {
        source: SourceId::new("tuva"),
        received: Day::from_count(19_000),
        lob: LineOfBusiness::Medicaid,
        from: Day::from_count(18_900),
        thru: None,
        retracted: false,
    })
}

/// Every field of a claim stated, for the golden pack.
fn full_claim() -> ClaimVersion {
    let mut full = claim(7, Some("other"));
    full.scope = IdScope::Provider;
    full.control = Some(ClaimId::new("ICN-1"));
    full.group = Some(ClaimId::new("007"));
    full.frequency = Code::new("7");
    full.replaces = Some(ClaimId::new("ICN-0"));
    full.action = Action::Replace;
    full.effective = Some(full.received.plus(3));
    full.taxonomy = Code::new("283Q00000X");
    full.admit = Some(full.from);
    full.discharge = Some(full.thru.plus(1));
    full.discharge_status = Code::two_digits("1");
    full.admit_type = Code::new("1");
    full.admit_source = Code::new("7");
    full.drg = Code::new("885");
    full.icd = Icd::Nine;
    full.principal = false;
    full.px = vec![Code::new("0DTJ4ZZ").unwrap()];
    full.allowed = Some(Cents(-1));
    full.state = ClaimState::Denied;
    full.denial = Some(Denial::NotRendered);
    full.part2 = Some(false);
    if let Some(line) = full.lines.first_mut() {
        line.modifiers = vec![Code::new("25").unwrap()];
        line.pos = Code::new("23");
        line.ndc = Code::new("00093015001");
        line.from = Some(full.from);
        line.thru = Some(full.thru);
        line.units = Some("0.500".into());
        line.days_supply = Some(30);
        line.allowed = Some(Cents(7));
    }
    full
}

fn golden_facts() -> Vec<Fact> {
    vec![Fact::Claim(Box::new(full_claim())), Fact::Claim(Box::new(claim(1, None))), coverage()]
}

#[test]
fn facts_read_back_and_classes_do_not_mix() {
    let member = MemberId::new("m1");
    let mut part2 = claim(2, Some("m1"));
    part2.part2 = Some(true);
    let facts = [Fact::Claim(Box::new(claim(1, Some("m1")))), Fact::Claim(Box::new(part2)), coverage()];
    let packs = encode(&member, &facts);
    let classes: Vec<&str> = packs.iter().filter_map(|pack| pack.key.split('#').nth(1)).collect();
    assert_eq!(classes, ["cg", "cp", "kg"]);
    let read: Vec<Fact> = packs.iter().flat_map(|pack| decode(&member, &pack.bytes).unwrap()).collect();
    assert_eq!(read, facts);
    assert!(packs[0].expires.is_some() && packs[1].expires.is_some() && packs[2].expires.is_none());
}

#[test]
fn a_claim_takes_less_than_150_bytes() {
    let member = MemberId::new("m1");
    for count in [1_u16, 4, 40] {
        let facts: Vec<Fact> =
            (0..count).map(|n| Fact::Claim(Box::new(claim(i32::from(n), Some("m1"))))).collect();
        let bytes: usize = encode(&member, &facts).iter().map(|pack| pack.bytes.len()).sum();
        eprintln!("{count} claims of 2 lines: {bytes} bytes");
        assert!(bytes < 150 * usize::from(count));
    }
}

#[test]
fn large_packs_are_split_the_same_way_every_time() {
    let member = MemberId::new("m1");
    let facts: Vec<Fact> = (0..2000).map(|n| Fact::Claim(Box::new(claim(n, None)))).collect();
    let packs = encode(&member, &facts);
    assert!(packs.len() > 1 && packs.iter().all(|pack| pack.bytes.len() <= PACK_BYTES_MAX));
    assert_eq!(packs, encode(&member, &facts));
}

#[test]
fn keeping_counts_from_receipt_not_from_service() {
    let member = MemberId::new("m1");
    let mut late = claim(1, None);
    late.received = late.thru.plus(400);
    let received = late.received;
    let packs = encode(&member, &[Fact::Claim(Box::new(late))]);
    let kept = i64::from(received.plus(CLAIM_DAYS_KEPT).count()) * 86_400;
    assert_eq!(packs[0].expires, Some(kept));
}

#[test]
fn packs_of_version_1_stay_readable_and_are_still_written_the_same() {
    let golden = include_str!("../../../../tests/data/golden/pack.v1.hex");
    let member = MemberId::new("golden");
    let written: Vec<String> = encode(&member, &golden_facts())
        .iter()
        .map(|pack| format!("{} {}", pack.key, hex(&pack.bytes)))
        .collect();
    assert_eq!(written, golden.lines().collect::<Vec<_>>());
    let read: Vec<Fact> = golden
        .lines()
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(_, bytes)| decode(&member, &unhex(bytes)).unwrap())
        .collect();
    assert_eq!(read, golden_facts());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn any_code() -> impl Strategy<Value = Option<Code>> {
    proptest::option::of("[A-Z0-9]{1,12}|[a-z0-9*/-]{1,15}").prop_map(|text| Code::new(&text?))
}

prop_compose! {
    fn any_line()(
        rev in any_code(),
        hcpcs in any_code(),
        modifiers in proptest::collection::vec(any_code(), 0..3),
        from in proptest::option::of(-40_000_i32..40_000),
        units in proptest::option::of("[0-9.]{0,24}"),
        days_supply in any::<Option<u16>>(),
        paid in proptest::option::of(-i64::MAX..i64::MAX),
    ) -> Line {
        Line {
            rev, hcpcs, days_supply,
            modifiers: modifiers.into_iter().flatten().collect(),
            from: from.map(Day::from_count),
            units: units.map(Into::into),
            paid: paid.map(Cents),
            ..Line::default()
        }
    }
}

prop_compose! {
    fn any_claim()(
        ids in ("[0-9]{0,22}", "\\PC{0,12}", proptest::option::of("[0-9A-Z]{0,15}")),
        days in (-40_000_i32..40_000, -40_000_i32..40_000, 0_i32..400),
        codes in (any_code(), any_code(), any_code()),
        member in proptest::option::of(prop_oneof![Just("m1".to_owned()), Just("m2".to_owned())]),
        lines in proptest::collection::vec(any_line(), 0..4),
        states in (0_usize..6, 0_usize..6, any::<Option<bool>>(), any::<bool>()),
        facility in proptest::option::of("\\PC{0,12}"),
        effective in proptest::option::of(-40_000_i32..40_000),
    ) -> ClaimVersion {
        let (received, from) = (Day::from_count(days.0), Day::from_count(days.1));
        let source = SourceId::new(ids.1);
        let id = ClaimId::new(ids.0);
        let mut claim =
            ClaimVersion::new(source, id, ClaimKind::Professional, received, (from, from.plus(days.2)));
        claim.control = ids.2.map(ClaimId::new);
        claim.bill_type = codes.0;
        claim.drg = codes.1;
        claim.dx = codes.2.into_iter().collect();
        claim.member_id = member.map(MemberId::new);
        claim.lines = lines;
        claim.action = [Action::Original, Action::Replace, Action::Void, Action::AddLines, Action::Remit,
            Action::RemitReversal][states.0];
        claim.state = [ClaimState::Submitted, ClaimState::Pended, ClaimState::Paid, ClaimState::Denied,
            ClaimState::Encounter, ClaimState::Cancelled][states.1];
        claim.part2 = states.2;
        claim.principal = states.3;
        claim.facility = facility.map(Into::into);
        claim.effective = effective.map(Day::from_count);
        claim
    }
}

proptest! {
    #[test]
    fn any_claim_reads_back(claims in proptest::collection::vec(any_claim(), 1..6)) {
        let member = MemberId::new("m1");
        let facts: Vec<Fact> = claims.into_iter().map(|claim| Fact::Claim(Box::new(claim))).collect();
        let mut read = Vec::new();
        for pack in encode(&member, &facts) {
            read.extend(decode(&member, &pack.bytes).unwrap());
        }
        let class = |fact: &Fact| PackClass::of(fact);
        let mut expected = facts;
        expected.sort_by_key(class);
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&MemberId::new("m1"), &bytes);
        let mut versioned = bytes;
        versioned.insert(0, 1);
        let _ = decode(&MemberId::new("m1"), &versioned);
    }
}
