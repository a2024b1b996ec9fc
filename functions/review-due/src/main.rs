//! Wiring of the `review-due` function.
fn main() {}
