//! Opens bytes as a movie in ZIP of pictures.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::movie("movie.zip", bytes));
