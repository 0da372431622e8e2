//! Trains one estimator of a case and scores it on fresh movies.

use super::agreement;
use super::case::Case;
use super::part_maps::{PartScores, hot_parts};
use super::scores::Scores;
use super::settings::Settings;
use crate::commands::map::dissipation_maps;
use crate::commands::simulate::{film, part_places};
use crate::interrupt;
use cneep::entropy_production::{ExactRates, Significance, Summary};
use cneep::estimator::{Estimator, StopReason, TrainingRun};
use cneep_movie::Result;
use cneep_movie::error::Error;
use cneep_movie::progress::Progress;
use cneep_movie::video::{self, Video};
use cneep_sim::Truth;
use std::path::Path;
use std::time::Instant;

/// Entropy production below this, in `k_B` per transition, is rounding: the system is in equilibrium.
pub(super) const ROUNDING: f64 = 1e-9;

/// The movies of a case, with the exact answers to those to test on.
pub(super) struct Movies {
    train: Vec<Video>,
    test: Vec<Video>,
    truth: Truth,
    exact_pair_rate: Option<f64>,
    hot_parts: Option<Vec<bool>>,
}

impl Movies {
    /// Simulates and films the movies that `settings` describe.
    pub(super) fn of(settings: &Settings) -> Result<Self> {
        let (system, filming) = (&settings.system, &settings.filming);
        let run = filming.run(&settings.microscope)?;
        let own = system.simulate(&settings.microscope, &run, filming.seed)?;
        let train = film(system, &settings.microscope, &own.trajectories, filming.seed)?;
        let (fresh, microscope) = (settings.test_filming(), settings.test_microscope());
        let (world, test) = if settings.tests_on_its_own() {
            (own, train.clone())
        } else {
            let world = system.simulate(&microscope, &fresh.run(&microscope)?, fresh.seed)?;
            let test = film(system, &microscope, &world.trajectories, fresh.seed)?;
            (world, test)
        };
        Ok(Self {
            train,
            test,
            truth: world.truth(part_places(system, &microscope, &world.trajectories)?),
            exact_pair_rate: world.exact_pair_rate,
            hot_parts: hot_parts(system)?,
        })
    }

    /// Writes them into `folder`.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        video::write(&folder.join("train.npz"), &self.train)?;
        video::write(&folder.join("test.npz"), &self.test)?;
        self.truth.write(&folder.join("truth.npz"))
    }

    /// Trains with `seed`, in `folder`, from which an interrupted training goes on; scores the estimator and keeps some
    /// of its maps in the file `kept_maps`.
    pub(super) fn measure(
        &self,
        case: &Case,
        seed: u64,
        (folder, kept_maps): (&Path, &Path),
        progress: &dyn Progress,
    ) -> Result<Scores> {
        let start = Instant::now();
        let estimator = self.train(case, seed, folder, progress)?;
        let entropy = estimator.entropy_production_watched(&self.test, progress)?;
        let entropy = entropy.with_exact(&self.truth.steps())?;
        let exact = ExactRates { total: self.truth.exact_rate, local: self.truth.exact_local_rate.clone() };
        let summary = Summary::of(&entropy, Some(&exact));
        let last = Estimator::load_last(folder)?.entropy_production(&self.test)?;
        let last = Summary::of(&last.with_exact(&self.truth.steps())?, Some(&exact));
        let maps = dissipation_maps(progress, &estimator, &self.test, folder)?;
        agreement::keep(&maps, kept_maps)?;
        let parts = PartScores::of(&maps, &self.truth, self.hot_parts.as_deref());
        let record = estimator.record();
        let dissipated = self.truth.entropy_production.iter().any(|value| value.abs() > ROUNDING);
        let known = |score: Option<f64>| score.filter(|_| dissipated);
        let (rate, bound) = (&summary.entropy_production_rate, summary.lower_bound.as_ref());
        Ok(Scores {
            seed,
            settings_hash: case.settings.hash(seed),
            train_transitions: record.transitions[0],
            test_transitions: summary.transitions,
            iterations: record.iterations,
            best_iteration: record.best_iteration,
            r_squared: known(summary.r_squared),
            slope: known(summary.slope),
            last_r_squared: known(last.r_squared),
            last_slope: known(last.slope),
            rate: rate.value,
            rate_error: rate.standard_error,
            rate_low: rate.confidence_interval.map(|[low, _]| low),
            rate_high: rate.confidence_interval.map(|[_, high]| high),
            bound: bound.map(|bound| bound.value),
            bound_error: bound.and_then(|bound| bound.standard_error),
            bound_low: bound.and_then(|bound| bound.confidence_interval).map(|[low, _]| low),
            realised_rate: summary.realised_rate,
            exact_rate: summary.exact_rate,
            exact_pair_rate: self.exact_pair_rate,
            fluctuation_theorem: summary.fluctuation_theorem.value,
            fluctuation_theorem_error: summary.fluctuation_theorem.standard_error,
            p_value: summary.equilibrium_p_value,
            dissipates: u8::from(summary.significance == Significance::Dissipates),
            part_correlation: parts.part_correlation,
            map_correlation: parts.map_correlation,
            misplaced: parts.misplaced,
            hot_node_auc: parts.hot_node_auc,
            part_map_rates: list(&parts.map_rates),
            part_realised_rates: list(&parts.realised_rates),
            train_seconds: record.elapsed_seconds,
            seconds: start.elapsed().as_secs_f64(),
            ..Scores::default()
        })
    }

    fn train(&self, case: &Case, seed: u64, folder: &Path, progress: &dyn Progress) -> Result<Estimator> {
        let settings = case.settings.training(seed);
        let run = TrainingRun::new(&settings).kept_in(folder).watched_by(progress);
        let estimator = if folder.join("last.safetensors").exists() {
            run.resume(&self.train)?
        } else {
            // Without a checkpoint there is nothing to go on from.
            clear(folder)?;
            run.train(&self.train)?
        };
        if estimator.stop_reason() == Some(StopReason::Interrupted) {
            interrupt::check(folder)?;
        }
        Ok(estimator)
    }
}

/// Removes `folder` with all that it holds, if it is there.
pub(super) fn clear(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(refusal) if refusal.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::writing(folder, refusal))
        }
        _ => Ok(()),
    }
}

fn list(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.6}")).collect::<Vec<_>>().join(" ")
}
