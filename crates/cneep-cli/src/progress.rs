//! Shows how far a long computation is, as bars on standard error.

use crate::interrupt;
use cneep_movie::progress::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const TEMPLATE: &str = "{msg:<24} {bar:30} {pos}/{len} {per_sec}, {eta} left  {prefix}";
const REFRESH: Duration = Duration::from_millis(250);

/// One bar for every task under way; nothing at all when standard error is not a terminal.
#[derive(Debug)]
pub(crate) struct Bars {
    screen: MultiProgress,
    under_way: Mutex<Vec<ProgressBar>>,
}

impl Bars {
    /// Bars on standard error, or none if `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { screen: MultiProgress::with_draw_target(target), under_way: Mutex::default() }
    }

    /// Runs `print` while no bar is on the screen.
    pub(crate) fn hidden_while<T>(&self, print: impl FnOnce() -> T) -> T {
        self.screen.suspend(print)
    }

    fn under_way(&self) -> MutexGuard<'_, Vec<ProgressBar>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Bars {
    fn begin(&self, task: &str, total: u64) {
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.screen.add(ProgressBar::new(total).with_style(style).with_message(task.to_string()));
        bar.enable_steady_tick(REFRESH);
        self.under_way().push(bar);
    }

    fn advance(&self, steps: u64) {
        if let Some(bar) = self.under_way().last() {
            bar.inc(steps);
        }
    }

    fn note(&self, text: &str) {
        if let Some(bar) = self.under_way().last() {
            bar.set_prefix(text.to_string());
        }
    }

    fn end(&self) {
        if let Some(bar) = self.under_way().pop() {
            bar.finish_and_clear();
        }
    }

    fn stop_requested(&self) -> bool {
        interrupt::requested()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `begin` must not fall back to the plain bar, which shows neither rate nor note.
    #[test]
    fn the_template_is_valid() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }

    /// Catches a bar that moves the wrong task, or dies of an `end` too many.
    #[test]
    fn the_task_that_began_last_moves_and_ends_first() {
        let bars = Bars::new(true);
        bars.begin("training", 10);
        bars.begin("validating", 3);
        bars.advance(2);
        assert_eq!(bars.under_way().iter().map(ProgressBar::position).collect::<Vec<_>>(), [0, 2]);
        bars.end();
        bars.advance(1);
        assert_eq!(bars.under_way().iter().map(ProgressBar::position).collect::<Vec<_>>(), [1]);
        bars.end();
        bars.end();
    }
}
