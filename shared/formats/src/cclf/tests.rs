use super::layout::recognise;
use crate::files::read_all;
use crate::input::Input;
use crate::item::{Item, Reason};
use crate::options::ReadOptions;
use crate::table::{Cut, TableKind};
use crate::testing::{claims, facts, ignored, items, problems, ymd};
use icm_domain::claim::{Action, ClaimState, ClaimVersion};
use icm_domain::facts::{Fact, LineOfBusiness};
use icm_domain::ids::SourceId;
use icm_domain::money::Cents;
use proptest::prelude::*;
use std::ops::ControlFlow;

mod cut;

/// A row of a file with some cells set, written by us.
fn row(file: &str, cells: &[(&str, &str)]) -> String {
    let layout = super::layout::of(file);
    let cells = layout.iter().map(|cell| {
        let value = cells.iter().find(|(name, _)| *name == cell.name).map_or("", |(_, value)| value);
        value.to_owned() + &" ".repeat(cell.width - value.len())
    });
    cells.collect::<Vec<_>>().concat() + "\r\n"
}

fn header(id: &str, more: &[(&str, &str)]) -> String {
    let mut cells = vec![
        ("cur_clm_uniq_id", id),
        ("prvdr_oscar_num", "230001"),
        ("bene_mbi_id", "1AA0A00AA00"),
        ("clm_from_dt", "2024-03-01"),
        ("clm_thru_dt", "2024-03-05"),
        ("clm_bill_fac_type_cd", "1"),
        ("clm_bill_clsfctn_cd", "1"),
        ("clm_bill_freq_cd", "1"),
        ("prncpl_dgns_cd", "I509"),
        ("clm_pmt_amt", "1000.00"),
        ("clm_adjsmt_type_cd", "0"),
        ("clm_efctv_dt", "2024-04-01"),
        ("clm_idr_ld_dt", "2024-04-09"),
        ("dgns_prcdr_icd_ind", "0"),
    ];
    cells.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    cells.extend_from_slice(more);
    row("CCLF1", &cells)
}

fn line(id: &str, number: &str, revenue: &str) -> String {
    row(
        "CCLF2",
        &[
            ("cur_clm_uniq_id", id),
            ("clm_line_num", number),
            ("bene_mbi_id", "1AA0A00AA00"),
            ("clm_line_prod_rev_ctr_cd", revenue),
            ("clm_line_from_dt", "1000-01-01"),
            ("clm_from_dt", "2024-03-01"),
            ("clm_thru_dt", "2024-03-05"),
            ("clm_line_cvrd_pd_amt", "500.0000"),
        ],
    )
}

fn diagnosis(id: &str, code: &str) -> String {
    row(
        "CCLF4",
        &[
            ("cur_clm_uniq_id", id),
            ("bene_mbi_id", "1AA0A00AA00"),
            ("clm_dgns_cd", code),
            ("clm_from_dt", "2024-03-01"),
            ("clm_thru_dt", "2024-03-05"),
        ],
    )
}

#[test]
fn a_header_states_bill_key_adjustment_and_receipt() {
    let void = [("clm_adjsmt_type_cd", "1"), ("clm_mdcr_npmt_rsn_cd", "N")];
    let claims = claims([header("1", &[]), header("2", &void)].concat().as_bytes());
    let [first, second] = claims.as_slice() else { panic!("two claims") };
    assert_eq!(first.bill_type.unwrap().as_str(), "111");
    assert_eq!((first.received, first.effective), (ymd("2024-04-09"), Some(ymd("2024-04-01"))));
    assert_eq!(
        (first.action, first.state, first.paid),
        (Action::Original, ClaimState::Paid, Some(Cents(100_000)))
    );
    assert_eq!((second.action, second.state), (Action::Void, ClaimState::Denied));
    assert_eq!(first.group, second.group);
    assert_eq!(first.facility.as_deref(), Some("230001"));
}

#[test]
fn older_shorter_rows_and_trimmed_rows_are_known_too() {
    let full = header("1", &[]);
    for length in [292, 437] {
        let table = recognise(&full.as_bytes()[..length]).unwrap();
        assert_eq!(table.kind, TableKind::Cclf(super::CclfFile::PartAHeader));
        assert!(matches!(table.cut, Cut::Fixed(_)));
    }
    assert!(recognise(full.trim_end().as_bytes()).is_some());
    assert!(recognise(full.replace("2024-03-01", "2024/03/01").as_bytes()).is_none());
    assert!(recognise(b"").is_none());
}

#[test]
fn a_first_row_out_of_place_costs_itself_alone() {
    let shifted = format!(" {}", header("1", &[]));
    let file = [shifted, header("2", &[]), header("3", &[])].concat();
    let read = items(file.as_bytes()).into_iter().filter_map(|item| {
        let Item::Fact { fact: Fact::Claim(claim), .. } = item else { return None };
        Some(claim.claim_id.as_str().to_owned())
    });
    assert_eq!(read.collect::<Vec<_>>(), ["2", "3"]);
    assert_eq!(problems(file.as_bytes()).iter().map(|(record, _, _)| *record).collect::<Vec<_>>(), [1]);
}

fn together(files: &[String]) -> Vec<(usize, ClaimVersion)> {
    let inputs: Vec<Vec<u8>> = files.iter().map(|file| file.clone().into_bytes()).collect();
    let inputs: Vec<&dyn Input> = inputs.iter().map(|input| input as &dyn Input).collect();
    let mut claims = Vec::new();
    let flow = read_all(&inputs, &ReadOptions::new(SourceId::from("feed")), &mut |index, item| {
        assert!(!matches!(item, Item::Problem(_)), "{item:?}");
        if let Item::Fact { fact: Fact::Claim(claim), .. } = item {
            claims.push((index, *claim));
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    claims
}

#[test]
fn the_files_of_part_a_are_joined_by_claim_number_in_any_order_of_files() {
    let headers = [header("10", &[]), header("11", &[])].concat();
    let lines =
        [line("10", "2", "0450"), line("11", "1", "0120"), line("10", "1", "0120"), line("12", "1", "0300")]
            .concat();
    let diagnoses = [diagnosis("10", "I509"), diagnosis("10", "E119")].concat();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let files = [headers.clone(), lines.clone(), diagnoses.clone()];
        let claims = together(&order.map(|index| files[index].clone()));
        let of =
            |id: &str| claims.iter().map(|(_, claim)| claim).find(|c| c.claim_id.as_str() == id).unwrap();
        let revenues: Vec<_> = of("10").lines.iter().map(|l| l.rev.unwrap().as_str().to_owned()).collect();
        assert_eq!(revenues, ["0120", "0450"]);
        assert_eq!(of("10").dx.iter().map(|c| c.as_str().to_owned()).collect::<Vec<_>>(), ["I509", "E119"]);
        assert_eq!((of("10").action, of("10").lines[0].from), (Action::Original, None));
        assert_eq!((of("12").action, of("12").lines.len()), (Action::AddLines, 1));
        assert_eq!(claims.len(), 3);
    }
}

#[test]
fn overlapping_deliveries_do_not_double_lines() {
    let claims =
        together(&[header("10", &[]), line("10", "1", "0120"), line("10", "1", "0120"), header("10", &[])]);
    assert_eq!(claims.len(), 2);
    assert_eq!(claims[0].1, claims[1].1);
    assert_eq!(claims[0].1.lines.len(), 1);
}

#[test]
fn a_file_of_lines_alone_gives_what_it_holds() {
    let claims = claims([line("10", "1", "0120"), line("10", "2", "450 ")].concat().as_bytes());
    assert_eq!((claims.len(), claims[0].lines.len(), claims[0].action), (1, 2, Action::AddLines));
}

/// What the claims of a member are when the files come one by one, in this order.
fn one_by_one(files: &[String]) -> Vec<ClaimVersion> {
    let all: Vec<ClaimVersion> = files.iter().flat_map(|file| claims(file.as_bytes())).collect();
    icm_domain::claim::part::joined(&all, ymd("2025-01-01"))
}

#[test]
fn files_of_part_a_that_come_one_by_one_give_the_claims_of_one_delivery_in_any_order() {
    let files = [
        [header("10", &[]), header("11", &[("clm_from_dt", "2024-03-04")])].concat(),
        [line("10", "2", "0450"), line("11", "1", "0120"), line("10", "1", "0120")].concat(),
        [diagnosis("10", "I509"), diagnosis("10", "E119")].concat(),
        row(
            "CCLF3",
            &[
                ("cur_clm_uniq_id", "10"),
                ("bene_mbi_id", "1AA0A00AA00"),
                ("clm_prcdr_cd", "02HV33Z"),
                ("clm_prcdr_prfrm_dt", "2024-03-02"),
                ("clm_from_dt", "2024-03-01"),
                ("clm_thru_dt", "2024-03-05"),
            ],
        ),
    ];
    let sorted = |mut claims: Vec<ClaimVersion>| {
        claims.sort();
        claims
    };
    let delivered = sorted(together(&files).into_iter().map(|(_, claim)| claim).collect());
    assert_eq!((delivered[0].lines.len(), delivered[0].dx.len(), delivered[0].px.len()), (2, 2, 1));
    for first in 0..files.len() {
        let mut order = files.to_vec();
        order.rotate_left(first);
        assert_eq!(sorted(one_by_one(&order)), delivered);
        order.reverse();
        assert_eq!(sorted(one_by_one(&order)), delivered);
        let again = [order.clone(), order].concat();
        let twice = sorted(one_by_one(&again));
        assert!(twice.iter().all(|claim| delivered.contains(claim)), "a file sent again adds nothing");
    }
    assert_eq!(one_by_one(&files[1..]), [], "without its header a part counts nothing");
}

#[test]
fn part_b_lines_become_claims_and_denials_are_seen() {
    let line = |number: &str, indicator: &str| {
        row(
            "CCLF5",
            &[
                ("cur_clm_uniq_id", "77"),
                ("clm_line_num", number),
                ("bene_mbi_id", "1AA0A00AA00"),
                ("clm_from_dt", "2024-03-01"),
                ("clm_thru_dt", "2024-03-01"),
                ("clm_pos_cd", "23"),
                ("clm_line_hcpcs_cd", "99284"),
                ("clm_line_cvrd_pd_amt", "100.50"),
                ("clm_prcsg_ind_cd", indicator),
                ("clm_adjsmt_type_cd", "0"),
                ("clm_efctv_dt", "2024-03-20"),
                ("clm_cntl_num", "CN1"),
                ("clm_dgns_1_cd", "R079"),
            ],
        )
    };
    let some = claims([line("1", "A"), line("2", "D")].concat().as_bytes());
    assert_eq!(
        (some[0].state, some[0].paid, some[0].lines.len()),
        (ClaimState::Paid, Some(Cents(20_100)), 2)
    );
    assert_eq!(some[0].lines[0].pos.unwrap().as_str(), "23");
    let none = claims([line("1", "D"), line("2", "N")].concat().as_bytes());
    assert_eq!(none[0].state, ClaimState::Denied);
}

#[test]
fn beneficiaries_and_changed_numbers() {
    let beneficiary = row(
        "CCLF8",
        &[
            ("bene_mbi_id", "1AA0A00AA00"),
            ("bene_dob", "1950-01-02"),
            ("bene_sex_cd", "2"),
            ("bene_death_dt", "2024-05-01"),
            ("bene_rng_bgn_dt", "1000-01-01"),
            ("bene_part_a_enrlmt_bgn_dt", "2015-01-01"),
            ("geo_zip4_cd", "1234"),
        ],
    );
    let facts_of = facts(beneficiary.as_bytes());
    assert!(matches!(&facts_of[1].1, Fact::Profile(p) if p.death == Some(ymd("2024-05-01"))));
    assert!(
        matches!(&facts_of[2].1, Fact::Coverage(c) if c.from == ymd("2015-01-01") && c.lob == LineOfBusiness::MedicareAdvantage)
    );
    let xref = |former: &str| {
        row(
            "CCLF9",
            &[
                ("hicn_mbi_xref_ind", "M"),
                ("crnt_num", "1AA0A00AA00"),
                ("prvs_num", former),
                ("prvs_id_efctv_dt", "2020-01-01"),
                ("prvs_id_obslt_dt", "9999-12-31"),
                ("bene_rrb_num", "            "),
            ],
        )
    };
    let alias = facts(xref("1AA0A00AA99").as_bytes());
    assert!(
        matches!(&alias[0].1, Fact::Alias { other, received } if other.as_str() == "1AA0A00AA99" && *received == ymd("2020-01-01"))
    );
    assert_eq!(ignored(xref("1AA0A00AA00").as_bytes()), [("row_says_nothing", 1)]);
}

#[test]
fn a_date_that_does_not_exist_quarantines_its_record() {
    let bad = [header("1", &[]), header("2", &[("clm_from_dt", "2024-02-30")])].concat();
    assert_eq!(problems(bad.as_bytes()), [(2, "clm_from_dt".to_owned(), Reason::BadDate)]);
}

proptest! {
    #[test]
    fn any_bytes_in_a_row_end_without_panic(noise in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut file = header("1", &[]).into_bytes();
        file.extend_from_slice(&noise);
        crate::testing::items(&file);
        recognise(&noise);
    }
}
