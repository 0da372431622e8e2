//! Lists what speaks against taking an estimate at its word.

use super::findings::Findings;
use super::result::{EntropyProduction, MovieEntropy};
use super::role::Role;
use super::verdict::{SIGNIFICANCE_LEVEL, Significance};
use cneep_movie::caution::Caution;
use cneep_movie::series::Trend;
use cneep_movie::units::{Measured, to_digits};

/// Fewer transitions than this cannot give a converged entropy production.
const FEW_TRANSITIONS: usize = 1000;
/// Fewer transitions than this, in effect, in the mean of exp(-dS) leave a bound on chance: with 9 it
/// exceeded the exact rate in 7 % of simulated sets where 2.5 % are promised.
const FEW_WEIGHTS: f64 = 30.0;
/// A rate on the training transitions this many errors above the held-out one, and this many times as high,
/// is learned by heart.
const OVER_FITTED_ERRORS: f64 = 3.0;
const OVER_FITTED_RATIO: f64 = 1.2;
/// Probability below which a trend is believed.
const TREND_P_VALUE: f64 = 0.001;
/// Least change that matters, as a share of the mean.
const TREND_SHARE: f64 = 0.1;

/// Everything that a reader of these `findings` of `entropy` must know.
pub(super) fn cautions_of(entropy: &EntropyProduction, findings: &Findings) -> Vec<Caution> {
    let mut cautions = Vec::new();
    let count = entropy.transition_count();
    if count < FEW_TRANSITIONS {
        cautions.push(Caution::new(
            "transitions",
            format!("{count} transitions cannot give a converged entropy production."),
            "Use sign and map as hints only; record a longer movie or more movies.",
        ));
    }
    if entropy.calibration.frame_interval.is_none() {
        cautions.push(Caution::new(
            "frame interval",
            "The time between frames is unknown, so rates are per frame.",
            "State the frame interval in seconds.",
        ));
    }
    if entropy.calibration.exposure.is_none() {
        cautions.push(Caution::new(
            "exposure",
            "The exposure is unknown, so the lower bound takes frames for those of an instant; with a \
             shutter open \
             all the time it is up to twice too high.",
            "State the exposure: the exposure time over the frame interval.",
        ));
    }
    if entropy.unseen_count() == 0 {
        cautions.push(Caution::new(
            "held-out data",
            "Every transition helped to train the estimator, so its rate leans upwards and nothing is \
             certified.",
            "Estimate movies that were not used in training, or train with a test fraction above zero.",
        ));
    }
    let theorem = &findings.fluctuation_theorem;
    let error = theorem.standard_error.unwrap_or(f64::INFINITY);
    let per_transition = findings.rate.value.abs() * entropy.transition_time();
    if (theorem.value - 1.0).abs() > (3.0 * error).max(0.2 * per_transition).max(1e-3) {
        cautions.push(Caution::new(
            "fluctuation theorem",
            format!("<exp(-dS)> is {:.4}, not 1: the estimate has not converged.", theorem.value),
            "Trust the lower bound rather than the rate; train longer or on more data.",
        ));
    }
    let of_values = [few_weights(entropy), over_fitting(entropy, &findings.rate), unsteady(entropy)];
    cautions.extend(of_values.into_iter().flatten());
    if findings.significance == Significance::NotSignificant {
        cautions.push(not_significant(findings));
    }
    cautions
}

fn not_significant(findings: &Findings) -> Caution {
    let limit = findings.detection_limit.map_or(String::new(), |limit| {
        let [verdict, exact] = [limit.verdict, limit.exact_estimator_test].map(|rate| to_digits(rate, 3));
        format!(
            " A rate of {verdict} {} would have shown in one case of two; below {exact} even an exact \
             estimator \
             would not.",
            limit.unit
        )
    });
    match findings.p_value {
        Some(p) if p < SIGNIFICANCE_LEVEL => Caution::new(
            "significance",
            format!(
                "The test rejects equilibrium (p = {p:.4}), but the certified lower bound is not above zero, \
                 so no \
                 dissipation is claimed.{limit}"
            ),
            "Record more or longer movies: a bound needs some six times the time that the test needs.",
        ),
        _ => Caution::new(
            "significance",
            format!(
                "The held-out entropy production cannot be told from zero, so no dissipation is \
                 claimed.{limit}"
            ),
            "Record more or longer movies if you expect dissipation; do not interpret the map.",
        ),
    }
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
    few.then(|| {
        Caution::new(
            "lower bound",
            format!(
                "It rests on the equivalent of {effective:.0} transitions: those with the most negative dS \
                 outweigh \
                 all others."
            ),
            "Take its interval as too narrow; record more, or at shorter frame intervals, where dS per \
             transition \
             is smaller.",
        )
    })
}

/// A higher rate on the transitions that trained the estimator than on those that did not.
fn over_fitting(entropy: &EntropyProduction, rate: &Measured) -> Option<Caution> {
    let unseen = entropy.unseen_count();
    if unseen == 0 || unseen == entropy.transition_count() {
        return None;
    }
    let turn = |role: &Role| if *role == Role::InSample { Role::OutOfFold } else { Role::InSample };
    let turned = |movie: &MovieEntropy| MovieEntropy {
        roles: movie.roles.iter().map(turn).collect(),
        ..movie.clone()
    };
    let trained = EntropyProduction {
        movies: entropy.movies.iter().map(turned).collect(),
        cautions: Vec::new(),
        ..entropy.clone()
    };
    let trained = trained.rate();
    let error = trained.standard_error?.hypot(rate.standard_error?);
    let learned = trained.value - rate.value > OVER_FITTED_ERRORS * error
        && trained.value > OVER_FITTED_RATIO * rate.value.max(0.0);
    learned.then(|| {
        Caution::new(
            "over-fitting",
            format!(
                "The rate is {trained} on the transitions that trained the estimator, and {rate} on those \
                 that did \
                 not."
            ),
            "The map and the rate of training movies show learned noise: train on more data, with fewer \
             parameters \
             or more regularisation.",
        )
    })
}

/// A trend of the entropy production along the movies.
fn unsteady(entropy: &EntropyProduction) -> Option<Caution> {
    let length = entropy.movies.iter().map(|movie| movie.values.len()).min()?;
    let mean = |at: usize| {
        entropy.movies.iter().map(|movie| movie.values[at]).sum::<f64>() / entropy.movies.len() as f64
    };
    let trend = Trend::of(&(0..length).map(mean).collect::<Vec<_>>())?;
    let unsteady = trend.p_value < TREND_P_VALUE && trend.change.abs() > TREND_SHARE * trend.mean.abs();
    unsteady.then(|| {
        let time = entropy.transition_time();
        let rate = |value: f64| Measured::new(value / time, None, entropy.calibration.rate_unit().symbol());
        let [start, end] = [-0.5, 0.5].map(|side| rate(trend.mean + side * trend.change));
        Caution::new(
            "steady state",
            format!("The rate changes from {start} to {end} along the movie (p = {:.1e}).", trend.p_value),
            "A rate of a steady state does not exist here: state it for parts of the movie, and look for \
             bleaching \
             or drift.",
        )
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
        learned.movies[0].roles.fill(Role::InSample);
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
