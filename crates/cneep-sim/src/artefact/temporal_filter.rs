//! Filters every pixel in time: means, medians and backgrounds over neighbouring frames.
//!
//! Counts have the shape (frame, row, column).

use ndarray::{Array2, Array3, Axis, Zip};
use std::ops::Range;

/// Frames around `frame` that a window of `width` frames holds, fewer at both ends of the movie.
fn around(frame: usize, width: usize, frames: usize) -> Range<usize> {
    let reach = (width / 2).min(frame).min(frames - 1 - frame);
    frame - reach..frame + reach + 1
}

/// Replaces every frame by the mean with its neighbours, `width` frames in all.
pub(super) fn running_mean(counts: &mut Array3<f64>, width: usize) {
    let before = counts.clone();
    for (frame, mut mean) in counts.outer_iter_mut().enumerate() {
        let window = around(frame, width, before.len_of(Axis(0)));
        let frames = window.len() as f64;
        mean.assign(&(before.slice_axis(Axis(0), window.into()).sum_axis(Axis(0)) / frames));
    }
}

/// Replaces every pixel by the median with its neighbours in time, `width` frames in all.
pub(super) fn running_median(counts: &mut Array3<f64>, width: usize) {
    let before = counts.clone();
    let mut sorted = Vec::with_capacity(width);
    for ((frame, row, column), median) in counts.indexed_iter_mut() {
        sorted.clear();
        sorted.extend(around(frame, width, before.len_of(Axis(0))).map(|t| before[[t, row, column]]));
        sorted.sort_by(f64::total_cmp);
        *median = sorted[sorted.len() / 2];
    }
}

/// Mixes every frame with the filtered one before, which has this `weight`.
pub(super) fn exponential_filter(counts: &mut Array3<f64>, weight: f64) {
    let mut before = counts.index_axis(Axis(0), 0).to_owned();
    for mut frame in counts.outer_iter_mut() {
        Zip::from(&mut frame).and(&before).for_each(|count, before| *count += weight * (before - *count));
        before.assign(&frame);
    }
}

/// Takes off the mean of up to `reach` frames before, and puts that of the movie in its place.
pub(super) fn subtract_background(counts: &mut Array3<f64>, reach: usize) {
    let before = counts.clone();
    let level = before.mean_axis(Axis(0)).unwrap_or_default();
    let mut sum = Array2::zeros(level.raw_dim());
    for (frame, mut counts) in counts.outer_iter_mut().enumerate() {
        if frame > 0 {
            counts -= &(&sum / frame.min(reach) as f64);
            counts += &level;
        }
        sum += &before.index_axis(Axis(0), frame);
        if frame >= reach {
            sum -= &before.index_axis(Axis(0), frame - reach);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn noise() -> Array3<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        Array3::from_shape_simple_fn((500, 10, 10), || random.random_range(90.0..110.0))
    }

    /// Correlation of a pixel with itself one frame later.
    fn correlation(filter: impl Fn(&mut Array3<f64>)) -> f64 {
        let mut counts = noise();
        filter(&mut counts);
        counts -= 100.0;
        let product = |by: usize| {
            let (now, later) = (
                counts.slice(ndarray::s![10..490, .., ..]),
                counts.slice(ndarray::s![10 + by..490 + by, .., ..]),
            );
            (&now * &later).sum()
        };
        product(1) / product(0)
    }

    /// White noise that is filtered correlates with the next frame: by the weight behind an exponential
    /// filter, by 2/3 behind a mean of three. Catches weights that are swapped, and windows of another width.
    #[test]
    fn filters_leave_their_mark_in_the_noise() {
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 0.02, "{found} {expected}");
        close(correlation(|_| ()), 0.0);
        close(correlation(|counts| exponential_filter(counts, 0.5)), 0.5);
        close(correlation(|counts| exponential_filter(counts, 0.2)), 0.2);
        close(correlation(|counts| running_mean(counts, 3)), 2.0 / 3.0);
        // Of four uniform values in order, two medians of three are the second or the third.
        close(correlation(|counts| running_median(counts, 3)), 5.0 / 9.0);
    }

    /// Catches a filter that looks ahead, or not: only centred windows are the same backwards.
    #[test]
    fn centred_windows_do_not_know_the_direction_of_time() {
        let reversed = |mut counts: Array3<f64>| {
            counts.invert_axis(Axis(0));
            counts
        };
        for (filter, centred) in [
            (running_mean as fn(&mut Array3<f64>, usize), true),
            (running_median, true),
            (subtract_background, false),
        ] {
            let (mut forwards, mut backwards) = (noise(), reversed(noise()));
            filter(&mut forwards, 3);
            filter(&mut backwards, 3);
            let apart = (&forwards - &reversed(backwards)).iter().fold(0.0_f64, |most, d| most.max(d.abs()));
            assert_eq!(apart < 1e-9, centred, "{apart}");
        }
    }

    /// Catches a window that holds the frame itself, or one frame too many.
    #[test]
    fn the_background_is_the_mean_of_the_frames_before() {
        let mut counts = Array3::from_shape_vec((5, 1, 1), vec![4.0, 8.0, 6.0, 1.0, 6.0]).unwrap();
        subtract_background(&mut counts, 2);
        assert_eq!(counts.into_raw_vec_and_offset().0, [4.0, 8.0 - 4.0 + 5.0, 5.0, 1.0 - 7.0 + 5.0, 7.5]);
    }
}
