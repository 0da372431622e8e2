//! Lays temperatures along a row of beads.

use crate::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// Temperatures of a row of beads, from left to right, in units of energy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TemperatureProfile {
    /// Equal steps from the first bead to the last. A single bead has the mean.
    Linear {
        /// Temperature of the first (left) bead.
        cold: f64,
        /// Temperature of the last (right) bead.
        hot: f64,
    },
    /// One temperature for all: equilibrium.
    Uniform(f64),
    /// One temperature per bead.
    Custom(Vec<f64>),
}

impl TemperatureProfile {
    /// Equal steps from `cold` at the first (left) bead to `hot` at the last (right).
    pub fn linear(cold: f64, hot: f64) -> Self {
        Self::Linear { cold, hot }
    }

    /// `temperature` everywhere: the equilibrium control.
    pub fn uniform(temperature: f64) -> Self {
        Self::Uniform(temperature)
    }

    /// One of `temperatures` per bead, from left to right.
    pub fn custom(temperatures: Vec<f64>) -> Self {
        Self::Custom(temperatures)
    }

    /// Temperature of each of `beads` beads.
    ///
    /// # Errors
    /// [`Error::Setting`] for a temperature that is not positive and finite, or a custom profile of another length.
    pub fn temperatures(self, beads: usize) -> Result<Vec<f64>> {
        let temperatures = match self {
            Self::Linear { cold, hot } if beads == 1 => vec![0.5 * (cold + hot)],
            Self::Linear { cold, hot } => {
                (0..beads).map(|bead| cold + (hot - cold) * bead as f64 / (beads - 1) as f64).collect()
            }
            Self::Uniform(temperature) => vec![temperature; beads],
            Self::Custom(temperatures) => temperatures,
        };
        let fault = |expected: String, found: String| {
            let remedy = "Give every bead a temperature above zero.";
            Err(Error::Setting(Fault::new("temperature profile", expected, found, remedy)))
        };
        if temperatures.len() != beads {
            return fault(
                format!("one temperature for each of {beads} beads"),
                temperatures.len().to_string(),
            );
        }
        match temperatures.iter().find(|t| !(t.is_finite() && **t > 0.0)) {
            Some(bad) => fault("positive, finite temperatures".into(), bad.to_string()),
            None => Ok(temperatures),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_run_from_left_to_right() {
        let linear = TemperatureProfile::linear(1.0, 10.0);
        assert_eq!(linear.clone().temperatures(4).unwrap(), [1.0, 4.0, 7.0, 10.0]);
        assert_eq!(linear.temperatures(1).unwrap(), [5.5]);
        assert_eq!(TemperatureProfile::uniform(3.0).temperatures(2).unwrap(), [3.0, 3.0]);
    }

    #[test]
    fn a_profile_that_does_not_fit_is_refused() {
        let error = TemperatureProfile::custom(vec![1.0, 2.0]).temperatures(3).unwrap_err();
        assert!(error.to_string().contains("each of 3 beads, found 2"), "{error}");
        assert!(TemperatureProfile::linear(0.0, 1.0).temperatures(2).is_err());
        assert!(TemperatureProfile::uniform(f64::NAN).temperatures(2).is_err());
    }
}
