//! Opens bytes as a movie in Phantom cine.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::movie("movie.cine", bytes));
