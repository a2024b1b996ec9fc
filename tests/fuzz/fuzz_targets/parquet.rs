#![no_main]
//! Coverage-guided fuzzing: `cargo fuzz run parquet` in tests/fuzz.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| icm_fuzz::read(icm_fuzz::Target::Parquet, bytes));
