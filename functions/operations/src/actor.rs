//! Who acts. The seam for sign-in: whatever stands before the router puts an [`Actor`] into the request's extensions.

use crate::problem::Problem;
use axum::extract::{FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use icm_domain::ids::ActorId;

/// The person or system that acts, as it stands in events and in the audit trail: `ops:alice`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor(pub ActorId);

impl Actor {
    /// A member of staff. Only letters, digits and `-_.@` of the name are kept: it stands in keys and logs.
    pub fn staff(name: &str) -> Self {
        let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
        let name: String = name.chars().filter(kept).take(64).collect();
        Self(ActorId::new(format!("ops:{name}")))
    }
}

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthorized)
    }
}

/// The header by which the local operator acts for somebody else.
pub const LOCAL_ACTOR: &str = "x-icm-actor";

/// Puts the local operator before requests without an identity. For loopback only.
pub async fn local_operator(mut request: Request, next: Next) -> Response {
    if request.extensions().get::<Actor>().is_none() {
        let named = request.headers().get(LOCAL_ACTOR).and_then(|value| value.to_str().ok());
        let actor = Actor::staff(named.unwrap_or("local"));
        request.extensions_mut().insert(actor);
    }
    next.run(request).await
}
