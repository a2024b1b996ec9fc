use crate::item::Reason;
use crate::testing::{self, facts, ymd};
use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial, Icd};
use icm_domain::facts::{Fact, LineOfBusiness};
use icm_domain::ids::{ClaimId, SourceId};
use icm_domain::money::Cents;
use proptest::prelude::*;

fn claims(text: &str) -> Vec<ClaimVersion> {
    testing::claims(text.as_bytes())
}

fn problems(text: &str) -> Vec<(u64, String, Reason)> {
    testing::problems(text.as_bytes())
}

const MEDICAL: &str = "claim_id,claim_line_number,claim_type,person_id,claim_start_date,claim_end_date,\
    claim_line_start_date,admission_date,discharge_date,discharge_disposition_code,bill_type_code,revenue_center_code,\
    hcpcs_code,place_of_service_code,paid_date,paid_amount,charge_amount,diagnosis_code_type,diagnosis_code_1,\
    diagnosis_code_2,data_source\n";

fn medical(rows: &str) -> String {
    format!("{MEDICAL}{rows}")
}

#[test]
fn rows_of_a_claim_become_one_claim_and_its_first_line_speaks() {
    let claims = claims(&medical(
        "C1,2,institutional,M1,2024-03-01,2024-03-03,,2024-02-29,,1,0111,450,99284,,2024-04-01,10.5,20,icd-10-cm,,i10,S\n\
         C1,1,institutional,M1,2024-03-01,2024-03-04,,,,01,111,0120,,,2024-04-02,-1,,icd-10-cm,,E11.9,S\n",
    ));
    let [claim] = claims.as_slice() else { panic!("one claim") };
    assert_eq!((claim.from, claim.thru, claim.admit), (ymd("2024-03-01"), ymd("2024-03-04"), None));
    assert_eq!(claim.received, ymd("2024-04-02"));
    assert_eq!((claim.kind, claim.bill_type.unwrap().as_str()), (ClaimKind::Institutional, "111"));
    assert_eq!(
        claim.lines.iter().map(|l| l.rev.unwrap().as_str().to_owned()).collect::<Vec<_>>(),
        ["0120", "0450"]
    );
    assert_eq!((claim.paid, claim.charge, claim.allowed), (Some(Cents(950)), Some(Cents(2000)), None));
    assert_eq!(claim.dx.iter().map(|c| c.as_str().to_owned()).collect::<Vec<_>>(), ["E119"]);
    assert!(!claim.principal && claim.principal_dx().is_none());
    assert_eq!(claim.source, SourceId::from("S"));
}

#[test]
fn the_last_character_of_the_bill_type_is_the_frequency() {
    for (bill, frequency, action) in [
        ("131", "1", Action::Original),
        ("0137", "7", Action::Replace),
        ("138", "8", Action::Void),
        ("13I", "I", Action::Replace),
    ] {
        let claims = claims(&medical(&format!("C1,1,institutional,M1,2024-03-01,,,,,,{bill},,,,,,,,,,\n")));
        assert_eq!(claims[0].action, action, "{bill}");
        assert_eq!(claims[0].frequency.unwrap().as_str(), frequency);
    }
}

#[test]
fn rows_that_disagree_on_what_a_claim_does_never_void_it_and_other_disagreement_is_noted() {
    let row = |line: u8, start: &str, bill: &str| {
        format!("C1,{line},institutional,M1,{start},,,,,,{bill},,,,,,,,,,\n")
    };
    for bills in [["118", "111"], ["0111", "118"]] {
        let [one, other] = bills.map(|bill| row(if bill == bills[0] { 1 } else { 2 }, "2024-03-01", bill));
        let text = medical(&(one + &other));
        assert_eq!(problems(&text), [(2, "bill_type_code".to_owned(), Reason::BadValue)]);
        assert!(testing::items(text.as_bytes()).iter().all(|item| matches!(item, crate::Item::Problem(_))));
    }
    let noted = |text: &str| testing::ignored(text.as_bytes());
    let same = medical(&(row(1, "2024-03-01", "0111") + &row(2, "2024-03-01", "111.0") + &row(3, "", "")));
    assert_eq!((claims(&same).len(), noted(&same)), (1, vec![]));
    let unequal = medical(&(row(1, "2024-03-01", "111") + &row(2, "2024-03-02", "131")));
    assert_eq!(claims(&unequal)[0].bill_type.unwrap().as_str(), "111");
    assert_eq!(noted(&unequal), [("unequal_header", 1)]);
}

#[test]
fn an_admission_after_the_discharge_is_a_problem() {
    let text = medical("C1,1,institutional,M1,2024-03-01,2024-03-05,,2024-03-04,2024-03-03,,111,,,,,,,,,,\n");
    assert_eq!(problems(&text), [(1, "discharge_date".to_owned(), Reason::EndBeforeStart)]);
}

#[test]
fn numbers_that_spreadsheets_filled_up_or_took_for_amounts_are_read() {
    let text = "claim_id,claim_line_number,claim_type,person_id,claim_start_date,bill_type_code,revenue_center_code,\
        drg_code,facility_npi,claim_frequency\n\
        C1,1,institutional,77.0,2024-03-01,111.0,00450,291.0,1234567893.0,7.0\n\
        C2,1,institutional,A.0,2024-03-01,111,450.0,64.0,H.10,1\n";
    let claims = claims(text);
    let read = |at: usize| {
        let claim: &ClaimVersion = &claims[at];
        let rev = claim.lines[0].rev.unwrap().as_str().to_owned();
        (claim.member_id.clone().unwrap().as_str().to_owned(), rev, claim.drg.unwrap().as_str().to_owned())
    };
    let of = |parts: [&str; 3]| (parts[0].to_owned(), parts[1].to_owned(), parts[2].to_owned());
    assert_eq!((read(0), read(1)), (of(["77", "0450", "291"]), of(["A.0", "0450", "064"])));
    assert_eq!(
        claims.iter().map(|c| c.facility.as_deref().unwrap()).collect::<Vec<_>>(),
        ["1234567893", "H.10"]
    );
    assert_eq!(claims[0].action, Action::Replace);
}

#[test]
fn a_table_cut_inside_its_header_is_refused() {
    let cut = "claim_id,claim_line_number,claim_type,person_id,claim_start_date,claim_end_da";
    assert_eq!(problems(cut), [(0, String::new(), Reason::Truncated)]);
    for header in [MEDICAL, MEDICAL.trim_end(), &format!("{cut}te,file_name")] {
        assert!(problems(header).is_empty(), "a header alone is a file without records");
    }
}

#[test]
fn an_undetermined_claim_is_told_by_what_only_a_facility_bills() {
    let kind = |rest: &str| {
        claims(&medical(&format!("C1,1,undetermined,M1,2024-03-01,,,,,,{rest},,,,,,,,\n")))[0].kind
    };
    assert_eq!(kind("131,,"), ClaimKind::Institutional);
    assert_eq!(kind(",0450,"), ClaimKind::Institutional);
    assert_eq!(kind(",,99213"), ClaimKind::Professional);
}

#[test]
fn icd_9_is_marked_and_nonsense_is_icd_10() {
    let icd = |stated: &str| {
        claims(&medical(&format!("C1,1,professional,M1,2024-03-01,,,,,,,,,,,,,{stated},4019,,\n")))[0].icd
    };
    assert_eq!(icd("icd-9-cm"), Icd::Nine);
    assert_eq!(icd("ICD-9-CM"), Icd::Nine);
    assert_eq!(icd("icd-10-pcs"), Icd::Ten);
    assert_eq!(icd(""), Icd::Ten);
}

#[test]
fn what_is_wrong_with_a_claim_quarantines_it_alone_and_names_the_column() {
    let found = problems(&medical(
        "C1,1,professional,M1,2024-02-30,,,,,,,,,,,,,,,,\n\
         C2,1,professional,M1,2024-02-01,,,,,,,,,,,12x,,,,,\n\
         C3,1,professional,M1,2024-02-01,,,,,,,,,,,,,,,,\n\
         C3,2,professional,M2,2024-02-01,,,,,,,,,,,,,,,,\n\
         ,1,professional,M1,2024-02-01,,,,,,,,,,,,,,,,\n\
         C5,1,professional,,2024-02-01,,,,,,,,,,,,,,,,\n\
         C6,1,professional,M1,,,,,,,,,,,,,,,,,\n\
         C7,1,professional,M1,2024-02-02,2024-02-01,,,,,,,,,,,,,,,\n\
         C8,1,professional,M1,2024-02-01\n\
         C9,1,professional,M1,2024-02-01,,,,,,,,,,,,,,,,\n",
    ));
    let expected = [
        (1, "claim_start_date", Reason::BadDate),
        (2, "paid_amount", Reason::BadNumber),
        (4, "person_id", Reason::MixedMembers),
        (5, "claim_id", Reason::BlankValue),
        (6, "person_id", Reason::BlankValue),
        (7, "claim_start_date", Reason::BlankValue),
        (8, "claim_end_date", Reason::EndBeforeStart),
        (9, "", Reason::BadStructure),
    ];
    let mut found = found;
    found.sort();
    assert_eq!(found, expected.map(|(record, field, reason)| (record, field.to_owned(), reason)));
}

#[test]
fn a_table_of_claims_that_ends_inside_a_row_is_refused_whole() {
    let rows =
        "C1,1,professional,M1,2024-02-01,,,,,,,,,,,,,,,,\nC2,1,professional,M1,2024-02-01,,,,,,,,,,,,,,,,\n";
    let whole = medical(rows);
    assert_eq!(claims(&whole).len(), 2);
    assert_eq!(claims(whole.trim_end_matches('\n')).len(), 2);
    let cut = &whole[..whole.len() - 10];
    assert_eq!(problems(cut), [(2, String::new(), Reason::Truncated)]);
    assert_eq!(testing::items(cut.as_bytes()).len(), 1);
}

#[test]
fn days_of_claims_lie_between_1900_and_2049_and_the_end_of_coverage_may_lie_beyond() {
    for stated in ["1800-01-01", "20990101", "1/1/2050"] {
        let row = format!("C1,1,professional,M1,{stated},,,,,,,,,,,,,,,,\n");
        let expected = [(1, "claim_start_date".to_owned(), Reason::ImplausibleDate)];
        assert_eq!(problems(&medical(&row)), expected, "{stated}");
    }
    let eligibility = |start: &str, end: &str| {
        format!("person_id,enrollment_start_date,enrollment_end_date,payer\nM1,{start},{end},x\n")
    };
    assert_eq!(problems(&eligibility("2024-01-01", "2199-12-31")), []);
    let early = [(1, "enrollment_start_date".to_owned(), Reason::ImplausibleDate)];
    assert_eq!(problems(&eligibility("1753-01-01", "2024-12-31")), early);
}

#[test]
fn a_missing_column_is_one_problem_and_a_header_alone_is_none() {
    assert_eq!(
        problems("claim_id,person_id,claim_end_date,claim_type\nC,M,2024-01-01,x\nD,M,2024-01-01,x\n"),
        [(0, "claim_start_date".to_owned(), Reason::MissingField)]
    );
    assert!(testing::items(MEDICAL.as_bytes()).is_empty());
    assert_eq!(problems(" \n"), [(0, String::new(), Reason::EmptyFile)]);
    assert_eq!(problems("nothing of ours\n"), [(0, String::new(), Reason::UnknownFormat)]);
}

#[test]
fn a_column_that_decides_and_is_not_there_is_noted_and_the_rows_are_read() {
    let without = medical("C,1,professional,M,2024-01-01,,,,,,,,99284,23,,1,,,R079,,S\n")
        .replace(",hcpcs_code", ",procedure_we_do_not_know")
        .replace(",paid_amount", ",paid");
    assert_eq!(testing::absent(without.as_bytes()), ["hcpcs_code", "paid_amount"]);
    assert_eq!((claims(&without).len(), problems(&without)), (1, Vec::new()));
    assert!(testing::absent(MEDICAL.as_bytes()).is_empty());
    let mut count = crate::RecordCount::default();
    for item in &testing::items(without.as_bytes()) {
        count.take(0, item);
    }
    assert_eq!((count.records().used, count.records().quarantined), (1, 0));
}

#[test]
fn units_are_decimal_text() {
    let row = |units: &str| {
        let head = MEDICAL.trim_end().to_owned() + ",service_unit_quantity\n";
        head + "C,1,professional,M,2024-01-01,,,,,,,,99284,23,,1,,,R079,,S," + units + "\n"
    };
    assert_eq!(claims(&row("1.50"))[0].lines[0].units.as_deref(), Some("1.50"));
    for wrong in ["1.5e3", "many", "1-2"] {
        assert_eq!(
            problems(&row(wrong)),
            [(1, "service_unit_quantity".to_owned(), Reason::BadNumber)],
            "{wrong}"
        );
    }
}

#[test]
fn a_claim_id_of_two_feeds_is_two_claims() {
    let claims = claims(&medical(
        "C1,1,professional,M1,2024-02-01,,,,,,,,,,,,,,,,A\nC1,1,professional,M2,2024-02-01,,,,,,,,,,,,,,,,B\n",
    ));
    assert_eq!(claims.len(), 2);
}

#[test]
fn a_repeated_line_counts_once_and_a_changed_one_replaces() {
    let row =
        |line: u32, paid: u32| format!("C1,{line},professional,M1,2024-02-01,,,,,,,,99213,11,,{paid},,,,,\n");
    let text = medical(&[row(1, 5), row(2, 7), row(1, 5), row(2, 8)].concat());
    let ignored = testing::ignored(text.as_bytes());
    assert_eq!(ignored, [("repeated_line", 3), ("superseded_line", 4)]);
    assert_eq!(claims(&text)[0].paid, Some(Cents(1300)));
}

#[test]
fn files_put_together_with_their_headers_are_read_as_one() {
    let row = |id: &str| format!("{id},1,professional,M1,2024-02-01,,,,,,,,99213,11,,1,,,,,\n");
    let text = [medical(&row("C1")), medical(&row("C2")), medical(&row("C1"))].concat();
    assert_eq!(claims(&text).len(), 2);
    assert_eq!(testing::ignored(text.as_bytes()), [("repeated_line", 3)]);
}

#[test]
fn a_pharmacy_claim_is_dated_by_its_fills() {
    let claims = claims(
        "claim_id,claim_line_number,person_id,dispensing_date,ndc_code,quantity,days_supply,paid_date,paid_amount\n\
         R1,1,M1,2024-02-01,00093-0058-01,30,30,2024-02-05,1.10\nR1,2,M1,2024-03-01,00093005801,30,30.0,2024-02-20,1.10\n",
    );
    let [claim] = claims.as_slice() else { panic!("one claim") };
    assert_eq!(
        (claim.from, claim.thru, claim.received),
        (ymd("2024-02-01"), ymd("2024-03-01"), ymd("2024-03-01"))
    );
    assert_eq!((claim.paid, claim.lines[1].days_supply), (Some(Cents(220)), Some(30)));
}

#[test]
fn eligibility_gives_coverage_profile_and_death() {
    let text = "person_id,gender,birth_date,death_date,death_flag,enrollment_start_date,enrollment_end_date,payer,payer_type,\
        institutional_snp_flag,race\n\
        M1,female,1950-01-02,,0,2023-01-01,9999-12-31,x,medicaid,0,white\n\
        M2,M,,2023-05-01,1,2023-01-01,2023-05-31,Blue,,1,\n\
        M3,,,,0,,2023-05-31,x,medicare,,\n";
    let good = text.rsplit_once("M3").unwrap().0;
    let seen: Vec<String> =
        facts(good.as_bytes()).into_iter().map(|(member, fact)| told(&member, &fact)).collect();
    assert_eq!(
        seen,
        [
            "M1 covered Medicaid 2023-01-01 None",
            "M1 is Some(Female) born Some(1950-01-02) died None other plan None",
            "M2 covered Commercial 2023-01-01 Some(2023-05-31)",
            "M2 is Some(Male) born None died None other plan Some(true)",
            "M2 is None born None died Some(2023-05-01) other plan None",
        ]
    );
    assert_eq!(problems(text), [(3, "enrollment_start_date".to_owned(), Reason::BlankValue)]);
    assert_eq!(crate::side::line_of_business("Medicare Advantage"), Some(LineOfBusiness::MedicareAdvantage));
}

fn told(member: &str, fact: &Fact) -> String {
    if let Fact::Coverage(c) = fact {
        return format!("{member} covered {:?} {} {:?}", c.lob, c.from, c.thru);
    }
    let Fact::Profile(p) = fact else { return String::new() };
    format!(
        "{member} is {:?} born {:?} died {:?} other plan {:?}",
        p.sex, p.birth, p.death, p.other_plan_manages
    )
}

proptest! {
    /// Any order of rows gives the same claims.
    #[test]
    fn the_order_of_rows_does_not_matter(rows in Just((0..30_u32).collect::<Vec<_>>()).prop_shuffle()) {
        let row = |n: &u32| format!("C{},{},professional,M{},2024-02-{:02},,,,,,,,9921{},11,,{n},,,I1{n},,\n", n % 7, n / 7 + 1, n % 7, n / 7 + 1, n % 3);
        let sorted: Vec<String> = (0..30).map(|n| row(&n)).collect();
        let shuffled: Vec<String> = rows.iter().map(row).collect();
        let by_id = |text: &str| {
            let mut claims = claims(&medical(text));
            claims.sort_by(|a, b| a.claim_id.cmp(&b.claim_id));
            claims
        };
        prop_assert_eq!(by_id(&shuffled.concat()), by_id(&sorted.concat()));
    }

    #[test]
    fn random_cells_never_panic(cells in proptest::collection::vec("[-0-9a-zA-Z\". ,/]{0,12}", 0..80)) {
        testing::items(medical(&cells.join(",")).as_bytes());
        testing::items(medical(&cells.chunks(21).map(|row| row.join(",").replace('"', "")).collect::<Vec<_>>().join("\n")).as_bytes());
    }
}

#[test]
fn optional_columns_say_what_a_version_changes() {
    let text = "claim_id,claim_type,person_id,claim_start_date,bill_type_code,claim_frequency,replaces_claim_id,\
        claim_status,denial_reason,part2,billing_taxonomy\n\
        C2,professional,M1,2024-03-01,,7,C1,Denied,not_rendered,true,324500000x\n\
        C3,institutional,M1,2024-03-01,131,8,C1,,,,\n\
        C4,professional,M1,2024-03-01,,,,cancelled,,,\n";
    let claims = claims(text);
    let told: Vec<_> =
        claims.iter().map(|claim| (claim.action, claim.state, claim.denial, claim.part2)).collect();
    let paid = ClaimState::Paid;
    let denied = (Action::Replace, ClaimState::Denied, Some(Denial::NotRendered), Some(true));
    let void = (Action::Void, paid, None, None);
    assert_eq!(told, [denied, void, (Action::Void, ClaimState::Cancelled, None, None)]);
    assert_eq!(claims[0].replaces, Some(ClaimId::from("C1")));
    assert_eq!(claims[0].taxonomy.unwrap().as_str(), "324500000X");
    let bad = text.replace("Denied", "maybe");
    assert_eq!(problems(&bad), [(1, "claim_status".to_owned(), Reason::BadValue)]);
}

#[test]
fn a_span_reinstated_later_is_received_later() {
    let text = "person_id,enrollment_start_date,enrollment_end_date,payer_type,received\n\
        M1,2024-01-01,2024-01-31,medicaid,2024-03-10\n\
        M1,2024-02-01,,medicaid,\n";
    let days: Vec<_> = facts(text.as_bytes())
        .into_iter()
        .filter_map(|(_, fact)| if let Fact::Coverage(span) = fact { Some(span.received) } else { None })
        .collect();
    assert_eq!(days, [ymd("2024-03-10"), ymd("2024-02-01")]);
}
