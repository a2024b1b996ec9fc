//! Wiring of the `operations` function.
fn main() {}
