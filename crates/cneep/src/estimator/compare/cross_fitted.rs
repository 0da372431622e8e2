//! Sums estimators that were fitted several times, each time with another part of the movies held out.
//!
//! A window of a fold is judged by the members that were not fitted to it, with weights chosen without that
//! fold, so that every frame of the training movies gets a cross-fitted dS; a window of the test or of a
//! fresh movie is judged by all of them, and gets their mean. No member gives a window more than the
//! logarithm of the number of windows that were fitted to: of N windows none could have shown that its
//! reversal is rarer than 1 in N, and one that is given far more would outweigh all others in `exp(-dS)`.

use super::clip::limit;
use super::compared::ComparedEstimator;
use super::cross_fit::CrossFit;
use crate::dissipation_map::MapGrid;
use crate::entropy_production::Role;
use crate::estimator::record::{FitRecord, RunRecord};
use crate::estimator::single::{Kept, Single};
use crate::estimator::training::Training;
use crate::transition::Transition;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use ndarray::{Array2, Array3, ArrayView2, Axis, s};
use std::path::{Path, PathBuf};

/// The weighted sum of cross-fitted estimators; without summands it is an estimate of zero.
pub(in crate::estimator) struct CrossFitted {
    summands: Vec<Summand>,
    /// The most that a member gives to a window, in `k_B`.
    limit: f64,
    /// Rows and columns of a frame, in pixels.
    frame: (usize, usize),
}

/// One estimator in the sum.
pub(super) struct Summand {
    /// Its weights.
    compared: ComparedEstimator,
    /// One a fold.
    members: Vec<Single>,
}

impl Summand {
    pub(super) fn of(cross_fit: CrossFit) -> Self {
        let CrossFit { compared, members, .. } = cross_fit;
        Self { compared, members }
    }
}

/// What one member judges.
struct Judgement<'a> {
    member: &'a Single,
    /// Places among the transitions asked for.
    places: Vec<usize>,
    /// Its share in the sum at each.
    shares: Vec<f64>,
}

impl CrossFitted {
    /// The sum of `summands`, of a run with this `record`.
    pub(super) fn new(summands: Vec<Summand>, record: &RunRecord) -> Self {
        let limit = limit(record.transitions[0]);
        Self { summands, limit, frame: (record.rows, record.columns) }
    }

    /// All members of all summands.
    pub(in crate::estimator) fn members(&self) -> impl Iterator<Item = &Single> {
        self.summands.iter().flat_map(|summand| &summand.members)
    }

    /// dS of `transitions` of one movie, in `k_B`.
    pub(in crate::estimator) fn values(
        &self,
        videos: &[Video],
        transitions: &[Transition],
    ) -> Result<Vec<f64>> {
        let mut values = vec![0.0; transitions.len()];
        for Judgement { member, places, shares } in self.judgements(videos, transitions)? {
            let chosen = places.iter().map(|&place| transitions[place]).collect();
            for ((&place, share), value) in places.iter().zip(shares).zip(member.values(videos, chosen)?) {
                values[place] += share * value.clamp(-self.limit, self.limit);
            }
        }
        Ok(values)
    }

    /// Maps of `transitions` of one movie, in `k_B`, with their cells: those of the estimator if only one is
    /// summed, otherwise pixels, over which larger cells are spread evenly.
    pub(in crate::estimator) fn maps(
        &self,
        videos: &[Video],
        transitions: &[Transition],
    ) -> Result<(MapGrid, Array3<f32>)> {
        let pixels = MapGrid { rows: self.frame.0, columns: self.frame.1, cell: 1 };
        let grids: Vec<MapGrid> = self.members().map(|member| member.model.map_grid()).collect();
        let grid = match grids.first() {
            Some(first) if grids.iter().all(|grid| grid == first) => *first,
            _ => pixels,
        };
        let mut sum = Array3::zeros((transitions.len(), grid.rows, grid.columns));
        for Judgement { member, places, shares } in self.judgements(videos, transitions)? {
            let chosen = places.iter().map(|&place| transitions[place]).collect();
            let (own, maps) = member.maps(videos, chosen)?;
            for ((&place, share), map) in places.iter().zip(shares).zip(maps.outer_iter()) {
                let value: f64 = map.iter().map(|&cell| f64::from(cell)).sum();
                let kept = if value.abs() > self.limit { self.limit / value.abs() } else { 1.0 };
                let share = (share * kept) as f32;
                let mut sum = sum.index_axis_mut(Axis(0), place);
                if own == grid {
                    sum.scaled_add(share, &map);
                } else {
                    sum.scaled_add(share, &spread(own, &map, self.frame));
                }
            }
        }
        Ok((grid, sum))
    }

    /// Who judges which of `transitions`, and with what share in the sum. What all members were fitted to,
    /// all judge.
    fn judgements<'a>(&'a self, videos: &[Video], transitions: &[Transition]) -> Result<Vec<Judgement<'a>>> {
        let Some(first) = transitions.first() else { return Ok(Vec::new()) };
        let hash = videos[first.movie].hash()?;
        let mut judgements = Vec::new();
        for Summand { compared, members } in &self.summands {
            let unseen_by = |member: &Single| -> Vec<bool> {
                let roles = member.record.roles_of(&hash, transitions.iter().map(|of| of.start));
                roles.into_iter().map(|role| role != Role::InSample).collect()
            };
            let unseen: Vec<Vec<bool>> = members.iter().map(unseen_by).collect();
            let judges = |place: usize| unseen.iter().filter(|unseen| unseen[place]).count();
            for (fold, (member, unseen)) in members.iter().zip(&unseen).enumerate() {
                let of_window = |place: usize| {
                    let share = match judges(place) {
                        0 => compared.weight / members.len() as f64,
                        _ if !unseen[place] => return None,
                        1 => compared.fold_weights[fold],
                        count => compared.weight / count as f64,
                    };
                    Some((place, share))
                };
                let (places, shares): (Vec<usize>, Vec<f64>) =
                    (0..transitions.len()).filter_map(of_window).unzip();
                if !places.is_empty() {
                    judgements.push(Judgement { member, places, shares });
                }
            }
        }
        Ok(judgements)
    }

    /// Saves every member as a run of its own below `folder`.
    pub(in crate::estimator) fn save(&self, folder: &Path) -> Result<()> {
        for summand in &self.summands {
            for (fold, member) in summand.members.iter().enumerate() {
                let folder = home(folder, &summand.compared.estimator, fold);
                std::fs::create_dir_all(&folder).map_err(|refusal| Error::writing(&folder, refusal))?;
                member.save(&folder)?;
            }
        }
        Ok(())
    }

    /// Loads what [`Self::save`] wrote.
    pub(in crate::estimator) fn load(folder: &Path, record: &RunRecord) -> Result<Self> {
        let FitRecord::Comparison(found) = &record.fit else {
            return Ok(Self::new(Vec::new(), record));
        };
        let mut summands = Vec::new();
        for compared in found.kept() {
            let member = |fold: usize| {
                let home = home(folder, &compared.estimator, fold);
                Single::load(&home, Training::of_run(&home)?, RunRecord::read(&home)?, Kept::Best)
            };
            let members: Vec<Single> = (0..compared.folds).map(member).collect::<Result<_>>()?;
            if compared.fold_weights.len() != members.len() {
                return Err(Error::Format(Fault::of_file(
                    folder,
                    format!("{} weights of `{}`, one a fold", members.len(), compared.estimator),
                    compared.fold_weights.len().to_string(),
                    "The record of the run is damaged: take a backup or train again.",
                )));
            }
            summands.push(Summand { compared: compared.clone(), members });
        }
        Ok(Self::new(summands, record))
    }
}

/// A map of larger cells on the pixels of a frame: every cell spread evenly over its pixels.
fn spread(grid: MapGrid, map: &ArrayView2<f32>, frame: (usize, usize)) -> Array2<f32> {
    let (rows, columns) = frame;
    let mut pixels = Array2::zeros(frame);
    for ((row, column), &value) in map.indexed_iter() {
        let within = |place: usize, length: usize| {
            let start = (place * grid.cell).min(length - 1);
            start..(start + grid.cell).min(length)
        };
        let mut part = pixels.slice_mut(s![within(row, rows), within(column, columns)]);
        let share = value / part.len() as f32;
        part += share;
    }
    pixels
}

/// Folder of the member of `fold` below that of the run.
pub(in crate::estimator) fn home(folder: &Path, estimator: &str, fold: usize) -> PathBuf {
    folder.join(estimator).join(format!("fold_{}", fold + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a border that takes nothing, and a sum that is not that of the cells.
    #[test]
    fn cells_are_spread_over_their_pixels() {
        let grid = MapGrid { rows: 2, columns: 3, cell: 4 };
        let map = Array2::from_shape_fn((2, 3), |(row, column)| (1 + row * 3 + column) as f32);
        let pixels = spread(grid, &map.view(), (10, 11));
        assert!((pixels.sum() - map.sum()).abs() < 1e-5);
        assert!((pixels[[0, 3]] - 1.0 / 16.0).abs() < 1e-7 && (pixels[[7, 10]] - 6.0 / 12.0).abs() < 1e-6);
        assert_eq!(pixels[[9, 0]], 0.0);
    }
}
