//! Holds the scores of one case and seed: a row of `scores.csv`.

use super::fit::Estimators;
use super::provenance::Build;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Entropy production below this, in `k_B` per transition, is rounding: the system is in equilibrium.
pub(crate) const ROUNDING: f64 = 1e-9;

/// What stands in place of cautions where there are none.
pub(crate) const NO_CAUTION: &str = "none";

/// What stands above the columns of `scores.csv`.
pub(crate) const UNITS: &str = "\
# One row a case and a seed of training; scores are of fresh movies, against their exact answers.
# Rates and bounds in k_B per second; r_squared and slope (last_: of the last iteration's parameters),
# fluctuation_theorem, p_value, dissipates (1 or 0), correlations, misplaced, hot_node_auc and map_unevenness
# without unit; times in seconds. Lists over the parts (beads, moving nodes) are separated by blanks.
# movie_cautions: kinds of the cautions about the movies that were tested on, separated by blanks.
# window: frames of a transition, chosen or given. estimators: those compared, each with its weight in the
# sum that was kept, 0 for none.
# commit, dirty: the build that made the row, and whether its sources differed from that commit.
# What is not known, or means nothing in this case, is left empty.
";

/// Scores of one estimator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scores {
    /// What the case is called.
    pub(crate) case: String,
    /// Seed of training.
    pub(crate) seed: u64,
    /// Of all settings and the seed.
    pub(crate) settings_hash: String,
    /// Transitions that trained.
    pub(crate) train_transitions: usize,
    /// Transitions of the fresh movies.
    pub(crate) test_transitions: usize,
    pub(crate) iterations: u64,
    /// The iteration whose parameters were kept.
    pub(crate) best_iteration: u64,
    pub(crate) r_squared: Option<f64>,
    pub(crate) slope: Option<f64>,
    /// The same two with the parameters of the last iteration, without early stopping.
    pub(crate) last_r_squared: Option<f64>,
    pub(crate) last_slope: Option<f64>,
    pub(crate) rate: f64,
    pub(crate) rate_error: Option<f64>,
    /// Ends of the rate's 95 % interval.
    pub(crate) rate_low: Option<f64>,
    pub(crate) rate_high: Option<f64>,
    /// The same ends for the movies that trained.
    #[serde(default)]
    pub(crate) own_rate_low: Option<f64>,
    #[serde(default)]
    pub(crate) own_rate_high: Option<f64>,
    pub(crate) bound: Option<f64>,
    pub(crate) bound_error: Option<f64>,
    /// Lower end of the bound's 95 % interval.
    pub(crate) bound_low: Option<f64>,
    /// Exact rate along the fresh movies.
    pub(crate) realised_rate: Option<f64>,
    /// Exact rate of the process; 0 where nothing of it can be seen.
    pub(crate) exact_rate: Option<f64>,
    /// What pairs of frames can show at best.
    pub(crate) exact_pair_rate: Option<f64>,
    pub(crate) fluctuation_theorem: f64,
    pub(crate) fluctuation_theorem_error: Option<f64>,
    pub(crate) p_value: Option<f64>,
    /// 1 if dissipation is claimed.
    pub(crate) dissipates: u8,
    /// Kinds of the cautions about the movies, as a camera or its settings may cause them; `none` if there
    /// are none.
    #[serde(default)]
    pub(crate) movie_cautions: Option<String>,
    pub(crate) part_correlation: Option<f64>,
    pub(crate) map_correlation: Option<f64>,
    pub(crate) misplaced: Option<f64>,
    pub(crate) hot_node_auc: Option<f64>,
    /// Of the mean map with the exact density.
    #[serde(default)]
    pub(crate) density_correlation: Option<f64>,
    /// Of the mean map in tiles.
    #[serde(default)]
    pub(crate) map_unevenness: Option<f64>,
    /// Rate of every part on the mean map.
    pub(crate) part_map_rates: String,
    /// Exact local rate of every part along the fresh movies.
    pub(crate) part_realised_rates: String,
    /// Frames of a transition, chosen or given.
    #[serde(default)]
    pub(crate) window: Option<usize>,
    /// Estimators that were compared, with their weights in the sum that was kept.
    #[serde(default)]
    pub(crate) estimators: Estimators,
    /// Commit of the build that made the row; empty if it is not known.
    #[serde(default)]
    pub(crate) commit: String,
    /// Whether the sources of that build differed from its commit.
    #[serde(default)]
    pub(crate) dirty: Option<bool>,
    pub(crate) train_seconds: f64,
    /// Training, estimate and maps, and for the first seed of a case the simulation.
    pub(crate) seconds: f64,
}

impl Scores {
    /// Whether the movies are cautioned against; none if that was not kept.
    pub(crate) fn cautioned(&self) -> Option<bool> {
        self.movie_cautions.as_ref().map(|kinds| kinds != NO_CAUTION)
    }

    /// The build that made them.
    pub(crate) fn build(&self) -> Build {
        Build { commit: self.commit.clone(), dirty: self.dirty }
    }
}

/// The file of an estimator's maps in an experiment's `folder`, by the hash of its settings.
pub(crate) fn kept_maps(folder: &Path, settings_hash: &str) -> PathBuf {
    folder.join("maps").join(format!("{settings_hash}.tif"))
}
