//! Judges the brightness of a whole frame: whether it settles, steps, or is raised now and then.

use super::median::median;
use crate::series::integrated_correlation_time;

/// Stretches into which a movie is cut, at most, and frames of the shortest.
const STRETCHES: usize = 64;
const SHORTEST: usize = 8;
/// Stretches before and after one with which it is compared.
const AROUND: usize = 7;
/// Usual deviations, and share of the brightness, by which a stretch must stand out.
const DEVIATIONS: f64 = 8.0;
const SHARE: f64 = 0.004;
/// Usual deviations of a step of the dimmer half of the pixels, and of the brighter.
const STEP: [f64; 2] = [6.0, 3.0];

/// The brightness of one movie.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lamp {
    /// z of the first tenth against the rest, and the relative change; none for fewer than 100 frames.
    settling: Option<(f64, f64)>,
    /// Large steps of the logarithm of the brightness, of the dimmer and the brighter half.
    steps: Vec<[f64; 2]>,
    stretches: Stretches,
}

/// Stretches of time that stand out from those around them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Stretches {
    pub(super) brighter: usize,
    pub(super) darker: usize,
    pub(super) all: usize,
    /// Highest brightness over that around it, less 1.
    pub(super) excess: f64,
}

/// Steps by one ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct EqualSteps {
    pub(super) count: usize,
    /// Their scatter over their size.
    pub(super) inequality: f64,
    /// Step of the brighter half over that of the dimmer.
    pub(super) bright_over_dim: f64,
}

impl Lamp {
    /// The lamp behind the mean of each frame (`means`) and of its dimmer and brighter `halves`.
    pub(super) fn of(means: &[f64], halves: &[[f64; 2]]) -> Self {
        Self { settling: settling(means), steps: steps(halves), stretches: stretches(means) }
    }

    /// z of the first tenth against the rest of all movies, and the median relative change.
    pub(super) fn settling(movies: &[&Self]) -> (f64, f64) {
        let found: Vec<(f64, f64)> = movies.iter().filter_map(|movie| movie.settling).collect();
        let z = found.iter().map(|settling| settling.0).sum::<f64>() / (found.len().max(1) as f64).sqrt();
        (z, median(found.iter().map(|settling| settling.1).collect()))
    }

    /// Steps of all movies by one ratio.
    pub(super) fn equal_steps(movies: &[&Self]) -> EqualSteps {
        let steps: Vec<[f64; 2]> = movies.iter().flat_map(|movie| movie.steps.iter().copied()).collect();
        let size = median(steps.iter().map(|step| step[0].abs()).collect());
        let scatter = median(steps.iter().map(|step| (step[0].abs() - size).abs()).collect()) / 0.6745;
        let bright_over_dim = median(steps.iter().map(|step| step[1] / step[0]).collect());
        EqualSteps { count: steps.len(), inequality: scatter / size, bright_over_dim }
    }

    /// Stretches of all movies that stand out.
    pub(super) fn stretches(movies: &[&Self]) -> Stretches {
        movies.iter().map(|movie| movie.stretches).fold(Stretches::default(), |sum, one| Stretches {
            brighter: sum.brighter + one.brighter,
            darker: sum.darker + one.darker,
            all: sum.all + one.all,
            excess: sum.excess.max(one.excess),
        })
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn settling(means: &[f64]) -> Option<(f64, f64)> {
    if means.len() < 100 {
        return None;
    }
    let (first, rest) = means.split_at(means.len() / 10);
    let level = mean(rest);
    let variance = rest.iter().map(|value| (value - level).powi(2)).sum::<f64>() / rest.len() as f64;
    let time = 2.0 * integrated_correlation_time(rest);
    let error = (variance * time * (1.0 / first.len() as f64 + 1.0 / rest.len() as f64)).sqrt();
    (error > 0.0).then(|| ((mean(first) - level) / error, mean(first) / level - 1.0))
}

fn steps(halves: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let step = |pair: &[[f64; 2]]| [0, 1].map(|half| (pair[1][half] / pair[0][half]).ln());
    let finite = |step: &[f64; 2]| step.iter().all(|change| change.is_finite());
    let mut steps: Vec<[f64; 2]> = halves.windows(2).map(step).filter(finite).collect();
    let usual = [0, 1].map(|half| median(steps.iter().map(|step| step[half].abs()).collect()) / 0.6745);
    steps.retain(|step| (0..2).all(|half| step[half].abs() > STEP[half] * usual[half]));
    steps
}

fn stretches(means: &[f64]) -> Stretches {
    let count = (means.len() / SHORTEST).min(STRETCHES);
    let stretch = |k: usize| &means[k * means.len() / count..(k + 1) * means.len() / count];
    let levels: Vec<f64> = (0..count).map(|k| mean(stretch(k))).collect();
    // Windows lie evenly about each stretch, so that a steady change of brightness cancels.
    let around = |k: usize| k.min(count - 1 - k).min(AROUND);
    let above: Vec<f64> =
        (0..count).map(|k| levels[k] - median(levels[k - around(k)..=k + around(k)].to_vec())).collect();
    let usual = median(above.iter().map(|value| value.abs()).collect()) / 0.6745;
    let level = median(levels);
    let least = (DEVIATIONS * usual).max(SHARE * level);
    let beyond = |sign: f64| above.iter().filter(|value| sign * **value > least).count();
    let excess = above.iter().copied().fold(0.0, f64::max) / level;
    Stretches { brighter: beyond(1.0), darker: beyond(-1.0), all: count, excess }
}
