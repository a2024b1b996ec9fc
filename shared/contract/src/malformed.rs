//! What is wrong with something received or stored. Never carries the value (DESIGN D11).

use std::borrow::Cow;

/// A shape that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {kind}")]
pub struct Malformed {
    /// The field at fault; `body` for the whole.
    pub field: Cow<'static, str>,
    /// What is wrong with it.
    pub kind: MalformedKind,
}

impl Malformed {
    /// A malformed field.
    pub fn new(field: impl Into<Cow<'static, str>>, kind: MalformedKind) -> Self {
        Self { field: field.into(), kind }
    }

    /// What a JSON error says without its value: serde's own text repeats what it read.
    pub fn of_json(error: &serde_json::Error) -> Self {
        let kind = match error.classify() {
            serde_json::error::Category::Eof => MalformedKind::Truncated,
            serde_json::error::Category::Data => MalformedKind::WrongShape,
            serde_json::error::Category::Io | serde_json::error::Category::Syntax => MalformedKind::NotJson,
        };
        Self::new(format!("line {} column {}", error.line(), error.column()), kind)
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum MalformedKind {
    /// Not JSON.
    #[error("not JSON")]
    NotJson,
    /// Ends in the middle.
    #[error("ends in the middle")]
    Truncated,
    /// JSON of another shape than the type asks for.
    #[error("not the expected shape")]
    WrongShape,
    /// A type or version that this program does not know.
    #[error("unknown type or version")]
    UnknownVersion,
    /// Bytes that are not in the stated encoding.
    #[error("not in the stated encoding")]
    BadEncoding,
    /// A required value is blank.
    #[error("blank")]
    Blank,
    /// Larger than allowed.
    #[error("larger than allowed")]
    TooLarge,
}
