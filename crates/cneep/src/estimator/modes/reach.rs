//! Limits features to the range in which a fit has seen them often enough to know what they mean.

use super::coupling::FeatureShape;
use super::features::Features;
use ndarray::{Array2, Axis};

/// Root mean squares up to which a feature is followed. No Gaussian feature gets there, nor its square; one that is faint but for rare
/// events (a bright spot that seldom enters a patch) would otherwise leap to hundreds, and dS with it.
const ROOT_MEAN_SQUARES: f64 = 10.0;

/// The largest size that each feature may have; larger ones count as this large.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reach {
    /// Of the mean of every mode, patch by patch.
    pub(super) even: Vec<f64>,
    /// Of the changes of every mode, (patch, pair of frames, mode).
    pub(super) odd: Vec<f64>,
}

impl Reach {
    /// No limit to any feature.
    pub(super) fn unlimited(shape: FeatureShape) -> Self {
        Self { even: vec![f64::INFINITY; shape.even() - 1], odd: vec![f64::INFINITY; shape.odd()] }
    }

    /// The reach of features whose sizes over all windows are those of `features`; in 32 bits, as it will be stored.
    pub(super) fn of(features: &Features) -> Self {
        let reach = |columns: &Array2<f64>| -> Vec<f64> {
            let squares = columns.map_axis(Axis(0), |column| column.dot(&column) / column.len() as f64);
            squares.iter().map(|square| f64::from((ROOT_MEAN_SQUARES * square.sqrt()) as f32)).collect()
        };
        Self { even: reach(&features.even).split_off(1), odd: reach(&features.odd) }
    }

    /// The reach of the first `modes` of each patch, of which there are `available`.
    pub(super) fn of_first(&self, modes: usize, available: usize) -> Self {
        let first =
            |all: &[f64]| all.chunks_exact(available).flat_map(|all| &all[..modes]).copied().collect();
        Self { even: first(&self.even), odd: first(&self.odd) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mode that is still but for one event in two thousand frames: catches a limit that the event itself sets too high, one that
    /// touches ordinary features, and modes of one patch limited by those of another.
    #[test]
    fn rare_events_are_limited_and_ordinary_features_are_not() {
        let shape = FeatureShape { patches: 2, modes: 1, pairs: 1 };
        let wave = |frame: usize| (frame as f64 * 0.7).sin();
        let coordinates = Array2::from_shape_fn((2000, 4), |(frame, column)| match column {
            0 => wave(frame),
            2 if frame == 1000 => 50.0,
            _ => 0.0,
        });
        let all = (2, &Reach::unlimited(FeatureShape { modes: 2, ..shape }));
        let free =
            Features::of(std::slice::from_ref(&coordinates), 2, FeatureShape { modes: 2, ..shape }, all);
        let reach = Reach::of(&free);
        let limited = Features::of(&[coordinates], 2, shape, (2, &reach));
        for window in 0..limited.len() {
            let ((free_even, free_odd), (even, odd)) = (free.row(window), limited.row(window));
            assert_eq!((even[1], odd[0]), (free_even[1], free_odd[0]));
            assert!(even[2].abs() <= reach.even[2] && odd[1].abs() <= reach.odd[2]);
        }
        // Two windows of 1999 hold the event: 10 root mean squares are 10 sqrt(2 / 1999) of its size.
        let expected = 50.0 * 10.0 * (2.0_f64 / 1999.0).sqrt();
        assert!((limited.row(999).1[1] - expected).abs() < 1e-5, "{:?}", limited.row(999));
        assert_eq!(limited.row(999).1[1], -limited.row(1000).1[1]);
    }
}
