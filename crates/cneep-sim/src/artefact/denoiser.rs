//! Reduces noise in time where nothing moves, as cameras and video software do.

use ndarray::{Array3, Axis, Zip};

/// Mixes every pixel with the filtered one before, whose weight falls from `weight` as w / (1 + (d / h)^2)
/// with the difference d of both, h being the `threshold` in counts.
pub(super) fn denoise(counts: &mut Array3<f64>, weight: f64, threshold: f64) {
    let mut before = counts.index_axis(Axis(0), 0).to_owned();
    for mut frame in counts.outer_iter_mut() {
        Zip::from(&mut frame).and(&before).for_each(|count, before| {
            let change = before - *count;
            *count += weight / (1.0 + (change / threshold).powi(2)) * change;
        });
        before.assign(&frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: [f64; 4], threshold: f64) -> Vec<f64> {
        let mut counts = Array3::from_shape_vec((4, 1, 1), values.to_vec()).unwrap();
        denoise(&mut counts, 0.5, threshold);
        counts.into_raw_vec_and_offset().0
    }

    /// Catches a filter that adapts the wrong way: small changes are averaged, large ones pass.
    #[test]
    fn small_changes_are_filtered_and_large_ones_pass() {
        assert_eq!(series([100.0, 101.0, 101.0, 101.0], 1e9), [100.0, 100.5, 100.75, 100.875]);
        assert_eq!(series([100.0, 110.0, 110.0, 110.0], 10.0)[1], 107.5);
        let passed = series([100.0, 500.0, 100.0, 100.0], 1.0);
        assert!((passed[1] - 500.0).abs() < 0.01 && (passed[2] - 100.0).abs() < 0.01, "{passed:?}");
    }
}
