//! States between what `auto` chooses, and how long it may take.

use crate::estimator::settings::EstimatorKind;
use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// Settings of `auto`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AutoSettings {
    /// Estimators that are compared, in this order.
    pub estimators: Vec<EstimatorKind>,
    /// Windows that are tried, in frames, from short to long, if `window` is left at 2. Modes choose among them; without modes the first
    /// is taken.
    pub windows: Vec<usize>,
    /// Times that every estimator is fitted, each time with another part of the movies held out; at most one a movie, or a tenth of a
    /// movie if there are fewer than five.
    pub folds: usize,
    /// Time in which training is to end, in seconds: a network that would take longer is left out. Modes are never left out.
    pub seconds: f64,
}

impl Default for AutoSettings {
    /// All estimators, windows of up to 16 frames, five folds, ten minutes.
    fn default() -> Self {
        Self {
            estimators: vec![EstimatorKind::Modes, EstimatorKind::Force, EstimatorKind::Convolutional],
            windows: vec![2, 3, 4, 6, 8, 12, 16],
            folds: 5,
            seconds: 600.0,
        }
    }
}

impl AutoSettings {
    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        let refuse = |name: &str, expected: &str, found: String| {
            let remedy = "Leave it out to take the default.";
            Err(Error::Setting(Fault::new(name, expected, found, remedy)))
        };
        let mut different = self.estimators.clone();
        different.dedup();
        let names = || self.estimators.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        if different.is_empty()
            || different.len() < self.estimators.len()
            || different.contains(&EstimatorKind::Auto)
        {
            return refuse(
                "auto.estimators",
                "modes, force, convolutional, or some of them",
                format!("[{}]", names()),
            );
        }
        if self.windows.is_empty() || self.windows[0] < 2 || !self.windows.is_sorted_by(|a, b| a < b) {
            return refuse(
                "auto.windows",
                "frames, from short to long, at least 2",
                format!("{:?}", self.windows),
            );
        }
        if !(2..=20).contains(&self.folds) {
            return refuse("auto.folds", "2 to 20", self.folds.to_string());
        }
        if !(self.seconds.is_finite() && self.seconds > 0.0) {
            return refuse("auto.seconds", "a positive time in seconds", self.seconds.to_string());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches an estimator that is entered twice or enters itself, and windows that cannot be walked from short to long.
    #[test]
    fn what_cannot_be_compared_is_refused() {
        let refused =
            |text: &str| toml::from_str::<AutoSettings>(text).unwrap().check().unwrap_err().to_string();
        for (text, name) in [
            ("estimators = []", "auto.estimators"),
            ("estimators = [\"modes\", \"modes\"]", "auto.estimators"),
            ("estimators = [\"auto\"]", "auto.estimators"),
            ("windows = [3, 2]", "auto.windows"),
            ("windows = [1]", "auto.windows"),
            ("folds = 1", "auto.folds"),
            ("seconds = 0.0", "auto.seconds"),
        ] {
            assert!(refused(text).starts_with(name), "{text}: {}", refused(text));
        }
        AutoSettings::default().check().unwrap();
    }
}
