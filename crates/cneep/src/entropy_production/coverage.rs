//! Checks over many small data sets that intervals, bounds and the test against equilibrium keep what they
//! promise.

use super::result::EntropyProduction;
use super::synthetic::gaussian;

const SETS: u64 = 400;

/// Small data sets: movies, transitions of each, mean and memory of the entropy production.
const KINDS: [(usize, usize, f64, f64); 5] =
    [(1, 400, 0.02, 0.0), (1, 400, 0.02, 0.8), (1, 2000, 0.1, 0.9), (4, 300, 0.5, 0.5), (12, 60, 0.1, 0.5)];

fn share(kind: (usize, usize, f64, f64), holds: impl Fn(EntropyProduction) -> bool) -> f64 {
    let (movies, transitions, mean, memory) = kind;
    let sets = (0..SETS).filter(|&seed| holds(gaussian(movies, transitions, mean, memory, seed)));
    sets.count() as f64 / SETS as f64
}

/// Catches blocks shorter than the memory of the series, and normal factors for few blocks: both cover less
/// than 90 %.
#[test]
fn the_interval_of_the_rate_holds_the_exact_rate() {
    for kind in KINDS {
        let covered = share(kind, |entropy| {
            entropy.rate().confidence_interval.is_some_and(|[low, high]| low < kind.2 && kind.2 < high)
        });
        assert!((0.90..=0.98).contains(&covered), "{kind:?}: {covered}");
    }
}

/// Catches a bound whose error forgets how rarely the large exp(-dS) come.
#[test]
fn the_certified_bound_seldom_exceeds_the_exact_rate() {
    for kind in KINDS {
        let exceeding = share(kind, |entropy| {
            let bound = entropy.lower_bound().and_then(|bound| bound.confidence_interval);
            bound.is_some_and(|[low, _]| low > kind.2)
        });
        assert!(exceeding < 0.05, "{kind:?}: {exceeding}");
    }
}

/// The same series around zero: as likely forwards as backwards.
#[test]
fn equilibrium_is_rejected_as_often_as_the_level_says() {
    for kind in KINDS {
        let rejected = share(kind, |mut entropy| {
            let values = entropy.movies.iter_mut().flat_map(|movie| &mut movie.values);
            values.for_each(|value| *value -= kind.2);
            entropy.equilibrium_p_value().is_some_and(|p| p < 0.05)
        });
        assert!((0.02..=0.08).contains(&rejected), "{kind:?}: {rejected}");
    }
}
