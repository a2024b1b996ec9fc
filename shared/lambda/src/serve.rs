//! Running a handler under the Lambda runtime.

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// An invocation that failed as a whole: the source delivers the event again. Without member data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvocationError(pub String);

impl From<icm_ports::PortError> for InvocationError {
    fn from(error: icm_ports::PortError) -> Self {
        Self(error.to_string())
    }
}

impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        Self { error_type: "InvocationError".to_owned(), error_message: error.0 }
    }
}

/// Serves events until the environment ends. Errors of the runtime itself end the process; Lambda starts another.
pub async fn serve<E, A, F, W>(handle: F) -> Result<(), lambda_runtime::Error>
where
    E: DeserializeOwned,
    A: Serialize,
    F: Fn(E) -> W,
    W: Future<Output = Result<A, InvocationError>>,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<E>| handle(event.payload).await)).await
}
