//! What a restricted person may learn: nothing of other lines of business, also not from cursors, counts and boards.

use crate::access::{get, post};
use crate::flow::Flow;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::MemberId;
use operations::{Identity, Lines, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn of(line: LineOfBusiness) -> Identity {
    Identity::staff("one-line", Role::ALL, Lines::Only(BTreeSet::from([line])))
}

fn everybody() -> Identity {
    Identity::staff("all", Role::ALL, Lines::All)
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The case of a member stands in another line of business from now on.
fn moved(flow: &Flow, member: &MemberId, line: LineOfBusiness) {
    let mut state = flow.world.state();
    let cases = &mut state.members.get_mut(member).unwrap().cases;
    for record in cases.values_mut() {
        record.about.lob = Some(line);
    }
}

/// Waiting cases of two lines in turn: the even ones are Medicaid, the odd ones Commercial.
fn mixed(count: usize) -> Flow {
    let flow = Flow::new();
    for at in 0..count {
        let member = flow.identified(&format!("m{at:02}"));
        if at % 2 == 1 {
            moved(&flow, &member, LineOfBusiness::Commercial);
        }
    }
    flow
}

/// Every page of the list by priority: rows, decoded cursors, counts.
fn walk(flow: &Flow, who: &Identity, limit: usize) -> (Vec<String>, Vec<String>, Vec<u64>) {
    let (mut rows, mut cursors, mut read, mut cursor) = (Vec::new(), Vec::new(), Vec::new(), String::new());
    for _ in 0..30 {
        let path = format!("/v1/worklist?status=IDENTIFIED&sort=priority&limit={limit}{cursor}");
        let page = json_of(&get(flow, who, &path).1);
        let shown = page["rows"].as_array().unwrap();
        rows.extend(shown.iter().map(|row| row["member_id"].as_str().unwrap().to_owned()));
        read.push(page["read"].as_u64().unwrap());
        let Some(next) = page["cursor"].as_str() else { break };
        cursors.push(String::from_utf8(hex::decode(next).unwrap()).unwrap());
        cursor = format!("&cursor={next}");
    }
    (rows, cursors, read)
}

#[test]
fn a_cursor_names_no_case_of_another_line_and_counts_none() {
    let flow = mixed(21);
    let (rows, cursors, read) = walk(&flow, &of(LineOfBusiness::Commercial), 3);
    assert_eq!(rows.len(), 10, "{rows:?}");
    assert!(!cursors.is_empty());
    for cursor in &cursors {
        let member = cursor.rsplit("case-").next().unwrap();
        assert!(rows.contains(&member.to_owned()), "{cursor} names a case that was not shown");
    }
    assert_eq!(read.iter().sum::<u64>(), 10, "only one's own rows are counted: {read:?}");
    let (all, ..) = walk(&flow, &everybody(), 3);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 21, "whoever may see all sees each once");
    assert_eq!(all.len(), 21);
}

#[test]
fn a_list_of_others_alone_is_an_empty_list_without_a_cursor() {
    let flow = mixed(9);
    let (rows, cursors, read) = walk(&flow, &of(LineOfBusiness::MedicareAdvantage), 3);
    assert_eq!((rows.len(), cursors.len(), read), (0, 0, vec![0]));
}

#[test]
fn capacity_of_another_line_is_neither_shown_nor_confirmed() {
    let flow = Flow::new();
    let commercial = of(LineOfBusiness::Commercial);
    let cells =
        |who: &Identity| json_of(&get(&flow, who, "/v1/capacity").1)["cells"].as_array().unwrap().clone();
    let (all, own) = (cells(&everybody()), cells(&commercial));
    let foreign: Vec<&Value> = all
        .iter()
        .filter(|cell| !cell["place"]["lob"].is_null() && cell["place"]["lob"] != "COMMERCIAL")
        .collect();
    assert!(!foreign.is_empty() && own.len() + foreign.len() == all.len());
    assert!(own.iter().all(|cell| foreign.iter().all(|other| other["place"] != cell["place"])));
    let shared = all.iter().find(|cell| cell["place"]["lob"].is_null());
    for cell in foreign.into_iter().chain(shared) {
        let body = json!({"place": cell["place"], "points": 1}).to_string();
        assert_eq!(post(&flow, &commercial, "/v1/admin/capacity", &body).0, 403, "{cell}");
        let (_, page) = get(&flow, &commercial, "/console/capacity");
        let lob = cell["place"]["lob"].as_str().unwrap_or_default();
        assert!(lob.is_empty() || !page.contains(&format!("value=\"{lob}\"")));
    }
}

#[test]
fn a_shared_view_is_its_owners_and_an_auditor_shares_none() {
    let flow = Flow::new();
    let person = |name: &str, role: Role| Identity::staff(name, [role], Lines::All);
    let (anna, ben) = (person("anna", Role::Supervisor), person("ben", Role::Supervisor));
    let view = |list: Value| json!({"name": "Ours", "shared": true, "list": list}).to_string();
    let high = view(json!({"tier": "HIGH"}));
    for role in [Role::Auditor, Role::CareManager] {
        assert_eq!(post(&flow, &person("x", role), "/v1/worklist/views", &high).0, 403, "{role:?}");
    }
    assert_eq!(post(&flow, &anna, "/v1/worklist/views", &high).0, 200);
    assert_eq!(post(&flow, &ben, "/v1/worklist/views", &view(json!({"tier": "STANDARD"}))).0, 409);
    assert_eq!(post(&flow, &ben, "/v1/worklist/views", &view(Value::Null)).0, 409, "nor taken away");
    let held = json_of(&get(&flow, &ben, "/v1/worklist/views").1);
    assert_eq!(
        (&held["views"][0]["list"]["tier"], &held["views"][0]["by"]),
        (&json!("HIGH"), &json!("ops:anna"))
    );
    assert_eq!(post(&flow, &anna, "/v1/worklist/views", &view(Value::Null)).0, 200);
    assert_eq!(post(&flow, &ben, "/v1/worklist/views", &high).0, 200, "the name is free again");
}

#[test]
fn nobody_keeps_more_than_a_hundred_views() {
    let flow = Flow::new();
    let anna = Identity::staff("anna", [Role::CareManager], Lines::All);
    let save = |name: usize| {
        let body = json!({"name": format!("View {name}"), "list": {"tier": "HIGH"}}).to_string();
        post(&flow, &anna, "/v1/worklist/views", &body).0
    };
    let saved: Vec<u16> = (0..101).map(save).collect();
    assert!(saved.iter().take(100).all(|status| *status == 200));
    assert_eq!((saved[100], save(7)), (409, 200), "one that stands may be changed");
}

#[test]
fn an_export_that_ends_before_the_list_says_so_and_goes_on() {
    let flow = mixed(23);
    let who = everybody();
    let (mut cursor, mut members, mut files) = (String::new(), Vec::new(), 0);
    loop {
        let path = format!("/v1/worklist/export?turn=WAITING&limit=10{cursor}");
        let (status, csv) = get(&flow, &who, &path);
        assert_eq!(status, 200);
        files += 1;
        let rows: Vec<&str> = csv.lines().skip(1).collect();
        let shown = rows.iter().filter(|row| row.starts_with('m'));
        members.extend(shown.map(|row| row.split(',').next().unwrap().to_owned()));
        let Some(trailer) = rows.last().and_then(|row| row.strip_prefix("MORE ROWS FOLLOW,")) else { break };
        cursor = format!("&cursor={}", trailer.rsplit(',').next().unwrap());
    }
    assert_eq!((members.len(), files), (23, 3));
    assert_eq!(members.iter().collect::<BTreeSet<_>>().len(), 23, "each once");
}
