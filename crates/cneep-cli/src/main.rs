//! Runs the `cneep` program.
fn main() {}
