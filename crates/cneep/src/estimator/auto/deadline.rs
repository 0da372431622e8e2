//! Ends a training that would not be done in time.

use cneep_movie::progress::Progress;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A training is watched for so long before its end is foretold.
const PATIENCE: Duration = Duration::from_secs(3);

/// Hands all on to another progress, and asks to stop as soon as the end of the task is foretold to come too late.
pub(super) struct Deadline<'a> {
    progress: &'a dyn Progress,
    allowed: Duration,
    start: Instant,
    /// When the task that is under way began, in milliseconds after the start: preparations do not make its steps slow.
    begun: AtomicU64,
    total: AtomicU64,
    done: AtomicU64,
}

impl<'a> Deadline<'a> {
    /// A task that begins now and may take as long as is `allowed`; without a limit if that is none.
    pub(super) fn new(progress: &'a dyn Progress, allowed: Option<Duration>) -> Self {
        let allowed = allowed.unwrap_or(Duration::MAX);
        let [begun, total, done] = [0, 0, 0].map(AtomicU64::new);
        Self { progress, allowed, start: Instant::now(), begun, total, done }
    }

    fn is_too_slow(&self, elapsed: Duration) -> bool {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        let begun = Duration::from_millis(self.begun.load(Ordering::Relaxed));
        let in_task = elapsed.saturating_sub(begun);
        let foretold = begun.as_secs_f64() + in_task.as_secs_f64() * total as f64 / done.max(1) as f64;
        elapsed > self.allowed || (done > 0 && in_task > PATIENCE && foretold > self.allowed.as_secs_f64())
    }
}

impl Progress for Deadline<'_> {
    fn begin(&self, task: &str, total: u64) {
        self.total.store(total, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        self.begun.store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.progress.begin(task, total);
    }

    fn advance(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
        self.progress.advance(steps);
    }

    fn note(&self, text: &str) {
        self.progress.note(text);
    }

    fn end(&self) {
        self.progress.end();
    }

    fn stop_requested(&self) -> bool {
        self.progress.stop_requested() || self.is_too_slow(self.start.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::progress::Silent;

    /// Catches a training that is ended although it would be in time, and one that runs on past its time.
    #[test]
    fn what_would_be_late_is_ended_early() {
        let deadline = Deadline::new(&Silent, Some(Duration::from_secs(100)));
        deadline.begin("training", 1000);
        assert!(!deadline.is_too_slow(Duration::from_secs(50)));
        deadline.advance(100);
        assert!(!deadline.is_too_slow(Duration::from_secs(9)));
        assert!(!deadline.is_too_slow(Duration::from_secs(2)));
        assert!(deadline.is_too_slow(Duration::from_secs(11)));
        assert!(deadline.is_too_slow(Duration::from_secs(101)));
        // A preparation of 40 s: 100 of 1,000 steps in 5 s will be done after 90 s, in 7 s after 110 s.
        deadline.begun.store(40_000, Ordering::Relaxed);
        assert!(!deadline.is_too_slow(Duration::from_secs(45)));
        assert!(deadline.is_too_slow(Duration::from_secs(47)));
        assert!(!Deadline::new(&Silent, None).is_too_slow(Duration::from_secs(1_000_000)));
    }
}
