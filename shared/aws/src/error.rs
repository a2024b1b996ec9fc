//! From SDK errors to the one port error. What may have happened is told apart from what did not (DESIGN D11).

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use icm_ports::PortError;

/// Whether a call changes anything: an answer that was lost means more for a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Intent {
    Read,
    Write,
}

/// The port error of a failed call.
pub(crate) fn port_error<E: ProvideErrorMetadata>(
    operation: &'static str,
    intent: Intent,
    error: &SdkError<E, HttpResponse>,
) -> PortError {
    match error {
        SdkError::ServiceError(service) => {
            of_code(operation, intent, service.err().code(), service.raw().status().as_u16())
        }
        // Nothing was sent.
        SdkError::ConstructionFailure(_) => PortError::Corrupt { operation },
        SdkError::DispatchFailure(failure) if failure.is_user() => PortError::Corrupt { operation },
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) | _ => {
            unanswered(operation, intent)
        }
    }
}

/// No answer, or one that says that the service itself failed: a write may have happened.
pub(crate) const fn unanswered(operation: &'static str, intent: Intent) -> PortError {
    match intent {
        Intent::Read => PortError::Unavailable { operation },
        Intent::Write => PortError::Ambiguous { operation },
    }
}

/// The port error of a service's error code.
pub(crate) fn of_code(operation: &'static str, intent: Intent, code: Option<&str>, status: u16) -> PortError {
    match code.unwrap_or_default() {
        "ConditionalCheckFailedException" | "ConditionalCheckFailed" => PortError::Conflict { operation },
        // Another transaction is in flight on the item: no condition was false, so this is no conflict.
        "TransactionConflictException"
        | "TransactionConflict"
        | "TransactionInProgressException"
        | "ThrottlingException"
        | "ThrottlingError"
        | "Throttling"
        | "ProvisionedThroughputExceeded"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "SlowDown"
        | "OverLimit"
        | "KMS.ThrottlingException"
        | "KmsThrottled" => PortError::Throttled { operation },
        "ValidationException"
        | "ValidationError"
        | "ItemCollectionSizeLimitExceeded"
        | "ItemCollectionSizeLimitExceededException"
        | "IdempotentParameterMismatchException"
        | "InvalidMessageContents"
        | "BatchRequestTooLong" => PortError::Corrupt { operation },
        _ if status >= 500 => unanswered(operation, intent),
        _ => PortError::Unavailable { operation },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflict_throttling_and_ambiguity_are_told_apart() {
        let operation = "x";
        for (intent, code, status, expected) in [
            (Intent::Write, "ConditionalCheckFailedException", 400, PortError::Conflict { operation }),
            (Intent::Write, "TransactionConflictException", 400, PortError::Throttled { operation }),
            (Intent::Write, "ThrottlingException", 400, PortError::Throttled { operation }),
            (Intent::Write, "InternalServerError", 500, PortError::Ambiguous { operation }),
            (Intent::Read, "InternalServerError", 500, PortError::Unavailable { operation }),
            (Intent::Write, "ValidationException", 400, PortError::Corrupt { operation }),
            (Intent::Write, "AccessDeniedException", 400, PortError::Unavailable { operation }),
        ] {
            assert_eq!(of_code(operation, intent, Some(code), status), expected, "{code}");
        }
    }
}
