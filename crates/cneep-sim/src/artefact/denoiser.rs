//! Reduces noise in time where nothing moves, as cameras and video software do.

use ndarray::{Array3, Axis, Zip};

/// Mixes every pixel with the filtered one before, of this `weight`, unless both differ by the `threshold` in
/// counts or more: what moves passes as it is.
pub(super) fn denoise(counts: &mut Array3<f64>, weight: f64, threshold: f64) {
    let mut before = counts.index_axis(Axis(0), 0).to_owned();
    for mut frame in counts.outer_iter_mut() {
        Zip::from(&mut frame).and(&before).for_each(|count, before| {
            let change = before - *count;
            if change.abs() < threshold {
                *count += weight * change;
            }
        });
        before.assign(&frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a filter that adapts the wrong way: small changes are averaged, large ones pass.
    #[test]
    fn small_changes_are_filtered_and_large_ones_pass() {
        let mut counts = Array3::from_shape_vec((5, 1, 1), vec![100.0, 101.0, 101.0, 500.0, 104.0]).unwrap();
        denoise(&mut counts, 0.5, 10.0);
        assert_eq!(counts.into_raw_vec_and_offset().0, [100.0, 100.5, 100.75, 500.0, 104.0]);
    }
}
