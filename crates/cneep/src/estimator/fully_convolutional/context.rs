//! Measures what does not change along a movie: places, and what is seen there on the average.

use crate::transition::Run;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::Array2;

/// Maps beside the image: the time average in units of the image, coordinates along rows and columns, the
/// time average standardised, and logarithms of the standard deviations of frames and of steps.
pub(super) const CONTEXT: usize = 6;
/// Steps that are looked at, at most.
const STEPS: usize = 500;
/// Standard deviations below this share of their mean are told apart no more.
const FAINTEST: f64 = 0.05;

/// What is measured of the frames of `runs` before a training.
pub(super) struct Context {
    /// Standard deviation of changes between frames, and of frames about their time average, in counts.
    pub(super) deviations: [f64; 2],
    /// Time average, in counts, shape (row, column).
    pub(super) average: Vec<f64>,
    /// The other maps, each of zero mean and unit variance, or zero; shape (row, column, map).
    pub(super) maps: Vec<f32>,
}

/// Measures the frames of `runs` of windows of `window` frames.
pub(super) fn context(videos: &[Video], runs: &[Run], window: usize) -> Result<Context> {
    let (_, rows, columns) = videos[0].frames().shape();
    let steps = || {
        runs.iter().flat_map(|run| {
            let frames = run.frames(window);
            (frames.start..frames.end.saturating_sub(1)).map(|frame| (run.movie, frame))
        })
    };
    let every = steps().count().div_ceil(STEPS).max(1);
    let zero = || Array2::<f64>::zeros((rows, columns));
    let (mut sum, mut squares, mut changes, mut count) = (zero(), zero(), zero(), 0.0);
    for (movie, frame) in steps().step_by(every) {
        let before = videos[movie].frames().frame(frame)?.mapv(f64::from);
        let after = videos[movie].frames().frame(frame + 1)?.mapv(f64::from);
        changes += &(&after - &before).mapv(|change| change * change);
        squares += &(&before * &before);
        sum += &before;
        count += 1.0;
    }
    let average = sum / count;
    let deviations = (squares / count - &average * &average).mapv(|square| square.max(0.0).sqrt());
    let steps = (changes / count).mapv(f64::sqrt);
    let coordinate =
        |axis: fn((usize, usize)) -> usize| Array2::from_shape_fn((rows, columns), |at| axis(at) as f64);
    let rms = |squares: &Array2<f64>| squares.mean().unwrap_or(0.0).sqrt();
    let scales = [rms(&(&steps * &steps)), rms(&(&deviations * &deviations))];
    let maps = [
        coordinate(|at| at.0),
        coordinate(|at| at.1),
        average.clone(),
        logarithm(&deviations),
        logarithm(&steps),
    ];
    let maps = maps.map(standardised);
    let maps = (0..rows * columns).flat_map(|pixel| maps.iter().map(move |map| map[pixel])).collect();
    Ok(Context { deviations: scales, average: average.into_iter().collect(), maps })
}

fn logarithm(deviations: &Array2<f64>) -> Array2<f64> {
    let least = FAINTEST * deviations.mean().unwrap_or(0.0);
    deviations.mapv(|deviation| (deviation + least).max(f64::MIN_POSITIVE).ln())
}

fn standardised(map: Array2<f64>) -> Vec<f32> {
    let (mean, deviation) = (map.mean().unwrap_or(0.0), map.std(0.0));
    let unit = |value: f64| if deviation > 0.0 { ((value - mean) / deviation) as f32 } else { 0.0 };
    map.into_iter().map(unit).collect()
}
