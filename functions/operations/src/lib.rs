//! The operations API and console: what staff, diallers and the local stack do with cases.
//!
//! One axum router serves both worlds: under Lambda [`gateway::handle`] turns an API Gateway event into a request, in the
//! local stack the same router is called in process or on loopback. Its routes stand in one table ([`api`]), from which
//! the OpenAPI document is made too. Who acts comes from outside ([`access::Identity`]): the token's claims in AWS, an
//! explicit local operator on loopback. Every write goes through the case machine and one transaction; every read of
//! member data and every command stands in the audit trail; errors are problem details of RFC 9457. The pages of the
//! console are made of what the routes answer.

pub mod access;
pub mod api;
mod audit;
mod capacity;
mod case;
mod command;
mod console;
mod criteria;
mod csv;
mod facts;
pub mod gateway;
mod member;
mod problem;
mod quarantine;
mod reading;
mod release;
pub mod reports;
mod switches;
mod vendors;
mod whatif;
mod wishes;
mod worklist;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use icm_ports::{
    AuditRead, AuditWrite, CasesRead, Clock, EffectsRead, FactsRead, MemberCommit, MemberRead,
    QuarantineRead, QuarantineWrite, QueueSend, RegistryRead, RegistryWrite, Worklist,
};
use std::sync::Arc;

pub use access::{Identity, Lines, Permission, Process, RequestId, Role, TokenScope};
pub use console::{Form, forms};
pub use problem::Problem;

icm_ports::bundle! {
    /// What operations may do to the store.
    pub trait OpsStore:
        Worklist,
        MemberRead,
        CasesRead,
        EffectsRead,
        FactsRead,
        MemberCommit,
        RegistryRead,
        RegistryWrite,
        QuarantineRead,
        QuarantineWrite,
        AuditRead,
        AuditWrite;
        'static;
}

/// The ports of operations.
#[derive(Clone, Debug)]
pub struct Ops<S, Q, C> {
    /// The store.
    pub store: S,
    /// The facts queue.
    pub queues: Q,
    /// The store's clock.
    pub clock: C,
}

/// The ports of operations, as handlers see them.
pub trait Ports: Send + Sync + 'static {
    /// The store.
    type Store: OpsStore;
    /// The queues.
    type Queues: QueueSend;
    /// The clock.
    type Clock: Clock;

    /// The store.
    fn store(&self) -> &Self::Store;
    /// The queues.
    fn queues(&self) -> &Self::Queues;
    /// The clock.
    fn clock(&self) -> &Self::Clock;
}

impl<S: OpsStore, Q: QueueSend + 'static, C: Clock + 'static> Ports for Ops<S, Q, C> {
    type Store = S;
    type Queues = Q;
    type Clock = C;

    fn store(&self) -> &S {
        &self.store
    }

    fn queues(&self) -> &Q {
        &self.queues
    }

    fn clock(&self) -> &C {
        &self.clock
    }
}

/// The router. Every request but those for `/health`, the document and the console's style needs an [`Identity`] among
/// its extensions.
pub fn router<P: Ports>(ports: P) -> Router {
    let ports = Arc::new(ports);
    api::router(Arc::clone(&ports))
        .merge(console::router(ports))
        .fallback(async || Problem::not_found("route"))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn(reading::bounded))
        .layer(from_fn(problem::sealed))
        .layer(DefaultBodyLimit::max(problem::BODY_BYTES_MAX))
}

/// The router for loopback: requests without another identity act as the local operator, who may do everything and may
/// name somebody else in the header `x-icm-actor` (simulated staff).
pub fn local_router<P: Ports>(ports: P) -> Router {
    local_router_as(ports, access::local::operator())
}

/// The router for loopback, with this operator: to see what a role sees.
pub fn local_router_as<P: Ports>(ports: P, operator: Identity) -> Router {
    router(ports).layer(axum::middleware::from_fn_with_state(operator, access::local::as_operator))
}
