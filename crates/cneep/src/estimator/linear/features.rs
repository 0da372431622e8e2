//! States what a family of features must tell of itself to be solved for.

use ndarray::Array2;

/// Which features have a coefficient, and how these are shrunk.
pub(in crate::estimator) trait LinearForm: Sync {
    /// Number of coefficients.
    fn len(&self) -> usize;

    /// Places of every two features whose sum is a total derivative, the first before the second: over a
    /// stationary film the mean of the sum is zero without sampling noise, and that of the difference is what
    /// a current makes non-zero.
    fn total_derivatives(&self) -> Vec<(usize, usize)>;

    /// How many times the ridge each coefficient is shrunk by itself, given the mean square of every feature.
    fn ridge_weights(&self, mean_squares: &[f64]) -> Vec<f64>;
}

/// Features of a list of windows.
pub(in crate::estimator) trait LinearFeatures: Sync {
    /// Number of windows.
    fn window_count(&self) -> usize;

    /// Steps of a window: so many windows share one.
    fn steps(&self) -> usize;

    /// Features of the `windows` named, shape (window, coefficient).
    fn features(&self, windows: &[usize]) -> Array2<f64>;
}
