//! Judges the movies of all conditions by the areas that their principal components enclose.

use super::units::Units;
use crate::entropy_production::EntropyProduction;
use crate::estimator::principal_coordinates;
use crate::statistics::Segment;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use ndarray::Array2;

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
        let areas: Vec<Array2<f64>> = self
            .coordinates
            .iter()
            .zip(&entropy.movies)
            .map(|(path, movie)| areas(path, entropy.window, movie.values.len()))
            .collect();
        let moments = Moments::of(&areas, units, pairs(available).len());
        let tried = COMPONENTS.into_iter().filter(|&components| components <= available);
        let judged = tried.filter_map(|components| {
            let weights = moments.weights(pairs(components).len())?;
            Some(with_weights(entropy, units, &areas, &weights))
        });
        let clearest = judged.map(|judged| (units.clarity(&judged), judged));
        let best = clearest.max_by(|(a, _), (b, _)| a.total_cmp(b));
        best.map_or_else(|| with_weights(entropy, units, &areas, &[]), |(_, judged)| judged)
    }
}

/// Second moments of the areas over all units, and their mean in each.
struct Moments {
    squares: DMatrix<f64>,
    means: Vec<DVector<f64>>,
}

impl Moments {
    /// Of the areas of so many pairs of components.
    fn of(areas: &[Array2<f64>], units: &Units, count: usize) -> Self {
        let mut squares = DMatrix::zeros(count, count);
        let mut total = 0.0;
        let mut means: Vec<DVector<f64>> = Vec::with_capacity(units.segments.len());
        for segments in &units.segments {
            let (mut sum, mut own) = (DVector::zeros(count), 0.0);
            for Segment { series, range } in segments {
                for start in range.clone() {
                    let psi = DVector::from_iterator(count, areas[*series].row(start).iter().copied());
                    squares.ger(1.0, &psi, &psi, 1.0);
                    sum += psi;
                    own += 1.0;
                }
            }
            total += own;
            means.push(sum / own);
        }
        Self { squares: squares / total, means }
    }

    /// The optimum for small dS of all units but one, for each, by the first `count` pairs; none if they
    /// stand still.
    fn weights(&self, count: usize) -> Option<Vec<DVector<f64>>> {
        let mut squares = self.squares.view((0, 0), (count, count)).clone_owned();
        let ridge = RIDGE * squares.trace() / count as f64;
        for place in 0..count {
            squares[(place, place)] += ridge;
        }
        let solver: Cholesky<f64, Dyn> = squares.cholesky()?;
        let first = |mean: &DVector<f64>| mean.rows(0, count).clone_owned();
        let all = self.means.iter().fold(DVector::zeros(count), |all, mean| all + first(mean));
        let share = 2.0 / (self.means.len() - 1).max(1) as f64;
        Some(self.means.iter().map(|own| solver.solve(&((&all - first(own)) * share))).collect())
    }
}

/// `entropy` with the values that the weights of each unit give, and 0 elsewhere.
fn with_weights(
    entropy: &EntropyProduction,
    units: &Units,
    areas: &[Array2<f64>],
    weights: &[DVector<f64>],
) -> EntropyProduction {
    let mut judged = entropy.clone();
    judged.movies.iter_mut().for_each(|movie| movie.values.fill(0.0));
    for (segments, weights) in units.segments.iter().zip(weights) {
        for Segment { series, range } in segments {
            for start in range.clone() {
                let psi = areas[*series].row(start);
                judged.movies[*series].values[start] =
                    psi.iter().zip(weights.iter()).map(|(psi, weight)| psi * weight).sum();
            }
        }
    }
    judged
}

/// Pairs of the first `components`, those of fewer first.
fn pairs(components: usize) -> Vec<(usize, usize)> {
    (0..components).flat_map(|second| (0..second).map(move |first| (first, second))).collect()
}

/// Areas of all pairs of the components of a `path`, summed over the steps of each of the `count` windows of
/// `window` frames; shape (window, pair).
fn areas(path: &Array2<f64>, window: usize, count: usize) -> Array2<f64> {
    let pairs = pairs(path.ncols());
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
