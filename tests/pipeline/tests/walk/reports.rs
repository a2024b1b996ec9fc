//! Reports as they are read: of one's own lines of business, as JSON, as a file and as a page.

use crate::access::get;
use crate::flow::Flow;
use icm_domain::facts::LineOfBusiness;
use icm_measure::table::{Cell, Report, Table};
use operations::reports::{keep, scopes};
use operations::{Identity, Lines, Role};
use serde_json::Value;

fn reader(lines: Lines) -> Identity {
    Identity::staff("reader", [Role::VendorManager], lines)
}

fn only(lines: &[LineOfBusiness]) -> Lines {
    Lines::Only(lines.iter().copied().collect())
}

/// A report of each choice of lines, with a figure that tells whose it is: the first is everybody's.
fn kept(flow: &Flow) {
    for (number, lines) in scopes().iter().enumerate() {
        let mut table =
            Table::new("steps", "Steps", &[("step", "Step"), ("members", "Members")]).bars("step", "members");
        table.row([Cell::from("=identified"), Cell::Count(7_000 + number as u64)]);
        table.row([Cell::from("graduated"), Cell::from("1-10")]);
        let report = Report::new("funnel", "Funnel", &["Counted once."]).with(table);
        icm_testkit::run(keep(&flow.world.open(), lines, flow.now(), &[report])).unwrap();
    }
}

fn figure(flow: &Flow, who: &Identity) -> u64 {
    let (status, text) = get(flow, who, "/v1/reports/funnel");
    assert_eq!(status, 200, "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["report"]["tables"][0]["rows"][0][1].as_u64().unwrap()
}

#[test]
fn everybody_reads_the_report_of_exactly_the_own_lines() {
    use LineOfBusiness::{Commercial, Medicaid, MedicareAdvantage};
    let flow = Flow::new();
    kept(&flow);
    assert_eq!(figure(&flow, &reader(Lines::All)), 7_000);
    let mut seen = vec![7_000];
    for lines in
        [&[Medicaid][..], &[Commercial], &[Medicaid, Commercial], &[Medicaid, MedicareAdvantage, Commercial]]
    {
        let who = reader(only(lines));
        let own = figure(&flow, &who);
        for path in ["/console/reports", "/console/reports/funnel", "/v1/reports/funnel/steps"] {
            let (status, text) = get(&flow, &who, path);
            assert_eq!(status, 200, "{path}");
            assert!(text.contains(&own.to_string()), "{path}");
            assert!(
                seen.iter().all(|other| !text.contains(&other.to_string())),
                "{path} shows another's figure"
            );
        }
        seen.push(own);
    }
    seen.dedup();
    assert_eq!(seen.len(), 5, "all of them differ");
}

#[test]
fn a_file_says_what_the_answer_says_and_runs_no_formula() {
    let flow = Flow::new();
    kept(&flow);
    let (_, text) = get(&flow, &reader(Lines::All), "/v1/reports/funnel/steps");
    assert_eq!(text, "step,members\r\n'=identified,7000\r\ngraduated,1-10\r\n");
    assert_eq!(get(&flow, &reader(Lines::All), "/v1/reports/funnel/other").0, 404);
    assert_eq!(get(&flow, &reader(Lines::All), "/v1/reports/other").0, 404);
}

#[test]
fn a_picture_has_a_name_a_description_and_its_table() {
    let flow = Flow::new();
    kept(&flow);
    let (_, page) = get(&flow, &reader(Lines::All), "/console/reports");
    assert!(page.contains("<title id=\"steps-name\">Steps</title>"));
    assert!(page.contains("members by step: =identified 7000") || page.contains("Members by step: "));
    assert!(page.contains("aria-labelledby=\"steps-name steps-says\""));
    assert!(page.contains("<th scope=\"col\""));
}

#[test]
fn before_the_first_job_the_page_says_so() {
    let flow = Flow::new();
    let (status, page) = get(&flow, &reader(Lines::All), "/console/reports");
    assert_eq!(status, 200);
    assert!(page.contains("No report was made yet"));
}
