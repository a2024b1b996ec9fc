//! X12: 837P, 837I, 837D, 835, 834.

use crate::input::Input;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::read::{Sink, refuse};
use std::ops::ControlFlow;

/// Reads an X12 file: any number of interchanges, groups and transaction sets.
///
/// [`crate::input::content`] opens the input gunzipped and without a byte order mark, each time from its beginning:
/// a first pass can check that an interchange is complete before the second emits its first claim, in constant
/// memory. Give `sink` every claim, problem and ignored record in order and stop when it breaks
/// (`sink(item)?` inside a function that returns [`ControlFlow`]).
pub fn read(input: &dyn Input, options: &ReadOptions, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let _ = (input, options);
    refuse(sink, Reason::UnknownFormat)
}
