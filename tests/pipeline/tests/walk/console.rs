//! The console as people use it: two people on one list and on one case, reloads, saved views, a second person.

use crate::access::{get, post};
use crate::flow::{Flow, PROGRAM};
use icm_testkit::{FixedClock, Ports};
use operations::{Identity, Lines, Ops, Role};
use serde_json::{Value, json};
use tower::ServiceExt;

fn supervisor(name: &str) -> Identity {
    Identity::staff(name, [Role::Supervisor], Lines::All)
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The value of a hidden field of the first form that records an attempt.
fn field(page: &str, name: &str) -> String {
    let form = page.split("class=\"attempt\"").nth(1).unwrap();
    let after = form.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
    after.split('"').next().unwrap().to_owned()
}

#[test]
fn two_people_who_get_next_do_not_get_the_same_case() {
    let flow = Flow::new();
    flow.identified("m1");
    flow.identified("m2");
    flow.queue();
    flow.queue();
    let (anna, ben) = (supervisor("anna"), supervisor("ben"));
    let take = |who: &Identity| {
        let body = json!({"list": {"status": "OUTREACH"}}).to_string();
        let answer = json_of(&post(&flow, who, "/v1/worklist/next", &body).1);
        answer["row"]["member_id"].as_str().map(str::to_owned)
    };
    let (first, second) = (take(&anna), take(&ben));
    assert!(first.is_some() && second.is_some() && first != second, "{first:?} {second:?}");
    assert_eq!(take(&supervisor("cleo")), None, "both are kept for those who work on them");
    assert_eq!(take(&anna), first, "one's own case comes again");
    let (_, page) = get(&flow, &ben, &format!("/console/members/{}", first.unwrap()));
    assert!(page.contains("anna is working on this case"));
}

#[test]
fn a_dialler_and_a_desk_never_work_one_task() {
    let flow = Flow::new();
    flow.called("m1");
    let (anna, dialler) = (supervisor("anna"), supervisor("dialler"));
    let take = |who: &Identity| post(&flow, who, &format!("/v1/cases/m1/{PROGRAM}/reserve"), "").0;
    assert_eq!(take(&dialler), 200);
    let list = json!({"list": {"status": "OUTREACH"}}).to_string();
    let next = json_of(&post(&flow, &anna, "/v1/worklist/next", &list).1);
    assert_eq!(next["row"], json!(null), "the dialler has it");
    assert_eq!((take(&anna), take(&dialler)), (409, 200), "one's own lease is extended");
    flow.later(16);
    assert_eq!(take(&anna), 200, "an expired lease is worth nothing");
    assert_eq!(take(&dialler), 409);
    assert_eq!(post(&flow, &anna, &format!("/v1/cases/m9/{PROGRAM}/reserve"), "").0, 404);
}

#[test]
fn a_form_sent_twice_acts_once_and_an_outdated_one_says_what_has_changed() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    let (anna, ben) = (supervisor("anna"), supervisor("ben"));
    let (_, page) = get(&flow, &anna, "/console/members/m1");
    let form = format!(
        "key={}&version={}&channel=call&task={}&outcome=NO_ANSWER",
        field(&page, "key"),
        field(&page, "version"),
        field(&page, "task").replace('#', "%23"),
    );
    let path = format!("/console/members/m1/{PROGRAM}/attempts");
    assert_eq!(post(&flow, &anna, &path, &form).0, 303);
    assert_eq!(post(&flow, &anna, &path, &form).0, 303, "a reload of the form is answered alike");
    assert_eq!(flow.case(&member).contact.attempts, 1);
    flow.clock.set(flow.now().plus_hours(1));
    let (status, page) = post(&flow, &ben, &path, &form);
    assert_eq!(status, 409);
    assert!(page.contains("Attempt recorded") && page.contains("Nothing of yours was saved"), "{page}");
    assert_eq!(flow.case(&member).contact.attempts, 1);
}

#[test]
fn rows_and_numbers_of_a_page_are_those_of_the_api() {
    let flow = Flow::new();
    for name in ["m1", "m2", "m3"] {
        flow.identified(name);
    }
    flow.queue();
    flow.queue();
    let who = supervisor("anna");
    let list = json_of(&get(&flow, &who, "/v1/worklist?status=OUTREACH").1);
    let (_, page) = get(&flow, &who, "/console/worklist?status=OUTREACH");
    let rows = list["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert!(page.contains(row["member_id"].as_str().unwrap()));
    }
    assert!(page.contains("3 rows shown"));
    let cells = json_of(&get(&flow, &who, "/v1/capacity").1);
    let (_, page) = get(&flow, &who, "/console/capacity");
    for cell in cells["cells"].as_array().unwrap() {
        assert!(page.contains(&format!("{} of {}", cell["taken"], cell["points"])), "{cell}");
    }
}

#[test]
fn pages_go_on_where_the_last_one_ended_and_show_every_row_once() {
    let flow = Flow::new();
    for at in 0..23 {
        flow.identified(&format!("m{at}"));
    }
    let who = supervisor("anna");
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    for _ in 0..10 {
        let path = format!("/v1/worklist?turn=WAITING&limit=5{cursor}");
        let page = json_of(&get(&flow, &who, &path).1);
        let rows = page["rows"].as_array().unwrap();
        seen.extend(rows.iter().map(|row| row["member_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={}", next.replace('#', "%23").replace(':', "%3A"));
    }
    let all: std::collections::BTreeSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), all.len()), (23, 23));
}

#[test]
fn views_are_ones_own_or_everybodys() {
    let flow = Flow::new();
    let (anna, ben) = (supervisor("anna"), supervisor("ben"));
    let view = |name: &str, shared: bool| {
        json!({"name": name, "shared": shared, "list": {"tier": "HIGH", "band": "today"}}).to_string()
    };
    assert_eq!(post(&flow, &anna, "/v1/worklist/views", &view("Mine", false)).0, 200);
    assert_eq!(post(&flow, &anna, "/v1/worklist/views", &view("Ours", true)).0, 200);
    assert_eq!(post(&flow, &anna, "/v1/worklist/views", &view("<b>", true)).0, 400);
    let names = |who: &Identity| get(&flow, who, "/v1/worklist/views").1;
    assert!(names(&anna).contains("Mine") && names(&anna).contains("Ours"));
    assert!(!names(&ben).contains("Mine") && names(&ben).contains("Ours"));
    let gone = json!({"name": "Mine"}).to_string();
    assert_eq!(post(&flow, &anna, "/v1/worklist/views", &gone).0, 200);
    assert!(!names(&anna).contains("Mine"));
}

#[test]
fn nobody_publishes_what_they_have_proposed_and_a_published_version_never_changes() {
    let flow = Flow::new();
    let owner = |name: &str| Identity::staff(name, [Role::ProgramOwner], Lines::All);
    let (anna, ben) = (owner("anna"), owner("ben"));
    let criteria = json!({"id": "icm-core", "version": "2026.2"}).to_string();
    let bad = json!({"id": "icm-core", "version": "x", "windows": {"long": -1}}).to_string();
    let checked = json_of(&post(&flow, &anna, "/v1/criteria/check", &bad).1);
    assert_eq!(
        (checked["valid"].as_bool(), checked["flaws"][0]["path"].as_str()),
        (Some(false), Some("windows.mid"))
    );
    assert_eq!(post(&flow, &anna, "/v1/admin/criteria", &bad).0, 400);
    assert_eq!(post(&flow, &anna, "/v1/admin/criteria", &criteria).0, 200);
    let publish = "/v1/admin/criteria/icm-core/2026.2/publish";
    assert_eq!(post(&flow, &anna, publish, "").0, 409);
    assert_eq!(post(&flow, &ben, publish, "").0, 200);
    assert_eq!(post(&flow, &ben, publish, "").0, 409);
    assert_eq!(post(&flow, &anna, "/v1/admin/criteria", &criteria).0, 400, "it is there already");
    let list = json_of(&get(&flow, &ben, "/v1/criteria").1);
    assert_eq!(list["published"].as_array().unwrap().len(), 2);
}

#[test]
fn a_referral_and_an_override_are_stated_on_the_page_and_reach_the_facts_queue() {
    let flow = Flow::new();
    flow.identified("m1");
    let anna = supervisor("anna");
    let (_, page) = get(&flow, &anna, "/console/members/m1");
    assert!(page.contains("/console/state/m1/referrals") && page.contains("/console/state/m1/overrides"));
    let sent = || flow.sent_to(&icm_ports::Destination::Facts).len();
    let before = sent();
    let referral = "by=provider&reason=CLINICAL_CONCERN";
    assert_eq!(post(&flow, &anna, "/console/state/m1/referrals", referral).0, 303);
    let until = flow.now().day().plus(30);
    let override_ = format!("what=exclude&reason=CLINICAL_JUDGEMENT&until={until}");
    assert_eq!(post(&flow, &anna, "/console/state/m1/overrides", &override_).0, 303);
    assert_eq!(sent(), before + 2);
    let wish = "wish=%7B%22do_not_contact%22%3Atrue%7D";
    assert_eq!(post(&flow, &anna, "/console/state/m1/wishes", wish).0, 303);
    assert_eq!(sent(), before + 3);
    let free_text = "by=provider&reason=she+told+me";
    assert_eq!(post(&flow, &anna, "/console/state/m1/referrals", free_text).0, 400);
    let auditor = Identity::staff("audit", [Role::Auditor], Lines::All);
    assert_eq!(post(&flow, &auditor, "/console/state/m1/referrals", referral).0, 403);
    assert!(!get(&flow, &auditor, "/console/members/m1").1.contains("/console/state/"));
}

#[test]
fn lists_are_filtered_by_practice_lead_and_attempts() {
    let flow = Flow::new();
    flow.identified("m1");
    flow.queue();
    flow.queue();
    let anna = supervisor("anna");
    let rows = |filter: &str| {
        let answer = json_of(&get(&flow, &anna, &format!("/v1/worklist?turn=PLAN&{filter}")).1);
        answer["rows"].as_array().unwrap().clone()
    };
    let all = rows("limit=50");
    assert_eq!(all.len(), 1);
    let attempts = all[0]["attempts"].as_u64().unwrap();
    assert_eq!(rows(&format!("attempts_max={attempts}")).len(), 1);
    assert_eq!(rows(&format!("attempts_min={}", attempts + 1)).len(), 0);
    assert_eq!(rows("practice=NO-SUCH-PRACTICE").len(), 0);
    if let Some(practice) = all[0]["practice"].as_str() {
        assert_eq!(rows(&format!("practice={practice}")).len(), 1);
    }
    assert_eq!(rows("lead=nobody").len(), 0);
    let (_, page) = get(&flow, &anna, "/console/worklist?attempts_max=3&practice=X");
    assert!(page.contains("name=\"lead\"") && page.contains("value=\"3\""));
}

#[test]
fn a_form_of_another_sites_page_does_nothing() {
    let flow = Flow::new();
    let send = |site: &str| {
        let request = http::Request::post("/console/views").header("sec-fetch-site", site);
        let body = axum::body::Body::from("name=mine");
        let response = flow.router(flow.world.open()).oneshot(request.body(body).unwrap());
        icm_testkit::run(response).unwrap().status().as_u16()
    };
    assert_eq!(send("cross-site"), 403);
    assert_eq!(send("same-site"), 403);
    assert_eq!(send("same-origin"), 303);
}

#[test]
fn pages_forbid_everything_from_elsewhere_and_are_kept_nowhere() {
    let flow = Flow::new();
    flow.identified("m1");
    let (_, page) = get(&flow, &supervisor("anna"), "/console/members/m1");
    for foreign in ["http://", "https://", "//cdn", "onclick", "<style", "style=\""] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn the_published_document_is_what_the_code_says() {
    let document = operations::api::document::<Ops<Ports, Ports, FixedClock>>();
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/contracts/openapi.json");
    if std::env::var_os("ICM_WRITE_CONTRACTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let held = std::fs::read_to_string(&path).unwrap();
    assert!(held == text, "openapi.json is stale: run the tests once with ICM_WRITE_CONTRACTS=1");
    let routes = operations::api::routes::<Ops<Ports, Ports, FixedClock>>();
    for route in routes {
        let method = route.method.as_str().to_ascii_lowercase();
        let found = &document["paths"][route.path][method.as_str()];
        assert!(found["operationId"].is_string(), "{} {}", route.method, route.path);
    }
}
