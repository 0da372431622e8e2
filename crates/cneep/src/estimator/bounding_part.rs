//! Bounds what the whole frame dissipates by one part of it, where dS of the whole is beyond what so many
//! transitions can tell.
//!
//! What is drawn into a part of the frame is antisymmetric under time reversal by itself, so that its scaled
//! and clipped bound holds for the whole. Which part, and at which scale, either half of the unseen
//! transitions chooses for the other.

use super::bound_scale;
use super::estimate::Estimator;
use super::time_blocks::{mean_and_error, time_blocks};
use crate::dissipation_map::halvings::Halvings;
use crate::entropy_production::{Certifiable, EntropyProduction, Role, clip_limit, scaled_bound};
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use rayon::prelude::*;

/// A part of the frame with its bound on the transitions that choose.
#[derive(Debug, Clone, Copy)]
struct Chosen {
    part: usize,
    scale: f64,
    /// Its bound less the standard error, in `k_B` per transition.
    low: f64,
}

/// Movie and place of a transition.
type Place = (usize, usize);

impl Estimator {
    /// `entropy`, which is that of `videos`, with the part of the frame that bounds it, where one is needed
    /// and bears dissipation out.
    pub(super) fn bounded_by_part(
        &self,
        videos: &[Video],
        mut entropy: EntropyProduction,
        progress: &dyn Progress,
    ) -> Result<EntropyProduction> {
        if entropy.fit.bounded_by.is_none() && entropy.is_beyond_certifying() {
            let halvings = self.halvings(videos, &entropy, progress)?;
            let part = halvings.and_then(|halvings| judged_by_halves(&halvings, &entropy));
            entropy.fit.bounded_by = part.filter(EntropyProduction::bears_out_dissipation).map(Box::new);
        }
        Ok(entropy)
    }

    /// The maps of all `videos`, shared out among the parts of the frame.
    fn halvings(
        &self,
        videos: &[Video],
        entropy: &EntropyProduction,
        progress: &dyn Progress,
    ) -> Result<Option<Halvings>> {
        let counts: Vec<usize> = entropy.movies.iter().map(|movie| movie.values.len()).collect();
        let frame = (videos[0].frames().rows(), videos[0].frames().columns());
        progress.begin("parts of the frame (transitions)", entropy.transition_count() as u64);
        let mut halvings: Option<Halvings> = None;
        let mut is_too_small = false;
        for (movie, video) in videos.iter().enumerate() {
            self.map_each(video, |grid, _, map| {
                if progress.stop_requested() {
                    return Err(Error::Stopped { what: "the bound of parts of the frame".into() });
                }
                if halvings.is_none() && !is_too_small {
                    halvings = Halvings::new(grid, frame, &counts)?;
                    is_too_small = halvings.is_none();
                }
                progress.advance(1);
                halvings.iter_mut().try_for_each(|of| of.add(movie, &map))
            })?;
        }
        progress.end();
        Ok(halvings)
    }
}

/// What the part of the frame that either half of the unseen transitions of `entropy` chose shows on the
/// other half, of parts that bound best what can be told, or of smaller ones if it cannot be told of the
/// other half too; none if nothing can be told of any.
fn judged_by_halves(halvings: &Halvings, entropy: &EntropyProduction) -> Option<EntropyProduction> {
    let unseen = entropy.segments(|role| role != Role::InSample);
    let places = unseen.iter().flat_map(|of| of.range.clone().map(|place| (of.series, place)));
    let places: Vec<Place> = places.collect();
    let (first, second) = places.split_at(places.len() / 2);
    let choices: Vec<[Option<Chosen>; 2]> = (0..halvings.steps())
        .map(|step| {
            let values = halvings.values(step);
            [first, second].map(|half| best_part(&values, half))
        })
        .collect();
    let best_step = |half: usize| {
        let low = |step: &usize| choices[*step][half].map_or(f64::NEG_INFINITY, |chosen| chosen.low);
        // Of equals the larger parts.
        (0..choices.len()).rev().max_by(|a, b| low(a).total_cmp(&low(b)))
    };
    let largest = best_step(0)?.max(best_step(1)?);
    let boundary = second.first().copied()?;
    let judged = |step: usize| {
        let (by_first, by_second) = choices[step][0].zip(choices[step][1])?;
        let values = halvings.values(step);
        // What was chosen by either half judges the other.
        let of_movie = |movie: usize| -> Vec<f64> {
            let of = |place: usize| if (movie, place) < boundary { by_second } else { by_first };
            (0..values[0][movie].len()).map(|place| values[of(place).part][movie][place]).collect()
        };
        let mut part = entropy.with_values(|movie, _| of_movie(movie), Vec::new());
        part.fit.bound_scale = by_first.scale.min(by_second.scale);
        part.fit.part = Some(halvings.part(step));
        // Sizes of dS alone are asked for, which tell nothing of its sign.
        part.certifiable().is_within().then_some(part)
    };
    (largest..choices.len()).find_map(judged)
}

/// Of the parts whose dS at these places is of a size that so many can tell, that with the highest bound less
/// its standard error.
fn best_part(values: &[Vec<Vec<f64>>], places: &[Place]) -> Option<Chosen> {
    let of_part = |(part, movies): (usize, &Vec<Vec<f64>>)| {
        let own: Vec<f64> = places.iter().map(|&(movie, place)| movies[movie][place]).collect();
        let scale = bound_scale::choose(&own);
        let limit = clip_limit(own.len());
        let bounds = own.iter().map(|&value| scaled_bound(value, scale, limit));
        let (mean, error) = mean_and_error(&time_blocks(bounds.enumerate(), own.len()))?;
        Certifiable::of(&own, scale).is_within().then_some(Chosen { part, scale, low: mean - error })
    };
    let chosen: Vec<Chosen> = values.par_iter().enumerate().filter_map(of_part).collect();
    chosen.into_iter().rev().max_by(|a, b| a.low.total_cmp(&b.low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissipation_map::MapGrid;
    use crate::entropy_production::MovieEntropy;
    use cneep_movie::units::Calibration;
    use ndarray::Array2;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    const GRID: MapGrid = MapGrid { rows: 8, columns: 8, cell: 8 };
    const MOVIES: usize = 12;
    const TRANSITIONS: usize = 90;

    /// Maps of Gaussian dS of the same mean and variance in each cell, 64 of them, and the whole.
    fn made(mean: f64, variance: f64, seed: u64) -> (Halvings, EntropyProduction) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut cell = || mean + variance.sqrt() * Distribution::<f64>::sample(&StandardNormal, &mut random);
        let mut halvings = Halvings::new(GRID, (64, 64), &[TRANSITIONS; MOVIES]).unwrap().unwrap();
        let mut movie = |movie: usize| {
            let mut value = || {
                let map = Array2::from_shape_simple_fn((8, 8), || cell() as f32);
                halvings.add(movie, &map.view()).unwrap();
                f64::from(map.sum())
            };
            let values: Vec<f64> = (0..TRANSITIONS).map(|_| value()).collect();
            MovieEntropy { roles: vec![Role::HeldOut; TRANSITIONS], values, ..MovieEntropy::default() }
        };
        let movies = (0..MOVIES).map(&mut movie).collect();
        (halvings, EntropyProduction::new(2, Calibration::default(), movies))
    }

    /// Without dissipation the part that leans most looks as if there were some. Catches a part that is
    /// judged by the transitions that chose it: of 126 parts the best would reject in most sets. At 5 % more
    /// than 12 of 100 are beyond three standard deviations.
    #[test]
    fn parts_are_judged_by_transitions_that_did_not_choose_them() {
        let mut rejected = 0;
        for seed in 0..100 {
            let (halvings, entropy) = made(0.0, 0.05, seed);
            let part = judged_by_halves(&halvings, &entropy).unwrap();
            rejected += usize::from(part.equilibrium_p_value().unwrap() < 0.05);
        }
        assert!(rejected <= 12, "{rejected}");
    }

    /// Of 16 `k_B`, 0.25 a cell, which obey the fluctuation theorem, the part's bound stands near the 2 or 4
    /// of its cells, in the mean not above. Catches a part too large to be told, one much smaller than what
    /// can be, and values of other transitions.
    #[test]
    fn the_part_is_as_large_as_can_be_told() {
        let mut excess = Vec::new();
        for seed in 0..20 {
            let (halvings, entropy) = made(0.25, 0.5, seed);
            assert!(entropy.is_beyond_certifying());
            let part = judged_by_halves(&halvings, &entropy).unwrap();
            assert!(part.bears_out_dissipation());
            let of = part.fit.part.unwrap();
            let exact = 16.0 / of.parts as f64;
            assert!((1.0..=4.0).contains(&exact) && of.rows * of.columns * of.parts == 64 * 64, "{of:?}");
            assert!((part.rate().value / exact - 1.0).abs() < 0.2, "{} {exact}", part.rate());
            excess.push(part.bound().unwrap().value / exact - 1.0);
        }
        let mean = excess.iter().sum::<f64>() / 20.0;
        assert!(mean < 0.01 && mean > -0.4, "{mean}: {excess:?}");
    }
}
