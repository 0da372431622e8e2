//! Sums the forces between objects times their changes, with the map.

use super::coupling::Coupling;
use super::picture::Picture;
use super::precision::Precision;
use super::settings::{ObjectsMember, ObjectsPlan};
use super::sums::Steps;
use crate::dissipation_map::MapGrid;
use crate::estimator::model::Model;
use crate::estimator::windows::{WindowShape, Windows};
use crate::transition::{Run, Transition};
use cneep_movie::error::Result;
use cneep_nn::Tensor;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3};
use rayon::prelude::*;

/// Steps that are looked at together.
pub(super) const STEPS_AT_ONCE: usize = 64;

/// The estimator on objects. Its map has full resolution: forces on modes, drawn on the pixels of their
/// objects, times the change of each pixel.
pub(in crate::estimator) struct Objects {
    members: Vec<ObjectsMember>,
    window: usize,
    frame: (usize, usize),
    tensors: Vec<Tensor>,
}

/// Names of the tensors of a member, in their order.
const NAMES: [&str; 5] = ["labels", "modes", "centres", "variances", "pairs"];
/// Numbers of a pair: its two modes, coefficients of the regressions of middles and of changes, circulation.
const OF_PAIR: usize = 5;

struct Filled {
    picture: Picture,
    coupling: Coupling,
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
        for (number, ObjectsMember { objects, modes, pairs }) in plan.members.iter().enumerate() {
            let shapes = [
                vec![rows, columns],
                vec![*modes, rows, columns],
                vec![*objects, *modes],
                vec![2, objects * modes],
                vec![*pairs, OF_PAIR],
            ];
            for (name, shape) in NAMES.iter().zip(shapes) {
                let start = tensors.last().map_or(0, |tensor| tensor.range.end);
                let range = start..start + shape.iter().product::<usize>();
                tensors.push(Tensor { name: format!("{number}.{name}"), shape, range });
            }
        }
        Ok(Self { members: plan.members.clone(), window, frame: (rows, columns), tensors })
    }

    /// A member's part of the flat vector of parameters, with its dS times `weight`.
    pub(super) fn parameters(picture: &Picture, of: &Coupling, weight: f64) -> Vec<f32> {
        let mut all: Vec<f32> = picture.labels.iter().chain(&picture.modes).copied().collect();
        all.extend(&picture.centres);
        all.extend(of.precisions.iter().flat_map(|of| &of.left).map(|left| *left as f32));
        for (pair, &(i, j)) in of.pairs.iter().enumerate() {
            let [middles, changes] = [0, 1].map(|which| of.precisions[which].coefficients[pair] as f32);
            all.extend([i as f32, j as f32, middles, changes, (weight * of.circulation[pair]) as f32]);
        }
        all
    }

    fn fill(&self, parameters: &[f32]) -> Vec<Filled> {
        let numbers = |member: usize, place: usize| {
            &parameters[self.tensors[NAMES.len() * member + place].range.clone()]
        };
        let (rows, columns) = self.frame;
        let fill = |(number, member): (usize, &ObjectsMember)| {
            let expected = "a tensor's numbers";
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
                coupling: coupling(*member, numbers(number, 3), numbers(number, 4)),
            }
        };
        self.members.iter().enumerate().map(fill).collect()
    }
}

/// The forces that stand in tensors of a member.
fn coupling(member: ObjectsMember, left: &[f32], pairs: &[f32]) -> Coupling {
    let len = member.objects * member.modes;
    // Whatever stands in a file, modes are in order.
    let rows: Vec<[f32; OF_PAIR]> = pairs.as_chunks().0.to_vec();
    let modes = |row: &[f32; OF_PAIR]| (row[0] as usize, row[1] as usize);
    let rows: Vec<_> = rows.iter().filter(|row| modes(row).0 < modes(row).1 && modes(row).1 < len).collect();
    let column = |place: usize| rows.iter().map(|row| f64::from(row[place])).collect();
    let precision = |which: usize| Precision {
        left: left[which * len..(which + 1) * len].iter().map(|&left| f64::from(left)).collect(),
        coefficients: column(2 + which),
    };
    Coupling {
        pairs: rows.iter().map(|row| modes(row)).collect(),
        precisions: [precision(0), precision(1)],
        circulation: column(4),
    }
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
                let some: Vec<usize> = frames.clone().step_by(STEPS_AT_ONCE).collect();
                let of_some = |&from: &usize| {
                    let frames = from..(from + STEPS_AT_ONCE + 1).min(frames.end);
                    let coordinates = picture.coordinates(windows.normalisation(), video, frames)?;
                    let all: Vec<usize> = (0..coordinates.dim().0 - 1).collect();
                    Ok(coupling.entropy_production(Steps::between(&coordinates.view(), &all)))
                };
                let steps: Vec<f64> = some.par_iter().map(of_some).collect::<Result<Vec<_>>>()?.concat();
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
                    let forces = coupling.forces(Steps::between(&coordinates.view(), &[0]).middles);
                    let density = picture.drawn(&forces.column(0)) * change.mapv(f64::from) / std;
                    total += &density;
                }
            }
            map.assign(&total.mapv(|density| density as f32));
            Ok(())
        })?;
        Ok(maps)
    }
}
