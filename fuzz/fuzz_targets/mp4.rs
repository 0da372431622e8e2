//! Opens bytes as a movie in MP4.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::movie("movie.mp4", bytes));
