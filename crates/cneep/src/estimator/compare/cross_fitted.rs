//! Sums estimators that were fitted several times, each time with another part of the movies held out.
//!
//! A window of a fold is judged by the members that were not fitted to it, with weights chosen without that
//! fold, so that every frame of the training movies gets a cross-fitted dS; a window of the test or of a
//! fresh movie is judged by all of them, and gets their mean.

use super::compared::ComparedEstimator;
use super::cross_fit::CrossFit;
use super::member_folder::home;
use crate::dissipation_map::{MapGrid, on_pixels};
use crate::entropy_production::Role;
use crate::estimator::record::{FitRecord, RunRecord};
use crate::estimator::single::{Kept, Single};
use crate::estimator::training::Training;
use crate::transition::Transition;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use ndarray::{Array2, Array3, ArrayView2, Axis};
use std::path::Path;

/// The weighted sum of cross-fitted estimators; without summands it is an estimate of zero.
pub(in crate::estimator) struct CrossFitted {
    summands: Vec<Summand>,
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

/// dS of windows, and who judges them.
pub(in crate::estimator) struct JudgedValues {
    /// dS of each window, in `k_B`.
    pub(in crate::estimator) values: Vec<f64>,
    /// Fold whose member alone judges it.
    pub(in crate::estimator) folds: Vec<Option<usize>>,
    /// Sum over the windows that the members of each fold give, in `k_B`, if all judge all; otherwise empty.
    pub(in crate::estimator) member_sums: Vec<f64>,
}

/// Maps of windows, and what each fold's members put into them.
pub(in crate::estimator) struct JudgedMaps {
    /// Cells of the maps.
    pub(in crate::estimator) grid: MapGrid,
    /// Maps, in `k_B`, shape (window, row, column).
    pub(in crate::estimator) maps: Array3<f32>,
    /// Sum over the maps that the members of each fold give, in `k_B`, if all judge all; otherwise empty.
    pub(in crate::estimator) member_sums: Vec<Array2<f64>>,
}

/// What one member judges.
struct Judgement<'a> {
    member: &'a Single,
    /// Fold that it was not fitted to.
    fold: usize,
    /// Whether no other member judges the window, at each place.
    alone: Vec<bool>,
    /// Places among the transitions asked for.
    places: Vec<usize>,
    /// Its share in the sum at each.
    shares: Vec<f64>,
}

impl CrossFitted {
    /// The sum of `summands`, of a run with this `record`.
    pub(super) fn new(summands: Vec<Summand>, record: &RunRecord) -> Self {
        Self { summands, frame: (record.rows, record.columns) }
    }

    /// All members of all summands.
    pub(in crate::estimator) fn members(&self) -> impl Iterator<Item = &Single> {
        self.summands.iter().flat_map(|summand| &summand.members)
    }

    /// Whether windows that no member was fitted to get an estimate of zero.
    pub(in crate::estimator) fn is_zero_elsewhere(&self) -> bool {
        self.summands.iter().all(|summand| summand.compared.weight == 0.0)
    }

    /// dS of `transitions` of one movie, in `k_B`, and who judges them.
    pub(in crate::estimator) fn values(
        &self,
        videos: &[Video],
        transitions: &[Transition],
    ) -> Result<JudgedValues> {
        let mut judged = JudgedValues {
            values: vec![0.0; transitions.len()],
            folds: vec![None; transitions.len()],
            member_sums: Vec::new(),
        };
        let mut by_all = true;
        for Judgement { member, fold, alone, places, shares } in self.judgements(videos, transitions)? {
            let chosen = places.iter().map(|&place| transitions[place]).collect();
            let values = member.values(videos, chosen)?;
            judged.member_sums.resize(judged.member_sums.len().max(fold + 1), 0.0);
            for (((&place, share), alone), value) in places.iter().zip(shares).zip(alone).zip(values) {
                judged.values[place] += share * value;
                judged.member_sums[fold] += share * value;
                if alone {
                    judged.folds[place] = Some(fold);
                    by_all = false;
                }
            }
        }
        // Of the mean of k members each has a k-th.
        let members = judged.member_sums.len() as f64;
        judged.member_sums.iter_mut().for_each(|sum| *sum *= members);
        if !by_all {
            judged.member_sums.clear();
        }
        Ok(judged)
    }

    /// Maps of `transitions` of one movie: with the cells of the estimator if only one is summed, otherwise
    /// pixels, over which larger cells are spread evenly.
    pub(in crate::estimator) fn maps(
        &self,
        videos: &[Video],
        transitions: &[Transition],
    ) -> Result<JudgedMaps> {
        let pixels = MapGrid { rows: self.frame.0, columns: self.frame.1, cell: 1 };
        let grids: Vec<MapGrid> = self.members().map(|member| member.model.map_grid()).collect();
        let grid = match grids.first() {
            Some(first) if grids.iter().all(|grid| grid == first) => *first,
            _ => pixels,
        };
        let mut sum = Array3::zeros((transitions.len(), grid.rows, grid.columns));
        let mut member_sums: Vec<Array2<f64>> = Vec::new();
        let mut by_all = true;
        for Judgement { member, fold, alone, places, shares } in self.judgements(videos, transitions)? {
            let chosen = places.iter().map(|&place| transitions[place]).collect();
            let (own, maps) = member.maps(videos, chosen)?;
            by_all &= !alone.contains(&true);
            let none = Array2::zeros((grid.rows, grid.columns));
            member_sums.resize(member_sums.len().max(fold + 1), none);
            let mut add = |place: usize, share: f32, map: ArrayView2<f32>| {
                sum.index_axis_mut(Axis(0), place).scaled_add(share, &map);
                member_sums[fold].zip_mut_with(&map, |sum, &cell| *sum += f64::from(share * cell));
            };
            for ((&place, share), map) in places.iter().zip(shares).zip(maps.outer_iter()) {
                if own == grid {
                    add(place, share as f32, map);
                } else {
                    add(
                        place,
                        share as f32,
                        on_pixels(own, &map, self.frame).mapv(|pixel| pixel as f32).view(),
                    );
                }
            }
        }
        // Of the mean of k members each has a k-th.
        let members = member_sums.len() as f64;
        for sum in &mut member_sums {
            *sum *= members;
        }
        if !by_all {
            member_sums.clear();
        }
        Ok(JudgedMaps { grid, maps: sum, member_sums })
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
            let count = |place: usize| unseen.iter().filter(|unseen| unseen[place]).count();
            let judges: Vec<usize> = (0..transitions.len()).map(count).collect();
            for (fold, (member, unseen)) in members.iter().zip(&unseen).enumerate() {
                let mut of_member =
                    Judgement { member, fold, alone: Vec::new(), places: Vec::new(), shares: Vec::new() };
                for (place, (&is_unseen, &judges)) in unseen.iter().zip(&judges).enumerate() {
                    let share = match judges {
                        0 => compared.weight / members.len() as f64,
                        _ if !is_unseen => continue,
                        1 => compared.fold_weights[fold],
                        count => compared.weight / count as f64,
                    };
                    of_member.places.push(place);
                    of_member.shares.push(share);
                    of_member.alone.push(judges == 1);
                }
                if !of_member.places.is_empty() {
                    judgements.push(of_member);
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
