//! Finds the principal components of each patch without ever holding its covariance.

use super::patches::Patches;
use super::threshold::Threshold;
use crate::estimator::model::FitData;
use crate::estimator::normalisation::Normalisation;
use crate::estimator::subspace::leading_components;
use crate::transition::Run;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use nalgebra::DMatrix;
use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

/// Products with the covariance: one finds the range, the others sharpen it.
const PRODUCTS: usize = 4;
/// Frames read at a time, at most.
pub(super) const FRAMES_AT_ONCE: usize = 128;
/// Pixels of frames that are read for one product at most; beyond, frames spread evenly over the movies stand
/// for all.
const PIXELS: usize = 1 << 24;
/// Fewest frames, if there are as many.
const FEWEST_FRAMES: usize = 1000;

/// Principal components of one patch, of normalised pixels.
pub(super) struct Principal {
    /// Mean of each pixel.
    pub(super) mean: Array1<f64>,
    /// Orthonormal components, shape (pixel, component), in order of falling variance.
    pub(super) components: Array2<f64>,
    /// Variance along each.
    #[cfg_attr(not(test), expect(dead_code, reason = "the referee's"))]
    variances: Vec<f64>,
}

/// Frames spread evenly over `runs` of frames.
pub(super) fn sample(runs: &[Run], frame_pixels: usize) -> Vec<(usize, usize)> {
    let total: usize = runs.iter().map(|run| run.starts.len()).sum();
    let wanted = (PIXELS / frame_pixels).max(FEWEST_FRAMES).min(total);
    let mut frames = runs.iter().flat_map(|run| run.starts.clone().map(|frame| (run.movie, frame)));
    let mut next = 0;
    (0..wanted)
        .filter_map(|i| {
            let place = i * total / wanted;
            let found = frames.nth(place - next);
            next = place + 1;
            found
        })
        .collect()
}

/// The first `count` principal components (or as many as there can be) of `patch` over `frames` (movie,
/// frame). The share of other components left in one of variance v falls as (w/v)^3, w being the variance of
/// the first component beyond the `count + 8` followed.
pub(super) fn principal_components(
    videos: &[Video],
    normalisation: Normalisation,
    frames: &[(usize, usize)],
    patches: &Patches,
    patch: usize,
    count: usize,
) -> Result<Principal> {
    let pixels = patches.pixels();
    let source = Source { videos, normalisation, frames, patches, patch, threshold: None };
    let mean = source.mean()?;
    let times = |basis: &DMatrix<f64>| source.covariance_times(&mean, basis);
    let (variances, components) = leading_components(pixels, count, PRODUCTS, patch as u64, times)?;
    Ok(Principal {
        mean: mean.mapv(f64::from),
        components: Array2::from_shape_fn(components.shape(), |at| components[at]),
        variances,
    })
}

/// These `components` of `patch`, with the mean of each pixel over `frames` (movie, frame).
pub(super) fn principal_mean(
    data: &FitData,
    frames: &[(usize, usize)],
    patches: &Patches,
    patch: usize,
    threshold: Option<&Threshold>,
    components: Array2<f64>,
) -> Result<Principal> {
    let FitData { videos, normalisation, .. } = *data;
    let mean = Source { videos, normalisation, frames, patches, patch, threshold }.mean()?;
    Ok(Principal { mean: mean.mapv(f64::from), components, variances: Vec::new() })
}

/// Mean total light above the `threshold` of each patch over `frames` (movie, frame), in counts.
pub(super) fn mean_light(
    data: &FitData,
    frames: &[(usize, usize)],
    patches: &Patches,
    threshold: &Threshold,
) -> Result<Vec<f32>> {
    let FitData { videos, normalisation, .. } = *data;
    let of_patch = |patch: usize| -> Result<f32> {
        let source = Source { videos, normalisation, frames, patches, patch, threshold: Some(threshold) };
        let sum = source.mean()?.iter().copied().map(f64::from).sum::<f64>();
        Ok((normalisation.std * sum + normalisation.mean * patches.pixels() as f64) as f32)
    };
    (0..patches.count()).into_par_iter().map(of_patch).collect()
}

/// Frames of one patch, read from the movies' own depth whenever they are needed.
struct Source<'a> {
    videos: &'a [Video],
    normalisation: Normalisation,
    frames: &'a [(usize, usize)],
    patches: &'a Patches,
    patch: usize,
    threshold: Option<&'a Threshold>,
}

impl Source<'_> {
    /// Frames that are read at a time.
    fn at_once(&self) -> usize {
        self.patches.frames_at_once::<f32>(FRAMES_AT_ONCE)
    }

    /// Normalised pixels of a few frames, shape (frame, pixel).
    fn read(&self, frames: &[(usize, usize)]) -> Result<Array2<f32>> {
        let mut pixels = Array2::zeros((frames.len(), self.patches.pixels()));
        let (mean, std) = (self.normalisation.mean as f32, self.normalisation.std as f32);
        for (&(movie, frame), mut row) in frames.iter().zip(pixels.outer_iter_mut()) {
            let row = row.as_slice_mut().expect("standard order");
            self.patches.read(self.videos[movie].frames(), frame, self.patch, self.threshold, row)?;
            for pixel in row {
                *pixel = (*pixel - mean) / std;
            }
        }
        Ok(pixels)
    }

    fn mean(&self) -> Result<Array1<f32>> {
        let sums: Result<Vec<Array1<f64>>> = self
            .frames
            .par_chunks(self.at_once())
            .map(|frames| Ok(self.read(frames)?.sum_axis(Axis(0)).mapv(f64::from)))
            .collect();
        let total =
            sums?.into_iter().fold(Array1::<f64>::zeros(self.patches.pixels()), |total, sum| total + sum);
        Ok((total / self.frames.len() as f64).mapv(|mean| mean as f32))
    }

    /// Covariance of the pixels times `basis`, shape (pixel, direction).
    fn covariance_times(&self, mean: &Array1<f32>, basis: &DMatrix<f64>) -> Result<DMatrix<f64>> {
        let (pixels, followed) = basis.shape();
        let directions = Array2::from_shape_fn((pixels, followed), |at| basis[at] as f32);
        // A few large parts, each summed in order, so that the bits do not depend on the threads.
        let at_once = self.at_once();
        let part = self.frames.len().div_ceil(4 * at_once).max(1) * at_once;
        let parts: Result<Vec<Array2<f64>>> = self
            .frames
            .par_chunks(part)
            .map(|frames| {
                let mut total = Array2::<f64>::zeros((pixels, followed));
                for frames in frames.chunks(at_once) {
                    let centred = self.read(frames)? - mean;
                    let product = centred.t().dot(&centred.dot(&directions));
                    total.zip_mut_with(&product, |total, &term| *total += f64::from(term));
                }
                Ok(total)
            })
            .collect();
        let total =
            parts?.into_iter().fold(Array2::<f64>::zeros((pixels, followed)), |total, part| total + part);
        let count = self.frames.len() as f64;
        Ok(DMatrix::from_fn(pixels, followed, |pixel, direction| total[[pixel, direction]] / count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::units::Calibration;
    use cneep_movie::video::Frames;
    use nalgebra::SymmetricEigen;
    use ndarray::Array3;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Waves of falling strength under noise, on a bright background.
    fn movie() -> Video {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let amplitudes: Vec<[f64; 5]> = (0..600)
            .map(|_| {
                std::array::from_fn(|wave| {
                    let draw: f64 = StandardNormal.sample(&mut random);
                    draw * 900.0 * 0.7_f64.powf(wave as f64)
                })
            })
            .collect();
        let mut noise = || -> f64 { StandardNormal.sample(&mut random) };
        let pixels = Array3::from_shape_fn((600, 12, 17), |(frame, row, column)| {
            let wave =
                |k: usize| ((k + 1) as f64 * (0.3 * row as f64 + 0.2 * column as f64) + k as f64).sin();
            let light: f64 = (0..5).map(|k| amplitudes[frame][k] * wave(k)).sum();
            (30_000.0 + light + 60.0 * noise()) as u16
        });
        Video::new("waves", Frames::U16(pixels), Calibration::default()).unwrap()
    }

    /// The referee: eigenvectors of the whole covariance. Catches a mean that is not taken off, too few
    /// products, and a wrong order.
    #[test]
    fn subspace_iteration_finds_the_eigenvectors_of_the_covariance() {
        let videos = [movie()];
        let normalisation = Normalisation { mean: 29_000.0, std: 800.0 };
        let patches = Patches::new(12, 17, 0, 0);
        let frames: Vec<(usize, usize)> = (0..600).map(|frame| (0, frame)).collect();
        let found = principal_components(&videos, normalisation, &frames, &patches, 0, 5).unwrap();
        let pixels = DMatrix::from_fn(600, 204, |frame, pixel| {
            let value = videos[0].frames().frame(frame).unwrap()[[pixel / 17, pixel % 17]];
            (f64::from(value) - 29_000.0) / 800.0
        });
        let mean = pixels.row_mean();
        let centred = DMatrix::from_fn(600, 204, |i, j| pixels[(i, j)] - mean[j]);
        let eigen = SymmetricEigen::new(centred.tr_mul(&centred) / 600.0);
        let mut order: Vec<usize> = (0..204).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        for (mode, &place) in order.iter().take(5).enumerate() {
            let exact = eigen.eigenvectors.column(place);
            let overlap: f64 = (0..204).map(|pixel| exact[pixel] * found.components[[pixel, mode]]).sum();
            assert!(overlap.abs() > 1.0 - 1e-6, "mode {mode}: {overlap}");
            let ratio = found.variances[mode] / eigen.eigenvalues[place];
            assert!((ratio - 1.0).abs() < 1e-4, "mode {mode}: {ratio}");
        }
        assert!((0..204).all(|pixel| (found.mean[pixel] - mean[pixel]).abs() < 1e-4));
    }

    #[test]
    fn frames_are_spread_evenly_over_all_runs() {
        let runs = [Run { movie: 0, starts: 2..1002 }, Run { movie: 3, starts: 0..1000 }];
        assert_eq!(sample(&runs, 1).len(), 2000);
        let few = sample(&runs, PIXELS);
        assert_eq!(few.len(), 1000);
        assert_eq!((few[0], few[1], few[500], few[999]), ((0, 2), (0, 4), (3, 0), (3, 998)));
    }
}
