//! Wiring of the `queue-outreach` function.
fn main() {}
