//! States a training run: what is estimated from, how it is split, and by which estimator or comparison.

use super::compare::ComparisonSettings;
use super::network::NetworkSettings;
use super::normalisation::NormalisationSource;
use super::refusal::check_range;
use super::registry::EstimatorSettings;
use super::run_state::{RunState, no_run, version_before_states, without_parameters};
use super::windows::MOST_FRAMES;
use crate::transition::SplitSettings;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file::read_text;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The largest seed that a settings file holds.
const LARGEST_SEED: u64 = i64::MAX as u64;

/// What is fitted.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// Several estimators, compared on windows that they were not fitted to, and the best sum of them.
    Comparison(ComparisonSettings),
    /// One estimator alone.
    Single(EstimatorSettings),
}

/// Settings of a training run, as stated. `Training::default()` compares estimators and windows,
/// [`Training::convolutional`] trains the paper's network alone, to the published accuracy in less time, and
/// [`Training::paper`] are the paper's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stated", into = "Stated")]
pub struct Training {
    /// Frames in a transition, at least 2. If absent, a comparison chooses, and one estimator takes 2.
    pub window: Option<usize>,
    /// Seed of initialisation, split and sampling.
    pub seed: u64,
    /// Where the input mean and standard deviation come from.
    pub normalisation: NormalisationSource,
    /// What is set aside for validation and test. A fit in closed form takes the validation transitions too,
    /// and validates by turns.
    pub split: SplitSettings,
    /// What is fitted.
    pub choice: Choice,
}

/// A settings file: an estimator, or a comparison; a comparison unless stated.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Stated {
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<usize>,
    seed: u64,
    normalisation: NormalisationSource,
    split: SplitSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimator: Option<EstimatorSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<ComparisonSettings>,
}

impl Default for Stated {
    /// Nothing but the defaults of [`Training`].
    fn default() -> Self {
        Self { comparison: None, ..Training::default().into() }
    }
}

impl TryFrom<Stated> for Training {
    type Error = &'static str;

    fn try_from(stated: Stated) -> std::result::Result<Self, Self::Error> {
        let Stated { window, seed, normalisation, split, estimator, comparison } = stated;
        let choice = match (estimator, comparison) {
            (Some(_), Some(_)) => return Err("both an estimator and a comparison; state one of them"),
            (Some(estimator), None) => Choice::Single(estimator),
            (None, comparison) => Choice::Comparison(comparison.unwrap_or_default()),
        };
        Ok(Self { window, seed, normalisation, split, choice })
    }
}

impl From<Training> for Stated {
    fn from(training: Training) -> Self {
        let Training { window, seed, normalisation, split, choice } = training;
        let (estimator, comparison) = match choice {
            Choice::Single(estimator) => (Some(estimator), None),
            Choice::Comparison(comparison) => (None, Some(comparison)),
        };
        Self { window, seed, normalisation, split, estimator, comparison }
    }
}

impl Default for Training {
    /// A comparison of estimators and windows, a tenth of the movies each for validation and test.
    fn default() -> Self {
        Self::of(Choice::Comparison(ComparisonSettings::default()))
    }
}

impl Training {
    fn of(choice: Choice) -> Self {
        Self {
            window: None,
            seed: 0,
            normalisation: NormalisationSource::TrainingFrames,
            split: SplitSettings::default(),
            choice,
        }
    }

    /// One estimator alone, with the settings given.
    pub fn single(estimator: EstimatorSettings) -> Self {
        Self::of(Choice::Single(estimator))
    }

    /// A comparison with the settings given.
    pub fn comparison(comparison: ComparisonSettings) -> Self {
        Self::of(Choice::Comparison(comparison))
    }

    /// The paper's network on pairs of frames, trained by a cosine schedule in batches of up to 1,024, with
    /// early stopping.
    pub fn convolutional() -> Self {
        Self::single(EstimatorSettings::Convolutional(NetworkSettings::default()))
    }

    /// The paper's own: batch 4096, constant rate 1e-4, 50,000 iterations, no averaging, no early stop, input
    /// mean and deviation from the first frame of the first training movie.
    pub fn paper() -> Self {
        Self {
            window: Some(2),
            normalisation: NormalisationSource::FirstFrame,
            ..Self::single(EstimatorSettings::Convolutional(NetworkSettings::paper()))
        }
    }

    /// The settings with this estimator alone. If they hold one of its name, alone or in a comparison, it
    /// keeps what is stated of it there.
    #[must_use]
    pub fn with_estimator(self, estimator: EstimatorSettings) -> Self {
        let stated = match &self.choice {
            Choice::Single(stated) => std::slice::from_ref(stated),
            Choice::Comparison(comparison) => &comparison.estimators[..],
        };
        let known = stated.iter().find(|stated| stated.name() == estimator.name()).cloned();
        Self { choice: Choice::Single(known.unwrap_or(estimator)), ..self }
    }

    /// The settings with another seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The settings of the fit that holds `fold` out: its seed is the next but so many, and after the largest
    /// comes 0.
    #[must_use]
    pub(super) fn of_fold(self, fold: usize) -> Self {
        Self { seed: self.seed.wrapping_add(fold as u64) & LARGEST_SEED, ..self }
    }

    /// The settings with windows of so many frames.
    #[must_use]
    pub fn with_window(self, window: usize) -> Self {
        Self { window: Some(window), ..self }
    }

    /// The settings without their iterations and patience, which may change when a run is resumed.
    pub(super) fn of_any_length(&self) -> Self {
        let mut own = self.clone();
        if let Choice::Single(estimator) = &mut own.choice
            && let Some(descent) = estimator.descent_mut()
        {
            (descent.iterations, descent.patience) = (None, 0);
        }
        own
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        check_range("window", self.window, 2..=MOST_FRAMES)?;
        check_range("seed", self.seed, 0..=LARGEST_SEED)?;
        self.split.check()?;
        match &self.choice {
            Choice::Single(estimator) => estimator.check(),
            Choice::Comparison(comparison) => comparison.check(),
        }
    }

    /// The settings with which the run in `folder` was trained.
    ///
    /// # Errors
    /// As [`Self::read`]; [`Error::Format`] if there is no run, or one that ended before it had parameters.
    pub fn of_run(folder: &Path) -> Result<Self> {
        let path = settings_path(folder);
        if path.exists() && version_before_states(folder).is_none() {
            return Self::read(&path);
        }
        RunState::of(folder)?.map_or_else(|| Err(no_run(folder)), |_| Err(without_parameters(folder)))
    }

    /// Reads settings from a TOML file; keys left out keep their default, unknown keys are refused.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read, [`Error::Setting`] for unknown keys or wrong values.
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_text(path, "settings")?;
        let settings: Self = toml::from_str(&text).map_err(|e| {
            let remedy = "Correct the file: the settings of a run that was trained show all words.";
            Error::Setting(Fault::of_file(path, "valid settings", e.message().to_owned(), remedy))
        })?;
        settings.check()?;
        Ok(settings)
    }

    /// Writes the settings as TOML.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_bytes(path, self.to_toml().as_bytes())
    }

    /// The settings as TOML.
    ///
    /// # Panics
    /// Never: every setting has a TOML form.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every setting has a TOML form")
    }
}

pub(super) fn settings_path(folder: &Path) -> PathBuf {
    folder.join("settings.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back_what_they_wrote() {
        let force = EstimatorSettings::named("force").unwrap();
        let members =
            [Training::default(), Training::paper(), Training::convolutional(), Training::single(force)];
        for settings in members.map(|settings| settings.with_seed(7)) {
            settings.check().unwrap();
            let text = settings.to_toml();
            assert_eq!(toml::from_str::<Training>(&text).unwrap(), settings, "{text}");
        }
    }

    /// Catches a seed that no settings file can hold, which would end the program when the run is kept.
    #[test]
    fn every_seed_that_is_taken_can_be_kept() {
        let last = Training::default().with_seed(LARGEST_SEED);
        last.check().unwrap();
        assert_eq!(toml::from_str::<Training>(&last.to_toml()).unwrap(), last);
        assert_eq!(last.clone().of_fold(3).seed, 2);
        assert_eq!(Training::default().with_seed(7).of_fold(3).seed, 10);
        assert!(last.with_seed(LARGEST_SEED + 1).check().is_err());
    }

    /// Catches a word that an estimator does not have and ignores, and a choice that is stated twice.
    #[test]
    fn what_would_be_ignored_is_refused() {
        let refused = |text: &str| toml::from_str::<Training>(text).unwrap_err().message().to_owned();
        for (text, word) in [
            ("windows = 3", "windows"),
            ("estimator = { kind = \"modes\", cell = 20 }", "cell"),
            ("estimator = { kind = \"modes\", descent = { batch = 3 } }", "descent"),
            ("estimator = { kind = \"force\", layers = 3 }", "layers"),
            ("estimator = { kind = \"convolutional\", patch = 3 }", "patch"),
            ("estimator = { kind = \"mode\" }", "mode"),
            ("comparison = { fold = 3 }", "fold"),
            ("estimator = { kind = \"modes\" }\ncomparison = { folds = 3 }", "both"),
        ] {
            assert!(refused(text).contains(word), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn values_out_of_range_are_refused_by_name() {
        let refused = |text: &str| toml::from_str::<Training>(text).unwrap().check().unwrap_err().to_string();
        for (text, name) in [
            ("window = 1", "window"),
            ("window = 9223372036854775807", "window"),
            ("comparison = { windows = [2, 99999999] }", "comparison.windows"),
            ("estimator = { kind = \"convolutional\", layers = 4294967296 }", "convolutional.layers"),
            ("estimator = { kind = \"convolutional\", channels = 99999999 }", "convolutional.channels"),
            ("estimator = { kind = \"force\", stride = 1000000 }", "force.stride"),
            ("estimator = { kind = \"force\", ridge = 1e308 }", "force.ridge"),
            ("estimator = { kind = \"modes\", ridge = 1e308 }", "modes.ridge"),
            ("estimator = { kind = \"modes\", radius = 9223372036854775807 }", "modes.radius"),
            (
                "estimator = { kind = \"force\", descent = { iterations = 9223372036854775807 } }",
                "descent.it",
            ),
            ("estimator = { kind = \"convolutional\", layers = 0 }", "convolutional.layers"),
            ("estimator = { kind = \"convolutional\", descent = { alpha = -1.0 } }", "descent.alpha"),
            ("estimator = { kind = \"force\", descent = { batch = 0 } }", "descent.batch"),
            ("estimator = { kind = \"force\", descent = { averaging = 1.0 } }", "descent.averaging"),
            ("estimator = { kind = \"modes\", modes = 0 }", "modes.modes"),
            ("comparison = { folds = 1 }", "comparison.folds"),
            ("split = { test_fraction = 0.7 }", "test_fraction"),
        ] {
            assert!(refused(text).starts_with(name), "{text}: {}", refused(text));
        }
    }
}
