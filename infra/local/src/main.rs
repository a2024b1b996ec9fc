//! icm
fn main() {}
