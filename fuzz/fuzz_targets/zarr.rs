//! Opens bytes as the chunk of a Zarr store.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cneep_fuzz::chunk(bytes));
