//! Computes one member's term of the estimate: the forces on the modes of its patches times their changes.

use super::check_mode_count;
use super::coupling::{Coupling, FeatureShape};
use super::features::Features;
use super::patches::Patches;
use super::projection::Projection;
use super::reach::Reach;
use super::settings::Member;
use crate::error::Result;
use crate::estimator::normalisation::Normalisation;
use crate::estimator::windows::Windows;
use cneep_nn::Tensor;
use ndarray::{Array2, ArrayViewMut2, aview1};
use std::ops::Range;

/// Names of a term's tensors, in their order.
const NAMES: [&str; 5] = ["modes", "centres", "reach_of_means", "reach_of_changes", "coupling"];

/// A term without its numbers.
pub(super) struct Term {
    patches: Patches,
    coupling: Coupling,
    window: usize,
    tensors: [Tensor; 5],
}

/// A term with its numbers.
pub(super) struct Filled<'a> {
    term: &'a Term,
    projection: Projection<'a>,
    reach: Reach,
    coefficients: Vec<f64>,
}

impl Term {
    /// The term of `member` number `number`, whose parameters begin at `start`, for windows of `window` frames of `rows` x `columns`
    /// pixels.
    ///
    /// # Errors
    /// [`crate::Error::Setting`] if it asks for more modes than a patch has pixels.
    pub(super) fn new(
        (number, member): (usize, &Member),
        (rows, columns): (usize, usize),
        window: usize,
        start: usize,
    ) -> Result<Self> {
        let Member { patch, spacing, modes, radius } = *member;
        let patches = Patches::new(rows, columns, patch, spacing);
        check_mode_count(modes, &patches)?;
        let shape = FeatureShape { patches: patches.count(), modes, pairs: window / 2 };
        let coupling = Coupling::new(shape, &patches.neighbours(radius));
        let shapes = [
            vec![shape.patches, modes, patches.rows, patches.columns],
            vec![shape.patches, modes],
            vec![shape.patches, modes],
            vec![shape.patches, shape.pairs, modes],
            vec![coupling.len()],
        ];
        let mut end = start;
        let mut names = NAMES.iter();
        let tensors = shapes.map(|shape| {
            let start = end;
            end += shape.iter().product::<usize>();
            let name = names.next().map_or("", |name| name);
            Tensor { name: format!("{number}.{name}"), shape, range: start..end }
        });
        Ok(Self { patches, coupling, window, tensors })
    }

    /// Names, shapes and places of its parameters.
    pub(super) fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The term with its numbers out of the flat vector of `parameters`.
    pub(super) fn fill(&self, parameters: &[f32], normalisation: Normalisation) -> Filled<'_> {
        let FeatureShape { modes, .. } = self.coupling.shape;
        let pixels = self.patches.pixels();
        let of_patch = |numbers: &[f32]| {
            Array2::from_shape_fn((pixels, modes), |(pixel, mode)| f64::from(numbers[mode * pixels + pixel]))
        };
        let in_modes = &parameters[self.tensors[0].range.clone()];
        let numbers = |tensor: usize| -> Vec<f64> {
            parameters[self.tensors[tensor].range.clone()].iter().copied().map(f64::from).collect()
        };
        let projection = Projection {
            patches: &self.patches,
            normalisation,
            modes: in_modes.chunks_exact(modes * pixels).map(of_patch).collect(),
            centres: numbers(1),
        };
        let reach = Reach { even: numbers(2), odd: numbers(3) };
        Filled { term: self, projection, reach, coefficients: numbers(4) }
    }
}

impl Filled<'_> {
    /// Features of every window; consecutive windows share the projection of their frames.
    pub(super) fn features(&self, windows: &Windows) -> Features {
        let Term { window, coupling, .. } = self.term;
        let stretches: Vec<Array2<f64>> = windows
            .runs()
            .map(|run| {
                let frames = run.starts.start..run.starts.end + window - 1;
                self.projection.coordinates(&windows.videos()[run.movie], frames)
            })
            .collect();
        Features::of(&stretches, *window, coupling.shape, (coupling.shape.modes, &self.reach))
    }

    /// Its share of the entropy production of every window, in `k_B`.
    pub(super) fn entropy_production(&self, features: &Features) -> Vec<f64> {
        features.entropy_production(&self.term.coupling, &self.coefficients)
    }

    /// Forces that the means `even` of a window exert on the changes of its modes.
    pub(super) fn forces(&self, even: &[f64]) -> Vec<f64> {
        let coupling = &self.term.coupling;
        let mut forces = vec![0.0; coupling.shape.odd()];
        coupling.forces(&self.coefficients, even, &mut forces);
        forces
    }

    /// Adds to `map`, drawn as a picture, those of the `forces` that act on the changes between the frames of `pair`.
    pub(super) fn add_forces(&self, forces: &[f64], pair: usize, mut map: ArrayViewMut2<f64>) {
        let Term { patches, .. } = self.term;
        for (patch, modes) in self.projection.modes.iter().enumerate() {
            let picture = modes.dot(&aview1(&forces[self.of_pair(patch, pair)]));
            let picture = picture.into_shape_with_order((patches.rows, patches.columns)).expect("a patch");
            let mut part = map.slice_mut(patches.place(patch));
            part += &picture;
        }
    }

    /// Adds to `map` what `forces` times the changes `odd` exceed forces times the pixels' own `change` by: nothing but where changes
    /// were limited to their reach. It is drawn where the mode is bright.
    pub(super) fn add_limits(
        &self,
        (forces, odd): (&[f64], &[f64]),
        (pair, change): (usize, &Array2<f64>),
        mut map: ArrayViewMut2<f64>,
    ) {
        let Term { patches, .. } = self.term;
        for (patch, modes) in self.projection.modes.iter().enumerate() {
            for (place, mode) in self.of_pair(patch, pair).zip(modes.columns()) {
                if odd[place].abs() < self.reach.odd[place] {
                    continue;
                }
                let part = change.slice(patches.place(patch));
                let own: f64 = part.iter().zip(mode).map(|(change, mode)| change * mode).sum();
                let excess = forces[place] * (odd[place] - own);
                let mut part = map.slice_mut(patches.place(patch));
                part.iter_mut().zip(mode).for_each(|(cell, mode)| *cell += excess * mode * mode);
            }
        }
    }

    /// Places of a patch's modes among the odd features of `pair`.
    fn of_pair(&self, patch: usize, pair: usize) -> Range<usize> {
        let FeatureShape { modes, pairs, .. } = self.term.coupling.shape;
        let start = (patch * pairs + pair) * modes;
        start..start + modes
    }
}
