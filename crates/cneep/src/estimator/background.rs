//! Finds what a movie shows where nothing is, and how much it flickers.

use crate::transition::Run;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::Array2;
use rayon::prelude::*;

/// Frames that are looked at, at most.
const FRAMES: usize = 200;
/// Rank of the background among the values of a pixel.
const RANK: f64 = 0.1;
/// Median of the size of a Gaussian number, in standard deviations.
const MEDIAN: f64 = 0.674_489_750_196_08;

/// Frames that are read at once.
const AT_ONCE: usize = 8;

/// Frames' worth of numbers that are held to find a level.
pub(super) const FRAMES_HELD: usize = AT_ONCE + (RANK * FRAMES as f64) as usize + 1;

/// Some frames of movies, evenly spread, from which the background is found. They are read anew for each
/// answer: of large frames memory would not hold them.
pub(super) struct Background<'a> {
    videos: &'a [Video],
    /// Movie and frame of each.
    places: Vec<(usize, usize)>,
}

impl<'a> Background<'a> {
    /// Of the frames of `runs` of windows of `window` frames.
    pub(super) fn of(videos: &'a [Video], runs: &[Run], window: usize) -> Self {
        Self { videos, places: Run::frames_evenly(runs, window, FRAMES) }
    }

    /// A low value of each pixel, which what moves about leaves free most of the time; shape (row, column),
    /// in counts.
    pub(super) fn level(&self) -> Result<Array2<f32>> {
        let held = (RANK * (self.places.len() - 1) as f64) as usize + 1;
        let (rows, columns) = (self.videos[0].frames().rows(), self.videos[0].frames().columns());
        // Of every pixel the lowest values so far, in ascending order.
        let mut lowest = vec![f32::INFINITY; rows * columns * held];
        for places in self.places.chunks(AT_ONCE) {
            let read = |&(movie, frame): &(usize, usize)| self.videos[movie].frames().frame(frame);
            let frames: Vec<Array2<f32>> = places.par_iter().map(read).collect::<Result<_>>()?;
            lowest.par_chunks_mut(columns * held).enumerate().for_each(|(row, lowest)| {
                for frame in &frames {
                    for (lowest, value) in lowest.chunks_exact_mut(held).zip(frame.row(row)) {
                        insert(lowest, *value);
                    }
                }
            });
        }
        let levels = lowest.chunks_exact(held).map(|lowest| lowest[held - 1]).collect();
        Ok(Array2::from_shape_vec((rows, columns), levels).expect("a number for every pixel"))
    }

    /// Standard deviation of the noise of a pixel, in counts, by the median change from one frame to the
    /// next: of a frame that moves everywhere it is the motion.
    pub(super) fn noise(&self) -> Result<f32> {
        let medians: Vec<f64> = self
            .places
            .par_iter()
            .filter(|(movie, frame)| frame + 1 < self.videos[*movie].frames().count())
            .map(|(movie, frame)| {
                let frame_of = |frame: usize| self.videos[*movie].frames().frame(frame);
                let (before, after) = (frame_of(*frame)?, frame_of(frame + 1)?);
                let mut sizes: Vec<f32> =
                    before.iter().zip(&after).map(|(before, after)| (after - before).abs()).collect();
                Ok(mean_about_the_median(&mut sizes))
            })
            .collect::<Result<_>>()?;
        let median = medians.iter().sum::<f64>() / medians.len().max(1) as f64;
        Ok((median / MEDIAN / 2.0_f64.sqrt()) as f32)
    }
}

/// Puts `value` in its place among the `lowest`, which are in ascending order, if it is one of them.
fn insert(lowest: &mut [f32], value: f32) {
    let Some(mut place) = lowest.len().checked_sub(1) else { return };
    if value.total_cmp(&lowest[place]).is_ge() {
        return;
    }
    while place > 0 && value.total_cmp(&lowest[place - 1]).is_lt() {
        lowest[place] = lowest[place - 1];
        place -= 1;
    }
    lowest[place] = value;
}

/// The median; of counts, which come in steps, the mean of the middle fifth.
fn mean_about_the_median(sizes: &mut [f32]) -> f64 {
    sizes.sort_unstable_by(f32::total_cmp);
    let (low, high) = (sizes.len() * 2 / 5, (sizes.len() * 3).div_ceil(5).max(1));
    sizes[low..high].iter().copied().map(f64::from).sum::<f64>() / (high - low) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::units::Calibration;
    use cneep_movie::video::Frames;
    use ndarray::Array3;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Catches a value that is lost, or out of order.
    #[test]
    fn the_lowest_are_those_of_a_sorted_list() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let values: Vec<f32> = (0..100).map(|_| StandardNormal.sample(&mut random)).collect();
        let mut sorted = [&values[..], &[0.5, 0.5]].concat();
        sorted.sort_unstable_by(f32::total_cmp);
        let mut lowest = vec![f32::INFINITY; 20];
        [&[0.5], &values[..], &[0.5]].concat().into_iter().for_each(|value| insert(&mut lowest, value));
        assert_eq!(lowest, sorted[..20]);
    }

    /// A bright pixel that walks over a slope under noise of three counts.
    #[test]
    fn what_moves_is_not_background_and_noise_is_measured() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let pixels = Array3::from_shape_fn((300, 8, 9), |(frame, row, column)| {
            let noise: f64 = StandardNormal.sample(&mut random);
            let spot = if frame / 5 % 72 == row * 9 + column { 500.0 } else { 0.0 };
            (100.0 + 10.0 * row as f64 + spot + 3.0 * noise).round() as u16
        });
        let videos = [Video::new("spot", Frames::U16(pixels), Calibration::default()).unwrap()];
        let found = Background::of(&videos, &[Run { movie: 0, starts: 0..299 }], 2);
        let noise = found.noise().unwrap();
        assert!((noise - 3.0).abs() < 0.3, "{noise}");
        for ((row, _), level) in found.level().unwrap().indexed_iter() {
            // The tenth percentile of the noise is 3.8 counts below its mean.
            assert!((f64::from(*level) - (96.2 + 10.0 * row as f64)).abs() < 2.0, "{level}");
        }
    }
}
