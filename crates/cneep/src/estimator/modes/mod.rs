//! Estimates entropy production from principal modes, in closed form and in seconds.
//!
//! Frames are projected on their principal components, `c = U^T (I - mean)`. For a window, the mean `m` of its coordinates
//! does not change under reversal, and the changes `d` between the frames that reversal exchanges change sign, so
//! `dS = sum_ij B_ij phi_i d_j` with `phi = (1, m)` is antisymmetric whatever B. It is the leading order of the entropy
//! production of overdamped dynamics whose force is linear in the modes; compare the stochastic force inference of Frishman
//! and Ronceray, Phys. Rev. X 10, 021009 (2020), doi 10.1103/PhysRevX.10.021009, and the modes of Gnesotto et al., Nat.
//! Commun. 11, 5378 (2020), doi 10.1038/s41467-020-18796-9. B maximises the objective that trains the networks, which is
//! concave in it.

mod candidates;
mod cholesky;
mod coupling;
mod features;
mod fit;
mod folds;
mod ground;
mod layout;
mod moments;
mod newton;
mod patches;
mod principal;
mod projection;
mod reach;
mod ridge;
mod settings;

pub use candidates::Candidate;
pub use settings::ModesSettings;

pub(super) use fit::fit;

use super::model::Model;
use super::normalisation::Normalisation;
use super::settings::Training;
use super::windows::Windows;
use crate::dissipation_map::MapGrid;
use crate::error::{Error, Fault, Result};
use cneep_nn::Tensor;
use coupling::{Coupling, FeatureShape};
use features::Features;
use ndarray::{Array1, Array2, Array3, s};
use patches::Patches;
use projection::Projection;
use rayon::prelude::*;
use reach::Reach;

/// The estimator on principal modes. Its map has full resolution: force density `U f` times change `U d`.
pub struct Modes {
    patches: Patches,
    coupling: Coupling,
    window: usize,
    frame: (usize, usize),
    tensors: Vec<Tensor>,
}

impl Modes {
    /// The estimator with the modes that `settings` state, for frames of `rows` x `columns` pixels.
    ///
    /// # Errors
    /// [`Error::Setting`] if the settings leave open what a fit would have chosen, or ask for more modes than pixels.
    pub fn new(settings: &Training, rows: usize, columns: usize) -> Result<Self> {
        let ModesSettings {
            modes: Some(modes),
            patch: Some(patch),
            spacing: Some(spacing),
            radius: Some(radius),
            ..
        } = settings.modes
        else {
            let remedy = "Train: the fit chooses what is left open and writes it down.";
            let expected = "modes, patch, spacing and radius";
            return Err(Error::Setting(Fault::new("modes", expected, "some left open", remedy)));
        };
        let patches = Patches::new(rows, columns, patch, spacing);
        check_mode_count(modes, &patches)?;
        let shape = FeatureShape { patches: patches.count(), modes, pairs: settings.window / 2 };
        let coupling = Coupling::new(shape, &patches.neighbours(radius));
        let sizes = [
            ("modes", vec![shape.patches, modes, patches.rows, patches.columns]),
            ("centres", vec![shape.patches, modes]),
            ("reach_of_means", vec![shape.patches, modes]),
            ("reach_of_changes", vec![shape.patches, shape.pairs, modes]),
            ("coupling", vec![coupling.len()]),
        ];
        let mut end = 0;
        let tensors = sizes.map(|(name, shape)| {
            let start = end;
            end += shape.iter().product::<usize>();
            Tensor { name: name.into(), shape, range: start..end }
        });
        Ok(Self {
            patches,
            coupling,
            window: settings.window,
            frame: (rows, columns),
            tensors: tensors.into(),
        })
    }

    /// The flat vector of parameters: modes, centres, reach, coefficients.
    fn parameters(modes: &[Array2<f64>], centres: &[f64], reach: &Reach, coefficients: &[f64]) -> Vec<f32> {
        let of_modes = modes.iter().flat_map(|modes| modes.t().iter().copied().collect::<Vec<_>>());
        of_modes
            .chain(centres.iter().copied())
            .chain(reach.even.iter().copied())
            .chain(reach.odd.iter().copied())
            .chain(coefficients.iter().copied())
            .map(|x| x as f32)
            .collect()
    }

    fn projection(&self, parameters: &[f32], normalisation: Normalisation) -> Projection<'_> {
        let FeatureShape { modes, .. } = self.coupling.shape;
        let pixels = self.patches.pixels();
        let of_patch = |numbers: &[f32]| {
            Array2::from_shape_fn((pixels, modes), |(pixel, mode)| f64::from(numbers[mode * pixels + pixel]))
        };
        let in_modes = &parameters[self.tensors[0].range.clone()];
        Projection {
            patches: &self.patches,
            normalisation,
            modes: in_modes.chunks_exact(modes * pixels).map(of_patch).collect(),
            centres: self.numbers(parameters, 1),
        }
    }

    /// Numbers of one of the tensors.
    fn numbers(&self, parameters: &[f32], tensor: usize) -> Vec<f64> {
        parameters[self.tensors[tensor].range.clone()].iter().copied().map(f64::from).collect()
    }

    fn coefficients(&self, parameters: &[f32]) -> Vec<f64> {
        self.numbers(parameters, 4)
    }

    /// Features of every window; consecutive windows share the projection of their frames.
    fn features(&self, parameters: &[f32], projection: &Projection, windows: &Windows) -> Features {
        let reach = Reach { even: self.numbers(parameters, 2), odd: self.numbers(parameters, 3) };
        let stretches: Vec<Array2<f64>> = windows
            .runs()
            .map(|run| {
                let frames = run.starts.start..run.starts.end + self.window - 1;
                projection.coordinates(&windows.videos()[run.movie], frames)
            })
            .collect();
        Features::of(&stretches, self.window, self.coupling.shape, (self.coupling.shape.modes, &reach))
    }
}

/// Refuses more modes than a patch has pixels.
fn check_mode_count(modes: usize, patches: &Patches) -> Result<()> {
    if modes <= patches.pixels() {
        return Ok(());
    }
    let expected = format!("at most as many modes as a patch has pixels, {}", patches.pixels());
    let remedy = "Take fewer modes.";
    Err(Error::Setting(Fault::new("modes.modes", expected, modes.to_string(), remedy)))
}

impl Model for Modes {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn parameter_count(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Vec<f32> {
        let projection = self.projection(parameters, windows.normalisation());
        let features = self.features(parameters, &projection, windows);
        let values = features.entropy_production(&self.coupling, &self.coefficients(parameters));
        values.into_iter().map(|value| value as f32).collect()
    }

    fn map_grid(&self) -> MapGrid {
        MapGrid { rows: self.frame.0, columns: self.frame.1, cell: 1 }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Array3<f32> {
        let projection = self.projection(parameters, windows.normalisation());
        let features = self.features(parameters, &projection, windows);
        let coefficients = self.coefficients(parameters);
        let mut maps = Array3::zeros((features.len(), self.frame.0, self.frame.1));
        let rows: Vec<_> = maps.outer_iter_mut().collect();
        rows.into_par_iter().enumerate().for_each(|(window, mut map)| {
            let (even, odd) = features.row(window);
            let mut forces = vec![0.0; odd.len()];
            self.coupling.forces(&coefficients, even, &mut forces);
            let total = self.density(&projection, &forces, odd);
            map.assign(&total.mapv(|density| density as f32));
        });
        maps
    }
}

impl Modes {
    /// Map of one window: in each patch, and for each pair of frames, the force on its modes times their change, both drawn as
    /// pictures. As modes are orthonormal, the sum of the product is that over the modes.
    fn density(&self, projection: &Projection, forces: &[f64], changes: &[f64]) -> Array2<f64> {
        let FeatureShape { modes, pairs, .. } = self.coupling.shape;
        let (height, width) = (self.patches.rows, self.patches.columns);
        let mut map = Array2::zeros(self.frame);
        let of_patches = forces.chunks_exact(pairs * modes).zip(changes.chunks_exact(pairs * modes));
        for (patch, (forces, changes)) in of_patches.enumerate() {
            let mut density: Array1<f64> = Array1::zeros(self.patches.pixels());
            for (force, change) in forces.chunks_exact(modes).zip(changes.chunks_exact(modes)) {
                let [force, change] = [force, change]
                    .map(|numbers| projection.modes[patch].dot(&Array1::from(numbers.to_vec())));
                density += &(force * change);
            }
            let (top, left) = self.patches.origin(patch);
            let density = density.into_shape_with_order((height, width)).expect("a patch of pixels");
            let mut part = map.slice_mut(s![top..top + height, left..left + width]);
            part += &density;
        }
        map
    }
}
