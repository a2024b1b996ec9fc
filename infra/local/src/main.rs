//! The `icm` command.
fn main() {}
