//! Errors as problem details (RFC 9457). Never with a value of the request or with member data.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use icm_domain::case::refusal::Refusal;
use icm_ports::PortError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong here.
    pub detail: String,
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

impl Problem {
    fn of(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:icm:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
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
        Self::of(StatusCode::FORBIDDEN, "forbidden", "not allowed", "your role does not include this")
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
