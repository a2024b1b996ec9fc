//! From an event of API Gateway (HTTP API, payload 2.0) to a request of the router, and back.

use crate::access::claims;
use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Method, Request};
use icm_lambda::InvocationError;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// Longest answer: Lambda's limit of a synchronous answer is 6 MB.
const ANSWER_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Handles one event. Who acts is in the claims of the token that the gateway has checked; without one only what needs
/// nobody is answered.
pub async fn handle(event: Value, router: Router) -> Result<Value, InvocationError> {
    let request = request(&event).ok_or_else(|| InvocationError("not an API event".to_owned()))?;
    // The error of the router is `Infallible`.
    let Ok(response) = router.oneshot(request).await;
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
    let path = text("/rawPath")?;
    let uri = match text("/rawQueryString").filter(|query| !query.is_empty()) {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in event.get("headers").and_then(Value::as_object).into_iter().flatten() {
        request = request.header(name, value.as_str()?);
    }
    let claims = event.pointer("/requestContext/authorizer/jwt/claims");
    if let Some(who) = claims.and_then(claims::identity) {
        request = request.extension(who);
    }
    request.body(Body::from(text("/body").unwrap_or_default().to_owned())).ok()
}
