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

/// What a movie shows where nothing is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Background {
    /// A low value of each pixel, which what moves about leaves free most of the time; shape (row, column),
    /// in counts.
    pub(super) level: Array2<f32>,
    /// Standard deviation of the noise of a pixel, in counts, by the median change from one frame to the
    /// next: of a frame that moves everywhere it is the motion.
    pub(super) noise: f32,
}

impl Background {
    /// Of the frames of `runs` of windows of `window` frames, some of them evenly spread.
    pub(super) fn of(videos: &[Video], runs: &[Run], window: usize) -> Result<Self> {
        let frames_of = |run: &Run| run.starts.start..run.starts.end + window - 1;
        let total: usize = runs.iter().map(|run| frames_of(run).len()).sum();
        let every = total.div_ceil(FRAMES).max(1);
        let frames: Vec<(usize, usize)> = runs
            .iter()
            .flat_map(|run| frames_of(run).map(|frame| (run.movie, frame)))
            .step_by(every)
            .collect();
        let read = |&(movie, frame): &(usize, usize)| videos[movie].frames().frame(frame);
        let sampled: Vec<Array2<f32>> = frames.par_iter().map(read).collect::<Result<_>>()?;
        let rank = (RANK * (sampled.len() - 1) as f64) as usize;
        let (rows, columns) = sampled[0].dim();
        let lines: Vec<Vec<f32>> = (0..rows)
            .into_par_iter()
            .map(|row| {
                let low = |column: usize| {
                    let mut values: Vec<f32> = sampled.iter().map(|frame| frame[[row, column]]).collect();
                    *values.select_nth_unstable_by(rank, f32::total_cmp).1
                };
                (0..columns).map(low).collect()
            })
            .collect();
        let level =
            Array2::from_shape_vec((rows, columns), lines.concat()).expect("a number for every pixel");
        let medians: Vec<f64> = frames
            .par_iter()
            .zip(&sampled)
            .filter(|((movie, frame), _)| frame + 1 < videos[*movie].frames().count())
            .map(|((movie, frame), before)| {
                let after = videos[*movie].frames().frame(frame + 1)?;
                let mut sizes: Vec<f32> =
                    before.iter().zip(&after).map(|(before, after)| (after - before).abs()).collect();
                Ok(mean_about_the_median(&mut sizes))
            })
            .collect::<Result<_>>()?;
        let median = medians.iter().sum::<f64>() / medians.len().max(1) as f64;
        Ok(Self { level, noise: (median / MEDIAN / 2.0_f64.sqrt()) as f32 })
    }
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
        let found = Background::of(&videos, &[Run { movie: 0, starts: 0..299 }], 2).unwrap();
        assert!((found.noise - 3.0).abs() < 0.3, "{}", found.noise);
        for ((row, _), level) in found.level.indexed_iter() {
            // The tenth percentile of the noise is 3.8 counts below its mean.
            assert!((f64::from(*level) - (96.2 + 10.0 * row as f64)).abs() < 2.0, "{level}");
        }
    }
}
