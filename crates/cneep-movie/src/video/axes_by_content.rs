//! Tells from its pixels which axis of an array is time: what stands still does so in time alone.

use super::frames::Frames;
use crate::error::Result;

/// Most frames, rows or columns that are looked at.
const MOST: usize = 96;
/// How much more of the variance the mean along the last axis must keep than that along the first; less where
/// it is the longest, as time mostly is.
const RATIO: f64 = 1.5;
const RATIO_OF_LONGEST: f64 = 0.9;
/// Difference between movies, over that of neighbours in time, below which movies are moments.
const NEIGHBOURS: f64 = 0.9;

/// Whether the last axis of `frames` is rather time than the first: the mean along it keeps more of the
/// picture than those along the other two.
///
/// # Errors
/// As [`Frames::read_block`].
pub(super) fn time_is_last(frames: &Frames) -> Result<bool> {
    let (count, rows, columns) = frames.shape();
    if count < 4 || columns < 8 {
        return Ok(false);
    }
    let [at, down, across] = [count, rows, columns].map(|size| (0..size).step_by(size.div_ceil(MOST)));
    let (down, across): (Vec<usize>, Vec<usize>) = (down.collect(), across.collect());
    let mut by_first = vec![0.0; down.len() * across.len()];
    let (mut by_second, mut by_last) = (Vec::new(), Vec::new());
    let (mut sum, mut squares, mut number) = (0.0, 0.0, 0.0);
    let mut offset = None;
    for index in at {
        let frame = frames.frame(index)?;
        let offset = *offset.get_or_insert(f64::from(frame[[0, 0]]));
        let mut columns = vec![0.0; across.len()];
        for (row, &y) in down.iter().enumerate() {
            let mut line = 0.0;
            for (column, &x) in across.iter().enumerate() {
                let pixel = f64::from(frame[[y, x]]) - offset;
                by_first[row * across.len() + column] += pixel;
                columns[column] += pixel;
                line += pixel;
                squares += pixel * pixel;
            }
            sum += line;
            by_last.push(line / across.len() as f64);
        }
        number += (down.len() * across.len()) as f64;
        by_second.extend(columns.into_iter().map(|column| column / down.len() as f64));
    }
    let mean = sum / number;
    let variance = squares / number - mean * mean;
    let frames = number / by_first.len() as f64;
    let kept = |means: &[f64], divisor: f64| {
        let sum: f64 = means.iter().map(|value| (value / divisor - mean).powi(2)).sum();
        sum / means.len() as f64 / variance
    };
    let [first, second, last] = [kept(&by_first, frames), kept(&by_second, 1.0), kept(&by_last, 1.0)];
    let ratio = if columns > count.max(rows) { RATIO_OF_LONGEST } else { RATIO };
    Ok(variance > 0.0 && last > ratio * first && last > second)
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
    use ndarray::Array3;

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
