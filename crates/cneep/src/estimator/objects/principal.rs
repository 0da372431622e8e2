//! Finds the principal modes of every object, from frames that are read again and again rather than held.

use super::places::Places;
use crate::estimator::local::slope;
use crate::estimator::model::FitData;
use crate::estimator::subspace::Subspace;
use crate::estimator::windows::WindowShape;
use crate::transition::Run;
use cneep_movie::error::Result;
use nalgebra::DMatrix;
use ndarray::{Array2, Array3};
use rayon::prelude::*;

/// Frames that are looked at, at most.
pub(super) const FRAMES: usize = 1000;
/// Frames held at a time.
const AT_ONCE: usize = 32;
/// Products with the covariance by which modes are found, and directions followed beside those wanted.
const PRODUCTS: usize = 3;
const SPARE: usize = 2;

/// Frames spread evenly over the windows to fit to: movie and frame of each.
pub(super) struct Sample<'a> {
    data: &'a FitData<'a>,
    frames: Vec<(usize, usize)>,
}

/// Mean of every pixel, and its variance, noise of the camera included; shape (row, column), in counts.
pub(super) struct Fluctuations {
    pub(super) mean: Array2<f64>,
    pub(super) variance: Array2<f64>,
}

impl<'a> Sample<'a> {
    pub(super) fn of(data: &'a FitData<'a>, runs: &[Run]) -> Self {
        Self { data, frames: Run::frames_evenly(runs, data.window, FRAMES) }
    }

    /// Shows some frames at a time to `see`.
    fn pass(&self, mut see: impl FnMut(&[Array2<f32>])) -> Result<()> {
        for some in self.frames.chunks(AT_ONCE) {
            let read = |&(movie, frame): &(usize, usize)| self.data.videos[movie].frames().frame(frame);
            see(&some.par_iter().map(read).collect::<Result<Vec<_>>>()?);
        }
        Ok(())
    }

    pub(super) fn fluctuations(&self) -> Result<Fluctuations> {
        let WindowShape { rows, columns, .. } = WindowShape::of(self.data.videos, self.data.window);
        let shape = (rows, columns);
        let (mut sum, mut squares) = (Array2::<f64>::zeros(shape), Array2::<f64>::zeros(shape));
        self.pass(|frames| {
            for frame in frames {
                let pixels = frame.mapv(f64::from);
                squares += &(&pixels * &pixels);
                sum += &pixels;
            }
        })?;
        let count = self.frames.len() as f64;
        let mean = sum / count;
        let variance = squares / count - &mean * &mean;
        Ok(Fluctuations { mean, variance })
    }

    /// The first `count` principal modes of the object of every pixel, shape (mode, row, column); no pixel
    /// belongs to two objects.
    pub(super) fn principal_modes(
        &self,
        mean: &Array2<f64>,
        places: &Places,
        count: usize,
    ) -> Result<Array3<f32>> {
        let columns = mean.ncols();
        let at = |pixel: usize| [pixel / columns, pixel % columns];
        let numbered = places.pixels.iter().enumerate();
        let mut spaces: Vec<Subspace> = numbered
            .map(|(object, pixels)| Subspace::new(pixels.len(), count + SPARE, object as u64))
            .collect();
        for _ in 0..PRODUCTS {
            let bases: Vec<DMatrix<f64>> = spaces.par_iter_mut().map(|space| space.basis().clone()).collect();
            let mut products: Vec<DMatrix<f64>> =
                bases.iter().map(|basis| DMatrix::zeros(basis.nrows(), basis.ncols())).collect();
            self.pass(|frames| {
                let of_object = products.par_iter_mut().zip(&bases).zip(&places.pixels);
                of_object.for_each(|((product, basis), pixels)| {
                    let value = |place: usize, frame: usize| {
                        let pixel = at(pixels[place]);
                        f64::from(frames[frame][pixel]) - mean[pixel]
                    };
                    let centred = DMatrix::from_fn(pixels.len(), frames.len(), value);
                    product.gemm(1.0, &centred, &(centred.transpose() * basis), 1.0);
                });
            })?;
            spaces.iter_mut().zip(products).for_each(|(space, product)| space.multiplied(product));
        }
        let of_mean = mean.mapv(|value| value as f32);
        let slopes = [slope(&of_mean, 0), slope(&of_mean, 1)];
        let mut pictures = Array3::zeros((count, mean.nrows(), columns));
        for (space, pixels) in spaces.into_iter().zip(&places.pixels) {
            let (_, found) = space.components(count);
            for mode in 0..found.ncols() {
                // Modes of objects that look alike get the same sign: that of a displacement.
                let weights = found.column(mode);
                let along = |slope: &Array2<f32>| -> f64 {
                    let own = pixels.iter().zip(&weights);
                    own.map(|(&pixel, weight)| weight * f64::from(slope[at(pixel)])).sum()
                };
                let shares = [along(&slopes[0]), along(&slopes[1])];
                let sign = shares[usize::from(shares[1].abs() > shares[0].abs())];
                for (&pixel, &weight) in pixels.iter().zip(&weights) {
                    let [row, column] = at(pixel);
                    pictures[[mode, row, column]] = if sign < 0.0 { -weight } else { weight } as f32;
                }
            }
        }
        Ok(pictures)
    }
}
