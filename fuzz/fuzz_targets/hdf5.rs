//! Opens bytes as a movie in HDF5.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::movie("movie.h5", bytes));
