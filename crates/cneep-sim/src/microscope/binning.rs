//! Bins pixels: reads squares of them out as one.

use ndarray::{Array2, Zip};

/// Fills `binned` with the means over squares of `edge` x `edge` pixels of `light`, whose shape is `edge`
/// times larger.
pub(super) fn bin(light: &Array2<f64>, edge: usize, binned: &mut Array2<f64>) {
    let count = (edge * edge) as f64;
    Zip::from(binned)
        .and(light.exact_chunks((edge, edge)))
        .for_each(|pixel, square| *pixel = square.sum() / count);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches sums in place of means, and squares taken from the wrong place.
    #[test]
    fn binning_takes_means_and_keeps_the_mean_of_the_frame() {
        let light = Array2::from_shape_fn((6, 9), |(row, column)| (row * row * 9 + column) as f64);
        let mut binned = Array2::zeros((2, 3));
        bin(&light, 3, &mut binned);
        assert_eq!(binned[[1, 2]], light.slice(ndarray::s![3..6, 6..9]).mean().unwrap());
        assert!((binned.mean().unwrap() - light.mean().unwrap()).abs() < 1e-12);
    }
}
