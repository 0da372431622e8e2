//! Asks a computation to stop when its time is over.

use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::Progress;
use std::time::{Duration, Instant};

/// Hands all on to another progress, and asks to stop after a while.
pub struct Deadline<'a> {
    progress: &'a dyn Progress,
    end: Option<Instant>,
}

impl<'a> Deadline<'a> {
    /// An end in so many seconds from now; none if they are not stated.
    ///
    /// # Errors
    /// [`Error::Setting`] unless the seconds are a positive number.
    pub fn new(progress: &'a dyn Progress, seconds: Option<f64>) -> Result<Self> {
        let Some(seconds) = seconds else { return Ok(Self { progress, end: None }) };
        match Duration::try_from_secs_f64(seconds) {
            Ok(allowed) if !allowed.is_zero() => {
                Ok(Self { progress, end: Instant::now().checked_add(allowed) })
            }
            _ => {
                let (expected, remedy) =
                    ("a positive number of seconds", "Leave it out to take the time it needs.");
                Err(Error::Setting(Fault::new("--time-budget", expected, seconds.to_string(), remedy)))
            }
        }
    }
}

impl Progress for Deadline<'_> {
    fn begin(&self, task: &str, total: u64) {
        self.progress.begin(task, total);
    }

    fn advance(&self, steps: u64) {
        self.progress.advance(steps);
    }

    fn note(&self, text: &str) {
        self.progress.note(text);
    }

    fn end(&self) {
        self.progress.end();
    }

    fn part(&self, name: &str, work: f64, ahead: f64) {
        self.progress.part(name, work, ahead);
    }

    fn stop_requested(&self) -> bool {
        self.progress.stop_requested() || self.end.is_some_and(|end| Instant::now() >= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::progress::Silent;

    #[test]
    fn time_ends_and_nonsense_is_refused() {
        assert!(!Deadline::new(&Silent, None).unwrap().stop_requested());
        assert!(!Deadline::new(&Silent, Some(1e6)).unwrap().stop_requested());
        let short = Deadline::new(&Silent, Some(1e-6)).unwrap();
        std::thread::sleep(Duration::from_millis(1));
        assert!(short.stop_requested());
        assert!([0.0, -1.0, f64::NAN].iter().all(|&seconds| Deadline::new(&Silent, Some(seconds)).is_err()));
    }
}
