//! Opens bytes as a movie in NorPix.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::movie("movie.seq", bytes));
