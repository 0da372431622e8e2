//! Opens bytes as the second frame of a folder of PNG.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::frame(bytes));
