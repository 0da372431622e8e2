//! Opens bytes as a movie in AVI.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::movie("movie.avi", bytes));
