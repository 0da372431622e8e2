//! Checks over many small data sets that intervals, bounds and the test against equilibrium keep what they
//! promise.

use super::result::EntropyProduction;
use super::synthetic::gaussian;

const SETS: u64 = 400;

/// Small data sets.
#[derive(Debug, Clone, Copy)]
struct Kind {
    movies: usize,
    transitions: usize,
    mean: f64,
    memory: f64,
}

const KINDS: [Kind; 5] = [
    Kind { movies: 1, transitions: 400, mean: 0.02, memory: 0.0 },
    Kind { movies: 1, transitions: 400, mean: 0.02, memory: 0.8 },
    Kind { movies: 1, transitions: 2000, mean: 0.1, memory: 0.9 },
    Kind { movies: 4, transitions: 300, mean: 0.5, memory: 0.5 },
    Kind { movies: 12, transitions: 60, mean: 0.1, memory: 0.5 },
];

fn share(sets: u64, kind: Kind, holds: impl Fn(EntropyProduction) -> bool) -> f64 {
    let Kind { movies, transitions, mean, memory } = kind;
    let found = (0..sets).filter(|&seed| holds(gaussian(movies, transitions, mean, memory, seed)));
    found.count() as f64 / sets as f64
}

/// Catches normal factors for few blocks. Of 400 intervals 380 should hold the rate, 367 to 393 within three
/// standard deviations of a binomial number.
#[test]
fn the_interval_of_the_rate_holds_the_exact_rate() {
    for kind in KINDS {
        let covered = share(SETS, kind, holds_the_mean(kind));
        assert!((0.9175..=0.9825).contains(&covered), "{kind:?}: {covered}");
    }
}

/// Catches blocks that are too short: with 5 correlation times in place of 15 the share was 0.9265. Of 4,000
/// intervals 3,800 should hold the rate, 3,759 to 3,841 within three standard deviations.
#[test]
fn the_blocks_outlast_the_memory_of_the_series() {
    let kind = KINDS[1];
    let covered = share(10 * SETS, kind, holds_the_mean(kind));
    assert!((0.93975..=0.96025).contains(&covered), "{covered}");
}

fn holds_the_mean(kind: Kind) -> impl Fn(EntropyProduction) -> bool {
    let mean = kind.mean;
    move |entropy| entropy.rate().confidence_interval.is_some_and(|[low, high]| low < mean && mean < high)
}

/// Catches a bound whose error forgets how rarely the large exp(-dS) come.
#[test]
fn the_certified_bound_seldom_exceeds_the_exact_rate() {
    for kind in KINDS {
        let exceeding = share(SETS, kind, |entropy| {
            let bound = entropy.bound().and_then(|bound| bound.confidence_interval);
            bound.is_some_and(|[low, _]| low > kind.mean)
        });
        assert!(exceeding < 0.05, "{kind:?}: {exceeding}");
    }
}

/// The same series around zero: as likely forwards as backwards.
#[test]
fn equilibrium_is_rejected_as_often_as_the_level_says() {
    for kind in KINDS {
        let rejected = share(SETS, kind, |mut entropy| {
            let values = entropy.movies.iter_mut().flat_map(|movie| &mut movie.values);
            values.for_each(|value| *value -= kind.mean);
            entropy.equilibrium_p_value().is_some_and(|p| p < 0.05)
        });
        assert!((0.02..=0.08).contains(&rejected), "{kind:?}: {rejected}");
    }
}
