//! Judges the movies of all conditions by the areas that their principal components enclose.

use super::units::Units;
use crate::entropy_production::EntropyProduction;
use crate::estimator::principal_coordinates;
use crate::statistics::Segment;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use ndarray::{Array2, ArrayView1};

/// Numbers of components that are tried.
const COMPONENTS: [usize; 6] = [2, 3, 4, 6, 8, 12];
/// Ridge on the second moments, in their mean, so that components that stand still do no harm.
const RIDGE: f64 = 1e-6;

/// The paths of movies along the principal components of all of them.
///
/// Estimators are fitted with choices that say "nothing" where they are not sure. That is right for a rate,
/// and wrong for a comparison of two faint conditions. Here nothing is chosen by what it finds in a
/// condition. The entropy production of a transition in unit u is `dS = 2 psi . C^-1 m`: psi are the areas
/// that pairs of components enclose in it (Gonzalez et al., Phys. Rev. E 99, 052122 (2019), doi
/// 10.1103/PhysRevE.99.052122), C their pooled second moments, and m their mean over all units but u, of
/// whatever condition. It is the optimum for small dS of all others.
#[derive(Debug, Clone)]
pub struct Areas {
    /// Shape (frame, component) for each movie.
    coordinates: Vec<Array2<f64>>,
}

impl Areas {
    /// Follows `videos`, whose order has no part in what is found.
    ///
    /// # Errors
    /// Whatever reading the movies fails with; [`cneep_movie::Error::Format`] if every pixel is the same.
    pub fn of(videos: &[Video]) -> Result<Self> {
        let hashes: Vec<String> = videos.iter().map(Video::hash).collect::<Result<_>>()?;
        let mut order: Vec<usize> = (0..videos.len()).collect();
        order.sort_by(|&a, &b| hashes[a].cmp(&hashes[b]));
        let blind: Vec<Video> = order.iter().map(|&movie| videos[movie].clone()).collect();
        let most = COMPONENTS.into_iter().max().unwrap_or(0);
        let found = principal_coordinates(&blind, most)?;
        let mut placed: Vec<(usize, Array2<f64>)> = order.into_iter().zip(found).collect();
        placed.sort_by_key(|(movie, _)| *movie);
        Ok(Self { coordinates: placed.into_iter().map(|(_, coordinates)| coordinates).collect() })
    }

    /// `entropy` with the values of all transitions in `units` judged by areas, and 0 for others. Of several
    /// numbers of components that is taken whose values have the clearest mean over all units: the conditions
    /// have no part in that.
    pub fn judge(&self, entropy: &EntropyProduction, units: &Units) -> EntropyProduction {
        let available = self.coordinates.first().map_or(0, Array2::ncols);
        let tried = COMPONENTS.into_iter().filter(|&components| components <= available);
        let judged = tried.filter_map(|components| self.judge_by(components, entropy, units));
        let clearest = judged.map(|judged| (units.clarity(&judged), judged));
        let best = clearest.max_by(|(a, _), (b, _)| a.total_cmp(b));
        best.map_or_else(|| with_values(entropy, |_| None), |(_, judged)| judged)
    }

    /// By the areas of so many components; none if they stand still.
    fn judge_by(
        &self,
        components: usize,
        entropy: &EntropyProduction,
        units: &Units,
    ) -> Option<EntropyProduction> {
        let areas: Vec<Array2<f64>> = self
            .coordinates
            .iter()
            .zip(&entropy.movies)
            .map(|(path, movie)| areas(path, components, entropy.window, movie.values.len()))
            .collect();
        let count = components * (components - 1) / 2;
        let mut squares = DMatrix::zeros(count, count);
        let mut total = 0.0;
        let mut means: Vec<DVector<f64>> = Vec::with_capacity(units.segments.len());
        for segments in &units.segments {
            let (mut sum, mut own) = (DVector::zeros(count), 0.0);
            for psi in rows(&areas, segments) {
                let psi = DVector::from_iterator(count, psi.iter().copied());
                squares.ger(1.0, &psi, &psi, 1.0);
                sum += psi;
                own += 1.0;
            }
            total += own;
            means.push(sum / own);
        }
        squares /= total;
        let ridge = RIDGE * squares.trace() / count as f64;
        for place in 0..count {
            squares[(place, place)] += ridge;
        }
        let solver: Cholesky<f64, Dyn> = squares.cholesky()?;
        let all: DVector<f64> = means.iter().fold(DVector::zeros(count), |all, mean| all + mean);
        let weights: Vec<DVector<f64>> = means
            .iter()
            .map(|own| solver.solve(&((&all - own) * (2.0 / (means.len() - 1).max(1) as f64))))
            .collect();
        Some(with_values(entropy, |place| {
            let unit = units.unit_of(place)?;
            let psi = areas[place.movie].row(place.start);
            Some(psi.iter().zip(weights[unit].iter()).map(|(psi, weight)| psi * weight).sum())
        }))
    }
}

/// Areas of all pairs of the first `components` of a `path`, summed over the steps of each of the `count`
/// windows of `window` frames; shape (window, pair).
fn areas(path: &Array2<f64>, components: usize, window: usize, count: usize) -> Array2<f64> {
    let pairs: Vec<(usize, usize)> =
        (0..components).flat_map(|second| (0..second).map(move |first| (first, second))).collect();
    Array2::from_shape_fn((count, pairs.len()), |(start, pair)| {
        let (first, second) = pairs[pair];
        let of_step = |frame: usize| {
            // x_i dx_j - x_j dx_i at the middle of a step.
            path[[frame, first]] * path[[frame + 1, second]]
                - path[[frame, second]] * path[[frame + 1, first]]
        };
        (start..start + window - 1).map(of_step).sum()
    })
}

fn rows<'a>(areas: &'a [Array2<f64>], segments: &'a [Segment]) -> impl Iterator<Item = ArrayView1<'a, f64>> {
    segments.iter().flat_map(|of| of.range.clone().map(|start| areas[of.series].row(start)))
}

/// `entropy` with other values, 0 where there is `none`.
fn with_values(
    entropy: &EntropyProduction,
    value: impl Fn(crate::transition::Transition) -> Option<f64>,
) -> EntropyProduction {
    let mut judged = entropy.clone();
    for (movie, own) in judged.movies.iter_mut().enumerate() {
        for (start, old) in own.values.iter_mut().enumerate() {
            *old = value(crate::transition::Transition { movie, start }).unwrap_or(0.0);
        }
    }
    judged
}
