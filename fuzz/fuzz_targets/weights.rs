//! Reads bytes as the weights of a run, and imports them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cneep_fuzz::import(bytes);
    cneep_fuzz::run("best.safetensors", bytes);
});
