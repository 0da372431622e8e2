//! Measures how far members that were fitted to different movies disagree, and gives back what that takes from the size of dS.
//!
//! Of dS = t + n, n what chance has put into a fit, the bound is highest at less than full size, as `J` pays for the mean square of n: about
//! `<t^2> / <dS^2>` of it, so that the rate leans low by as much. The deviations of k members from their mean, each fitted with another
//! k-th of the movies left out, tell n: for one member `<n^2>` is the sum of their squares (the jackknife that deletes groups; Efron and Stein 1981,
//! doi 10.1214/aos/1176345462, with 1 / k between members that share k - 2 of k - 1 parts of their data).

use super::entrant::Entrant;
use crate::estimator::cross_fitted::limit;
use crate::estimator::transitions_of;
use crate::transition::{Run, Split, Transitions};
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::Array2;

/// Windows on which members are compared at most.
const WINDOWS: usize = 20_000;
/// By what dS is raised at most: ten per cent cost one per cent of the bound.
const MOST_RAISED: f64 = 1.1;

/// Share of the mean square of a member's dS that is not due to the choice of movies it was fitted to, `chosen` being summed with their
/// weights. None if they are fewer than two, or estimate zero.
pub(super) fn reliability(
    videos: &[Video],
    folds: &[(Split, Transitions)],
    chosen: &[&Entrant],
) -> Result<Option<f64>> {
    let limit = limit(folds.iter().map(|(_, own)| own.len()).sum());
    let members = chosen.iter().map(|entrant| entrant.members.len()).min().unwrap_or(0);
    let runs = sample(folds.iter().flat_map(|(_, own)| own.runs()));
    let mut columns = Vec::new();
    for member in 0..members {
        let mut sum = vec![0.0; runs.iter().map(|run| run.starts.len()).sum()];
        for entrant in chosen {
            let of_runs = runs.iter().flat_map(transitions_of).collect();
            let values = entrant.members[member].values(videos, of_runs)?;
            let weight = entrant.contender.weight;
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value.clamp(-limit, limit));
        }
        columns.push(sum);
    }
    let count = columns.first().map_or(0, Vec::len);
    let values = Array2::from_shape_fn((members, count), |(member, window)| columns[member][window]);
    Ok(share_in_common(&values))
}

/// By what the weights are to be multiplied.
pub(in crate::estimator) fn raise(reliability: Option<f64>) -> f64 {
    reliability.map_or(1.0, |share| (1.0 / share.max(f64::MIN_POSITIVE)).clamp(1.0, MOST_RAISED))
}

/// The share that is not the members' own, of values with the shape (member, window).
fn share_in_common(values: &Array2<f64>) -> Option<f64> {
    let members = values.nrows() as f64;
    if members < 2.0 {
        return None;
    }
    let square = values.iter().map(|value| value * value).sum::<f64>() / members;
    let apart: f64 = values
        .columns()
        .into_iter()
        .map(|window| {
            let mean = window.sum() / members;
            window.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
        })
        .sum();
    (square > 0.0).then(|| (1.0 - apart / square).max(0.0))
}

/// The first windows of all runs, so that together they are [`WINDOWS`] at most, or one a run.
fn sample<'a>(runs: impl Iterator<Item = &'a Run> + Clone) -> Vec<Run> {
    let total: usize = runs.clone().map(|run| run.starts.len()).sum();
    let kept = |run: &Run| (run.starts.len() * WINDOWS / total.max(WINDOWS)).max(1);
    runs.map(|run| Run { movie: run.movie, starts: run.starts.start..run.starts.start + kept(run) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Five members, each the mean of four of five parts of the data, of which each brings an error of its own to every window's dS: catches
    /// a jackknife without its factor. The optimum that pays for the error is too small by the reliability.
    #[test]
    fn errors_of_the_data_are_told_from_what_is_common() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let (mut values, mut own) = (Array2::zeros((5, 40_000)), 0.0);
        for mut window in values.columns_mut() {
            let common = draw();
            let parts: [f64; 5] = std::array::from_fn(|_| draw());
            for (member, value) in window.iter_mut().enumerate() {
                let others = parts.iter().enumerate().filter(|(part, _)| *part != member);
                let error = others.map(|(_, part)| part).sum::<f64>() / 4.0;
                *value = common + error;
                own += error * error / 200_000.0;
            }
        }
        let found = share_in_common(&values).unwrap();
        assert!((found - 1.0 / (1.0 + own)).abs() < 0.01, "{found} {own}");
        assert!((own - 0.25).abs() < 0.01);
        assert!(share_in_common(&Array2::zeros((5, 3))).is_none());
        assert!(share_in_common(&Array2::ones((1, 3))).is_none());
        assert_eq!(share_in_common(&Array2::ones((3, 3))), Some(1.0));
    }

    #[test]
    fn dissipation_is_raised_only_as_far_as_it_costs_little() {
        let raised = [Some(1.0), Some(0.98), Some(0.5), Some(0.0), None].map(raise);
        assert_eq!(raised, [1.0, 1.0 / 0.98, MOST_RAISED, MOST_RAISED, 1.0]);
    }

    /// Catches a sample that leaves movies out, or is larger than it may be.
    #[test]
    fn every_movie_is_in_the_sample() {
        let runs = [Run { movie: 0, starts: 5..60_005 }, Run { movie: 2, starts: 0..20_000 }];
        let sample = sample(runs.iter());
        assert_eq!((sample[0].starts.clone(), sample[1].starts.clone()), (5..15_005, 0..5_000));
        assert_eq!(super::sample(runs[..0].iter()), []);
    }
}
