//! Gathers every setting of a training run in one validated, saved struct.

use super::auto::AutoSettings;
use super::force::ForceSettings;
use super::modes::ModesSettings;
use super::normalisation::NormalisationSource;
use crate::transition::SplitSettings;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Which estimator is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EstimatorKind {
    /// Those below, compared on frames that they were not fitted to; the best sum of them is kept.
    Auto,
    /// The network of Bae, Kim and Jeong, doi 10.1103/PhysRevResearch.4.033094.
    Convolutional,
    /// Forces on pixels times their changes, from a few kernels shared by overlapping cells: local, with a map at full resolution.
    Force,
    /// Principal modes, fitted in closed form: `dS` is bilinear in the mean and the change of their coordinates.
    Modes,
}

impl std::fmt::Display for EstimatorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Convolutional => "convolutional",
            Self::Force => "force",
            Self::Modes => "modes",
        })
    }
}

impl EstimatorKind {
    /// Whether it is fitted at once, by solving for its coefficients, rather than trained step by step.
    pub fn is_closed_form(self) -> bool {
        self == Self::Modes
    }

    /// Whether it has a use for the settings of `other`: as its own, or for a member of the comparison.
    pub fn is_or_compares(self, other: Self) -> bool {
        self == other || self == Self::Auto
    }

    /// Whether it begins with a convolution of frames that is trained by its responses to frames and to changes.
    pub(super) fn has_first_layer(self) -> bool {
        self == Self::Convolutional
    }
}

/// Words of the settings that modes do not have: most belong to training step by step.
const NOT_OF_MODES: [&str; 15] = [
    "auto",
    "layers",
    "channels",
    "iterations",
    "batch",
    "learning_rate",
    "schedule",
    "weight_decay",
    "averaging",
    "increment_gain",
    "validate_every",
    "patience",
    "tolerance",
    "validation_transitions",
    "alpha",
];

/// Words that the force estimator does not have.
const NOT_OF_FORCE: [&str; 5] = ["auto", "layers", "channels", "weight_decay", "increment_gain"];

/// How the learning rate goes along the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same throughout.
    Constant,
    /// Half a cosine from the full rate down to zero at the last iteration.
    Cosine,
}

/// Settings of a training run. `Training::default()` compares estimators and windows, [`Training::convolutional`] trains the paper's network
/// alone, to the published accuracy in less time, and [`Training::paper`] are the paper's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// Which estimator.
    pub estimator: EstimatorKind,
    /// Frames in a transition, at least 2; `auto` chooses them if this is 2.
    pub window: usize,
    /// Layers of the network as the paper counts them: one strided convolution, then `layers - 1` pairs of 3x3 ones.
    pub layers: usize,
    /// Channels of the first layer; every further layer has twice as many.
    pub channels: usize,
    /// Seed of initialisation, split and sampling.
    pub seed: u64,
    /// Iterations at most. If absent, as many as show every training transition 15 times, within 1,500 and 14,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u64>,
    /// Transitions per iteration, drawn uniformly with replacement. If absent, 1,024, but at most a quarter of the
    /// training transitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// How the learning rate goes.
    pub schedule: Schedule,
    /// Member of the family of training objectives with the same optimum, in (-1, 1): 0 is the standard `dS - exp(-dS)`, -1/2 is sturdier
    /// under strong driving. Validation and bounds are always those of the standard one.
    pub alpha: f64,
    /// L2 weight decay, added to the gradient.
    pub weight_decay: f64,
    /// Memory of the running average of parameters that is validated and kept; 0 keeps the parameters themselves.
    pub averaging: f64,
    /// Learning rate of the first layer's response to changes between frames, over that of its response to the frames; 1
    /// trains the weights themselves, as the paper does. If absent, half the deviation of frames over that of changes, measured before the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment_gain: Option<f64>,
    /// Iterations between validations. If absent, a fifteenth of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_every: Option<u64>,
    /// Validations in a row that are worse than the lowest by more than the tolerance, after which the run stops; 0 never
    /// stops early.
    pub patience: u64,
    /// Standard errors (of paired differences) by which the validation loss may exceed the lowest one for later
    /// parameters to be kept; 0 keeps strictly the lowest.
    pub tolerance: f64,
    /// Validation transitions at most, spread evenly over the validation set.
    pub validation_transitions: usize,
    /// Where the input mean and standard deviation come from.
    pub normalisation: NormalisationSource,
    /// What is set aside for validation and test. A fit in closed form takes the validation transitions too, and validates by turns.
    pub split: SplitSettings,
    /// What a fit of modes is told, and nothing else.
    #[serde(skip_serializing_if = "ModesSettings::is_open")]
    pub modes: ModesSettings,
    /// What `auto` is told, and nothing else.
    pub auto: AutoSettings,
    /// What the force estimator is told, and nothing else.
    #[serde(skip_serializing_if = "ForceSettings::is_open")]
    pub force: ForceSettings,
}

impl Default for Training {
    /// A comparison of all estimators; networks are trained by a cosine schedule in batches of up to 1,024, with early stopping.
    fn default() -> Self {
        Self {
            estimator: EstimatorKind::Auto,
            window: 2,
            layers: 2,
            channels: 32,
            seed: 0,
            iterations: None,
            batch: None,
            learning_rate: 6e-4,
            schedule: Schedule::Cosine,
            alpha: 0.0,
            weight_decay: 5e-5,
            averaging: 0.999,
            increment_gain: None,
            validate_every: None,
            patience: 12,
            tolerance: 2.0,
            validation_transitions: 50_000,
            normalisation: NormalisationSource::TrainingFrames,
            split: SplitSettings::default(),
            auto: AutoSettings::default(),
            modes: ModesSettings::default(),
            force: ForceSettings::default(),
        }
    }
}

impl Training {
    /// The paper's network on pairs of frames, trained by a cosine schedule in batches of up to 1,024, with early stopping.
    pub fn convolutional() -> Self {
        Self { estimator: EstimatorKind::Convolutional, ..Self::default() }
    }

    /// The paper's own: batch 4096, constant rate 1e-4, 50,000 iterations, no averaging, no early stop,
    /// input mean and deviation from the first frame of the first training movie.
    pub fn paper() -> Self {
        Self {
            iterations: Some(50_000),
            batch: Some(4096),
            learning_rate: 1e-4,
            schedule: Schedule::Constant,
            averaging: 0.0,
            increment_gain: Some(1.0),
            validate_every: Some(500),
            patience: 0,
            tolerance: 0.0,
            normalisation: NormalisationSource::FirstFrame,
            ..Self::convolutional()
        }
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        let positive = [
            ("layers", self.layers as u64),
            ("channels", self.channels as u64),
            ("iterations", self.iterations.unwrap_or(1)),
            ("batch", self.batch.unwrap_or(1) as u64),
            ("validate_every", self.validate_every.unwrap_or(1)),
            ("validation_transitions", self.validation_transitions as u64),
        ];
        for (name, value) in positive {
            if value == 0 {
                return refuse(name, "at least 1", "0");
            }
        }
        if self.window < 2 {
            return refuse("window", "at least 2 frames", &self.window.to_string());
        }
        if !(self.learning_rate > 0.0 && self.learning_rate < 1.0) {
            return refuse("learning_rate", "a number in (0, 1)", &self.learning_rate.to_string());
        }
        if !(self.alpha > -1.0 && self.alpha < 1.0) {
            return refuse("alpha", "a number in (-1, 1)", &self.alpha.to_string());
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay < 1.0) {
            return refuse("weight_decay", "a number in [0, 1)", &self.weight_decay.to_string());
        }
        if !(self.averaging >= 0.0 && self.averaging < 1.0) {
            return refuse("averaging", "a number in [0, 1)", &self.averaging.to_string());
        }
        if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            return refuse("tolerance", "a number of at least 0", &self.tolerance.to_string());
        }
        if let Some(gain) = self.increment_gain.filter(|&gain| !(gain.is_finite() && gain > 0.0)) {
            return refuse("increment_gain", "a positive number", &gain.to_string());
        }
        self.auto.check()?;
        self.modes.check()?;
        self.force.check()?;
        self.split.check()?;
        self.check_that_all_is_used()
    }

    /// Weight decay of what is trained: none but for the convolutional network, which alone has the setting.
    pub(super) fn weight_decay_used(&self) -> f64 {
        if self.estimator == EstimatorKind::Convolutional { self.weight_decay } else { 0.0 }
    }

    /// Whether modes are fitted, and settings of theirs are of use.
    pub fn takes_modes(&self) -> bool {
        self.estimator.is_or_compares(EstimatorKind::Modes)
    }

    /// Refuses what the estimator would ignore.
    fn check_that_all_is_used(&self) -> Result<()> {
        if !self.modes.is_open() && !self.takes_modes() {
            return refuse("modes", "nothing, as a network has no modes", "settings");
        }
        if !self.force.is_open() && !self.estimator.is_or_compares(EstimatorKind::Force) {
            return refuse("force", "nothing, as only the estimator `force` has forces", "settings");
        }
        let (own, default) = (self.to_table(), Self::default().to_table());
        match self.ignored().iter().find(|word| own.get(**word) != default.get(**word)) {
            None => Ok(()),
            Some(word) => {
                let found = own.get(*word).map_or("nothing".into(), ToString::to_string);
                let expected = match self.estimator {
                    _ if *word == "auto" => "nothing, as only `auto` compares estimators",
                    EstimatorKind::Force => "nothing, as only the convolutional network has it",
                    _ => "nothing, as modes are fitted in closed form and only networks have it",
                };
                refuse(word, expected, &found)
            }
        }
    }

    /// Words that the estimator has no use for.
    fn ignored(&self) -> &'static [&'static str] {
        match self.estimator {
            EstimatorKind::Auto => &[],
            EstimatorKind::Convolutional => &["auto"],
            EstimatorKind::Force => &NOT_OF_FORCE,
            EstimatorKind::Modes => &NOT_OF_MODES,
        }
    }

    /// These settings for one of the estimators that `auto` compares; what that one has no use for takes its default.
    pub(super) fn of_member(&self, estimator: EstimatorKind, window: usize, seed: u64) -> Self {
        let member = Self { estimator, window, seed, ..self.clone() };
        let (mut table, default) = (member.to_table(), Self::default().to_table());
        let unused = [("modes", member.takes_modes()), ("force", estimator == EstimatorKind::Force)];
        let unused = unused.iter().filter(|(_, is_used)| !is_used).map(|(word, _)| word);
        for word in member.ignored().iter().chain(unused) {
            table.remove(*word);
            table.extend(default.get(*word).map(|value| ((*word).to_owned(), value.clone())));
        }
        table.try_into().expect("settings read back what they wrote")
    }

    fn to_table(&self) -> toml::Table {
        toml::Table::try_from(self).expect("every setting has a TOML form")
    }

    /// The settings with which the run in `folder` was trained.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of_run(folder: &Path) -> Result<Self> {
        Self::read(&settings_path(folder))
    }

    /// Reads settings from a TOML file; keys left out keep their default, unknown keys are refused.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read, [`Error::Setting`] for unknown keys or wrong values.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::reading(path, e))?;
        let settings: Self = toml::from_str(&text).map_err(|e| {
            let remedy = "Correct the file; the documentation of `Training` names the settings.";
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

    /// The settings as TOML: those that the estimator uses.
    ///
    /// # Panics
    /// Never: every setting has a TOML form.
    pub fn to_toml(&self) -> String {
        let text = if self.ignored().is_empty() {
            toml::to_string_pretty(self)
        } else {
            let mut table = self.to_table();
            table.retain(|word, _| !self.ignored().contains(&word));
            toml::to_string_pretty(&table)
        };
        text.expect("every setting has a TOML form")
    }
}

/// `settings.toml` of a run.
pub(super) fn settings_path(folder: &Path) -> PathBuf {
    folder.join("settings.toml")
}

fn refuse(name: &str, expected: &str, found: &str) -> Result<()> {
    let remedy = "Leave it out to take the default.";
    Err(Error::Setting(Fault::new(name, expected, found, remedy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back_and_unknown_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        Training::paper().write(&path).unwrap();
        assert_eq!(Training::read(&path).unwrap(), Training::paper());
        std::fs::write(&path, "bacth = 3").unwrap();
        assert!(Training::read(&path).unwrap_err().to_string().contains("bacth"));
        std::fs::write(&path, "window = 1").unwrap();
        assert!(Training::read(&path).unwrap_err().to_string().contains("at least 2 frames"));
    }

    /// Catches a member of a comparison that is refused for a word meant for another, and one that loses a word of its own.
    #[test]
    fn members_of_a_comparison_take_the_words_that_they_use() {
        let text = "layers = 3\nbatch = 64\n[modes]\nmodes = 3\n[force]\ncell = 10\n[auto]\nfolds = 4";
        let whole: Training = toml::from_str(text).unwrap();
        whole.check().unwrap();
        let [modes, force, network] =
            [EstimatorKind::Modes, EstimatorKind::Force, EstimatorKind::Convolutional]
                .map(|estimator| whole.of_member(estimator, 3, 9));
        for member in [&modes, &force, &network] {
            member.check().unwrap();
            assert_eq!((member.window, member.seed), (3, 9));
        }
        assert_eq!((modes.modes.modes, modes.batch, modes.force.is_open()), (Some(3), None, true));
        assert_eq!((force.force.cell, force.batch, force.layers), (Some(10), Some(64), 2));
        assert_eq!((network.layers, network.batch, network.modes.is_open()), (3, Some(64), true));
    }

    /// Catches a fit in closed form that takes a batch and ignores it, and a network that ignores modes.
    #[test]
    fn settings_that_would_be_ignored_are_refused() {
        let refused = |text: &str| {
            let settings: Training = toml::from_str(text).unwrap();
            settings.check().unwrap_err().to_string()
        };
        for word in
            ["layers = 3", "batch = 64", "learning_rate = 0.1", "schedule = \"constant\"", "tolerance = 0.0"]
        {
            let told = refused(&format!("estimator = \"modes\"\n{word}"));
            assert!(
                told.starts_with(word.split(' ').next().unwrap()) && told.contains("only networks"),
                "{told}"
            );
        }
        let network = "estimator = \"convolutional\"\n";
        assert!(refused(&format!("{network}[modes]\nmodes = 3")).contains("a network has no modes"));
        assert!(refused(&format!("{network}[force]\ncell = 10")).contains("only the estimator `force`"));
        assert!(refused(&format!("{network}[auto]\nfolds = 3")).contains("only `auto` compares"));
        for word in ["layers = 3", "channels = 4", "weight_decay = 0.1", "increment_gain = 2.0"] {
            let told = refused(&format!("estimator = \"force\"\n{word}"));
            assert!(told.contains("only the convolutional network"), "{told}");
        }
        assert!(refused("alpha = -1.0").starts_with("alpha"));
        let paper = Training { estimator: EstimatorKind::Modes, ..Training::paper() };
        assert!(paper.check().is_err());
        let open = Training { estimator: EstimatorKind::Modes, window: 4, ..Training::default() };
        open.check().unwrap();
        let text = open.to_toml();
        assert!(NOT_OF_MODES.iter().all(|word| !text.contains(word)), "{text}");
        assert_eq!(toml::from_str::<Training>(&text).unwrap(), open);
        let table = Training::paper().to_table();
        assert!(NOT_OF_MODES.iter().all(|word| table.contains_key(*word)), "a word is misspelt");
    }
}
