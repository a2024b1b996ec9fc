//! The content of a stored record: text with the version of its encoding beside it.

use std::fmt;

/// Text in the encoding `version`; `icm-contract` alone writes and reads it. Prints as its length: it may hold
/// member data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Body {
    /// Version of the encoding, stored beside the text as attribute `v`.
    pub version: u8,
    /// The text.
    pub text: Box<str>,
}

impl Body {
    /// A body in the given encoding version.
    pub fn new(version: u8, text: impl Into<Box<str>>) -> Self {
        Self { version, text: text.into() }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body(v{}, {} bytes)", self.version, self.text.len())
    }
}
