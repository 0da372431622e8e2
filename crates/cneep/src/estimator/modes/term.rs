//! Computes one member's term of the estimate: the forces on the modes of its patches times their changes.

use super::coupling::{Coupling, FeatureShape};
use super::features::{Features, Row};
use super::patches::Patches;
use super::path::Smoother;
use super::projection::Projection;
use super::settings::Member;
use super::spots::share_by_light;
use super::statistics::Statistics;
use super::threshold::Threshold;
use crate::estimator::linear::LinearForm;
use crate::estimator::normalisation::Normalisation;
use crate::estimator::windows::{WindowShape, Windows};
use crate::transition::Run;
use cneep_movie::error::Result;
use cneep_nn::Tensor;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, aview1};

/// Names of a term's tensors, in their order.
const NAMES: [&str; 8] =
    ["modes", "centres", "reach_of_means", "reach_of_changes", "noise", "coupling", "threshold", "total"];

/// A term without its numbers.
pub(super) struct Term {
    patches: Patches,
    coupling: Coupling,
    window: usize,
    /// Whether pixels count only above a threshold, and are normalised to their sum.
    above_noise: bool,
    normalised: bool,
    tensors: Vec<Tensor>,
}

/// A term with its numbers.
pub(super) struct Filled<'a> {
    term: &'a Term,
    threshold: Option<Threshold>,
    normalisation: Normalisation,
    modes: Vec<Array2<f64>>,
    centres: Vec<f64>,
    statistics: Statistics,
    smoothers: Vec<Smoother>,
    coefficients: Vec<f64>,
}

impl Term {
    /// The term of `member` number `number`, whose parameters begin at `start`, for windows of this `shape`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] if it asks for more modes than a patch has pixels.
    pub(super) fn new(number: usize, member: &Member, shape: WindowShape, start: usize) -> Result<Self> {
        let Member { patch, spacing, modes, radius, above_noise, normalised } = *member;
        let window = shape.window;
        let frame = vec![shape.rows, shape.columns];
        let patches = Patches::new(shape.rows, shape.columns, patch, spacing);
        patches.check(modes, radius)?;
        let shape = FeatureShape { patches: patches.count(), modes };
        let coupling = Coupling::new(shape, &patches.neighbours(radius));
        let mut shapes = vec![
            vec![shape.patches, modes, patches.rows, patches.columns],
            vec![shape.patches, modes],
            vec![shape.patches, modes],
            vec![shape.patches, modes],
            vec![shape.patches, modes],
            vec![coupling.len()],
        ];
        shapes.extend(above_noise.then_some(frame));
        shapes.extend((above_noise && normalised).then(|| vec![shape.patches]));
        let mut end = start;
        let mut names = NAMES.iter();
        let tensor = |shape: Vec<usize>| {
            let start = end;
            end += shape.iter().product::<usize>();
            let name = names.next().map_or("", |name| name);
            Tensor { name: format!("{number}.{name}"), shape, range: start..end }
        };
        let tensors = shapes.into_iter().map(tensor).collect();
        Ok(Self { patches, coupling, window, above_noise, normalised, tensors })
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
        let level = |numbers: &[f32]| {
            let shape = (self.tensors[6].shape[0], self.tensors[6].shape[1]);
            ArrayView2::from_shape(shape, numbers).expect("a number for every pixel").to_owned()
        };
        let threshold = self.above_noise.then(|| Threshold {
            level: level(&parameters[self.tensors[6].range.clone()]),
            total: self.normalised.then(|| parameters[self.tensors[7].range.clone()].to_vec()),
        });
        let modes = in_modes.chunks_exact(modes * pixels).map(of_patch).collect();
        let centres = numbers(1);
        let statistics = Statistics { means: numbers(2), changes: numbers(3), noise: numbers(4) };
        let smoothers = statistics.noise.iter().map(|&rho| Smoother::new(self.window, rho)).collect();
        Filled {
            term: self,
            threshold,
            normalisation,
            modes,
            centres,
            statistics,
            smoothers,
            coefficients: numbers(5),
        }
    }
}

impl Filled<'_> {
    /// Coordinates of the frames of every run of consecutive windows, which share the projection of their
    /// frames.
    pub(super) fn coordinates(&self, windows: &Windows) -> Result<Vec<Array2<f64>>> {
        let projection = Projection {
            patches: &self.term.patches,
            threshold: self.threshold.as_ref(),
            normalisation: self.normalisation,
            modes: &self.modes,
            centres: &self.centres,
        };
        let of_run =
            |run: Run| projection.coordinates(&windows.videos()[run.movie], run.frames(self.term.window));
        windows.runs().map(of_run).collect()
    }

    /// Features of every window in segments of these coordinates.
    pub(super) fn features<'a>(&self, coordinates: &'a [Array2<f64>]) -> Features<'a> {
        let shape = self.term.coupling.shape;
        Features::new(coordinates, self.term.window, shape, shape.modes, &self.statistics)
    }

    /// Its share of the entropy production of every window, in `k_B`.
    pub(super) fn entropy_production(&self, features: &Features) -> Vec<f64> {
        features.entropy_production(&self.term.coupling, &self.coefficients)
    }

    /// Forces that the modes of a window with the features `row` exert on the raw change of each mode from
    /// frame to frame, shape (step, mode).
    pub(super) fn forces(&self, row: &Row) -> Array2<f64> {
        let coupling = &self.term.coupling;
        let mut forces = Array2::zeros((self.term.window - 1, coupling.shape.odd()));
        for ((even, _), mut forces) in row.steps().zip(forces.outer_iter_mut()) {
            coupling.forces(&self.coefficients, even, forces.as_slice_mut().expect("standard order"));
        }
        for (mut column, smoother) in forces.columns_mut().into_iter().zip(&self.smoothers) {
            let raw = smoother.on_raw_steps(&column.to_vec());
            column.assign(&aview1(&raw));
        }
        forces
    }

    /// Below which pixels do not count, if there is one.
    pub(super) fn threshold(&self) -> Option<&Threshold> {
        self.threshold.as_ref()
    }

    /// What the light of a frame in `patch` is multiplied by where it counts.
    fn factor(&self, patch: usize, light: &ArrayView2<f64>) -> f64 {
        self.threshold.as_ref().map_or(1.0, |threshold| threshold.factor(patch, light.sum()))
    }

    /// Adds to `map` the pictures of all modes times `forces` times the change of the pixels from `before` to
    /// `after`; of light above a threshold every spot has its share at its middle.
    pub(super) fn add_to_map(
        &self,
        forces: &[f64],
        [before, after]: [&Array2<f64>; 2],
        mut map: ArrayViewMut2<f64>,
    ) {
        let light = self.threshold.as_ref().map(|_| before + after);
        let Term { patches, coupling, .. } = self.term;
        let count = coupling.shape.modes;
        let shape = (patches.rows, patches.columns);
        let (mut density, mut along) = (Array2::<f64>::zeros(shape), vec![0.0; count]);
        for (patch, modes) in self.modes.iter().enumerate() {
            let place = patches.place(patch);
            let frames = [before, after].map(|frame| frame.slice(place));
            let [before_counts, after_counts] = frames.each_ref().map(|light| self.factor(patch, light));
            let forces = &forces[patch * count..(patch + 1) * count];
            let modes = modes.as_slice().expect("standard order");
            let change = |(before, after): (&f64, &f64)| {
                (after_counts * after - before_counts * before) / self.normalisation.std
            };
            along.fill(0.0);
            let changes = frames[0].iter().zip(&frames[1]).map(change);
            for ((density, change), mode) in density.iter_mut().zip(changes).zip(modes.chunks_exact(count)) {
                *density = change * mode.iter().zip(forces).map(|(mode, force)| mode * force).sum::<f64>();
                along.iter_mut().zip(mode).for_each(|(along, mode)| *along += mode * change);
            }
            if let Some(light) = &light {
                share_by_light(&mut density.view_mut(), &light.slice(place));
            }
            let mut part = map.slice_mut(place);
            part += &density;
            // A change beyond its limit has counted as less than the pixels show: the excess is taken off
            // where the mode is bright.
            let limits = &self.statistics.changes[patch * count..(patch + 1) * count];
            for (mode, ((along, limit), force)) in along.iter().zip(limits).zip(forces).enumerate() {
                if along.abs() > *limit {
                    let excess = force * (along.clamp(-limit, *limit) - along);
                    let picture = modes.iter().skip(mode).step_by(count);
                    part.iter_mut().zip(picture).for_each(|(cell, mode)| *cell += excess * mode * mode);
                }
            }
        }
    }
}
