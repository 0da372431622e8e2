//! Measures how far a change between frames reaches across the picture, whatever the noise of the camera.

use crate::transition::Run;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::{Array2, Axis, Slice};
use rayon::prelude::*;

/// Pixels that are looked at, at most, in at least so many pairs of frames.
const PIXELS: usize = 1 << 23;
const FEWEST_PAIRS: usize = 8;
/// Most pairs of frames.
const MOST_PAIRS: usize = 256;
/// Largest distance that is looked at, in pixels.
const MOST_LAG: usize = 40;
/// Least autocorrelation of neighbouring pixels that tells more than noise.
const LEAST_CORRELATION: f64 = 0.02;

/// Distance, in pixels, at which the autocorrelation of the changes from frame to frame has fallen to half,
/// over rows and columns alike; none if they are noise alone. Noise of the camera, which is independent from
/// pixel to pixel, has no part in it: the value at distance zero is that of a parabola through the next two.
pub(super) fn scale_of_changes(videos: &[Video], runs: &[Run]) -> Result<Option<f64>> {
    let (_, rows, columns) = videos[0].frames().shape();
    let pairs = (PIXELS / (rows * columns)).clamp(FEWEST_PAIRS, MOST_PAIRS);
    let most = MOST_LAG.min(rows.min(columns) / 2);
    let starts = runs.iter().flat_map(|run| run.starts.clone().map(|start| (run.movie, start)));
    let count = runs.iter().map(|run| run.starts.len()).sum::<usize>();
    let change_of = |(movie, start): (usize, usize)| {
        let frames = videos[movie].frames();
        let mut change = frames.frame(start + 1)? - frames.frame(start)?;
        let mean = change.mean().unwrap_or(0.0);
        change -= mean;
        Ok(change)
    };
    let changes: Result<Vec<Array2<f32>>> =
        starts.step_by(count.div_ceil(pairs).max(1)).map(change_of).collect();
    let changes = changes?;
    let mut correlation: Vec<f64> = Vec::new();
    for lag in 0..=most {
        let of_change = |change: &Array2<f32>| along(change, Axis(0), lag) + along(change, Axis(1), lag);
        let of_changes: Vec<f64> = changes.par_iter().map(of_change).collect();
        correlation.push(of_changes.iter().sum());
        let is_noise =
            lag == 1 && !(correlation[0] > 0.0 && correlation[1] >= LEAST_CORRELATION * correlation[0]);
        let found = half_distance(&correlation);
        if is_noise || found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Mean product of pixels that lie `lag` apart along an axis.
fn along(change: &Array2<f32>, axis: Axis, lag: usize) -> f64 {
    let len = change.len_of(axis);
    let before = change.slice_axis(axis, Slice::from(..len - lag));
    let behind = change.slice_axis(axis, Slice::from(lag..));
    let products = before.iter().zip(behind).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum::<f64>() / before.len() as f64
}

/// Where what is known of the `correlation`, of which the first is that of noise too, falls below half.
fn half_distance(correlation: &[f64]) -> Option<f64> {
    let &[_, first, second, ..] = correlation else { return None };
    let half = 0.5 * (first + (first - second).max(0.0) / 3.0);
    let below = (2..correlation.len()).find(|&lag| correlation[lag] < half)?;
    let (before, behind) = (correlation[below - 1], correlation[below]);
    // Already the next pixel may be below half.
    let share = (before - half) / (before - behind);
    Some((below as f64 - 1.0 + share).max(1.0))
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

    /// Spots of a width that jitter: their change is the slope of a Gaussian, whose autocorrelation, along
    /// both axes, is half at 1.2 widths or so. Catches noise taken for a short scale, and no scale found.
    #[test]
    fn the_scale_grows_with_spots_and_not_with_noise() {
        let scale = |width: f64, noise: f64| {
            let mut random = ChaCha8Rng::seed_from_u64(4);
            let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
            let places: Vec<[f64; 2]> = (0..20).map(|_| [40.0 + 0.5 * draw(), 40.0 + 0.5 * draw()]).collect();
            let frames = Array3::from_shape_fn((20, 80, 80), |(frame, row, column)| {
                let squared =
                    (row as f64 - places[frame][0]).powi(2) + (column as f64 - places[frame][1]).powi(2);
                (1000.0 * (-0.5 * squared / width / width).exp() + noise * draw()) as f32
            });
            let video = Video::new("spot", Frames::F32(frames), Calibration::default()).unwrap();
            scale_of_changes(&[video], &[Run { movie: 0, starts: 0..19 }]).unwrap()
        };
        for width in [2.0, 4.0] {
            for noise in [0.0, 20.0] {
                let found = scale(width, noise).unwrap() / width;
                assert!((0.9..1.6).contains(&found), "{width} px, noise {noise}: {found}");
            }
        }
        assert_eq!(scale(2.0, 1e6), None);
    }
}
