//! Sums estimators that were fitted several times, each time with another part of the movies held out.
//!
//! A window is judged by the members that have not seen it, so that every frame of the training movies gets a held-out dS; a window of
//! a fresh movie is judged by all of them, and gets their mean. No member gives a window more than the logarithm of the number of windows
//! that were fitted to: of N windows none could have shown that its reversal is rarer than 1 in N, and one that is given far more would
//! outweigh all others in `exp(-dS)`.

use super::record::RunRecord;
use super::settings::EstimatorKind;
use super::{Estimator, checkpoint};
use crate::dissipation_map::MapGrid;
use crate::transition::Transition;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use ndarray::{Array3, Axis};
use std::path::{Path, PathBuf};

/// The weighted sum of cross-fitted estimators; without parts it is an estimate of zero.
pub(super) struct CrossFitted {
    pub(super) parts: Vec<Part>,
    /// The most that a member gives to a window, in `k_B`.
    pub(super) limit: f64,
    /// Cells of the map of an estimate of zero.
    pub(super) empty_grid: MapGrid,
}

/// One estimator in the sum.
pub(super) struct Part {
    pub(super) estimator: EstimatorKind,
    pub(super) weight: f64,
    /// One a fold.
    pub(super) members: Vec<Estimator>,
}

/// The most that a member gives to a window if all are fitted to `transitions`, in `k_B`.
pub(super) fn limit(transitions: usize) -> f64 {
    (transitions.max(2) as f64).ln()
}

impl CrossFitted {
    /// The sum of `parts`, of a run with this `record`.
    pub(super) fn new(parts: Vec<Part>, record: &RunRecord) -> Self {
        let empty_grid = MapGrid { rows: record.rows, columns: record.columns, cell: 1 };
        Self { parts, limit: limit(record.transitions[0]), empty_grid }
    }

    /// All members of all parts.
    pub(super) fn members(&self) -> impl Iterator<Item = &Estimator> {
        self.parts.iter().flat_map(|part| &part.members)
    }

    /// dS of `transitions` of one movie, in `k_B`.
    pub(super) fn values(&self, videos: &[Video], transitions: &[Transition]) -> Result<Vec<f64>> {
        let mut values = vec![0.0; transitions.len()];
        for Judgement { member, places, shares } in self.judgements(videos, transitions) {
            let chosen = places.iter().map(|&place| transitions[place]).collect();
            for ((&place, share), value) in places.iter().zip(shares).zip(member.values(videos, chosen)?) {
                values[place] += share * value.clamp(-self.limit, self.limit);
            }
        }
        Ok(values)
    }

    /// Maps of `transitions` of one movie, in `k_B`, with their cells.
    pub(super) fn maps(
        &self,
        videos: &[Video],
        transitions: &[Transition],
    ) -> Result<(MapGrid, Array3<f32>)> {
        let zeros = |grid: MapGrid| Array3::zeros((transitions.len(), grid.rows, grid.columns));
        let mut sum: Option<(MapGrid, Array3<f32>)> = None;
        for Judgement { member, places, shares } in self.judgements(videos, transitions) {
            let chosen = places.iter().map(|&place| transitions[place]).collect();
            let (grid, maps) = member.maps(videos, chosen)?;
            let (_, sum) = sum.get_or_insert_with(|| (grid, zeros(grid)));
            for ((&place, share), map) in places.iter().zip(shares).zip(maps.outer_iter()) {
                let value: f64 = map.iter().map(|&cell| f64::from(cell)).sum();
                let kept = if value.abs() > self.limit { self.limit / value.abs() } else { 1.0 };
                sum.index_axis_mut(Axis(0), place).scaled_add((share * kept) as f32, &map);
            }
        }
        Ok(sum.unwrap_or_else(|| (self.empty_grid, zeros(self.empty_grid))))
    }

    /// Who judges which of `transitions`, and with what share in the sum. What all members have seen, all judge.
    fn judgements<'a>(&'a self, videos: &[Video], transitions: &[Transition]) -> Vec<Judgement<'a>> {
        let Some(first) = transitions.first() else { return Vec::new() };
        let (video, hash) = (&videos[first.movie], videos[first.movie].hash());
        let frames = video.frames().count();
        let mut judgements = Vec::new();
        for part in &self.parts {
            let unseen: Vec<Vec<bool>> = part
                .members
                .iter()
                .map(|member| {
                    member.record.held_out(&hash, (frames + 1).saturating_sub(member.settings.window))
                })
                .collect();
            let judges = |start: usize| unseen.iter().filter(|unseen| unseen[start]).count();
            for (member, unseen) in part.members.iter().zip(&unseen) {
                let of_window = |(place, transition): (usize, &Transition)| {
                    let share = match judges(transition.start) {
                        0 => part.weight / part.members.len() as f64,
                        count if unseen[transition.start] => part.weight / count as f64,
                        _ => return None,
                    };
                    Some((place, share))
                };
                let (places, shares): (Vec<usize>, Vec<f64>) =
                    transitions.iter().enumerate().filter_map(of_window).unzip();
                if !places.is_empty() {
                    judgements.push(Judgement { member, places, shares });
                }
            }
        }
        judgements
    }

    /// Saves every member as a run of its own below `folder`.
    pub(super) fn save(&self, folder: &Path) -> Result<()> {
        for part in &self.parts {
            for (fold, member) in part.members.iter().enumerate() {
                let folder = home(folder, part.estimator, fold);
                std::fs::create_dir_all(&folder).map_err(|refusal| Error::writing(&folder, refusal))?;
                member.save(&folder)?;
            }
        }
        Ok(())
    }

    /// Loads what [`Self::save`] wrote.
    pub(super) fn load(folder: &Path, record: &RunRecord) -> Result<Self> {
        let mut parts = Vec::new();
        for contender in record.contenders.iter().filter(|contender| contender.weight > 0.0) {
            let homes = (0..).map(|fold| home(folder, contender.estimator, fold));
            let members: Result<Vec<Estimator>> = homes
                .take_while(|home| checkpoint::holds_a_run(home))
                .map(|home| Estimator::load(&home))
                .collect();
            let part = Part { estimator: contender.estimator, weight: contender.weight, members: members? };
            if part.members.len() != contender.folds {
                return Err(Error::Format(Fault::of_file(
                    folder,
                    format!("{} runs of `{}`, one a fold", contender.folds, contender.estimator),
                    part.members.len().to_string(),
                    "Parts of the run are missing: take a backup or train again.",
                )));
            }
            parts.push(part);
        }
        Ok(Self::new(parts, record))
    }
}

/// What one member judges: places among the transitions asked for, and its share in the sum at each.
struct Judgement<'a> {
    member: &'a Estimator,
    places: Vec<usize>,
    shares: Vec<f64>,
}

/// Folder of the member of `fold` below that of the run.
fn home(folder: &Path, estimator: EstimatorKind, fold: usize) -> PathBuf {
    folder.join(estimator.to_string()).join(format!("fold_{}", fold + 1))
}
