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
use ndarray::{Array1, Array2, ArrayViewMut2, s};

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

    /// Adds the share of one window to its `map`: in each patch, and for each pair of frames, the force on its modes times their
    /// change, both drawn as pictures. As modes are orthonormal, the sum of the product is that over the modes.
    pub(super) fn add_density(&self, (even, changes): (&[f64], &[f64]), mut map: ArrayViewMut2<f64>) {
        let Term { patches, coupling, .. } = self.term;
        let mut forces = vec![0.0; changes.len()];
        coupling.forces(&self.coefficients, even, &mut forces);
        let FeatureShape { modes, pairs, .. } = coupling.shape;
        let (height, width) = (patches.rows, patches.columns);
        let of_patches = forces.chunks_exact(pairs * modes).zip(changes.chunks_exact(pairs * modes));
        for (patch, (forces, changes)) in of_patches.enumerate() {
            let mut density: Array1<f64> = Array1::zeros(patches.pixels());
            for (force, change) in forces.chunks_exact(modes).zip(changes.chunks_exact(modes)) {
                let [force, change] = [force, change]
                    .map(|numbers| self.projection.modes[patch].dot(&Array1::from(numbers.to_vec())));
                density += &(force * change);
            }
            let (top, left) = patches.origin(patch);
            let density = density.into_shape_with_order((height, width)).expect("a patch of pixels");
            let mut part = map.slice_mut(s![top..top + height, left..left + width]);
            part += &density;
        }
    }
}
