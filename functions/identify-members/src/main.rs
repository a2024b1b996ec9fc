//! Wiring of the `identify-members` function.
fn main() {}
