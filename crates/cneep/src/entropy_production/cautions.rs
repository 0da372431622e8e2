//! Lists what speaks against taking an estimate at its word.

use super::agreement::Fold;
use super::certifiable::Certifiable;
use super::findings::Findings;
use super::result::{EntropyProduction, MovieEntropy};
use super::role::Role;
use super::verdict::{SIGNIFICANCE_LEVEL, is_above_zero};
use crate::statistics::BlockMean;
use cneep_movie::caution::{Caution, CautionKind, DetectableRate};
use cneep_movie::series::Trend;
use cneep_movie::units::Measured;

/// Fewer transitions than this cannot give a converged entropy production.
pub(super) const FEW_TRANSITIONS: usize = 1000;
/// A rate on the training transitions this many errors above the held-out one, and this many times as high,
/// is learned by heart.
const OVER_FITTED_ERRORS: f64 = 3.0;
const OVER_FITTED_RATIO: f64 = 1.2;
/// Probability below which a trend is believed.
const TREND_P_VALUE: f64 = 0.001;
/// Least change that matters, as a share of the mean.
const TREND_SHARE: f64 = 0.1;

/// Below this reliability more than half of the mean square of dS is chance.
const LEAST_RELIABILITY: f64 = 0.5;
/// Folds or halves disagree that differ by so many errors, halves also by this share of the rate.
const DISAGREEING_ERRORS: f64 = 4.0;
const DISAGREEING_SHARE: f64 = 0.5;

/// Everything that a reader of these `findings` of `entropy` must know.
pub(super) fn cautions_of(entropy: &EntropyProduction, findings: &Findings) -> Vec<Caution> {
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
    if let Some(readout) = entropy.calibration.readout.filter(|&readout| readout > 0.0) {
        cautions.push(Caution::new("readout", CautionKind::RowsNotAtOnce { readout }));
    }
    if entropy.unseen_count() == 0 {
        cautions.push(Caution::new("held-out data", CautionKind::NothingHeldOut));
    }
    let bounding = entropy.bounding();
    let size = bounding.certifiable();
    let theorem = &findings.fluctuation_theorem;
    let error = theorem.standard_error.unwrap_or(f64::INFINITY);
    if (theorem.value - 1.0).abs() > (3.0 * error).max(0.2 * size.mean.abs()).max(1e-3) {
        cautions.push(Caution::new(
            "fluctuation theorem",
            CautionKind::FluctuationTheoremMissed { mean: theorem.value },
        ));
    }
    let bounds = bounding.unseen_count();
    let of_bound = if bounds > 0 {
        [saturated(size, bounds), near_limit(size, bounds), few_weights(size)]
    } else {
        [const { None }; 3]
    };
    cautions.extend(of_bound.into_iter().flatten());
    let of_values = [
        shorter_windows(entropy),
        part_of_frame(entropy),
        unreliable(entropy),
        disagreeing(entropy, findings.mean_rate),
        over_fitting(entropy, &findings.rate),
        unsteady(entropy),
        not_shown(findings),
    ];
    cautions.extend(of_values.into_iter().flatten());
    cautions
}

/// Equilibrium is not rejected, or is without a bound above zero.
fn not_shown(findings: &Findings) -> Option<Caution> {
    let detectable = findings.detection_limit.map(|limit| DetectableRate {
        rate: limit.verdict,
        in_95_percent: limit.verdict_in_95_percent,
        exact_estimator: limit.exact_estimator_test,
        exact_estimator_in_95_percent: limit.exact_estimator_test_in_95_percent,
        unit: limit.unit,
    });
    let is_above_zero = is_above_zero(findings.bound()?);
    let kind = match findings.p_value {
        Some(p_value) if p_value < SIGNIFICANCE_LEVEL && is_above_zero => return None,
        Some(p_value) if p_value < SIGNIFICANCE_LEVEL => {
            CautionKind::BoundNotAboveZero { p_value, detectable }
        }
        _ => CautionKind::NotDistinguishable { detectable },
    };
    Some(Caution::new("significance", kind))
}

/// Bound and test are those of shorter windows.
fn shorter_windows(entropy: &EntropyProduction) -> Option<Caution> {
    let kind = CautionKind::BoundOfShorterWindows {
        window: entropy.bounding_window()?,
        of: entropy.window,
        limit: entropy.certifiable().limit,
        transitions: entropy.unseen_count(),
    };
    Some(Caution::new("rate", kind))
}

/// Bound and test are those of a part of the frame.
fn part_of_frame(entropy: &EntropyProduction) -> Option<Caution> {
    let part = entropy.bounding_part()?;
    let whole = entropy.certifiable();
    let kind = CautionKind::BoundOfPart {
        parts: part.parts,
        rows: part.rows,
        columns: part.columns,
        share: whole.share_beyond,
        limit: whole.limit,
        transitions: entropy.unseen_count(),
    };
    Some(Caution::new("rate", kind))
}

/// Many values lie beyond what so few transitions can tell.
fn saturated(of: Certifiable, transitions: usize) -> Option<Caution> {
    let kind = CautionKind::SaturatedValues { share: of.share_beyond, limit: of.limit, transitions };
    of.is_saturated().then(|| Caution::new("size of dS", kind))
}

/// The mean dS per transition nears what so few transitions can certify.
fn near_limit(of: Certifiable, transitions: usize) -> Option<Caution> {
    let kind = CautionKind::NearCertifiableLimit { per_transition: of.mean, limit: of.limit, transitions };
    of.is_near_limit().then(|| Caution::new("lower bound", kind))
}

/// More than half of the mean square of dS is chance of the data.
fn unreliable(entropy: &EntropyProduction) -> Option<Caution> {
    let chance = (1.0 - entropy.fit.reliability?).min(1.0);
    let is_unreliable = chance > 1.0 - LEAST_RELIABILITY && !entropy.is_zero();
    is_unreliable.then(|| Caution::new("reliability", CautionKind::MostlyChance { chance }))
}

/// Members, folds, or halves of the movies that have found different things.
fn disagreeing(entropy: &EntropyProduction, mean: BlockMean) -> Option<Caution> {
    folds_disagree(entropy, mean).or_else(|| halves_disagree(entropy, mean))
}

/// Members that judge the same transitions, or folds that are judged by one member each, whose rates lie
/// apart by more than the rate.
fn folds_disagree(entropy: &EntropyProduction, mean: BlockMean) -> Option<Caution> {
    let time = entropy.transition_time();
    let mut means = entropy.fit.member_means.clone();
    let mut scatter = 0.0;
    if means.is_empty() {
        means = entropy.folds().iter().map(Fold::mean).collect();
        // The error of one fold is larger than that of all by the root of their number.
        scatter = mean.standard_error? * (means.len() as f64).sqrt();
    }
    let lowest = means.iter().copied().reduce(f64::min)? / time;
    let highest = means.iter().copied().reduce(f64::max)? / time;
    let apart = highest - lowest > (DISAGREEING_ERRORS * scatter).max(mean.value.abs());
    let unit = entropy.calibration.rate_unit().symbol();
    let [lowest, highest] = [lowest, highest].map(|rate| Measured::new(rate, None, unit));
    apart.then(|| Caution::new("agreement", CautionKind::FoldsDisagree { lowest, highest }))
}

/// Halves of the movies with different rates.
fn halves_disagree(entropy: &EntropyProduction, mean: BlockMean) -> Option<Caution> {
    let [first, second] = entropy.halves()?;
    let difference = (first.value - second.value).abs();
    let error = first.standard_error?.hypot(second.standard_error?);
    let apart = difference > (DISAGREEING_ERRORS * error).max(DISAGREEING_SHARE * mean.value.abs());
    apart.then(|| Caution::new("agreement", CautionKind::HalvesDisagree { first, second }))
}

/// The mean of exp(-dS), on which the bound rests, is carried by a few transitions of large negative dS.
fn few_weights(of: Certifiable) -> Option<Caution> {
    let kind = CautionKind::FewEffectiveTransitions { effective: of.effective };
    of.rests_on_few().then(|| Caution::new("lower bound", kind))
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
    let held_out = rate.clone();
    learned.then(|| Caution::new("over-fitting", CautionKind::OverFitting { trained, held_out }))
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
        let kind = CautionKind::RateNotSteady { start, end, p_value: trend.p_value };
        Caution::new("steady state", kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::synthetic::gaussian;
    use crate::entropy_production::{Significance, Summary};

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

    /// Of strong driving that is found beyond doubt: nothing is claimed or certified where the size of dS is
    /// beyond what so few transitions can tell, where most of it is chance, and where folds, members or
    /// halves disagree. Catches a claim that stands beside its own refutation.
    #[test]
    fn what_speaks_against_a_claim_withdraws_it() {
        let claimed = || gaussian(10, 400, 0.5, 0.0, 1);
        let told = |entropy: &EntropyProduction| {
            let summary = Summary::of(entropy, None);
            assert_eq!(summary.certified_bound.is_none(), summary.significance == Significance::Withdrawn);
            let withdrawing = summary.cautions.iter().filter(|caution| caution.kind.withdraws_verdict());
            (summary.significance, withdrawing.map(|caution| caution.subject.clone()).collect::<Vec<_>>())
        };
        assert_eq!(told(&claimed()), (Significance::Dissipates, Vec::new()));
        let withdrawn = |subject: &str| (Significance::Withdrawn, vec![subject.to_owned()]);
        let mut chance = claimed();
        chance.fit.reliability = Some(0.4);
        assert_eq!(told(&chance), withdrawn("reliability"));
        let mut members = claimed();
        members.fit.member_means = vec![0.1, 0.5, 0.6, 0.6, 0.7];
        assert_eq!(told(&members), withdrawn("agreement"));
        let (mut folds, mut halves) = (gaussian(40, 100, 0.5, 0.0, 1), claimed());
        for (index, movie) in folds.movies.iter_mut().enumerate() {
            movie.folds = vec![Some(index / 8); movie.values.len()];
            movie.values.iter_mut().for_each(|value| *value *= if index < 8 { -1.0 } else { 1.0 });
        }
        assert_eq!(told(&folds), withdrawn("agreement"));
        halves.movies[5..].iter_mut().flat_map(|movie| &mut movie.values).for_each(|value| *value *= 0.1);
        assert_eq!(told(&halves), withdrawn("agreement"));
        let mut saturated = gaussian(10, 40, 12.0, 0.0, 1);
        assert!(told(&saturated).1.contains(&"size of dS".to_owned()));
        saturated.movies.iter_mut().flat_map(|movie| &mut movie.values).for_each(|value| *value *= 0.1);
        assert_eq!(told(&saturated).0, Significance::Dissipates);
    }

    /// Windows beyond what can be certified are claimed by what shorter ones bear out, not more and not less.
    /// Catches a bound, a test or a limit of the long ones, a share of the film that is cut from one of the
    /// two alone, and shorter windows that found nothing and are believed.
    #[test]
    fn what_shorter_windows_bear_out_is_claimed() {
        let mut long = gaussian(10, 400, 12.0, 0.0, 1);
        long.window = 8;
        let shorter = gaussian(10, 400, 0.5, 0.0, 2);
        assert_eq!(Summary::of(&long, None).significance, Significance::Withdrawn);
        let rate = long.rate();
        long.fit.bounded_by = Some(Box::new(shorter.clone()));
        let (told, expected) = (Summary::of(&long, None), Summary::of(&shorter, None));
        assert_eq!(told.significance, Significance::Dissipates, "{:?}", told.cautions);
        assert_eq!((&told.entropy_production_rate, told.window, told.bounding_window), (&rate, 8, Some(2)));
        assert_eq!(
            (told.certified_bound, told.detection_limit),
            (expected.certified_bound, expected.detection_limit)
        );
        assert_eq!(told.fluctuation_theorem, expected.fluctuation_theorem);
        assert_eq!(told.equilibrium_p_value, expected.equilibrium_p_value);
        let bounds = |of: &EntropyProduction| -> Vec<Measured> {
            of.unseen_shares().into_iter().map(|share| share.bound).collect()
        };
        assert_eq!(bounds(&long), bounds(&shorter));
        let mut nothing = shorter;
        nothing.movies.iter_mut().for_each(|movie| movie.values.fill(0.0));
        long.fit.bounded_by = Some(Box::new(nothing));
        let told = Summary::of(&long, None);
        assert_eq!((told.significance, told.bounding_window), (Significance::Withdrawn, None));
    }

    /// Nothing found is neither claimed nor rejected, has no error, and is not tested.
    #[test]
    fn nothing_found_is_said_to_be_not_detected() {
        let mut none = gaussian(10, 400, 0.5, 0.0, 1);
        none.movies.iter_mut().for_each(|movie| movie.values.fill(0.0));
        let summary = Summary::of(&none, None);
        assert_eq!((summary.significance, summary.equilibrium_p_value), (Significance::NotDetected, None));
        let rate = &summary.entropy_production_rate;
        assert!(summary.is_zero && rate.standard_error.is_none() && rate.confidence_interval.is_none());
        assert!(
            summary.cautions.iter().any(|caution| caution.message().contains("No dissipation was detected"))
        );
    }
}
