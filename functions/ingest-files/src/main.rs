//! Wiring of the `ingest-files` function.
fn main() {}
