//! Trains the estimators of a case: what `[train]` says of them, and the training itself.

use super::vary::merge;
use super::words::{read, wrong};
use cneep::estimator::{Choice, Estimator, EstimatorSettings, StopReason, Training, TrainingRun};
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::error::Error;
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use serde::Serialize;
use std::path::Path;
use toml::{Table, Value};

/// How every estimator of a case is trained.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct TrainingSettings(Training);

impl TrainingSettings {
    /// The settings that `[train]` starts from, with its `words` laid over them.
    ///
    /// # Errors
    /// [`Error::Setting`] for a word that is not known, or settings that contradict each other.
    pub(crate) fn of(mut words: Table) -> Result<Self> {
        if words.contains_key("seed") {
            return Err(wrong("train", "no seed, as `seeds` of the experiment says them all", "a seed"));
        }
        let start = match words.remove("settings") {
            Some(Value::String(name)) if name == "paper" => Training::paper(),
            None => named(&words)?,
            Some(other) => return Err(wrong("train.settings", "\"paper\", or none", &other.to_string())),
        };
        let mut settings = Table::try_from(untested(start)).expect("every setting has a TOML form");
        merge(&mut settings, &words);
        let training: Training = read("train", settings)?;
        training.check()?;
        Ok(Self(training))
    }

    /// The same with this seed.
    pub(crate) fn with_seed(&self, seed: u64) -> Self {
        Self(Training { seed, ..self.0.clone() })
    }

    /// Whether some transitions of the movies to train on have no part in a training, so that it can be
    /// tested on them.
    pub(crate) fn holds_transitions_out(&self) -> bool {
        matches!(self.0.choice, Choice::Comparison(_)) || self.0.split.test_fraction > 0.0
    }

    /// Trains on `movies` in `folder`, from which an interrupted training goes on.
    ///
    /// # Errors
    /// Those of the training; that it was stopped, if Ctrl-C was pressed before its end.
    pub(crate) fn train(
        &self,
        movies: &[Video],
        folder: &Path,
        progress: &dyn Progress,
    ) -> Result<Estimator> {
        let run = TrainingRun::new(&self.0).kept_in(folder).watched_by(progress);
        let estimator = if folder.join("last.safetensors").exists() {
            run.resume(movies)?
        } else {
            // Without a checkpoint there is nothing to go on from.
            clear(folder)?;
            run.train(movies)?
        };
        if estimator.stop_reason() == Some(StopReason::Interrupted) {
            interrupt::check(folder)?;
        }
        Ok(estimator)
    }
}

/// The default settings of the estimator that `words` name, or of a comparison.
fn named(words: &Table) -> Result<Training> {
    match words.get("estimator").and_then(|estimator| estimator.get("kind")) {
        Some(Value::String(name)) => Ok(Training::single(EstimatorSettings::named(name)?)),
        Some(other) => Err(wrong("train.estimator.kind", "the name of an estimator", &other.to_string())),
        None => Ok(Training::default()),
    }
}

/// `training` with no movie set aside for a test: the test is on fresh movies.
fn untested(mut training: Training) -> Training {
    training.split.test_fraction = 0.0;
    training
}

/// Removes `folder` with all that it holds, if it is there.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(refusal) if refusal.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::writing(folder, refusal))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches words that are laid over another start than the one named, and movies set aside for a test
    /// beside the fresh ones.
    #[test]
    fn words_are_laid_over_the_settings_named() {
        let settings = |text: &str| TrainingSettings::of(toml::from_str(text).unwrap()).unwrap().0;
        assert_eq!(settings(""), untested(Training::default()));
        let descent = "estimator = { descent = { batch = 64 } }";
        let mut paper = Training::paper();
        let Choice::Single(network) = &mut paper.choice else { panic!("{paper:?}") };
        network.descent_mut().unwrap().batch = Some(64);
        assert_eq!(settings(&format!("settings = \"paper\"\n{descent}")), untested(paper));
        let force = settings("estimator = { kind = \"force\", cell = 12 }");
        let Choice::Single(EstimatorSettings::Force(force)) = force.choice else { panic!("{force:?}") };
        assert_eq!(force.cell, Some(12));
    }
}
