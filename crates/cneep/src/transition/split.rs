//! Splits transitions into training, validation and test sets that share no frame.

use super::transitions::{Run, Transitions};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
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
    /// [`Error::Setting`] for fractions outside their range; [`Error::Mismatch`] for movies too
    /// short to split.
    pub fn new(videos: &[Video], window: usize, settings: SplitSettings, seed: u64) -> Result<Self> {
        let units = Shuffled::new(videos, window, settings, seed)?;
        let [validation, test] =
            [settings.validation_fraction, settings.test_fraction].map(|f| units.share(f));
        let order = &units.order;
        let split = Self {
            validation: units.windows(&order[..validation]),
            test: units.windows(&order[validation..validation + test]),
            train: units.windows(&order[validation + test..]),
        };
        split.check(videos, settings)?;
        Ok(split)
    }

    /// Splits for a cross-fit: what is not set aside for the test is dealt to at most `count` folds, and
    /// every split holds one fold out, together with the test set, as its own test set. Beside each split
    /// stand the transitions of its fold.
    ///
    /// # Errors
    /// As [`Self::new`], and [`Error::Mismatch`] for movies that leave fewer than two folds.
    pub fn folds(
        videos: &[Video],
        window: usize,
        settings: SplitSettings,
        seed: u64,
        count: usize,
    ) -> Result<Vec<(Self, Transitions)>> {
        let units = Shuffled::new(videos, window, settings, seed)?;
        let [validation, test] =
            [settings.validation_fraction, settings.test_fraction].map(|f| units.share(f));
        // The test set is that of `new`.
        let test = &units.order[validation..validation + test];
        let rest: Vec<usize> = units.order.iter().copied().filter(|unit| !test.contains(unit)).collect();
        let count = count.min(rest.len());
        let fold = |fold: usize| {
            let (own, others): (Vec<_>, Vec<_>) =
                rest.iter().enumerate().partition(|(place, _)| place % count == fold);
            let [own, others] =
                [own, others].map(|part| part.into_iter().map(|(_, unit)| *unit).collect::<Vec<_>>());
            // Another part validates in every fold.
            let (before, after) = others.split_at(others.len() * fold / count);
            let others = [after, before].concat();
            let (validation, train) = others.split_at(validation.min(others.len() / 2));
            let split = Self {
                validation: units.windows(validation),
                test: units.windows(&[&own[..], test].concat()),
                train: units.windows(train),
            };
            split.check(videos, settings)?;
            Ok((split, units.windows(&own)))
        };
        if count < 2 {
            let (expected, found) = ("movies or tenths of movies for two folds", rest.len().to_string());
            let remedy = "Give longer movies, or a smaller test_fraction.";
            return Err(Error::Mismatch(Fault::new("folds", expected, found, remedy)));
        }
        (0..count).map(fold).collect()
    }

    /// Refuses a split that leaves a part empty.
    fn check(&self, videos: &[Video], settings: SplitSettings) -> Result<()> {
        let window = self.train.window();
        let wanted = [(&self.train, 1.0), (&self.validation, 1.0), (&self.test, settings.test_fraction)];
        if wanted.iter().any(|(part, fraction)| part.is_empty() && *fraction > 0.0) {
            let frames: usize = videos.iter().map(|video| video.frames().count()).sum();
            return Err(Error::Mismatch(Fault::new(
                videos.first().map_or("movies", |video| video.name()),
                format!("enough frames to set validation and test windows of {window} frames aside"),
                format!("{frames} frames in {} movies", videos.len()),
                "Give longer movies, a shorter window, or other fractions.",
            )));
        }
        Ok(())
    }
}

/// What is dealt out, in an order drawn by the seed.
struct Shuffled {
    units: Vec<Run>,
    order: Vec<usize>,
    window: usize,
}

impl Shuffled {
    fn new(videos: &[Video], window: usize, settings: SplitSettings, seed: u64) -> Result<Self> {
        settings.check()?;
        Transitions::all(videos, window)?;
        let units = units(videos);
        let mut order: Vec<usize> = (0..units.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        Ok(Self { units, order, window })
    }

    /// Number of units in a share of them: at least one, unless none is asked for.
    fn share(&self, fraction: f64) -> usize {
        match fraction {
            0.0 => 0,
            fraction => ((fraction * self.units.len() as f64).round() as usize).max(1),
        }
    }

    /// Windows that lie wholly within the units `chosen`.
    fn windows(&self, chosen: &[usize]) -> Transitions {
        let mut chosen = chosen.to_vec();
        chosen.sort_unstable();
        let runs = merged(chosen.iter().map(|&unit| self.units[unit].clone()));
        Transitions::of_runs(self.window, runs.into_iter().map(|run| windows_within(&run, self.window)))
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
    use cneep_movie::units::Calibration;
    use cneep_movie::video::Frames;
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

    /// Catches a fold that trains on its own windows or on the test set of [`Split::new`], folds that
    /// overlap, and windows of no fold.
    #[test]
    fn every_fold_holds_out_its_own_and_the_test_set() {
        for (count, frames, asked) in [(8, 30, 3), (1, 400, 5), (4, 120, 5)] {
            let (videos, settings) = (videos(count, frames), SplitSettings::default());
            let whole = Split::new(&videos, 3, settings, 7).unwrap();
            let folds = Split::folds(&videos, 3, settings, 7, asked).unwrap();
            assert_eq!(folds.len(), asked);
            let (test, mut judged) = (frames_of(&whole.test), HashSet::new());
            for (split, own) in &folds {
                let own = frames_of(own);
                assert!(judged.is_disjoint(&own) && test.is_disjoint(&own));
                judged.extend(own.iter().copied());
                let held_out = frames_of(&split.test);
                assert!(own.is_subset(&held_out) && test.is_subset(&held_out));
                let (train, validation) = (frames_of(&split.train), frames_of(&split.validation));
                assert!(train.is_disjoint(&held_out) && validation.is_disjoint(&held_out));
                assert!(train.is_disjoint(&validation));
            }
            assert_eq!(judged.len() + test.len(), count * frames);
        }
        assert!(Split::folds(&videos(1, 5), 3, SplitSettings::default(), 7, 5).is_err());
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
