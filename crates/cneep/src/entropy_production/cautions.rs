//! Lists what speaks against taking an estimate at its word.

use super::summary::SIGNIFICANCE_LEVEL;
use super::{EntropyProduction, MovieEntropy, Significance};
use cneep_movie::caution::{Caution, CautionKind, DetectableRate};
use cneep_movie::series::Trend;
use cneep_movie::units::Measured;

/// Fewer transitions than this cannot give a converged entropy production.
const FEW_TRANSITIONS: usize = 1000;
/// Fewer transitions than this, in effect, in the mean of exp(-dS) leave a bound on chance: with 9 it exceeded the exact rate in
/// 7 % of simulated sets where 2.5 % are promised.
const FEW_WEIGHTS: f64 = 30.0;
/// A rate on the training transitions this many errors and times above the held-out one is learned by heart.
const OVER_FITTED: (f64, f64) = (3.0, 1.2);
/// Probability below which a trend is believed, and least change as a share of the mean.
const UNSTEADY: (f64, f64) = (0.001, 0.1);

/// Everything of `entropy` that a reader of its rate must know; `theorem` is its `<exp(-dS)>`.
pub(super) fn cautions_of(
    entropy: &EntropyProduction,
    theorem: &Measured,
    verdict: Significance,
) -> Vec<Caution> {
    let mut cautions = Vec::new();
    let count = entropy.transition_count();
    if count < FEW_TRANSITIONS {
        cautions.push(Caution::new("transitions", CautionKind::TooFewTransitions { transitions: count }));
    }
    if entropy.calibration.frame_interval.is_none() {
        cautions.push(Caution::new("frame interval", CautionKind::FrameIntervalUnknown));
    }
    if entropy.calibration.exposure.is_none() {
        cautions.push(Caution::new("exposure", CautionKind::ExposureUnknown));
    }
    if entropy.held_out_count() == 0 {
        cautions.push(Caution::new("held-out data", CautionKind::NothingHeldOut));
    }
    let error = theorem.standard_error.unwrap_or(f64::INFINITY);
    let per_transition = entropy.rate().value.abs() * entropy.transition_time();
    if (theorem.value - 1.0).abs() > (3.0 * error).max(0.2 * per_transition).max(1e-3) {
        cautions.push(Caution::new(
            "fluctuation theorem",
            CautionKind::FluctuationTheoremMissed { mean: theorem.value },
        ));
    }
    cautions.extend([few_weights(entropy), over_fitting(entropy), unsteady(entropy)].into_iter().flatten());
    if verdict == Significance::NotSignificant {
        cautions.push(not_significant(entropy));
    }
    cautions
}

fn not_significant(entropy: &EntropyProduction) -> Caution {
    let detectable = entropy.detection_limit().map(|limit| DetectableRate {
        rate: limit.verdict,
        exact_estimator: limit.exact_estimator_test,
        unit: limit.unit,
    });
    let kind = match entropy.equilibrium_p_value() {
        Some(p_value) if p_value < SIGNIFICANCE_LEVEL => {
            CautionKind::BoundNotAboveZero { p_value, detectable }
        }
        _ => CautionKind::NotDistinguishable { detectable },
    };
    Caution::new("significance", kind)
}

/// The mean of exp(-dS), on which the bound rests, is carried by a few transitions of large negative dS.
fn few_weights(entropy: &EntropyProduction) -> Option<Caution> {
    let values = entropy.stated_values();
    let (sum, squares) = values.iter().fold((0.0, 0.0), |(sum, squares), value| {
        let weight = (-value).exp();
        (sum + weight, squares + weight * weight)
    });
    let effective = sum * sum / squares;
    let few = effective < FEW_WEIGHTS.min(0.5 * values.len() as f64);
    few.then(|| Caution::new("lower bound", CautionKind::FewEffectiveTransitions { effective }))
}

/// A higher rate on the transitions that trained the estimator than on those that did not.
fn over_fitting(entropy: &EntropyProduction) -> Option<Caution> {
    let held_out = entropy.held_out_count();
    if held_out == 0 || held_out == entropy.transition_count() {
        return None;
    }
    let turned = |movie: &MovieEntropy| MovieEntropy {
        held_out: movie.held_out.iter().map(|held_out| !held_out).collect(),
        ..movie.clone()
    };
    let trained = EntropyProduction {
        movies: entropy.movies.iter().map(turned).collect(),
        cautions: Vec::new(),
        ..entropy.clone()
    };
    let (trained, held_out) = (trained.rate(), entropy.rate());
    let error = trained.standard_error?.hypot(held_out.standard_error?);
    let learned = trained.value - held_out.value > OVER_FITTED.0 * error
        && trained.value > OVER_FITTED.1 * held_out.value.max(0.0);
    learned.then(|| Caution::new("over-fitting", CautionKind::OverFitting { trained, held_out }))
}

/// A trend of the entropy production along the movies.
fn unsteady(entropy: &EntropyProduction) -> Option<Caution> {
    let length = entropy.movies.iter().map(|movie| movie.values.len()).min()?;
    let mean = |at: usize| {
        entropy.movies.iter().map(|movie| movie.values[at]).sum::<f64>() / entropy.movies.len() as f64
    };
    let trend = Trend::of(&(0..length).map(mean).collect::<Vec<_>>())?;
    let unsteady = trend.p_value < UNSTEADY.0 && trend.change.abs() > UNSTEADY.1 * trend.mean.abs();
    unsteady.then(|| {
        let time = entropy.transition_time();
        let rate = |value: f64| Measured::new(value / time, None, entropy.calibration.rate_unit().symbol());
        let [start, end] = [-0.5, 0.5].map(|side| rate(trend.mean + side * trend.change));
        let kind = CautionKind::RateNotSteady { start, end, p_value: trend.p_value };
        Caution::new("steady state", kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::Summary;
    use crate::entropy_production::synthetic::gaussian;

    fn subjects(mut entropy: EntropyProduction) -> Vec<String> {
        entropy.calibration.exposure = Some(0.0);
        Summary::of(&entropy, None).cautions.into_iter().map(|caution| caution.subject).collect()
    }

    /// Catches false alarms: an exact estimate of a steady state raises none, whatever the draw.
    #[test]
    fn an_exact_steady_estimate_raises_nothing() {
        for seed in 0..20 {
            for (movies, transitions, memory) in [(1, 4000, 0.0), (4, 1000, 0.3), (20, 200, 0.0)] {
                let subjects = subjects(gaussian(movies, transitions, 0.1, memory, seed));
                assert!(subjects.is_empty(), "{movies} movies, seed {seed}: {subjects:?}");
            }
        }
    }

    #[test]
    fn each_fault_is_named() {
        assert_eq!(subjects(gaussian(1, 500, 0.2, 0.0, 1)), ["transitions"]);
        let mut learned = gaussian(2, 2000, 0.1, 0.0, 1);
        learned.movies[0].held_out.fill(false);
        learned.movies[0].values.iter_mut().for_each(|value| *value += 0.2);
        assert_eq!(subjects(learned), ["over-fitting"]);
        let mut fading = gaussian(2, 2000, 0.2, 0.0, 1);
        for movie in &mut fading.movies {
            movie.values.iter_mut().enumerate().for_each(|(at, value)| *value -= at as f64 * 1e-4);
        }
        assert!(subjects(fading).contains(&"steady state".to_owned()));
        assert!(subjects(gaussian(1, 2000, 4.0, 0.0, 1)).contains(&"lower bound".to_owned()));
        assert!(subjects(gaussian(1, 2000, 1e-4, 0.0, 1)).contains(&"significance".to_owned()));
    }
}
