//! Tells from its pixels which axis of an array is time: what stands still does so in time alone.

use super::frames::Frames;
use crate::error::Result;
use ndarray::{Array3, Axis};

/// Most frames, rows or columns that are looked at.
const MOST: usize = 96;
/// Share of the variance that a picture keeps which stands still, and how much more than along the other
/// axes.
const MUCH: f64 = 0.3;
const RATIO: f64 = 2.0;
/// Share that the mean along an axis of the picture leaves of it: with less, waves along one axis pass for
/// pictures, unless the last axis is the longest.
const NOTHING: f64 = 0.02;
/// A last axis so many times as long as the others is that of traces.
const LONG: usize = 4;
/// Share of the variance below which nothing is left to judge.
const LEAST: f64 = 1e-6;
/// Difference between movies, over that of neighbours in time, below which movies are moments.
const NEIGHBOURS: f64 = 0.9;

/// Whether the last axis of `frames` is rather time than the first: the mean along it keeps much of the
/// picture,
/// and more than those along the other two. What all of a frame, a row or a column have in common does not
/// count:
/// lamps that fade are no picture.
///
/// # Errors
/// As [`Frames::read_block`].
pub(super) fn time_is_last(frames: &Frames) -> Result<bool> {
    let (count, rows, columns) = frames.shape();
    if count < 4 || columns < 8 {
        return Ok(false);
    }
    let taken = |size: usize| (0..size).step_by(size.div_ceil(MOST)).collect::<Vec<_>>();
    let (at, down, across) = (taken(count), taken(rows), taken(columns));
    let mut cube = Array3::<f64>::zeros((at.len(), down.len(), across.len()));
    for (mut slice, &index) in cube.outer_iter_mut().zip(&at) {
        let frame = frames.frame(index)?;
        slice.indexed_iter_mut().for_each(|((y, x), slot)| *slot = frame[[down[y], across[x]]].into());
    }
    let mean_of = |cube: &Array3<f64>| cube.sum() / cube.len() as f64;
    let variance =
        |cube: &Array3<f64>| cube.iter().map(|value| value * value).sum::<f64>() / cube.len() as f64;
    let mean = mean_of(&cube);
    cube -= mean;
    let before = variance(&cube);
    for axis in 0..3 {
        for mut part in cube.axis_iter_mut(Axis(axis)) {
            let mean = part.sum() / part.len() as f64;
            part -= mean;
        }
    }
    let all = variance(&cube);
    let kept = |axis: usize| {
        let mean = cube.sum_axis(Axis(axis)) / cube.len_of(Axis(axis)) as f64;
        mean.iter().map(|value| value * value).sum::<f64>() / mean.len() as f64 / all
    };
    let [first, second, last] = [0, 1, 2].map(kept);
    let others = first.max(second);
    let longest = columns > count.max(rows);
    let stands_still = last > MUCH && last > RATIO * others && (first > NOTHING || longest);
    let is_a_row_of_traces = columns >= LONG * count.max(rows) && last > others;
    Ok(all > LEAST * before && (stands_still || is_a_row_of_traces))
}

/// Whether frames of the same number in neighbouring `movies` are more alike than neighbours in time.
///
/// # Errors
/// As [`Frames::read_block`].
pub(super) fn movies_are_time(movies: &[Frames]) -> Result<bool> {
    let count = movies.iter().map(Frames::count).min().unwrap_or(0);
    if movies.len() < 3 || count < 2 {
        return Ok(false);
    }
    let (mut between, mut within, mut pairs) = (0.0, 0.0, 0);
    for pair in movies.windows(2).step_by(movies.len().div_ceil(MOST / 4)) {
        for at in (0..count - 1).step_by(count.div_ceil(4)) {
            let [here, next, other] = [pair[0].frame(at)?, pair[0].frame(at + 1)?, pair[1].frame(at)?];
            let difference = |a: &ndarray::Array2<f32>| {
                a.iter().zip(&here).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>()
            };
            between += difference(&other);
            within += difference(&next);
            pairs += 1;
        }
    }
    Ok(pairs > 0 && between < NEIGHBOURS * within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(frame: usize, row: usize, column: usize) -> f32 {
        let wobble = 2.0 * (frame as f32 * 0.7).sin();
        let ground = ((row * 7919 + column * 104_729) % 17) as f32;
        let grain = ((row * 31 + column * 17 + frame * 101) % 13) as f32;
        ground
            + grain
            + 60.0 * (-((column as f32 - 14.0 - wobble).powi(2) + (row as f32 - 9.0).powi(2)) / 8.0).exp()
    }

    /// Catches an array of time traces that passes for frames, and frames that do not pass.
    #[test]
    fn time_is_where_the_picture_stands_still() {
        let frames = Frames::F32(Array3::from_shape_fn((40, 20, 28), |(t, y, x)| spot(t, y, x)));
        assert!(!time_is_last(&frames).unwrap());
        let traces = Frames::F32(Array3::from_shape_fn((20, 28, 40), |(y, x, t)| spot(t, y, x)));
        assert!(time_is_last(&traces).unwrap());
        assert!(!time_is_last(&Frames::U8(Array3::zeros((9, 9, 9)))).unwrap());
        let ramp = Array3::from_shape_fn((9, 10, 30), |(t, y, x)| (300 * t + 30 * y + x) as f32);
        assert!(!time_is_last(&Frames::F32(ramp)).unwrap(), "what numbers count is no picture");
        let wave = Array3::from_shape_fn((60, 20, 28), |(t, y, _)| (0.7 * y as f32 - 0.8 * t as f32).sin());
        assert!(!time_is_last(&Frames::F32(wave)).unwrap(), "a wave down the rows");
    }

    #[test]
    fn slices_of_a_stack_in_time_are_no_movies() {
        let smooth = |frame: usize, row: usize, column: usize| {
            let from = (column as f32 - 14.0 - (frame as f32 * 0.3).sin()).powi(2);
            20.0 + 60.0 * (-(from + (row as f32 - 9.0).powi(2)) / 8.0).exp()
        };
        let at = |outer: usize| {
            let slice = |(z, y, x): (usize, usize, usize)| smooth(outer, y, x) * (1.0 + z as f32);
            Frames::F32(Array3::from_shape_fn((20, 20, 28), slice))
        };
        assert!(movies_are_time(&(0..6).map(at).collect::<Vec<_>>()).unwrap());
        let movie = |seed: usize| {
            Frames::F32(Array3::from_shape_fn((20, 20, 28), |(t, y, x)| smooth(t, (y + 5 * seed) % 20, x)))
        };
        assert!(!movies_are_time(&(0..6).map(movie).collect::<Vec<_>>()).unwrap());
    }
}
