//! The one error of every port (DESIGN D11).

/// A result of a port.
pub type Result<T> = std::result::Result<T, PortError>;

/// Why a port could not do what was asked. Carries the name of the operation and never member data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// A condition was false: somebody else changed the record. Load again and decide again.
    #[error("{operation}: the record changed meanwhile")]
    Conflict {
        /// The operation.
        operation: &'static str,
    },
    /// Refused for load, or another transaction was in flight on the same item. Nothing happened; try later.
    #[error("{operation}: throttled")]
    Throttled {
        /// The operation.
        operation: &'static str,
    },
    /// Could not be reached, or may not be used. Nothing happened; try later.
    #[error("{operation}: unavailable")]
    Unavailable {
        /// The operation.
        operation: &'static str,
    },
    /// The write may have happened. Whoever asked must be able to repeat it.
    #[error("{operation}: may have happened")]
    Ambiguous {
        /// The operation.
        operation: &'static str,
    },
    /// What is stored, or what was to be stored, is not what the code understands. A person must look.
    #[error("{operation}: corrupt")]
    Corrupt {
        /// The operation.
        operation: &'static str,
    },
}

impl PortError {
    /// The operation that failed, for logs.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Conflict { operation }
            | Self::Throttled { operation }
            | Self::Unavailable { operation }
            | Self::Ambiguous { operation }
            | Self::Corrupt { operation } => operation,
        }
    }

    /// Whether loading again and deciding again may succeed at once: the record moved, or the write may stand.
    pub const fn wants_reload(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Ambiguous { .. })
    }
}
