//! Configuration from the environment, read once before the first event.

/// A variable that is not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {0} is not set")]
pub struct MissingVariable(pub &'static str);

/// Access to the variables of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Config;

impl Config {
    /// The value of a variable that must be set and not blank.
    pub fn required(self, name: &'static str) -> Result<String, MissingVariable> {
        self.optional(name).ok_or(MissingVariable(name))
    }

    /// The value of a variable, or `default`.
    pub fn or(self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    /// The value of a variable; blank counts as not set.
    pub fn optional(self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.trim().is_empty())
    }

    /// The values of a variable that lists them between commas; none when it is not set.
    pub fn listed<T, C>(self, name: &str) -> C
    where
        T: for<'a> From<&'a str>,
        C: FromIterator<T>,
    {
        let text = self.optional(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|value| !value.is_empty()).map(T::from).collect()
    }
}
