//! From an event of API Gateway (HTTP API, payload 2.0) to a request of the router, and back.

use crate::access::{RequestId, claims};
use crate::problem::{Problem, kept_nowhere};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request, StatusCode};
use icm_lambda::InvocationError;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// Longest answer: Lambda's limit of a synchronous answer is 6 MB.
const ANSWER_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Handles one event. Who acts is in the claims of the token that the gateway has checked; without one only what needs
/// nobody is answered.
pub async fn handle(event: Value, router: Router) -> Result<Value, InvocationError> {
    if event.pointer("/requestContext/http/method").is_none() {
        return Err(InvocationError("not an API event".to_owned()));
    }
    let response = match request(&event) {
        Some(request) => {
            // The error of the router is `Infallible`.
            let Ok(response) = router.oneshot(request).await;
            response
        }
        None => kept_nowhere(Problem::unread(StatusCode::BAD_REQUEST).into_response()),
    };
    let (parts, body) = response.into_parts();
    let bytes =
        to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|_| InvocationError("long answer".to_owned()))?;
    let headers: Map<String, Value> = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), json!(value.to_str().ok()?))))
        .collect();
    Ok(json!({
        "statusCode": parts.status.as_u16(),
        "headers": headers,
        "body": String::from_utf8_lossy(&bytes),
        "isBase64Encoded": false,
    }))
}

fn request(event: &Value) -> Option<Request<Body>> {
    let text = |at: &str| event.pointer(at).and_then(Value::as_str);
    let method = Method::from_bytes(text("/requestContext/http/method")?.as_bytes()).ok()?;
    // The gateway decodes the path; what may not stand in an address is written as it was sent.
    let path = utf8_percent_encode(text("/rawPath")?, UNSAFE).to_string();
    let uri = match text("/rawQueryString").filter(|query| !query.is_empty()) {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in event.get("headers").and_then(Value::as_object).into_iter().flatten() {
        request = request.header(name, value.as_str()?);
    }
    let second = event.pointer("/requestContext/timeEpoch").and_then(Value::as_i64).map(|ms| ms / 1_000);
    let claims = event.pointer("/requestContext/authorizer/jwt/claims");
    if let Some(who) = claims.and_then(|claims| claims::identity(claims, second)) {
        request = request.extension(who);
    }
    if let Some(id) = text("/requestContext/requestId") {
        request = request.extension(RequestId::given(id));
    }
    let body = text("/body").unwrap_or_default();
    // Forms of a browser come encoded: to the gateway they are no text.
    let encoded = event.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or_default();
    let body = if encoded { STANDARD.decode(body).ok()? } else { body.as_bytes().to_vec() };
    request.body(Body::from(body)).ok()
}

/// What a decoded path may hold and an address may not. A `%` is left: whoever has a slash in a name encodes it twice.
const UNSAFE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'#').add(b'?').add(b'{').add(b'}');

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(event: &Value) -> (String, String) {
        let request = request(event).unwrap_or_default();
        let path = request.uri().path().to_owned();
        let bytes = to_bytes(request.into_body(), 1 << 16).await.unwrap_or_default();
        (path, String::from_utf8_lossy(&bytes).into_owned())
    }

    fn event(path: &str, body: &str, encoded: bool) -> Value {
        json!({"rawPath": path, "rawQueryString": "", "body": body, "isBase64Encoded": encoded,
            "headers": {"content-type": "application/x-www-form-urlencoded"},
            "requestContext": {"http": {"method": "POST"}}})
    }

    #[tokio::test]
    async fn the_form_of_a_browser_is_read_though_the_gateway_encodes_it() {
        let form = "outcome=REACHED_MEMBER&channel=call";
        let sent = event("/console/attempt", &STANDARD.encode(form), true);
        assert_eq!(read(&sent).await, ("/console/attempt".to_owned(), form.to_owned()));
        assert_eq!(read(&event("/v1/cases", "{}", false)).await.1, "{}");
    }

    #[tokio::test]
    async fn a_decoded_path_is_an_address_again() {
        let (path, _) = read(&event("/v1/members/A 1é", "", false)).await;
        assert_eq!(path, "/v1/members/A%201%C3%A9");
        let (path, _) = read(&event("/v1/quarantine/claims%2Fmay.csv", "", false)).await;
        assert_eq!(path, "/v1/quarantine/claims%2Fmay.csv", "a slash that was encoded twice");
    }
}
