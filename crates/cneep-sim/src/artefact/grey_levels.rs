//! Changes the scale of the counts: stretches, rounds, shifts or divides them.
//!
//! Counts have the shape (frame, row, column).

use ndarray::Array3;

/// Stretches every frame from its least count to its greatest over 0 to `full_scale`.
pub(super) fn stretch(counts: &mut Array3<f64>, full_scale: f64) {
    for mut frame in counts.outer_iter_mut() {
        let least = frame.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = frame.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let span = greatest - least;
        if span > 0.0 {
            frame.mapv_inplace(|count| full_scale * (count - least) / span);
        }
    }
}

/// Rounds down to this many `levels` from 0 to `full_scale`.
pub(super) fn round_to_levels(counts: &mut Array3<f64>, levels: usize, full_scale: f64) {
    let (levels, last) = (levels as f64, levels as f64 - 1.0);
    counts.mapv_inplace(|count| {
        let level = (levels * count / (full_scale + 1.0)).floor().clamp(0.0, last);
        (full_scale * level / last).floor()
    });
}

/// Multiplies by the power of two that brings `bit_depth` bits to the upper end of 16.
pub(super) fn left_align(counts: &mut Array3<f64>, bit_depth: u32) {
    *counts *= f64::from(1_u32 << 16_u32.saturating_sub(bit_depth));
}

/// Divides every frame by its mean, and multiplies it by that of the movie.
pub(super) fn divide_by_mean(counts: &mut Array3<f64>) {
    let level = counts.mean().unwrap_or_default();
    for mut frame in counts.outer_iter_mut() {
        let mean = frame.mean().unwrap_or_default();
        if mean > 0.0 {
            frame *= level / mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn movie(values: &[f64]) -> Array3<f64> {
        Array3::from_shape_vec((values.len() / 3, 1, 3), values.to_vec()).unwrap()
    }

    /// Catches a stretch over the movie in place of the frame.
    #[test]
    fn every_frame_is_stretched_for_itself() {
        let mut counts = movie(&[10.0, 15.0, 20.0, 7.0, 7.0, 9.0]);
        stretch(&mut counts, 255.0);
        assert_eq!(counts, movie(&[0.0, 127.5, 255.0, 0.0, 0.0, 255.0]));
        let mut flat = movie(&[3.0; 3]);
        stretch(&mut flat, 255.0);
        assert_eq!(flat, movie(&[3.0; 3]));
    }

    /// Catches one level too many, and a brightest level that is not full scale.
    #[test]
    fn levels_are_as_many_as_asked_for() {
        let all: Vec<f64> = (0..255).map(f64::from).collect();
        let mut counts = movie(&all);
        round_to_levels(&mut counts, 12, 255.0);
        let mut levels: Vec<f64> = counts.into_raw_vec_and_offset().0;
        levels.dedup();
        assert_eq!((levels.len(), levels[0], levels[11]), (12, 0.0, 255.0));
    }

    /// Catches frames that keep their own brightness, and counts that do not end with zero bits.
    #[test]
    fn means_are_levelled_and_bits_shifted() {
        let mut counts = movie(&[1.0, 2.0, 3.0, 2.0, 4.0, 6.0]);
        divide_by_mean(&mut counts);
        assert_eq!(counts, movie(&[1.5, 3.0, 4.5, 1.5, 3.0, 4.5]));
        left_align(&mut counts, 12);
        assert_eq!(counts[[0, 0, 1]], 48.0);
    }
}
