#![no_main]
//! Coverage-guided fuzzing: `cargo fuzz run cclf` in tests/fuzz.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| icm_fuzz::read(icm_fuzz::Target::Cclf, bytes));
