//! Wiring of the `receive-vendor` function.
fn main() {}
