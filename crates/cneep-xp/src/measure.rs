//! Trains one estimator of a case and scores it on fresh movies.

use super::agreement;
use super::case::Case;
use super::density::DensityScores;
use super::fit::Fit;
use super::part_maps::{PartScores, hot_parts};
use super::provenance::Build;
use super::scores::{NO_CAUTION, ROUNDING, Scores};
use super::settings::Settings;
use cneep::dissipation_map::DissipationMap;
use cneep::entropy_production::{ExactRates, Significance, Summary};
use cneep::estimator::Estimator;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::caution::Caution;
use cneep_movie::progress::Progress;
use cneep_movie::video::{self, Video};
use cneep_sim::Truth;
use cneep_sim::systems::{film, part_places};
use std::path::Path;
use std::time::Instant;

/// Where the estimator of a case and a seed is kept.
pub(crate) struct Home<'a> {
    /// Folder of the run, from which an interrupted training goes on.
    pub(crate) run: &'a Path,
    /// File of some of its maps.
    pub(crate) maps: &'a Path,
}

/// The movies of a case, with the exact answers to those to test on.
pub(crate) struct Movies {
    train: Vec<Video>,
    test: Vec<Video>,
    truth: Truth,
    exact_pair_rate: Option<f64>,
    hot_parts: Option<Vec<bool>>,
    /// Kinds of the cautions about those to test on.
    cautions: String,
}

impl Movies {
    /// Simulates and films the movies that `settings` describe.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
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
            truth: world.truth(part_places(system, &microscope, &world.trajectories)?),
            exact_pair_rate: world.exact_pair_rate,
            hot_parts: hot_parts(system)?,
            cautions: kinds(&video::health(&test)?),
            test,
        })
    }

    /// Writes them into `folder`.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        video::write(&folder.join("train.npz"), &self.train)?;
        video::write(&folder.join("test.npz"), &self.test)?;
        self.truth.write(&folder.join("truth.npz"))
    }

    /// Trains with `seed`, scores the estimator and keeps some of its maps.
    pub(crate) fn measure(
        &self,
        case: &Case,
        seed: u64,
        home: &Home,
        progress: &dyn Progress,
    ) -> Result<Scores> {
        let start = Instant::now();
        let training = case.settings.train.with_seed(seed);
        let estimator = training.train(&self.train, home.run, progress)?;
        let entropy = estimator.entropy_production_watched(&self.test, progress)?;
        let entropy = entropy.with_exact(&self.truth.steps())?;
        let exact = ExactRates { total: self.truth.exact_rate, local: self.truth.exact_local_rate.clone() };
        let summary = Summary::of(&entropy, Some(&exact));
        let own = if case.settings.tests_on_its_own() {
            summary.entropy_production_rate.clone()
        } else {
            estimator.entropy_production_watched(&self.train, progress)?.rate()
        };
        let last = Estimator::load_last(home.run)?.entropy_production(&self.test)?;
        let last = Summary::of(&last.with_exact(&self.truth.steps())?, Some(&exact));
        let maps = self.maps(&estimator, home.run, progress)?;
        agreement::keep(&maps, home.maps)?;
        let parts = PartScores::of(&maps, &self.truth, self.hot_parts.as_deref());
        let density = DensityScores::of(&maps, self.truth.exact_density.as_ref());
        let (fit, build) = (Fit::of(&estimator), Build::of_this_program());
        let dissipated = self.truth.entropy_production.iter().any(|value| value.abs() > ROUNDING);
        let known = |score: Option<f64>| score.filter(|_| dissipated);
        let (rate, bound) = (&summary.entropy_production_rate, summary.bound());
        Ok(Scores {
            seed,
            settings_hash: case.settings.hash(seed),
            train_transitions: fit.train_transitions,
            test_transitions: summary.transitions,
            iterations: fit.iterations,
            best_iteration: fit.best_iteration,
            r_squared: known(summary.r_squared),
            slope: known(summary.slope),
            last_r_squared: known(last.r_squared),
            last_slope: known(last.slope),
            rate: rate.value,
            rate_error: rate.standard_error,
            rate_low: rate.confidence_interval.map(|[low, _]| low),
            rate_high: rate.confidence_interval.map(|[_, high]| high),
            own_rate_low: own.confidence_interval.map(|[low, _]| low),
            own_rate_high: own.confidence_interval.map(|[_, high]| high),
            bound: bound.map(|bound| bound.value),
            bound_error: bound.and_then(|bound| bound.standard_error),
            bound_low: bound.and_then(|bound| bound.confidence_interval).map(|[low, _]| low),
            realised_rate: summary.realised_rate,
            exact_rate: summary.exact_rate.map(|rate| if dissipated { rate } else { 0.0 }),
            exact_pair_rate: self.exact_pair_rate,
            fluctuation_theorem: summary.fluctuation_theorem.value,
            fluctuation_theorem_error: summary.fluctuation_theorem.standard_error,
            p_value: summary.equilibrium_p_value,
            dissipates: u8::from(summary.significance == Significance::Dissipates),
            movie_cautions: Some(self.cautions.clone()),
            part_correlation: parts.part_correlation,
            map_correlation: parts.map_correlation,
            misplaced: parts.misplaced,
            hot_node_auc: parts.hot_node_auc,
            density_correlation: density.correlation,
            map_unevenness: density.unevenness,
            part_map_rates: list(&parts.map_rates),
            part_realised_rates: list(&parts.realised_rates),
            window: Some(fit.window),
            estimators: fit.estimators,
            commit: build.commit,
            dirty: build.dirty,
            train_seconds: fit.seconds,
            seconds: start.elapsed().as_secs_f64(),
            ..Scores::default()
        })
    }

    /// The maps of the movies to test on, unless Ctrl-C is pressed before the run in `folder` is scored.
    fn maps(
        &self,
        estimator: &Estimator,
        folder: &Path,
        progress: &dyn Progress,
    ) -> Result<Vec<DissipationMap>> {
        progress.begin("dissipation maps (movies)", self.test.len() as u64);
        let map = |video: &Video| {
            interrupt::check(folder)?;
            let map = estimator.dissipation_map(video)?;
            progress.advance(1);
            Ok(map)
        };
        let maps = self.test.iter().map(map).collect();
        progress.end();
        maps
    }
}

/// Names of the kinds of `cautions`, separated by blanks.
fn kinds(cautions: &[Caution]) -> String {
    let name = |caution: &Caution| {
        let stored = serde_json::to_value(caution).expect("a caution has a JSON form");
        stored["kind"].as_str().unwrap_or_default().to_owned()
    };
    match cautions {
        [] => NO_CAUTION.to_owned(),
        cautions => cautions.iter().map(name).collect::<Vec<_>>().join(" "),
    }
}

fn list(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.6}")).collect::<Vec<_>>().join(" ")
}
