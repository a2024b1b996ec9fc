//! Wiring of the `relay-outbox` function.
fn main() {}
