//! Counts the windows of consecutive frames in some movies.

use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use std::ops::Range;

/// One window: frames `start .. start + window` of movie `movie`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Index of the movie.
    pub movie: usize,
    /// Index of the window's first frame.
    pub start: usize,
}

/// An ordered set of transitions, kept as runs of consecutive starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transitions {
    window: usize,
    runs: Vec<Run>,
    /// Number of transitions up to and including each run.
    ends: Vec<usize>,
}

/// Consecutive transitions of one movie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Index of the movie.
    pub movie: usize,
    /// First frames of the windows.
    pub starts: Range<usize>,
}

impl Run {
    /// The frames of these transitions, of `window` frames each.
    pub fn frames(&self, window: usize) -> Range<usize> {
        self.starts.start..self.starts.end + window - 1
    }

    /// Movie and frame of `most` frames at most, spread evenly over those of `runs`.
    pub(crate) fn frames_evenly(runs: &[Self], window: usize, most: usize) -> Vec<(usize, usize)> {
        let total: usize = runs.iter().map(|run| run.frames(window).len()).sum();
        let frames = runs.iter().flat_map(|run| run.frames(window).map(|frame| (run.movie, frame)));
        frames.step_by(total.div_ceil(most).max(1)).collect()
    }

    /// The transitions one by one.
    pub fn transitions(&self) -> Vec<Transition> {
        self.starts.clone().map(|start| Transition { movie: self.movie, start }).collect()
    }
}

impl Transitions {
    /// Every window of `window` frames in `videos`, movie by movie in order of time.
    ///
    /// # Errors
    /// [`Error::Setting`] for a window below two frames; [`Error::Mismatch`] for a movie shorter
    /// than the window.
    pub fn all(videos: &[Video], window: usize) -> Result<Self> {
        if window < 2 {
            let remedy = "Entropy production is seen in the order of frames: choose 2 or more.";
            let found = window.to_string();
            return Err(Error::Setting(Fault::new("window", "at least 2 frames", found, remedy)));
        }
        for video in videos {
            let count = video.frames().count();
            if count < window {
                return Err(Error::Mismatch(Fault::new(
                    video.name(),
                    format!("at least one window of {window} frames"),
                    format!("{count} frames"),
                    "Choose a shorter window or leave this movie out.",
                )));
            }
        }
        let runs = videos
            .iter()
            .enumerate()
            .map(|(movie, video)| Run { movie, starts: 0..video.frames().count() + 1 - window });
        Ok(Self::of_runs(window, runs))
    }

    /// The transitions of `runs`; empty runs vanish.
    pub fn of_runs(window: usize, runs: impl IntoIterator<Item = Run>) -> Self {
        let runs: Vec<Run> = runs.into_iter().filter(|run| !run.starts.is_empty()).collect();
        let ends = runs
            .iter()
            .scan(0, |end, run| {
                *end += run.starts.len();
                Some(*end)
            })
            .collect();
        Self { window, runs, ends }
    }

    /// Frames in a transition.
    pub fn window(&self) -> usize {
        self.window
    }

    /// Number of transitions.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Runs of consecutive starts, in order.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Transition `index`.
    ///
    /// # Panics
    /// If `index` is not below [`Self::len`].
    pub fn get(&self, index: usize) -> Transition {
        let run = self.ends.partition_point(|&end| end <= index);
        let before = if run == 0 { 0 } else { self.ends[run - 1] };
        let Run { movie, starts } = &self.runs[run];
        Transition { movie: *movie, start: starts.start + (index - before) }
    }

    /// At most `count` transitions spread evenly over the set, in order.
    pub fn evenly(&self, count: usize) -> Vec<Transition> {
        let taken = count.min(self.len());
        (0..taken).map(|i| self.get(i * self.len() / taken)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_walk_through_the_runs_in_order() {
        let runs =
            [Run { movie: 0, starts: 3..5 }, Run { movie: 1, starts: 7..7 }, Run { movie: 2, starts: 0..3 }];
        let transitions = Transitions::of_runs(2, runs);
        let walked: Vec<(usize, usize)> =
            (0..transitions.len()).map(|i| transitions.get(i)).map(|t| (t.movie, t.start)).collect();
        assert_eq!(walked, [(0, 3), (0, 4), (2, 0), (2, 1), (2, 2)]);
        assert_eq!(transitions.evenly(2).len(), 2);
        assert_eq!(transitions.evenly(99).len(), 5);
    }
}
