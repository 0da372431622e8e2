//! Compares conditions of which it is known whether they differ.
//!
//! `cargo test --release -p cneep --test conditions -- --ignored --nocapture` prints the table of the book.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests take the rest of it")]
mod scene;

use cneep::conditions::{
    Areas, ConditionRate, ConditionTest, DifferenceMap, Effect, Judge, Unit, Units,
    judged_by_common_estimator,
};
use cneep::entropy_production::{EntropyProduction, Summary};
use cneep::estimator::{ComparisonSettings, Estimator, Training, TrainingRun};
use cneep_movie::progress::Silent;
use cneep_movie::video::Video;
use rayon::prelude::*;
use scene::Scene;
use std::fmt::Write;

/// Modes alone, of pairs of frames: what a comparison of conditions adds does not depend on the estimator.
fn settings(seed: u64) -> Training {
    let modes = ComparisonSettings::of(&["modes"]).unwrap();
    let mut settings = Training::comparison(modes).with_window(2).with_seed(seed);
    settings.split.test_fraction = 0.0;
    settings
}

fn conditions(control: usize, other: usize) -> Vec<Option<usize>> {
    (0..control + other).map(|movie| Some(usize::from(movie >= control))).collect()
}

fn common(videos: &[Video], control: usize, seed: u64) -> (Estimator, EntropyProduction, ConditionTest) {
    let settings = settings(seed);
    let (estimator, entropy) =
        judged_by_common_estimator(TrainingRun::new(&settings), videos, &Silent).unwrap();
    let units = Units::of(&entropy, &conditions(control, videos.len() - control), None).unwrap();
    let test = ConditionTest::of(&entropy, &units);
    (estimator, entropy, test)
}

/// The scene of `hot` temperature over 1, of so many movies of so many frames.
fn scene(movies: usize, frames: usize, hot: f64, seed: u64) -> Vec<Video> {
    Scene::clean(movies, frames, hot, seed).videos
}

/// Four movies a side, driven and not. Catches an order of the movies that has a part in the result, and a
/// map of something else than what is tested.
#[test]
fn the_order_of_conditions_turns_the_sign_and_the_map_sums_to_the_difference() {
    let (hot, cold) = (scene(4, 200, 10.0, 1), scene(4, 200, 1.0, 2));
    let (estimator, entropy, test) = common(&[hot.clone(), cold.clone()].concat(), 4, 0);
    assert_eq!((test.unit, test.units, test.is_exact), (Unit::Movies, [4, 4], true));
    assert!(test.difference.value != 0.0, "{test:?}");
    let (_, _, turned) = common(&[cold.clone(), hot.clone()].concat(), 4, 0);
    assert_eq!((turned.difference.value, turned.p_value), (-test.difference.value, test.p_value));
    let units = Units::of(&entropy, &conditions(4, 4), None).unwrap();
    let map = DifferenceMap::of(&estimator, &[hot, cold].concat(), &units, &Silent).unwrap();
    let sum: f64 = map.differences.sum();
    assert!((sum - test.difference.value).abs() < 1e-6 * sum.abs(), "{sum} {test:?}");
}

/// Longer movies, four a side, driven and not. Catches conditions that are taken for each other, and the
/// choice of a judge that finds nothing where the other does: an estimator that is fitted to so unequal
/// movies fits none.
#[test]
fn a_driven_condition_differs_from_one_in_equilibrium() {
    let (hot, cold) = (scene(4, 2000, 10.0, 1), scene(4, 2000, 1.0, 2));
    let test = |[first, second]: [&Vec<Video>; 2]| {
        let videos = [first.clone(), second.clone()].concat();
        let (_, entropy, _) = common(&videos, 4, 0);
        let units = Units::of(&entropy, &conditions(4, 4), None).unwrap();
        let areas = Areas::of(&videos).unwrap().judge(&entropy, &units);
        ConditionTest::of_clearer(&entropy, &areas, &units)
    };
    let [found, turned] = [[&hot, &cold], [&cold, &hot]].map(test);
    assert_eq!((found.p_value, found.judge), (Some(found.least_p_value), Judge::Areas), "{found:?}");
    let sum = found.difference.value + turned.difference.value;
    assert!(found.difference.value < 0.0 && sum.abs() < 1e-12, "{found:?} {turned:?}");
}

/// Conditions so faint that an estimator mostly finds nothing in both together, six movies a side. In 40
/// pairs that do not differ 2 are expected at 5 %, 7 at most within three standard deviations; of 20 that do,
/// 12, and 6 at least. Catches a judge that knows of conditions, and one that learns from the unit that it
/// judges: both make pairs differ that do not.
#[test]
fn faint_conditions_are_told_apart_by_areas() {
    let both = |hot: [f64; 2], seed: u64| {
        [scene(6, 600, hot[0], 2 * seed), scene(6, 600, hot[1], 2 * seed + 1)].concat()
    };
    let (_, any, _) = common(&both([10.0, 10.0], 500), 6, 0);
    let units = Units::of(&any, &conditions(6, 6), None).unwrap();
    let p_value = |hot: [f64; 2], seed: u64| {
        let areas = Areas::of(&both(hot, seed)).unwrap().judge(&any, &units);
        ConditionTest::of(&areas, &units).p_value.unwrap()
    };
    let rejected = |hot: [f64; 2], pairs: std::ops::Range<u64>| {
        pairs.into_par_iter().filter(|&seed| p_value(hot, seed) <= 0.05).count()
    };
    let [driven, equilibrium] = [[10.0, 10.0], [1.0, 1.0]].map(|hot| rejected(hot, 600..640));
    assert!(driven <= 7 && equilibrium <= 7, "{driven} {equilibrium}");
    let found = rejected([10.0, 1.0], 700..720);
    assert!(found >= 6, "{found} of 20");
}

/// What is tested in one row of the table.
struct Row {
    name: &'static str,
    /// Movies of the control and of the other condition.
    movies: [usize; 2],
    frames: usize,
    /// Temperatures of the hot bead over that of the cold one.
    hot: [f64; 2],
}

/// What one pair of conditions gave.
struct Pair {
    common: Option<f64>,
    least: f64,
    own: Option<f64>,
    own_bound: Option<f64>,
    covers: Option<bool>,
}

/// Each condition judged by its own run, and the permutation test over what these say.
fn own(videos: &[Video], control: usize, seed: u64) -> (Effect, [Option<f64>; 2]) {
    let (first, second) = videos.split_at(control);
    let judged = |videos: &[Video]| {
        let estimator = TrainingRun::new(&settings(seed)).train(videos).unwrap();
        estimator.entropy_production(videos).unwrap()
    };
    let (a, b) = (judged(first), judged(second));
    let rate = |of: &EntropyProduction| ConditionRate::of(&Summary::of(of, None));
    let effect = Effect::of(rate(&a), rate(&b), None);
    let mut both = a.clone();
    both.movies.extend(b.movies);
    let units = Units::of(&both, &conditions(control, videos.len() - control), None).unwrap();
    let of_means = ConditionTest::of(&both, &units).p_value;
    let values = both.movies.iter_mut().flat_map(|movie| &mut movie.values);
    values.for_each(|value| *value = 1.0 + *value - (-*value).exp());
    (effect, [of_means, ConditionTest::of(&both, &units).p_value])
}

fn pair(row: &Row, seed: u64) -> Pair {
    let [control, other] = row.movies;
    let videos = [
        scene(control, row.frames, row.hot[0], 10_000 + 2 * seed),
        scene(other, row.frames, row.hot[1], 10_001 + 2 * seed),
    ]
    .concat();
    let (_, entropy, _) = common(&videos, control, seed);
    let units = Units::of(&entropy, &conditions(control, other), None).unwrap();
    let areas = Areas::of(&videos).unwrap().judge(&entropy, &units);
    let test = ConditionTest::of_clearer(&entropy, &areas, &units);
    let (effect, [own, own_bound]) = own(&videos, control, seed);
    let effect = test.p_value.map_or(effect.clone(), |p_value| effect.agreeing_with(p_value));
    let covers = |ends: [f64; 2]| ends[0] <= 0.0 && 0.0 <= ends[1];
    let interval = effect.difference.and_then(|difference| difference.confidence_interval);
    Pair { common: test.p_value, least: test.least_p_value, own, own_bound, covers: interval.map(covers) }
}

/// Largest distance of the distribution of `p_values` from the uniform one, with its probability
/// (Kolmogorov-Smirnov, asymptotic).
fn kolmogorov_smirnov(mut p_values: Vec<f64>) -> (f64, f64) {
    p_values.sort_unstable_by(f64::total_cmp);
    let count = p_values.len() as f64;
    let distance = p_values
        .iter()
        .enumerate()
        .map(|(place, p)| (p - place as f64 / count).max((place + 1) as f64 / count - p))
        .fold(0.0, f64::max);
    let scaled = (count.sqrt() + 0.12 + 0.11 / count.sqrt()) * distance;
    let term = |k: i32| 2.0 * (-1.0_f64).powi(k - 1) * (-2.0 * f64::from(k * k) * scaled * scaled).exp();
    (distance, (1..100).map(term).sum::<f64>().clamp(0.0, 1.0))
}

const ROWS: [Row; 10] = [
    Row { name: "equal, driven", movies: [1, 1], frames: 4000, hot: [10.0, 10.0] },
    Row { name: "equal, driven", movies: [6, 6], frames: 400, hot: [10.0, 10.0] },
    Row { name: "equal, driven, unequal numbers", movies: [4, 12], frames: 400, hot: [10.0, 10.0] },
    Row { name: "equal, weakly driven", movies: [6, 6], frames: 400, hot: [2.5, 2.5] },
    Row { name: "equal, in equilibrium", movies: [6, 6], frames: 400, hot: [1.0, 1.0] },
    Row { name: "10 against 1", movies: [1, 1], frames: 4000, hot: [10.0, 1.0] },
    Row { name: "10 against 1", movies: [6, 6], frames: 400, hot: [10.0, 1.0] },
    Row { name: "10 against 5", movies: [6, 6], frames: 400, hot: [10.0, 5.0] },
    Row { name: "10 against 7", movies: [6, 6], frames: 400, hot: [10.0, 7.0] },
    Row { name: "10 against 7", movies: [12, 12], frames: 400, hot: [10.0, 7.0] },
];

/// P-values of pairs that do not differ must be uniform, and small of those that do. `PAIRS` states how many
/// (100), `ROW` a single row.
#[test]
#[ignore = "takes half an hour; it prints the table of the book"]
fn p_values_of_equal_conditions_are_uniform() {
    let stated = |name: &str| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let pairs = stated("PAIRS").unwrap_or(100);
    let mut table = String::from(
        "| conditions | movies | frames | common: p <= 0.05 | uniform? | own means: p <= 0.05 \
         | own bounds: p <= 0.05 | interval holds 0 | found |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for (number, row) in
        ROWS.iter().enumerate().filter(|(number, _)| stated("ROW").is_none_or(|row| row == *number as u64))
    {
        let found: Vec<Pair> =
            (0..pairs).into_par_iter().map(|seed| pair(row, 1000 * number as u64 + seed)).collect();
        let small = |of: &dyn Fn(&Pair) -> Option<f64>| {
            let known: Vec<f64> = found.iter().filter_map(of).collect();
            format!("{} of {}", known.iter().filter(|&&p| p <= 0.05).count(), known.len())
        };
        let known: Vec<f64> = found.iter().filter_map(|pair| pair.common).collect();
        let (distance, p_value) = kolmogorov_smirnov(known.clone());
        let covered: Vec<bool> = found.iter().filter_map(|pair| pair.covers).collect();
        let held = covered.iter().filter(|&&holds| holds).count();
        let is_null = row.hot[0] == row.hot[1];
        writeln!(
            table,
            "| {} | {} + {} | {} | {} | {} | {} | {} | {} of {} | {} |",
            row.name,
            row.movies[0],
            row.movies[1],
            row.frames,
            small(&|pair| pair.common),
            if is_null && known.len() > 20 {
                format!("D = {distance:.3}, p = {p_value:.2}")
            } else {
                "-".into()
            },
            small(&|pair| pair.own),
            small(&|pair| pair.own_bound),
            held,
            covered.len(),
            known.len(),
        )
        .unwrap();
        println!("{table}");
        if is_null && known.len() >= 50 {
            assert!(p_value > 0.001, "{}: {distance} {p_value}", row.name);
        }
        let least = found.iter().map(|pair| pair.least).fold(1.0, f64::min);
        println!("least p-value {least}");
    }
}
