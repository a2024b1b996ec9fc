//! The only map from a failure to what becomes of its message (DESIGN D11).

use icm_ports::PortError;

/// Why a message was not simply done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A business "no": recorded, expected.
    Refused,
    /// Cannot be understood, now or ever.
    Malformed,
    /// A port could not do what was asked.
    Port(PortError),
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Done: it does not come again.
    Ack,
    /// Given back to its source: it comes again, and in the end goes to the dead-letter queue.
    Retry,
    /// Kept with its reason for a person, then acknowledged.
    Quarantine,
}

/// What becomes of a message that failed so.
///
/// A conflict that outlasted the reloads, and a write that may stand, come again: handlers may be repeated. What is
/// corrupt would come round until it expires: a person must look.
pub const fn disposition(failure: &Failure) -> Disposition {
    match failure {
        Failure::Refused => Disposition::Ack,
        Failure::Malformed | Failure::Port(PortError::Corrupt { .. }) => Disposition::Quarantine,
        Failure::Port(
            PortError::Conflict { .. }
            | PortError::Throttled { .. }
            | PortError::Unavailable { .. }
            | PortError::Ambiguous { .. },
        ) => Disposition::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_disposition() {
        let operation = "x";
        for (failure, expected) in [
            (Failure::Refused, Disposition::Ack),
            (Failure::Malformed, Disposition::Quarantine),
            (Failure::Port(PortError::Corrupt { operation }), Disposition::Quarantine),
            (Failure::Port(PortError::Conflict { operation }), Disposition::Retry),
            (Failure::Port(PortError::Throttled { operation }), Disposition::Retry),
            (Failure::Port(PortError::Unavailable { operation }), Disposition::Retry),
            (Failure::Port(PortError::Ambiguous { operation }), Disposition::Retry),
        ] {
            assert_eq!(disposition(&failure), expected, "{failure:?}");
        }
    }
}
