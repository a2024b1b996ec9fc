//! Errors as problem details (RFC 9457). Never with a value of the request or with member data.

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use icm_domain::case::refusal::Refusal;
use icm_ports::PortError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest body of a request: criteria are the longest that people send, and an item of the store ends at 400 KB.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Kind of problem.
    #[serde(rename = "type")]
    pub kind: Box<str>,
    /// The kind in words.
    pub title: Box<str>,
    /// HTTP status.
    pub status: u16,
    /// What is wrong here.
    pub detail: Box<str>,
    /// The fields of the body at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The number of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// What changed since the version that the request names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// The present version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// A field of the body that is not as it must be (RFC 9457 §3, the example of its extension members).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// Where it stands, as a JSON pointer in a fragment (RFC 6901 §6): `#/call_back`.
    pub pointer: String,
    /// What is expected of it.
    pub detail: String,
}

impl FieldError {
    /// The field with this path, as `place.county` or `channels[0]`.
    fn at(path: &str, detail: impl Into<String>) -> Self {
        let parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
        Self {
            pointer: parts.fold("#".to_owned(), |pointer, part| pointer + "/" + part),
            detail: detail.into(),
        }
    }

    /// The name of the field.
    pub(crate) fn name(&self) -> &str {
        self.pointer.rsplit('/').next().unwrap_or_default()
    }
}

impl Problem {
    fn of(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:icm:problem:{kind}").into(),
            title: title.into(),
            status: status.as_u16(),
            detail: detail.into().into(),
            errors: Vec::new(),
            code: None,
            changed: Vec::new(),
            version: None,
        }
    }

    /// Nothing there.
    pub fn not_found(what: &str) -> Self {
        Self::of(StatusCode::NOT_FOUND, "not-found", "not found", format!("no such {what}"))
    }

    /// A request that cannot be understood: the field at fault.
    pub fn malformed(field: &str) -> Self {
        Self::of(StatusCode::BAD_REQUEST, "malformed", "malformed", format!("field {field}"))
    }

    /// A field of the body that is not as it must be, and what is expected of it.
    pub(crate) fn field(path: &str, expected: &str) -> Self {
        let errors = vec![FieldError::at(path, expected)];
        Self { errors, ..Self::malformed(path) }
    }

    /// What went wrong before a handler was asked: a body that is too long, an address that is no text.
    pub(crate) fn unread(status: StatusCode) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::NOT_FOUND => Self::not_found("route"),
            _ if status.is_client_error() => {
                Self::of(status, "malformed", "malformed", "the request cannot be read")
            }
            _ => Self::of(status, "failed", "failed", "the request was not carried out"),
        }
    }

    /// The problem that an answer tells of; none: all is well.
    pub(crate) fn of_response(response: &Response) -> Option<Self> {
        let status = response.status();
        let failed = status.is_client_error() || status.is_server_error();
        failed.then(|| response.extensions().get().cloned().unwrap_or_else(|| Self::unread(status)))
    }

    /// A body that is longer than any that is taken.
    pub(crate) fn too_large() -> Self {
        let detail = format!("a body has {BODY_BYTES_MAX} bytes at most");
        Self::of(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "too large", detail)
    }

    /// The address is there, and not for this method.
    pub fn method_not_allowed() -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::of(status, "method-not-allowed", "method not allowed", "see the header Allow")
    }

    /// Nobody has signed in.
    pub fn unauthorized() -> Self {
        Self::of(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "not signed in",
            "the request names nobody who acts",
        )
    }

    /// The roles of whoever acts do not allow it.
    pub fn forbidden() -> Self {
        Self::of(
            StatusCode::FORBIDDEN,
            "forbidden",
            "not allowed",
            "your role or your token does not include this",
        )
    }

    /// A request to the local stack that does not come from this machine's own page or tools.
    pub fn not_local() -> Self {
        Self::of(
            StatusCode::FORBIDDEN,
            "not-local",
            "not local",
            "the local stack answers this machine alone",
        )
    }

    /// A form that another site's page has sent in the name of whoever is signed in.
    pub fn not_own_page() -> Self {
        let status = StatusCode::FORBIDDEN;
        Self::of(status, "not-own-page", "not from this console", "open the console and do it there")
    }

    /// A second person is needed, or somebody else was quicker.
    pub fn conflict(detail: &str) -> Self {
        Self::of(StatusCode::CONFLICT, "conflict", "not as it was", detail)
    }

    /// The case machine says no. The refusal is recorded.
    pub fn refused(refusal: Refusal, version: u64) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let mut problem = Self::of(status, "refused", "refused", refusal.id());
        problem.code = Some(refusal.number());
        problem.version = Some(version);
        problem
    }

    /// Somebody changed the case since the version that the request names.
    pub fn outdated(changed: Vec<String>, version: u64) -> Self {
        let status = StatusCode::CONFLICT;
        let mut problem = Self::of(status, "outdated", "the case has changed", "read it again");
        problem.changed = changed;
        problem.version = Some(version);
        problem
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        let (status, kind) = match &error {
            PortError::Conflict { .. } => (StatusCode::CONFLICT, "conflict"),
            PortError::Throttled { .. } | PortError::Unavailable { .. } | PortError::Ambiguous { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            PortError::Corrupt { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "corrupt"),
        };
        tracing::warn!(operation = error.operation(), kind, "request failed");
        Self::of(status, kind, kind, "repeat the request with the same Idempotency-Key")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        // The console shows the same problem as a page.
        response.extensions_mut().insert(self);
        response
    }
}

/// Marks an answer whose problem is shown as a page already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown;

/// Stands around every route: whatever is refused before a handler is asked is a problem too, and no answer is kept or
/// guessed at by anybody on its way (RFC 9111 §5.2.2.5): it may hold member data.
pub(crate) async fn sealed(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_page = response.extensions().get::<Shown>().is_some();
    if !is_page && response.extensions().get::<Problem>().is_none() {
        response = match Problem::of_response(&response) {
            Some(problem) => problem.into_response(),
            None => response,
        };
    }
    kept_nowhere(response)
}

/// The answer with the headers that keep it from being kept or guessed at.
pub(crate) fn kept_nowhere(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::FieldError;

    #[test]
    fn a_field_is_named_by_a_pointer() {
        for (path, pointer) in [
            ("call_back", "#/call_back"),
            ("place.county", "#/place/county"),
            ("channels[0]", "#/channels/0"),
        ] {
            let error = FieldError::at(path, "else");
            assert_eq!(error.pointer, pointer);
        }
        assert_eq!(FieldError::at("place.county", "").name(), "county");
    }
}
