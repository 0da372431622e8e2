//! Answers requests of a race, one line of JSON each, and times what they ask for.

use serde_json::{Value, json};
use std::io::{self, BufRead, Write};
use std::time::Instant;

/// Answers every line of the standard input by `answer`, which keeps what is open between them.
///
/// # Errors
/// That of the standard input or output.
pub fn serve<T>(answer: impl Fn(&str, &mut Option<T>) -> Result<Value, String>) -> io::Result<()> {
    let mut open = None;
    for line in io::stdin().lock().lines() {
        let answer = answer(&line?, &mut open).unwrap_or_else(|error| json!({ "error": error }));
        let mut output = io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

/// Does `work` so many times to warm up, then until there are at least so many `repetitions` and `seconds` in
/// all; the seconds of each.
pub fn timed(warm_up: usize, repetitions: usize, seconds: f64, mut work: impl FnMut()) -> Vec<f64> {
    for _ in 0..warm_up {
        work();
    }
    let mut times = Vec::new();
    while times.len() < repetitions || times.iter().sum::<f64>() < seconds {
        let start = Instant::now();
        work();
        times.push(start.elapsed().as_secs_f64());
    }
    times
}
