//! The operations API: what staff, the console, diallers and the local stack do with cases.
//!
//! One axum router serves both worlds: under Lambda [`gateway::handle`] turns an API Gateway event into a request, in the
//! local stack the same router is called in process or on loopback. Who acts comes from outside ([`actor::Actor`]): the
//! token's claims in AWS, the local operator on loopback. Every write goes through the case machine and one transaction;
//! errors are problem details of RFC 9457.

pub mod actor;
mod admin;
mod command;
mod facts;
pub mod gateway;
mod problem;
mod quarantine;
mod read;
mod view;

use axum::Router;
use axum::routing::{get, post};
use icm_ports::{
    AuditWrite, CasesRead, Clock, EffectsRead, FactsRead, MemberCommit, MemberRead, QuarantineRead,
    QuarantineWrite, QueueSend, RegistryRead, RegistryWrite, Worklist,
};
use std::sync::Arc;

pub use actor::Actor;
pub use problem::Problem;

/// What operations may do to the store.
pub trait OpsStore:
    Worklist
    + MemberRead
    + CasesRead
    + EffectsRead
    + FactsRead
    + MemberCommit
    + RegistryRead
    + RegistryWrite
    + QuarantineRead
    + QuarantineWrite
    + AuditWrite
    + 'static
{
}

impl<S> OpsStore for S where
    S: Worklist
        + MemberRead
        + CasesRead
        + EffectsRead
        + FactsRead
        + MemberCommit
        + RegistryRead
        + RegistryWrite
        + QuarantineRead
        + QuarantineWrite
        + AuditWrite
        + 'static
{
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

/// What handlers get: the ports, shared.
pub(crate) type Shared<S, Q, C> = axum::extract::State<Arc<Ops<S, Q, C>>>;

/// The router. Every request under `/v1` needs an [`Actor`] among its extensions.
pub fn router<S, Q, C>(ops: Ops<S, Q, C>) -> Router
where
    S: OpsStore,
    Q: QueueSend + 'static,
    C: Clock + 'static,
{
    Router::new()
        .route("/health", get(async || "ok"))
        .route("/v1/worklist", get(read::worklist::<S, Q, C>))
        .route("/v1/members/{member}", get(read::member::<S, Q, C>))
        .route("/v1/members/{member}/referrals", post(facts::refer::<S, Q, C>))
        .route("/v1/members/{member}/overrides", post(facts::set_override::<S, Q, C>))
        .route("/v1/cases/{member}/{program}", get(read::case::<S, Q, C>))
        .route("/v1/cases/{member}/{program}/{command}", post(command::run::<S, Q, C>))
        .route("/v1/capacity", get(admin::capacity::<S, Q, C>))
        .route(
            "/v1/admin/capacity",
            post(admin::confirm_capacity::<S, Q, C>).put(admin::confirm_capacity::<S, Q, C>),
        )
        .route("/v1/switches", get(admin::switches::<S, Q, C>))
        .route("/v1/admin/pause", post(admin::pause::<S, Q, C>))
        .route("/v1/admin/resume", post(admin::resume::<S, Q, C>))
        .route("/v1/admin/modes", post(admin::set_mode::<S, Q, C>))
        .route("/v1/quarantine", get(quarantine::places::<S, Q, C>))
        .route("/v1/quarantine/{origin}", get(quarantine::list::<S, Q, C>))
        .route("/v1/quarantine/{origin}/{record}", get(quarantine::show::<S, Q, C>))
        .route("/v1/admin/quarantine/{origin}", post(quarantine::replay::<S, Q, C>))
        .fallback(async || Problem::not_found("route"))
        .with_state(Arc::new(ops))
}

/// The router for loopback: requests without another identity act as the local operator, who may name somebody else in
/// the header `x-icm-actor` (simulated staff).
pub fn local_router<S, Q, C>(ops: Ops<S, Q, C>) -> Router
where
    S: OpsStore,
    Q: QueueSend + 'static,
    C: Clock + 'static,
{
    router(ops).layer(axum::middleware::from_fn(actor::local_operator))
}
