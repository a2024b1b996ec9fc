//! The scopes of tokens: what the bearer may ask the system for at all, whatever the roles say. The gateway asks for them
//! by route; the router asks again by act, because one address of the gateway carries acts of several scopes.

use super::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A scope of a token (RFC 6749 §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TokenScope {
    /// Reading.
    #[serde(rename = "icm/read")]
    Read,
    /// Working: commands on cases, facts, views, jobs.
    #[serde(rename = "icm/write")]
    Write,
    /// Administering: whatever stands under `/v1/admin`.
    #[serde(rename = "icm/admin")]
    Admin,
}

impl TokenScope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The spelling in tokens and in the template.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Read => "icm/read",
            Self::Write => "icm/write",
            Self::Admin => "icm/admin",
        }
    }

    /// The scope with this spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.id() == text)
    }

    /// What a route of the API needs, as the gateway's routes say (`infra/template.yaml`, `Operations`).
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        match *method {
            Method::GET | Method::HEAD => Self::Read,
            _ if path.starts_with("/v1/admin/") => Self::Admin,
            _ => Self::Write,
        }
    }
}

/// What a route needs of whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Of the roles.
    pub(crate) permission: Permission,
    /// Of the token.
    pub(crate) scope: TokenScope,
}
