//! The binary of `operations` behind the HTTP API: events of payload format 2.0, as the gateway sends them after its
//! authorizer has looked at the token, through the real Lambda adapter and the real SDK clients.
//!
//! Signature, issuer and audience are the gateway's to check: what it refuses never becomes an event. What the function
//! itself answers for is held here: without claims nobody is signed in, an ended token names nobody, a token gives only
//! the roles, lines and scopes that it spells out.
#![expect(clippy::indexing_slicing, reason = "JSON values of a test")]

use icm_domain::moment::Moment;
use icm_local::clock::StoreClock;
use icm_local::run::functions;
use icm_local::stack::Account;
use icm_testkit::runtime;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// 2026-07-01T16:00:00Z.
const EPOCH_MS: i64 = 1_782_921_600_000;

/// An event of the gateway.
fn event(method: &str, path: &str, claims: Option<Value>) -> Value {
    let mut event = json!({
        "version": "2.0", "routeKey": "GET /v1/{proxy+}", "rawPath": path, "rawQueryString": "",
        "headers": {"accept": "*/*", "authorization": "Bearer header.claims.signature", "host": "api.example",
            "x-forwarded-proto": "https"},
        "requestContext": {
            "accountId": "000000000000", "apiId": "api", "domainName": "api.example", "requestId": "JKJaXmPLvHcESHA=",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "curl"},
            "routeKey": "GET /v1/{proxy+}", "stage": "$default", "time": "01/Jul/2026:16:00:00 +0000",
            "timeEpoch": EPOCH_MS,
        },
        "isBase64Encoded": false,
    });
    if let Some(claims) = claims {
        event["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": ["icm/read"]}});
    }
    event
}

/// The claims of a token of the plan's sign-in, as the gateway writes them: every value as text.
fn claims(roles: &str, scope: &str) -> Value {
    json!({"sub": "00u1a2b3|alice", "iss": "https://sign-in.example/", "aud": "icm", "exp": "1782925200",
        "iat": "1782921600", "icm_roles": roles, "icm_lines": "[*]", "scope": scope})
}

fn with(claims: Value, name: &str, value: Value) -> Value {
    let mut claims = claims;
    claims[name] = value;
    claims
}

/// Events, and the status with which each is answered.
fn told() -> Vec<(&'static str, Value, u64)> {
    let read = || claims("[auditor]", "openid icm/read");
    let owner = |scope: &str| Some(claims("[program_owner]", scope));
    let pause = |claims: Option<Value>, path: &str, body: &str| {
        let mut event = event("POST", path, claims);
        event["body"] = json!(body);
        event
    };
    let body = r#"{"scope":"all","reason":"TEST"}"#;
    let form = "a2luZD1hbGwmcGF1c2VkPXRydWUmcmVhc29uPVRFU1QmYmFjaz14";
    let mut encoded = pause(owner("icm/write"), "/console/switch", form);
    encoded["isBase64Encoded"] = json!(true);
    let mut encoded_admin = pause(owner("icm/write icm/admin"), "/console/switch", form);
    encoded_admin["isBase64Encoded"] = json!(true);
    let mut garbled = pause(owner("icm/admin"), "/v1/admin/pause", "%%%");
    garbled["isBase64Encoded"] = json!(true);
    vec![
        ("the health check needs nobody", event("GET", "/health", None), 200),
        ("no token, nobody", event("GET", "/v1/switches", None), 401),
        ("a token with its scope reads", event("GET", "/v1/switches", Some(read())), 200),
        ("a page is a request like any other", event("GET", "/console/switches", Some(read())), 200),
        (
            "some issuers spell the scopes in another claim",
            event("GET", "/v1/switches", Some(with(claims("[auditor]", ""), "scp", json!("[icm/read]")))),
            200,
        ),
        (
            "a token without a scope gives nothing",
            event("GET", "/v1/switches", Some(claims("[auditor]", "openid"))),
            403,
        ),
        (
            "a token without a role gives nothing",
            event("GET", "/v1/switches", Some(claims("[]", "icm/read"))),
            403,
        ),
        (
            "an ended token names nobody",
            event("GET", "/v1/switches", Some(with(read(), "exp", json!("1782921600")))),
            401,
        ),
        (
            "a token without a subject names nobody",
            event("GET", "/v1/switches", Some(with(read(), "sub", json!("")))),
            401,
        ),
        ("writing is not administering", pause(owner("icm/write"), "/v1/admin/pause", body), 403),
        ("nor by a form of the console", encoded, 403),
        ("administering", pause(owner("icm/admin"), "/v1/admin/pause", body), 200),
        ("and by a form", encoded_admin, 303),
        (
            "an auditor administers nothing",
            pause(Some(claims("[auditor]", "icm/admin")), "/v1/admin/pause", body),
            403,
        ),
        ("what cannot be decoded is a problem", garbled, 400),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_binary_behind_the_gateway_gives_what_the_token_spells_out() {
    let Some(binary) = binary() else {
        eprintln!("SKIPPED: the binary of operations is not built beside this test");
        return;
    };
    let clock = StoreClock::set_at(Moment::parse("2026-07-01T16:00:00Z").unwrap().millis());
    let account = Arc::new(Account::open(None, clock).await.unwrap());
    functions::publish(&account).await.unwrap();
    let variables = account.environment("operations");
    let asked = told();
    let events: Vec<Value> = asked.iter().map(|(_, event, _)| event.clone()).collect();
    let answers = tokio::task::spawn_blocking(move || runtime::answers(&binary, &variables, &events));
    let answers = answers.await.unwrap().unwrap();
    for ((what, _, status), answer) in asked.iter().zip(&answers) {
        let answer = answer.as_ref().unwrap_or_else(|| panic!("{what}: the function failed"));
        assert_eq!(answer["statusCode"], *status, "{what}: {answer}");
        assert_eq!(answer["isBase64Encoded"], false);
        if *status >= 400 {
            let headers = &answer["headers"];
            assert_eq!(headers["cache-control"], "no-store", "{what}");
            let is_page = answer["body"].as_str().unwrap().starts_with("<!DOCTYPE html>");
            let kind = if is_page { "text/html; charset=utf-8" } else { "application/problem+json" };
            assert_eq!(headers["content-type"], kind, "{what}");
        }
    }
}

/// The binary, beside the tests of the workspace.
fn binary() -> Option<PathBuf> {
    let tests = std::env::current_exe().ok()?;
    let built = tests.parent()?.parent()?.join("operations");
    built.is_file().then_some(built)
}
