//! Why a template could not be read.

/// The place in the template and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {what}")]
pub struct TemplateError {
    /// Logical id and property, or the file.
    pub at: String,
    /// What is wrong, in a few words.
    pub what: String,
}

impl TemplateError {
    /// An error at a place.
    pub fn new(at: impl Into<String>, what: impl Into<String>) -> Self {
        Self { at: at.into(), what: what.into() }
    }

    /// The same error, one level further out.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self {
            at: if self.at.is_empty() { outer.to_owned() } else { format!("{outer}.{}", self.at) },
            what: self.what,
        }
    }
}
