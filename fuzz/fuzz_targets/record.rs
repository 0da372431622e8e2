//! Reads bytes as the record of a run.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::run("record.json", bytes));
