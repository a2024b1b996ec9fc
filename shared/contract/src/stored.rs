//! Stored records as JSON with a version beside it: decisions, cases, events, effects, registry records.

use crate::malformed::{Malformed, MalformedKind};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A shape that is stored: its newest version, and how older ones are read.
pub trait Stored: Sized {
    /// The version that is written.
    const VERSION: u8;

    /// The text of the newest version.
    fn write(&self) -> String;

    /// Reads the text of the newest version or of any that ever shipped.
    fn read(version: u8, text: &str) -> Result<Self, Malformed>;
}

/// JSON text of a shape. No shape here can refuse: no map with keys that are not text.
pub fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads JSON text, naming the place of what is wrong and never the value.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    serde_json::from_str(text).map_err(|error| Malformed::of_json(&error))
}

/// The error of a version that this program does not know.
pub fn unknown_version() -> Malformed {
    Malformed::new("v", MalformedKind::UnknownVersion)
}

/// Declares a serde type as stored in version 1.
#[macro_export]
macro_rules! stored_v1 {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::stored::Stored for $type {
            const VERSION: u8 = 1;
            fn write(&self) -> String {
                $crate::stored::to_json(self)
            }
            fn read(version: u8, text: &str) -> Result<Self, $crate::Malformed> {
                if version == 1 { $crate::stored::from_json(text) } else { Err($crate::stored::unknown_version()) }
            }
        }
    )+};
}

stored_v1!(
    icm_domain::decision::Outcome,
    icm_domain::case::state::Case,
    icm_domain::case::log::CaseLine,
    icm_domain::case::particulars::Particulars,
    icm_domain::case::effect::Effect,
    Vec<icm_domain::case::transition::LedgerNote>,
);
