//! Reads bytes as the truth of simulated movies.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::truth(bytes));
