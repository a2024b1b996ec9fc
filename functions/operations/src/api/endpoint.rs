//! One row of the table of routes.

use crate::Ports;
use crate::access::{Needs, Permission, TokenScope};
use axum::handler::Handler;
use axum::routing::{MethodRouter, on};
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use std::sync::Arc;

/// Makes the schema of a type.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A route with everything that the router and the document need.
pub(super) struct Endpoint<P> {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) needs: Needs,
    pub(super) route: MethodRouter<Arc<P>>,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) query: Option<SchemaOf>,
    pub(super) body: Option<Body>,
    pub(super) answer: Answer,
    pub(super) is_command: bool,
    /// Statuses besides those that every route may give.
    pub(super) problems: &'static [u16],
}

/// The body of a request.
#[derive(Clone, Copy)]
pub(super) struct Body {
    pub(super) schema: SchemaOf,
    pub(super) required: bool,
}

/// What a route answers when all is well.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// JSON with a status.
    Json(u16, SchemaOf),
    /// A CSV file.
    Csv,
}

impl<P: Ports> Endpoint<P> {
    fn new<H, T>(method: Method, path: &'static str, needs: Permission, handler: H) -> Self
    where
        H: Handler<T, Arc<P>>,
        T: 'static,
    {
        let needs = Needs { permission: needs, scope: TokenScope::of(&method, path) };
        let filter = axum::routing::MethodFilter::try_from(method.clone());
        let route = filter.map(|filter| on(filter, handler)).unwrap_or_default();
        Self {
            method,
            path,
            needs,
            route,
            id: "",
            summary: "",
            query: None,
            body: None,
            answer: Answer::Csv,
            is_command: false,
            problems: &[],
        }
    }

    /// A GET route.
    pub(super) fn get<H: Handler<T, Arc<P>>, T: 'static>(
        path: &'static str,
        needs: Permission,
        handler: H,
    ) -> Self {
        Self::new(Method::GET, path, needs, handler)
    }

    /// A POST route.
    pub(super) fn post<H: Handler<T, Arc<P>>, T: 'static>(
        path: &'static str,
        needs: Permission,
        handler: H,
    ) -> Self {
        Self::new(Method::POST, path, needs, handler)
    }

    /// Its id and what it does.
    pub(super) fn says(self, id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, ..self }
    }

    /// The parameters of its query.
    pub(super) fn query<T: JsonSchema>(self) -> Self {
        Self { query: Some(schema_of::<T>), ..self }
    }

    /// Its body.
    pub(super) fn body<T: JsonSchema>(self) -> Self {
        Self { body: Some(Body { schema: schema_of::<T>, required: true }), ..self }
    }

    /// Its body, which may be left out.
    pub(super) fn optional_body<T: JsonSchema>(self) -> Self {
        Self { body: Some(Body { schema: schema_of::<T>, required: false }), ..self }
    }

    /// What it answers.
    pub(super) fn answers<T: JsonSchema>(self, status: u16) -> Self {
        Self { answer: Answer::Json(status, schema_of::<T>), ..self }
    }

    /// A command on a case: idempotency key, version, refusals.
    pub(super) fn command(self) -> Self {
        Self { is_command: true, problems: &[404, 409, 413, 422], ..self }
    }

    /// Statuses of problems besides those that every route may give.
    pub(super) fn may_fail(self, problems: &'static [u16]) -> Self {
        Self { problems, ..self }
    }
}
