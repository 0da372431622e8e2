//! Splits transitions into training, validation and test sets that share no frame.

use super::{Run, Transitions};
use crate::error::{Error, Fault, Result};
use crate::video::Video;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// From this number on whole movies are set aside, below it contiguous blocks of every movie.
const MOVIES_TO_SPLIT_BY: usize = 5;
/// Blocks into which each of a few movies is cut.
const BLOCKS: usize = 10;

/// How much is set aside. Movies of equal standing are drawn by the seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitSettings {
    /// Share on which the best parameters are chosen.
    pub validation_fraction: f64,
    /// Share that certifies the lower bound and is never trained or chosen on; 0 for none.
    pub test_fraction: f64,
}

impl Default for SplitSettings {
    /// A tenth each.
    fn default() -> Self {
        Self { validation_fraction: 0.1, test_fraction: 0.1 }
    }
}

/// Three sets of transitions without a common frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Chooses the parameters.
    pub train: Transitions,
    /// Chooses among the parameters seen in training.
    pub validation: Transitions,
    /// Has no part in any choice.
    pub test: Transitions,
}

impl Split {
    /// Splits all windows of `window` frames: by whole movies if there are five or more, otherwise by
    /// contiguous tenths of each movie.
    ///
    /// # Errors
    /// [`Error::Setting`] for fractions outside their range; [`Error::Mismatch`] for movies too short to split.
    pub fn new(videos: &[Video], window: usize, settings: SplitSettings, seed: u64) -> Result<Self> {
        settings.check()?;
        Transitions::all(videos, window)?;
        let units = units(videos);
        let mut order: Vec<usize> = (0..units.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let share = |fraction: f64| match fraction {
            0.0 => 0,
            fraction => ((fraction * units.len() as f64).round() as usize).max(1),
        };
        let (validation, test) = (share(settings.validation_fraction), share(settings.test_fraction));
        let select = |chosen: &[usize]| {
            let mut chosen = chosen.to_vec();
            chosen.sort_unstable();
            let runs = merged(chosen.iter().map(|&unit| units[unit].clone()));
            Transitions::of_runs(window, runs.into_iter().map(|run| windows_within(&run, window)))
        };
        let split = Self {
            validation: select(&order[..validation]),
            test: select(&order[validation..validation + test]),
            train: select(&order[validation + test..]),
        };
        let wanted = [(&split.train, 1.0), (&split.validation, 1.0), (&split.test, settings.test_fraction)];
        if wanted.iter().any(|(part, fraction)| part.is_empty() && *fraction > 0.0) {
            let frames: usize = videos.iter().map(|video| video.frames().count()).sum();
            return Err(Error::Mismatch(Fault::new(
                videos.first().map_or("movies", |video| video.name()),
                format!("enough frames to set validation and test windows of {window} frames aside"),
                format!("{frames} frames in {} movies", videos.len()),
                "Give longer movies, a shorter window, or other fractions.",
            )));
        }
        Ok(split)
    }
}

impl SplitSettings {
    /// Refuses fractions that leave nothing to train or to choose on.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the fraction.
    pub fn check(self) -> Result<()> {
        let refuse = |name: &str, expected: &str, found: f64| {
            let remedy = "0.1 is a good start.";
            Err(Error::Setting(Fault::new(name, expected, found.to_string(), remedy)))
        };
        if !(self.validation_fraction > 0.0 && self.validation_fraction <= 0.5) {
            return refuse("validation_fraction", "a share in (0, 0.5]", self.validation_fraction);
        }
        if !(self.test_fraction >= 0.0 && self.test_fraction < 0.5) {
            return refuse("test_fraction", "a share in [0, 0.5)", self.test_fraction);
        }
        Ok(())
    }
}

/// What is dealt out: whole movies, or tenths of each movie (as ranges of frames).
fn units(videos: &[Video]) -> Vec<Run> {
    let blocks = if videos.len() >= MOVIES_TO_SPLIT_BY { 1 } else { BLOCKS };
    let cut = |(movie, video): (usize, &Video)| {
        let count = video.frames().count();
        (0..blocks).map(move |k| Run { movie, starts: k * count / blocks..(k + 1) * count / blocks })
    };
    videos.iter().enumerate().flat_map(cut).collect()
}

/// Joins neighbouring ranges of frames, so that no window between them is lost.
fn merged(units: impl Iterator<Item = Run>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for unit in units {
        match runs.last_mut() {
            Some(last) if last.movie == unit.movie && last.starts.end == unit.starts.start => {
                last.starts.end = unit.starts.end;
            }
            _ => runs.push(unit),
        }
    }
    runs
}

/// First frames of the windows that lie wholly within a range of frames.
fn windows_within(frames: &Run, window: usize) -> Run {
    let end = (frames.starts.end + 1).saturating_sub(window).max(frames.starts.start);
    Run { movie: frames.movie, starts: frames.starts.start..end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::Frames;
    use ndarray::Array3;
    use std::collections::HashSet;

    fn videos(count: usize, frames: usize) -> Vec<Video> {
        (0..count)
            .map(|i| {
                let pixels = Frames::U8(Array3::zeros((frames, 2, 2)));
                Video::new(format!("movie {i}"), pixels, Calibration::default()).unwrap()
            })
            .collect()
    }

    fn frames_of(transitions: &Transitions) -> HashSet<(usize, usize)> {
        (0..transitions.len())
            .map(|i| transitions.get(i))
            .flat_map(|t| (t.start..t.start + transitions.window()).map(move |frame| (t.movie, frame)))
            .collect()
    }

    /// A shared frame would let the network see its own test; catches an off-by-one at block edges.
    #[test]
    fn the_three_sets_share_no_frame() {
        for (count, frames) in [(1, 200), (3, 80), (12, 30)] {
            for window in [2, 4] {
                let split = Split::new(&videos(count, frames), window, SplitSettings::default(), 7).unwrap();
                let [train, validation, test] = [&split.train, &split.validation, &split.test].map(frames_of);
                assert!(train.is_disjoint(&validation) && train.is_disjoint(&test));
                assert!(validation.is_disjoint(&test));
                assert!(!validation.is_empty() && !test.is_empty());
                assert!(train.len() * 10 >= count * frames * 7);
            }
        }
    }

    #[test]
    fn many_movies_are_split_whole() {
        let split = Split::new(&videos(20, 30), 2, SplitSettings::default(), 1).unwrap();
        assert_eq!([split.train.len(), split.validation.len(), split.test.len()], [16 * 29, 2 * 29, 2 * 29]);
    }

    #[test]
    fn a_movie_too_short_to_split_is_refused() {
        assert!(Split::new(&videos(1, 12), 8, SplitSettings::default(), 0).is_err());
    }
}
