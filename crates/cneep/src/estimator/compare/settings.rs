//! States between what a comparison chooses, and how much work it may take.

use crate::estimator::refusal::{check_range, refuse};
use crate::estimator::registry::EstimatorSettings;
use crate::estimator::windows::MOST_FRAMES;
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// A longer window, or another estimator, must add this share of the bound: less is within what chance gives,
/// and costs a sharper map.
pub(super) const MIN_RELATIVE_GAIN: f64 = 0.01;
/// The same of another estimator if it is beyond chance, or cannot be ruled out yet.
pub(super) const LEAST_RELATIVE_GAIN: f64 = 0.002;

/// What an estimator has to add, as a share of what is reached without it: what is solved for costs seconds,
/// and may go on for less.
pub(super) fn least_gain(estimator: &EstimatorSettings) -> f64 {
    if estimator.is_descent() { MIN_RELATIVE_GAIN } else { LEAST_RELATIVE_GAIN }
}

/// Settings of a comparison of estimators, as stated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ComparisonSettings {
    /// Windows that are tried, in frames, from short to long, unless one is stated. The first estimator that
    /// is fitted in closed form chooses among them; without one the first window is taken.
    pub windows: Vec<usize>,
    /// Times that every estimator is fitted, each time with another part of the movies held out; at most one
    /// a movie, or a tenth of a movie if there are fewer than five.
    pub folds: usize,
    /// Work that all fits together may take, in multiply-adds of a convolution: an estimator that would take
    /// more than what is left is not compared. The first is never left out.
    pub work: f64,
    /// Estimators that are compared, in this order.
    pub estimators: Vec<EstimatorSettings>,
}

impl Default for ComparisonSettings {
    /// All estimators but the fully convolutional network, windows of up to 16 frames, five folds, 7e13
    /// multiply-adds: about ten minutes on two cores.
    fn default() -> Self {
        let named = |name: &&str| EstimatorSettings::named(name).ok();
        Self {
            windows: vec![2, 3, 4, 6, 8, 12, 16],
            folds: 5,
            work: 7e13,
            estimators: EstimatorSettings::COMPARED.iter().filter_map(named).collect(),
        }
    }
}

impl ComparisonSettings {
    /// A comparison of the estimators of these names, with their default settings.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for a name that no estimator has.
    pub fn of(names: &[&str]) -> Result<Self> {
        let estimators = names.iter().map(|name| EstimatorSettings::named(name)).collect::<Result<_>>()?;
        Ok(Self { estimators, ..Self::default() })
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        let names: Vec<&str> = self.estimators.iter().map(EstimatorSettings::name).collect();
        let is_twice = |(place, name): (usize, &&str)| names[..place].contains(name);
        if names.is_empty() || names.iter().enumerate().any(is_twice) {
            let expected = format!("{}, or some of them, each once", EstimatorSettings::NAMES.join(", "));
            return refuse("comparison.estimators", expected, &format!("[{}]", names.join(", ")));
        }
        let windows = &self.windows;
        let within = windows.iter().all(|window| (2..=MOST_FRAMES).contains(window));
        if windows.is_empty() || !within || !windows.is_sorted_by(|a, b| a < b) {
            let expected = format!("frames, from short to long, 2 to {MOST_FRAMES}");
            return refuse("comparison.windows", expected, &format!("{windows:?}"));
        }
        check_range("comparison.folds", self.folds, 2..=20)?;
        if !(self.work.is_finite() && self.work > 0.0) {
            return refuse("comparison.work", "a positive number of multiply-adds", &self.work);
        }
        self.estimators.iter().try_for_each(EstimatorSettings::check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches an estimator that is compared with itself, next to it or not, and windows that cannot be
    /// walked from short to long.
    #[test]
    fn what_cannot_be_compared_is_refused() {
        let refused =
            |text: &str| toml::from_str::<ComparisonSettings>(text).unwrap().check().unwrap_err().to_string();
        let [modes, force] = ["{ kind = \"modes\" }", "{ kind = \"force\" }"];
        for (text, name) in [
            ("estimators = []".to_owned(), "comparison.estimators"),
            (format!("estimators = [{modes}, {modes}]"), "comparison.estimators"),
            (format!("estimators = [{modes}, {force}, {modes}]"), "comparison.estimators"),
            ("windows = [3, 2]".into(), "comparison.windows"),
            ("windows = [1]".into(), "comparison.windows"),
            ("folds = 1".into(), "comparison.folds"),
            ("work = 0.0".into(), "comparison.work"),
            ("estimators = [{ kind = \"modes\", modes = 0 }]".into(), "modes.modes"),
        ] {
            assert!(refused(&text).starts_with(name), "{text}: {}", refused(&text));
        }
        ComparisonSettings::default().check().unwrap();
    }
}
