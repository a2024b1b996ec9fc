//! Glue between the Lambda runtime and handlers: event shapes, batch answers, dispositions, configuration, telemetry.
//! No domain rule and no SDK client here.

pub mod config;
pub mod disposition;
pub mod event;
pub mod metrics;
pub mod serve;
pub mod telemetry;

pub use config::{Config, MissingVariable};
pub use disposition::{Disposition, Failure, disposition};
pub use event::{BatchResponse, SqsEvent, SqsRecord, StreamEvent, StreamRecord};
pub use metrics::Metrics;
pub use serve::{InvocationError, serve};
