//! Shows how far a long computation is, in one line on standard error.

use crate::interrupt;
use crate::remaining_work::RemainingWork;
use cneep_movie::progress::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A task by itself, of which the number of steps is known.
const OF_TASK: &str = "{wide_msg} {bar:20} {percent:>3} %, {eta} left";
/// Parts of a whole, of which the work is known.
const OF_WHOLE: &str = "{wide_msg} {bar:20} {prefix}";
const STEPS: u64 = 1000;
const REFRESH: Duration = Duration::from_millis(250);

/// One line for all that is under way; nothing at all when standard error is not a terminal.
#[derive(Debug)]
pub(crate) struct Bars {
    screen: MultiProgress,
    state: Mutex<State>,
}

/// What is under way.
#[derive(Debug, Default)]
struct State {
    bar: Option<ProgressBar>,
    /// The tasks that have begun, the outermost first: name, steps in all, steps done.
    tasks: Vec<(String, u64, u64)>,
    /// Of a program that has several stages, which this is.
    stage: String,
    /// What is done and what is ahead, where it is known.
    work: Option<RemainingWork>,
}

impl Bars {
    /// One line on standard error, or none if `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { screen: MultiProgress::with_draw_target(target), state: Mutex::default() }
    }

    /// Runs `print` while nothing is on the screen.
    pub(crate) fn hidden_while<T>(&self, print: impl FnOnce() -> T) -> T {
        self.screen.suspend(print)
    }

    /// Says that a stage begins, such as `2/6 training`; the bar goes on over all stages.
    pub(crate) fn stage(&self, name: &str) {
        let mut state = self.state();
        name.clone_into(&mut state.stage);
        let work = state.work.get_or_insert_with(|| RemainingWork::new(Instant::now()));
        work.stage_begins(Instant::now());
        self.show(&mut state);
    }

    /// Says that all stages are done.
    pub(crate) fn stages_end(&self) {
        let mut state = self.state();
        if let Some(bar) = state.bar.take() {
            bar.finish_and_clear();
        }
        *state = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, state: &mut State) {
        let of_whole = state.work.is_some();
        let bar = state.bar.get_or_insert_with(|| {
            let bar = self.screen.add(ProgressBar::new(STEPS));
            bar.enable_steady_tick(REFRESH);
            bar
        });
        let template = if of_whole { OF_WHOLE } else { OF_TASK };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let task = state.tasks.first().map(|(name, ..)| name.as_str()).unwrap_or_default();
        let part = state.work.as_ref().and_then(RemainingWork::part).unwrap_or(task);
        let words = [state.stage.as_str(), part]
            .iter()
            .filter(|words| !words.is_empty())
            .copied()
            .collect::<Vec<_>>();
        bar.set_message(words.join(": "));
        let share = state.tasks.first().map_or(0.0, |(_, total, done)| *done as f64 / (*total).max(1) as f64);
        match &mut state.work {
            Some(work) => {
                let told = work.after(share.min(1.0), Instant::now());
                bar.set_position((told.share * STEPS as f64) as u64);
                bar.set_prefix(told.in_words());
            }
            None => bar.set_position((share.min(1.0) * STEPS as f64) as u64),
        }
    }
}

impl Progress for Bars {
    fn begin(&self, task: &str, total: u64) {
        let mut state = self.state();
        state.tasks.push((task.to_owned(), total, 0));
        self.show(&mut state);
    }

    fn advance(&self, steps: u64) {
        let mut state = self.state();
        if let Some((_, _, done)) = state.tasks.last_mut() {
            *done += steps;
        }
        if state.tasks.len() == 1 {
            self.show(&mut state);
        }
    }

    fn end(&self) {
        let mut state = self.state();
        state.tasks.pop();
        if !state.tasks.is_empty() {
            self.show(&mut state);
        } else if state.work.is_none()
            && let Some(bar) = state.bar.take()
        {
            bar.finish_and_clear();
        }
    }

    fn part(&self, name: &str, work: f64, ahead: f64) {
        let mut state = self.state();
        let now = Instant::now();
        state.work.get_or_insert_with(|| RemainingWork::new(now)).begin(name, work, ahead, now);
        self.show(&mut state);
    }

    fn stop_requested(&self) -> bool {
        interrupt::requested()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `show` must not fall back to the plain bar, which shows no time.
    #[test]
    fn the_templates_are_valid() {
        assert!([OF_TASK, OF_WHOLE].iter().all(|template| ProgressStyle::with_template(template).is_ok()));
    }

    /// Catches a bar that moves the wrong task, or dies of an `end` too many.
    #[test]
    fn the_task_that_began_last_moves_and_ends_first() {
        let bars = Bars::new(true);
        let done = || bars.state().tasks.iter().map(|task| task.2).collect::<Vec<_>>();
        bars.begin("training", 10);
        bars.begin("validating", 3);
        bars.advance(2);
        assert_eq!(done(), [0, 2]);
        bars.end();
        bars.advance(1);
        assert_eq!(done(), [1]);
        bars.end();
        bars.end();
        bars.stage("1/2 training");
        bars.part("modes, fold 1 of 2", 1.0, 1.0);
        bars.stages_end();
        assert!(bars.state().bar.is_none());
    }
}
