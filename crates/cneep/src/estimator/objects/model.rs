//! Sums the forces between objects times their changes, with the map.

use super::picture::Picture;
use super::settings::{ObjectsMember, ObjectsPlan};
use crate::dissipation_map::MapGrid;
use crate::estimator::model::Model;
use crate::estimator::windows::{WindowShape, Windows};
use crate::transition::{Run, Transition};
use cneep_movie::error::Result;
use cneep_nn::Tensor;
use nalgebra::DMatrix;
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, ArrayView3};
use rayon::prelude::*;

/// The estimator on objects. Its map has full resolution: forces on modes, drawn on the pixels of their
/// objects, times the change of each pixel.
pub(in crate::estimator) struct Objects {
    members: Vec<ObjectsMember>,
    window: usize,
    frame: (usize, usize),
    tensors: Vec<Tensor>,
}

/// Names of the tensors of a member, in their order.
const NAMES: [&str; 4] = ["labels", "modes", "centres", "coupling"];

struct Filled {
    picture: Picture,
    /// Shape (driving mode, driven mode).
    coupling: Array2<f64>,
}

impl Objects {
    /// The estimator with the members of `plan`, for windows of this `shape`; without members it estimates
    /// zero.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for a plan that no fit could have kept.
    pub(in crate::estimator) fn new(plan: &ObjectsPlan, shape: WindowShape) -> Result<Self> {
        plan.check()?;
        let WindowShape { window, rows, columns } = shape;
        let mut tensors: Vec<Tensor> = Vec::new();
        for (number, ObjectsMember { objects, modes }) in plan.members.iter().enumerate() {
            let len = objects * modes;
            let shapes =
                [vec![rows, columns], vec![*modes, rows, columns], vec![*objects, *modes], vec![len, len]];
            for (name, shape) in NAMES.iter().zip(shapes) {
                let start = tensors.last().map_or(0, |tensor| tensor.range.end);
                let range = start..start + shape.iter().product::<usize>();
                tensors.push(Tensor { name: format!("{number}.{name}"), shape, range });
            }
        }
        Ok(Self { members: plan.members.clone(), window, frame: (rows, columns), tensors })
    }

    /// A member's part of the flat vector of parameters.
    pub(super) fn parameters(picture: &Picture, coupling: &DMatrix<f64>) -> Vec<f32> {
        let (labels, modes) = (picture.labels.iter().copied(), picture.modes.iter().copied());
        let rows = coupling.row_iter().flat_map(|row| row.iter().map(|w| *w as f32).collect::<Vec<_>>());
        labels.chain(modes).chain(picture.centres.iter().copied()).chain(rows).collect()
    }

    fn fill(&self, parameters: &[f32]) -> Vec<Filled> {
        let numbers =
            |member: usize, place: usize| &parameters[self.tensors[4 * member + place].range.clone()];
        let (rows, columns) = self.frame;
        let fill = |(number, member): (usize, &ObjectsMember)| {
            let len = member.objects * member.modes;
            let expected = "a tensor's numbers";
            let coupling = ArrayView2::from_shape((len, len), numbers(number, 3)).expect(expected);
            let modes = ArrayView3::from_shape((member.modes, rows, columns), numbers(number, 1));
            // Whatever stands in a file, no label is beyond the last object.
            let most = member.objects as f32;
            let labels = ArrayView2::from_shape((rows, columns), numbers(number, 0)).expect(expected);
            Filled {
                picture: Picture {
                    labels: labels.mapv(|label| if (0.0..=most).contains(&label) { label } else { 0.0 }),
                    modes: modes.expect(expected).to_owned(),
                    centres: numbers(number, 2).to_vec(),
                },
                coupling: coupling.mapv(f64::from),
            }
        };
        self.members.iter().enumerate().map(fill).collect()
    }
}

/// Forces on the changes of all modes in a step between two frames.
fn forces(coupling: &Array2<f64>, before: &ArrayView1<f64>, after: &ArrayView1<f64>) -> Array1<f64> {
    let middle = (before + after) * 0.5;
    middle.dot(coupling)
}

impl Model for Objects {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
        let runs: Vec<Run> = windows.runs().collect();
        let mut values = vec![0.0; windows.len()];
        for Filled { picture, coupling } in self.fill(parameters) {
            let mut first = 0;
            for run in &runs {
                let frames = run.frames(self.window);
                let video = &windows.videos()[run.movie];
                let coordinates = picture.coordinates(windows.normalisation(), video, frames)?;
                let of_step = |step: usize| {
                    let (before, after) = (coordinates.row(step), coordinates.row(step + 1));
                    forces(&coupling, &before, &after).dot(&(&after - &before))
                };
                let steps: Vec<f64> = (0..coordinates.nrows() - 1).into_par_iter().map(of_step).collect();
                for start in 0..run.starts.len() {
                    values[first + start] += steps[start..start + self.window - 1].iter().sum::<f64>();
                }
                first += run.starts.len();
            }
        }
        Ok(values)
    }

    fn map_grid(&self) -> MapGrid {
        MapGrid { rows: self.frame.0, columns: self.frame.1, cell: 1 }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Result<Array3<f32>> {
        let members = self.fill(parameters);
        let mut maps = Array3::zeros((windows.len(), self.frame.0, self.frame.1));
        let maps_of: Vec<_> = maps.outer_iter_mut().collect();
        maps_of.into_par_iter().enumerate().try_for_each(|(window, mut map)| {
            let Transition { movie, start } = windows.transition(window);
            let video = &windows.videos()[movie];
            let std = windows.normalisation().std;
            let mut total = Array2::<f64>::zeros(self.frame);
            for step in start..start + self.window - 1 {
                let change = video.frames().frame(step + 1)? - video.frames().frame(step)?;
                for Filled { picture, coupling } in &members {
                    let coordinates = picture.coordinates(windows.normalisation(), video, step..step + 2)?;
                    let forces = forces(coupling, &coordinates.row(0), &coordinates.row(1));
                    let density = picture.drawn(&forces.to_vec()) * change.mapv(f64::from) / std;
                    total += &density;
                }
            }
            map.assign(&total.mapv(|density| density as f32));
            Ok(())
        })?;
        Ok(maps)
    }
}
