//! Sums the products of all members into one estimate, with its map.

use super::settings::LocalPlan;
use super::steps::{Products, Ready};
use crate::dissipation_map::MapGrid;
use crate::estimator::model::Model;
use crate::estimator::windows::{WindowShape, Windows};
use crate::transition::{Run, Transition};
use cneep_movie::error::Result;
use cneep_nn::Tensor;
use ndarray::{Array2, Array3};
use rayon::prelude::*;

/// Windows whose features are held at a time.
const WINDOWS_AT_ONCE: usize = 256;

/// The estimator on local products. Its map has full resolution: at every pixel the interpolated
/// coefficients times the fields times the change.
pub(in crate::estimator) struct Local {
    members: Vec<Products>,
    window: usize,
    frame: (usize, usize),
    tensors: Vec<Tensor>,
}

impl Local {
    /// The estimator with the members of `plan`, for windows of this `shape`; without members it estimates
    /// zero.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for a plan that no fit could have kept.
    pub(in crate::estimator) fn new(plan: &LocalPlan, shape: WindowShape) -> Result<Self> {
        plan.check()?;
        let WindowShape { window, rows, columns } = shape;
        let members: Vec<Products> =
            plan.members.iter().map(|member| Products::of(member, rows, columns)).collect();
        let background =
            Tensor { name: "background".into(), shape: vec![rows, columns], range: 0..rows * columns };
        let mut tensors = vec![background];
        for (number, member) in members.iter().enumerate() {
            let start = tensors[number].range.end;
            tensors.push(Tensor {
                name: format!("{number}.coefficients"),
                shape: vec![member.nodes.count(), member.family.features()],
                range: start..start + member.len(),
            });
        }
        Ok(Self { members, window, frame: (rows, columns), tensors })
    }

    fn ready(&self, parameters: &[f32], windows: &Windows) -> Ready {
        let background = parameters[self.tensors[0].range.clone()].to_vec();
        Ready {
            background: Array2::from_shape_vec(self.frame, background).expect("a number for every pixel"),
            std: windows.normalisation().std as f32,
        }
    }

    /// Adds dS of the windows of a run.
    fn add_values(
        &self,
        parameters: &[f32],
        ready: &Ready,
        windows: &Windows,
        run: &Run,
        values: &mut [f64],
    ) -> Result<()> {
        for (number, member) in self.members.iter().enumerate() {
            let features = member.of_runs(ready, windows.videos(), std::slice::from_ref(run), self.window)?;
            let coefficients = self.coefficients(parameters, number);
            values.par_iter_mut().enumerate().for_each(|(window, value)| {
                let products = features.rows(&[window]);
                let terms = products.iter().zip(coefficients).map(|(x, w)| f64::from(*x) * f64::from(*w));
                *value += terms.sum::<f64>();
            });
        }
        Ok(())
    }

    fn coefficients<'a>(&self, parameters: &'a [f32], member: usize) -> &'a [f32] {
        &parameters[self.tensors[member + 1].range.clone()]
    }
}

impl Model for Local {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
        let ready = self.ready(parameters, windows);
        let mut values = vec![0.0; windows.len()];
        let mut rest = &mut values[..];
        for run in windows.runs() {
            let Run { movie, starts } = run;
            for first in starts.clone().step_by(WINDOWS_AT_ONCE) {
                let part = Run { movie, starts: first..starts.end.min(first + WINDOWS_AT_ONCE) };
                let (own, others) = rest.split_at_mut(part.starts.len());
                rest = others;
                self.add_values(parameters, &ready, windows, &part, own)?;
            }
        }
        Ok(values)
    }

    fn map_grid(&self) -> MapGrid {
        MapGrid { rows: self.frame.0, columns: self.frame.1, cell: 1 }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Result<Array3<f32>> {
        let ready = self.ready(parameters, windows);
        let of_members: Vec<Vec<Array2<f32>>> = self
            .members
            .iter()
            .enumerate()
            .map(|(number, member)| member.coefficient_maps(self.coefficients(parameters, number)))
            .collect();
        let mut maps = Array3::zeros((windows.len(), self.frame.0, self.frame.1));
        let maps_of: Vec<_> = maps.outer_iter_mut().collect();
        maps_of.into_par_iter().enumerate().try_for_each(|(window, mut map)| {
            let Transition { movie, start } = windows.transition(window);
            let video = &windows.videos()[movie];
            let mut total = Array2::zeros(self.frame);
            let mut before = ready.frame(video, start)?;
            for step in 0..self.window - 1 {
                let after = ready.frame(video, start + step + 1)?;
                for (member, coefficients) in self.members.iter().zip(&of_members) {
                    member.add_density(coefficients, [&before, &after], &mut total);
                }
                before = after;
            }
            map.assign(&total.mapv(|density: f64| density as f32));
            Ok(())
        })?;
        Ok(maps)
    }
}
