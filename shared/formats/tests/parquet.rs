//! Parquet as independent writers make it (`parquet/make.py`: pyarrow and polars; the ways in which writers differ: codec,
//! page version, dictionaries or none, delta encodings, small row groups and pages, types of dates and amounts). Each file
//! gives the claims that the same rows give as CSV.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use icm_domain::facts::Fact;
use icm_domain::ids::SourceId;
use icm_formats::{Input, Item, Place, Problem, ReadOptions, Reason, claim_line, read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet").join(name)
}

/// Claims as lines of JSON, and problems.
fn parse(input: &dyn Input) -> (Vec<String>, Vec<Problem>) {
    let (mut claims, mut problems) = (Vec::new(), Vec::new());
    let flow = read(input, &ReadOptions::new(SourceId::from("feed")), &mut |item| {
        match item {
            Item::Fact { fact: Fact::Claim(claim), .. } => {
                let mut line = Vec::new();
                claim_line::write(&mut line, &claim).unwrap();
                claims.push(String::from_utf8(line).unwrap());
            }
            Item::Problem(problem) => problems.push(problem),
            Item::Fact { .. } | Item::Availability { .. } | Item::Ignored { .. } => panic!("claims alone"),
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    (claims, problems)
}

#[test]
fn every_writer_gives_the_claims_of_the_same_rows_as_csv() {
    let (expected, problems) = parse(&sample("rows.csv"));
    assert_eq!((expected.len(), problems), (14, vec![]));
    for name in ["snappy", "groups", "second", "deltas", "polars"] {
        let path = sample(&format!("{name}.parquet"));
        assert_eq!(parse(&path), (expected.clone(), vec![]), "{name}");
        assert_eq!(parse(&std::fs::read(&path).unwrap()), (expected.clone(), vec![]), "{name} from memory");
    }
}

#[test]
fn a_file_that_is_cut_off_is_refused_whole_with_its_reason() {
    let whole = std::fs::read(sample("snappy.parquet")).unwrap();
    let problem = |reason| vec![Problem { place: Place::default(), field: String::new(), reason }];
    assert_eq!(parse(&whole[..whole.len() / 2].to_vec()), (vec![], problem(Reason::Truncated)));
    // The first page's length, wrong: the table of contents is there, the rows are not.
    let mut damaged = whole;
    damaged[6] ^= 0x7F;
    assert_eq!(parse(&damaged), (vec![], problem(Reason::Unreadable)));
}
