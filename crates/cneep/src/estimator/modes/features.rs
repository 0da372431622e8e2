//! Forms the products of modes along windows from the coordinates of their frames, whenever they are needed.

use super::coupling::{Coupling, FeatureShape};
use super::path::{Product, Smoother};
use super::statistics::Statistics;
use crate::estimator::linear::{LinearFeatures, LinearForm};
use ndarray::Array2;
use rayon::prelude::*;

/// Windows whose sums are made by one thread at a time; fixed, so that the bits do not depend on the threads.
const WINDOWS_AT_ONCE: usize = 1024;

/// Features of a list of windows. Nothing but the coordinates of the frames is held: memory does not grow
/// with the window.
pub(super) struct Features<'a> {
    /// Coordinates of segments of consecutive frames, shape (frame, mode).
    segments: &'a [Array2<f64>],
    /// Windows before each segment, and all in all.
    before: Vec<usize>,
    window: usize,
    shape: FeatureShape,
    /// Modes of a patch of which there are coordinates; the first `shape.modes` are taken.
    available: usize,
    statistics: Statistics,
    smoothers: Vec<Smoother>,
}

/// Features of one window, a row for each of its steps.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// One or zero, and the places of all modes, for each step.
    even: Vec<f64>,
    /// Changes of all modes, for each step.
    odd: Vec<f64>,
    shape: FeatureShape,
}

impl Row {
    /// Driving and driven features of every step.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&[f64], &[f64])> {
        self.even.chunks_exact(self.shape.even()).zip(self.odd.chunks_exact(self.shape.odd()))
    }

    /// Writes all products of features, in the order of the coefficients, times `weight`.
    fn add_products(&self, coupling: &Coupling, weight: f64, sums: &mut [f64]) {
        self.steps().for_each(|(even, odd)| coupling.add_products(weight, even, odd, sums));
    }

    fn entropy_production(&self, coupling: &Coupling, coefficients: &[f64], forces: &mut [f64]) -> f64 {
        let of_step = |(even, odd): (&[f64], &[f64])| -> f64 {
            coupling.forces(coefficients, even, forces);
            forces.iter().zip(odd).map(|(force, change)| force * change).sum()
        };
        self.steps().map(of_step).sum()
    }
}

impl<'a> Features<'a> {
    /// Features of all windows of `window` frames in each of the `segments`, of whose `available` modes of
    /// each patch the first `shape.modes` are taken.
    pub(super) fn new(
        segments: &'a [Array2<f64>],
        window: usize,
        shape: FeatureShape,
        available: usize,
        statistics: &Statistics,
    ) -> Self {
        let mut before = vec![0];
        for frames in segments {
            before.push(before[before.len() - 1] + (frames.nrows() + 1).saturating_sub(window));
        }
        let statistics = statistics.of_first(shape.modes, available);
        let smoothers = statistics.noise.iter().map(|&rho| Smoother::new(window, rho)).collect();
        Self { segments, before, window, shape, available, statistics, smoothers }
    }

    /// Number of windows.
    pub(super) fn len(&self) -> usize {
        self.before[self.before.len() - 1]
    }

    /// Room for the features of one window.
    pub(super) fn blank(&self) -> Row {
        let (steps, shape) = (self.window - 1, self.shape);
        let mut even = vec![0.0; steps * shape.even()];
        // A constant force acts on sums of steps and on the one in the middle, but not on differences.
        for (step, even) in even.chunks_exact_mut(shape.even()).enumerate() {
            even[0] = f64::from(u8::from(step % 2 == 0));
        }
        Row { even, odd: vec![0.0; steps * shape.odd()], shape }
    }

    /// Writes the features of window number `window` into `row`.
    pub(super) fn write(&self, window: usize, row: &mut Row) {
        let segment = self.before.partition_point(|&before| before <= window) - 1;
        let (frames, start) = (&self.segments[segment], window - self.before[segment]);
        let FeatureShape { modes, .. } = self.shape;
        let mut products = vec![Product::default(); self.window - 1];
        for (mode, smoother) in self.smoothers.iter().enumerate() {
            let column = mode / modes * self.available + mode % modes;
            let of = |frame: usize| frames[[start + frame, column]];
            smoother.products(of, self.statistics.of_mode(mode), &mut products);
            for (step, product) in products.iter().enumerate() {
                row.even[step * self.shape.even() + 1 + mode] = product.place;
                row.odd[step * self.shape.odd() + mode] = product.change;
            }
        }
    }

    /// Steps of a window.
    pub(super) fn steps(&self) -> usize {
        self.window - 1
    }

    /// Middles and changes of all modes in the steps of the `windows` named, both of shape (step, mode).
    pub(super) fn middles_and_changes(&self, windows: &[usize]) -> [Array2<f64>; 2] {
        let (steps, modes) = (self.steps(), self.shape.odd());
        let shape = (windows.len() * steps, modes);
        let [mut middles, mut changes] = [vec![0.0; shape.0 * modes], vec![0.0; shape.0 * modes]];
        let of_window = steps * modes;
        let rows = middles.par_chunks_mut(of_window).zip(changes.par_chunks_mut(of_window));
        rows.zip(windows).for_each_init(
            || self.blank(),
            |row, ((middles, changes), &window)| {
                self.write(window, row);
                for (step, (even, odd)) in row.steps().enumerate() {
                    middles[step * modes..][..modes].copy_from_slice(&even[1..]);
                    changes[step * modes..][..modes].copy_from_slice(odd);
                }
            },
        );
        [middles, changes].map(|of| Array2::from_shape_vec(shape, of).expect("as many numbers"))
    }

    /// Entropy production of every window.
    pub(super) fn entropy_production(&self, coupling: &Coupling, coefficients: &[f64]) -> Vec<f64> {
        self.entropy_production_of(&(0..self.len()).collect::<Vec<_>>(), coupling, coefficients)
    }

    /// Entropy production of the `windows` named.
    pub(super) fn entropy_production_of(
        &self,
        windows: &[usize],
        coupling: &Coupling,
        coefficients: &[f64],
    ) -> Vec<f64> {
        let of_some = |windows: &[usize]| {
            let (mut row, mut forces) = (self.blank(), vec![0.0; coupling.shape.odd()]);
            let of = |&window: &usize| {
                self.write(window, &mut row);
                row.entropy_production(coupling, coefficients, &mut forces)
            };
            windows.iter().map(of).collect::<Vec<f64>>()
        };
        windows.par_chunks(WINDOWS_AT_ONCE).flat_map_iter(of_some).collect()
    }

    /// Products of the features of each of `windows`, shape (window, coefficient).
    fn products(&self, coupling: &Coupling, windows: &[usize]) -> Array2<f64> {
        let mut products = Array2::zeros((windows.len(), coupling.len()));
        let mut row = self.blank();
        for (&window, mut products) in windows.iter().zip(products.outer_iter_mut()) {
            self.write(window, &mut row);
            row.add_products(coupling, 1.0, products.as_slice_mut().expect("standard order"));
        }
        products
    }
}

/// Features whose products have coefficients.
pub(super) struct CoupledFeatures<'a> {
    pub(super) features: Features<'a>,
    pub(super) coupling: &'a Coupling,
}

impl LinearFeatures for CoupledFeatures<'_> {
    fn window_count(&self) -> usize {
        self.features.len()
    }

    fn steps(&self) -> usize {
        self.features.steps()
    }

    fn features(&self, windows: &[usize]) -> Array2<f64> {
        self.features.products(self.coupling, windows)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Features of `segments` with no limit and no noise.
    pub(in crate::estimator::modes) fn free(
        segments: &[Array2<f64>],
        window: usize,
        shape: FeatureShape,
    ) -> Features<'_> {
        let modes = shape.patches * shape.modes;
        let statistics = Statistics {
            means: vec![f64::INFINITY; modes],
            changes: vec![f64::INFINITY; modes],
            noise: vec![0.0; modes],
        };
        Features::new(segments, window, shape, shape.modes, &statistics)
    }

    /// A mode that is still but for one event in two thousand frames: catches a limit that the event itself
    /// sets too high, one that touches ordinary features, and modes of one patch limited by those of another.
    #[test]
    fn rare_events_are_limited_and_ordinary_features_are_not() {
        let shape = FeatureShape { patches: 2, modes: 1 };
        let wave = |frame: usize| (frame as f64 * 0.7).sin();
        let segments = [Array2::from_shape_fn((2000, 4), |(frame, column)| match column {
            0 => wave(frame),
            2 if frame == 1000 => 50.0,
            _ => 0.0,
        })];
        let statistics = Statistics::of(&segments);
        let features = Features::new(&segments, 2, shape, 2, &statistics);
        let mut row = features.blank();
        for window in 0..features.len() {
            features.write(window, &mut row);
            let (even, odd) = row.steps().next().unwrap();
            assert!((odd[0] - (wave(window + 1) - wave(window))).abs() < 1e-12);
            assert!((even[1] - 0.5 * (wave(window) + wave(window + 1))).abs() < 1e-12);
            assert!(odd[1].abs() <= statistics.changes[2]);
        }
        // Two changes of 1999 hold the event: 10 root mean squares are 10 sqrt(2 / 1999) of its size.
        features.write(999, &mut row);
        let expected = 50.0 * 10.0 * (2.0_f64 / 1999.0).sqrt();
        assert!((row.odd[1] - expected).abs() < 1e-5, "{:?}", row.odd);
    }

    /// Windows of several movies, longer than two frames: catches a window that reaches over the end of a
    /// movie, and movies shorter than a window that shift all others.
    #[test]
    fn windows_stay_within_their_segment() {
        let lengths = [5, 2, 4];
        let segments: Vec<Array2<f64>> = lengths
            .iter()
            .enumerate()
            .map(|(movie, &length)| Array2::from_shape_fn((length, 1), |(f, _)| (100 * movie + f * f) as f64))
            .collect();
        let features = free(&segments, 3, FeatureShape { patches: 1, modes: 1 });
        assert_eq!(features.len(), 3 + 2);
        let mut row = features.blank();
        let total = |window: usize, row: &mut Row| {
            features.write(window, row);
            row.odd[0]
        };
        let changes: Vec<f64> = (0..5).map(|window| total(window, &mut row)).collect();
        assert_eq!(changes, [4.0, 8.0, 12.0, 4.0, 8.0]);
    }
}
