//! Files that end in the middle, and rows that are too short to be believed.

use super::*;

fn practitioner(id: &str, adjustment: &str, more: &[(&str, &str)]) -> String {
    let mut cells = vec![
        ("cur_clm_uniq_id", id),
        ("clm_line_num", "1"),
        ("bene_mbi_id", "1AA0A00AA00"),
        ("clm_from_dt", "2024-03-01"),
        ("clm_thru_dt", "2024-03-01"),
        ("clm_line_hcpcs_cd", "99284"),
        ("clm_line_cvrd_pd_amt", "   12345678.90"),
        ("clm_carr_pmt_dnl_cd", "1"),
        ("clm_prcsg_ind_cd", "A"),
        ("clm_adjsmt_type_cd", adjustment),
        ("clm_efctv_dt", "2024-04-01"),
        ("clm_idr_ld_dt", "2024-04-09"),
        ("clm_cntl_num", "CONTROL"),
        ("clm_dgns_1_cd", "I10"),
        ("dgns_prcdr_icd_ind", "0"),
    ];
    cells.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    cells.extend_from_slice(more);
    row("CCLF5", &cells)
}

fn drug(id: &str) -> String {
    row(
        "CCLF7",
        &[
            ("cur_clm_uniq_id", id),
            ("bene_mbi_id", "1AA0A00AA00"),
            ("clm_line_ndc_cd", "00002821501"),
            ("clm_line_from_dt", "2024-03-01"),
            ("clm_adjsmt_type_cd", "0"),
            ("clm_efctv_dt", "2024-04-01"),
        ],
    )
}

#[test]
fn a_file_that_ends_inside_a_row_is_refused_whole() {
    let files = [
        [header("1", &[]), header("2", &[("clm_adjsmt_type_cd", "1")])],
        [practitioner("1", "0", &[]), practitioner("2", "1", &[])],
        [line("1", "1", "0120"), line("1", "2", "0450")],
        [diagnosis("1", "I509"), diagnosis("1", "E119")],
        [drug("1"), drug("2")],
    ];
    for [first, last] in files {
        let ends = last.len() - 2;
        for kept in 1..ends {
            let cut = first.clone() + &last[..kept];
            assert_eq!(problems(cut.as_bytes()), [(2, String::new(), Reason::Truncated)], "{kept}");
            assert!(items(cut.as_bytes()).iter().all(|item| matches!(item, Item::Problem(_))), "{kept}");
        }
        // Without its line end alone it is whole.
        let whole = first + &last[..ends];
        assert!(problems(whole.as_bytes()).is_empty());
    }
}

#[test]
fn a_row_too_short_for_its_adjustment_is_no_original() {
    for kept in [105, 120, 149, 151, 160] {
        let short = practitioner("2", "1", &[])[..kept].to_owned() + "\r\n";
        let file = [practitioner("1", "0", &[]), short, practitioner("3", "0", &[])].concat();
        let field = if kept < 117 {
            "clm_line_cvrd_pd_amt"
        } else if kept < 151 {
            "clm_adjsmt_type_cd"
        } else {
            "clm_efctv_dt"
        };
        assert_eq!(problems(file.as_bytes()), [(2, field.to_owned(), Reason::BadStructure)], "{kept}");
    }
}

#[test]
fn trimmed_rows_and_rows_of_older_layouts_are_whole() {
    let trimmed = |row: String| row.trim_end().to_owned() + "\n";
    let rows = [
        practitioner("1", "0", &[]),
        practitioner("2", "2", &[("clm_dgns_1_cd", ""), ("dgns_prcdr_icd_ind", "")]),
    ];
    let read = claims(rows.map(trimmed).concat().as_bytes());
    assert_eq!(
        read.iter().map(|claim| claim.action).collect::<Vec<_>>(),
        [Action::Original, Action::Replace]
    );
    let older = header("1", &[])[..292].to_owned() + "\n";
    assert_eq!(claims(older.as_bytes()).len(), 1);
}

#[test]
fn an_adjustment_type_that_is_none_is_no_original() {
    let file = practitioner("1", "7", &[]);
    assert_eq!(problems(file.as_bytes()), [(1, "clm_adjsmt_type_cd".to_owned(), Reason::BadValue)]);
}
