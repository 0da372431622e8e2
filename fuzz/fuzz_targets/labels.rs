//! Reads bytes as an image of labels.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::labels(bytes));
