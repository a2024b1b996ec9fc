//! The forms of the console: each asks what the API asks for the same act, and one that is refused comes back with its
//! reason and with what was typed.

use crate::access::{ask, get, post};
use crate::flow::{Flow, PROGRAM};
use axum::body::Body;
use http::{Method, Request, header};
use icm_testkit::{FixedClock, Ports};
use operations::{Identity, Lines, Ops, Role, TokenScope};
use std::collections::{BTreeMap, BTreeSet};
use tower::ServiceExt;

type World = Ops<Ports, Ports, FixedClock>;

fn filled(path: &str) -> String {
    let parts = [
        ("{member}", "m1"),
        ("{program}", PROGRAM),
        ("{command}", "hold"),
        ("{origin}", "queue:facts"),
        ("{id}", "icm-core"),
        ("{version}", "9"),
        ("{job}", "1"),
    ];
    parts.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
}

fn routes() -> BTreeMap<&'static str, operations::api::Route> {
    operations::api::routes::<World>().into_iter().map(|route| (route.id, route)).collect()
}

#[test]
fn every_form_asks_for_the_role_and_the_scope_of_its_act_in_the_api() {
    let flow = Flow::new();
    flow.identified("m1");
    let (routes, forms) = (routes(), operations::forms::<World>());
    assert!(forms.len() >= 15, "{} forms", forms.len());
    for form in &forms {
        let acts: Vec<_> = form.acts.iter().map(|act| &routes[act]).collect();
        for act in &acts {
            assert_eq!((act.needs, act.scope), (acts[0].needs, acts[0].scope), "{}", form.path);
        }
        for role in Role::ALL {
            for scope in TokenScope::ALL {
                let who = Identity::staff("x", [role], Lines::All).scoped([scope]);
                let act = ask(&flow, Some(&who), &acts[0].method, &filled(acts[0].path), "").0;
                let page = post(&flow, &who, &filled(form.path), "").0;
                assert_eq!(
                    act == 403,
                    page == 403,
                    "{} as {role:?} with {}: {act} {page}",
                    form.path,
                    scope.id()
                );
                assert_ne!(page, 405, "{}", form.path);
            }
        }
    }
}

#[test]
fn all_commands_on_cases_ask_for_the_same() {
    let routes = routes();
    let commands: Vec<_> = routes
        .values()
        .filter(|route| route.path.starts_with("/v1/cases/") && route.method == Method::POST)
        .collect();
    assert!(commands.len() > 20);
    for command in commands {
        let one = &routes["recordAttempt"];
        assert_eq!((command.needs, command.scope), (one.needs, one.scope), "{}", command.path);
    }
}

#[test]
fn a_token_for_reading_reads_and_does_nothing_else() {
    let flow = Flow::new();
    flow.identified("m1");
    let who = Identity::staff("x", Role::ALL, Lines::All).scoped([TokenScope::Read]);
    for route in routes().values() {
        let status = ask(&flow, Some(&who), &route.method, &filled(route.path), "").0;
        assert_eq!(status == 403, route.method == Method::POST, "{} {status}", route.path);
    }
    let writes = Identity::staff("y", Role::ALL, Lines::All).scoped([TokenScope::Read, TokenScope::Write]);
    assert_eq!(post(&flow, &writes, "/console/switch", "kind=all&paused=true&reason=X&back=x").0, 403);
}

/// The page that a person gets for a form that was sent.
fn sent(flow: &Flow, path: &str, form: &str) -> (u16, String) {
    post(flow, &Identity::staff("anna", [Role::Supervisor], Lines::All), path, form)
}

#[test]
fn a_refused_form_says_why_in_words_and_keeps_what_was_typed() {
    let flow = Flow::new();
    flow.identified("m1");
    let path = format!("/console/members/m1/{PROGRAM}/contacts");
    let (status, page) = sent(&flow, &path, "key=k1&minutes=25&mode=PHONE&two_way=true");
    assert_eq!(status, 422);
    assert!(page.contains("The case is in a status in which this cannot be done."), "{page}");
    assert!(page.contains("<form class=\"again\" method=\"post\">"), "to the same address: {page}");
    assert!(page.contains("name=\"minutes\" value=\"25\"") && page.contains("<dd>Phone</dd>"), "{page}");
    let (status, page) = sent(&flow, &path, "key=k1&minutes=9999&mode=PHONE&two_way=true");
    assert_eq!(status, 400);
    assert!(
        page.contains("480 at most is expected.") && page.contains("name=\"minutes\" value=\"9999\""),
        "{page}"
    );
    let criteria = "{\"id\":\"icm-core\",\"version\":\"no blanks\"}";
    let owner = Identity::staff("own", [Role::ProgramOwner], Lines::All);
    let body = format!("criteria={}", criteria.replace('"', "%22"));
    let (status, page) = post(&flow, &owner, "/console/criteria", &body);
    assert_eq!(status, 400);
    assert!(page.contains("no blanks&quot;}</textarea>"), "the long text is not lost: {page}");
}

#[test]
fn a_version_that_is_no_number_is_not_passed_over() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    let path = format!("/console/members/m1/{PROGRAM}/hold");
    for version in ["abc", "-1", "1.5", "%20"] {
        let (status, _) = sent(&flow, &path, &format!("key=k&version={version}&reason=MEMBER_REQUEST"));
        assert_eq!((status, flow.status(&member)), (400, "IDENTIFIED"), "{version}");
    }
    let version = flow.record(&member).lines;
    assert_eq!(sent(&flow, &path, &format!("key=k&version={version}&reason=MEMBER_REQUEST")).0, 303);
}

/// The forms for attempts on a page, each with its fields.
fn attempts(page: &str) -> Vec<BTreeMap<String, String>> {
    let forms = page.split("<form").filter(|form| form.contains("/attempts\""));
    let fields = |form: &str| {
        form.split("type=\"hidden\" name=\"")
            .skip(1)
            .filter_map(|field| {
                let (name, rest) = field.split_once("\" value=\"")?;
                Some((name.to_owned(), rest.split('"').next()?.to_owned()))
            })
            .collect()
    };
    forms.map(fields).collect()
}

#[test]
fn each_form_of_a_page_has_a_key_of_its_own_and_a_second_attempt_from_it_is_recorded() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    let anna = Identity::staff("anna", [Role::Supervisor], Lines::All);
    let (_, page) = get(&flow, &anna, "/console/members/m1");
    let forms = attempts(&page);
    let keys: BTreeSet<&String> = forms.iter().map(|form| &form["key"]).collect();
    assert!(forms.len() >= 5 && keys.len() == forms.len(), "{forms:?}");
    let path = format!("/console/members/m1/{PROGRAM}/attempts");
    let send = |form: &BTreeMap<String, String>, outcome: &str| {
        let hidden: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", value.replace('#', "%23"))).collect();
        sent(&flow, &path, &format!("{}&outcome={outcome}", hidden.join("&"))).0
    };
    let planned = forms.iter().find(|form| form.contains_key("task")).unwrap();
    let letter = forms.iter().find(|form| form["channel"] == "letter").unwrap();
    assert_eq!(send(planned, "NO_ANSWER"), 303);
    assert_eq!(send(letter, "LETTER_SENT"), 303, "from the same page, which is older by one's own attempt");
    assert_eq!(send(planned, "NO_ANSWER"), 303, "a repetition");
    assert_eq!(flow.case(&member).contact.attempts, 2);
    assert_eq!(flow.command(&member, "hold", serde_json::json!({"reason": "MEMBER_REQUEST"})).0, 200);
    let visit = forms.iter().find(|form| form["channel"] == "visit").unwrap();
    assert_eq!(send(visit, "FIELD_NOT_HOME"), 409, "somebody else was there meanwhile");
}

#[test]
fn no_answer_with_member_data_is_kept_anywhere_on_its_way() {
    let flow = Flow::new();
    flow.identified("m1");
    let paths = [
        "/v1/members/m1",
        "/v1/cases/m1/ICM",
        "/v1/worklist",
        "/v1/worklist/export",
        "/v1/audit?day=2026-06-30",
        "/v1/members/nobody",
        "/console/members/m1",
        "/v1/nothing",
    ];
    for path in paths {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = icm_testkit::run(flow.router(flow.world.open()).oneshot(request)).unwrap();
        let held =
            |name| answer.headers().get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        assert_eq!(held(header::CACHE_CONTROL), Some("no-store"), "{path}");
        assert_eq!(held(header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"), "{path}");
    }
}
