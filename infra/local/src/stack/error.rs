//! Why the local stack stopped.

use crate::clock::ClockRefusal;
use crate::template::TemplateError;

/// Why the local stack could not be started or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The template could not be read.
    #[error("template: {0}")]
    Template(#[from] TemplateError),
    /// A file or a socket failed.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The failure.
        source: std::io::Error,
    },
    /// The embedded database could not be opened.
    #[error("the embedded database could not be opened: {0}")]
    Database(String),
    /// A service answered with an error, or not at all.
    #[error("{operation}: {code}")]
    Service {
        /// The request.
        operation: &'static str,
        /// The service's error code, or the kind of failure.
        code: String,
    },
    /// The clock was not moved.
    #[error(transparent)]
    Clock(#[from] ClockRefusal),
    /// A task of the stack panicked.
    #[error("a task of the local stack ended by itself")]
    Task,
}

impl StackError {
    /// From an error of the SDK: its code, never its message, which may quote an item.
    pub(super) fn service<E, R>(
        operation: &'static str,
    ) -> impl Fn(aws_smithy_runtime_api::client::result::SdkError<E, R>) -> Self
    where
        E: aws_smithy_types::error::metadata::ProvideErrorMetadata,
    {
        move |error| {
            let code = error.as_service_error().and_then(|inner| inner.code());
            Self::Service { operation, code: code.unwrap_or("no answer").to_owned() }
        }
    }

    /// From an error of the system.
    pub(super) fn io(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
