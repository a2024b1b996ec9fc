//! FHIR R4: ExplanationOfBenefit (NDJSON, bundles, single resources) and attribution Groups.

use crate::input::Input;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::read::{Sink, refuse};
use std::ops::ControlFlow;

/// Reads a FHIR file: NDJSON, a bundle, an array or a single resource.
///
/// [`crate::input::content`] opens the input gunzipped and without a byte order mark, each time from its beginning.
/// Give `sink` every claim, problem and ignored record in order and stop when it breaks
/// (`sink(item)?` inside a function that returns [`ControlFlow`]).
pub fn read(input: &dyn Input, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let _ = (input, options);
    refuse(sink, Reason::UnknownFormat)
}
