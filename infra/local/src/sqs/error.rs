//! The errors of the queue service, with the codes that the SDK knows.

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqsError {
    /// No queue of that name.
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist,
    /// The queue is there with other attributes.
    #[error("A queue already exists with the same name and a different value for attribute {0}")]
    QueueNameExists(String),
    /// An attribute that standard queues do not have.
    #[error("Unknown Attribute {0}.")]
    InvalidAttributeName(String),
    /// An attribute's value is out of its range.
    #[error("Invalid value for the parameter {0}.")]
    InvalidAttributeValue(String),
    /// A parameter's value is out of its range; the text says why.
    #[error("{0}")]
    InvalidParameterValue(String),
    /// A required parameter is not there.
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    /// Characters that XML 1.0 does not allow.
    #[error(
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )]
    InvalidMessageContents,
    /// The handle was not made by this service.
    #[error("The input receipt handle is invalid.")]
    ReceiptHandleIsInvalid,
    /// The message is not being worked on.
    #[error("The specified message is not in flight.")]
    MessageNotInflight,
    /// A batch without entries.
    #[error("There should be at least one entry in the request.")]
    EmptyBatchRequest,
    /// More than ten entries.
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntriesInBatchRequest(usize),
    /// Two entries with one id.
    #[error("Two or more batch entries in the request have the same Id.")]
    BatchEntryIdsNotDistinct,
    /// An id of other characters than letters, digits, hyphen and underscore, or too long.
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
    )]
    InvalidBatchEntryId,
    /// The entries together are over one mebibyte.
    #[error("Batch requests cannot be longer than 1048576 bytes. You have sent {0} bytes.")]
    BatchRequestTooLong(usize),
    /// Too many messages are being worked on.
    #[error("Too many messages are in flight.")]
    OverLimit,
    /// A queue may be purged once a minute.
    #[error("Only one PurgeQueue operation on a queue is allowed every 60 seconds.")]
    PurgeQueueInProgress,
    /// A message move that is not there.
    #[error("{0}")]
    ResourceNotFound(String),
    /// What real queues can and this service cannot, or an unknown action.
    #[error("{0}")]
    UnsupportedOperation(String),
    /// The journal could not be written: nothing was changed for good.
    #[error("the journal of the queues could not be written")]
    Journal,
}

/// The code of an error in the JSON protocol and in the older query protocol.
struct Codes {
    json: &'static str,
    query: &'static str,
}

impl SqsError {
    /// The value of `__type` in the body.
    pub fn json_code(&self) -> String {
        format!("com.amazonaws.sqs#{}", self.codes().json)
    }

    /// The value of the header `x-amzn-query-error`.
    pub fn query_code(&self) -> String {
        let side = if self.is_senders_fault() { "Sender" } else { "Receiver" };
        format!("{};{side}", self.codes().query)
    }

    /// The code of a failed entry of a batch.
    pub fn entry_code(&self) -> &'static str {
        self.codes().query
    }

    /// Whether repeating the same request is pointless.
    pub fn is_senders_fault(&self) -> bool {
        !matches!(self, Self::Journal)
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Journal => 500,
            Self::ResourceNotFound(_) => 404,
            Self::OverLimit | Self::PurgeQueueInProgress => 403,
            Self::QueueDoesNotExist
            | Self::QueueNameExists(_)
            | Self::InvalidAttributeName(_)
            | Self::InvalidAttributeValue(_)
            | Self::InvalidParameterValue(_)
            | Self::MissingParameter(_)
            | Self::InvalidMessageContents
            | Self::ReceiptHandleIsInvalid
            | Self::MessageNotInflight
            | Self::EmptyBatchRequest
            | Self::TooManyEntriesInBatchRequest(_)
            | Self::BatchEntryIdsNotDistinct
            | Self::InvalidBatchEntryId
            | Self::BatchRequestTooLong(_)
            | Self::UnsupportedOperation(_) => 400,
        }
    }

    /// One name for both protocols, except where the service's history gave it two.
    fn codes(&self) -> Codes {
        let same = |code| Codes { json: code, query: code };
        let legacy = |json, query| Codes { json, query };
        match self {
            Self::QueueDoesNotExist => legacy("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
            Self::QueueNameExists(_) => legacy("QueueNameExists", "QueueAlreadyExists"),
            Self::InvalidAttributeName(_) => same("InvalidAttributeName"),
            Self::InvalidAttributeValue(_) => same("InvalidAttributeValue"),
            Self::InvalidParameterValue(_) => {
                legacy("InvalidParameterValueException", "InvalidParameterValue")
            }
            Self::MissingParameter(_) => legacy("MissingRequiredParameterException", "MissingParameter"),
            Self::InvalidMessageContents => same("InvalidMessageContents"),
            Self::ReceiptHandleIsInvalid => same("ReceiptHandleIsInvalid"),
            Self::MessageNotInflight => {
                legacy("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")
            }
            Self::EmptyBatchRequest => {
                legacy("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")
            }
            Self::TooManyEntriesInBatchRequest(_) => {
                legacy("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
            }
            Self::BatchEntryIdsNotDistinct => {
                legacy("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
            }
            Self::InvalidBatchEntryId => {
                legacy("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
            }
            Self::BatchRequestTooLong(_) => {
                legacy("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
            }
            Self::OverLimit => same("OverLimit"),
            Self::PurgeQueueInProgress => {
                legacy("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress")
            }
            Self::ResourceNotFound(_) => same("ResourceNotFoundException"),
            Self::UnsupportedOperation(_) => {
                legacy("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")
            }
            Self::Journal => same("InternalError"),
        }
    }
}
