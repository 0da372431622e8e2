//! Opens bytes as a movie in gzip.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::movie("movie.npy.gz", bytes));
