//! Lays temperatures along a row of beads or over the nodes of a network.

use cneep_movie::error::{Error, Fault, Result};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Temperatures of beads from left to right, or of the moving nodes of a network row by row, in units of
/// energy.
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
    /// Two temperatures, the hot beads drawn at random.
    Scattered {
        /// Temperature of all others.
        cold: f64,
        /// Temperature of the drawn ones.
        hot: f64,
        /// Share that is hot, from 0 to 1, rounded to a number of beads.
        fraction: f64,
        /// Seed of the draw.
        seed: u64,
    },
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

    /// `hot` for a random `fraction` of the beads, drawn by `seed`, and `cold` for the rest.
    pub fn scattered(cold: f64, hot: f64, fraction: f64, seed: u64) -> Self {
        Self::Scattered { cold, hot, fraction, seed }
    }

    /// One of `temperatures` per bead, from left to right.
    pub fn custom(temperatures: Vec<f64>) -> Self {
        Self::Custom(temperatures)
    }

    /// Temperature of each of `beads` beads.
    ///
    /// # Errors
    /// [`Error::Setting`] for a temperature that is not positive and finite, a fraction outside 0 to 1, or a
    /// custom profile of another length.
    pub fn temperatures(self, beads: usize) -> Result<Vec<f64>> {
        let temperatures = match self {
            Self::Linear { cold, hot } if beads == 1 => vec![0.5 * (cold + hot)],
            Self::Linear { cold, hot } => {
                (0..beads).map(|bead| cold + (hot - cold) * bead as f64 / (beads - 1) as f64).collect()
            }
            Self::Uniform(temperature) => vec![temperature; beads],
            Self::Scattered { cold, hot, fraction, seed } => {
                scatter(beads, &[cold, hot], hot_count(beads, fraction)?, seed)
            }
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

/// Number of hot beads in a `fraction` of all.
fn hot_count(beads: usize, fraction: f64) -> Result<usize> {
    if (0.0..=1.0).contains(&fraction) {
        return Ok((fraction * beads as f64).round() as usize);
    }
    let remedy = "Give the hot share of all, 0.2 for one in five.";
    Err(Error::Setting(Fault::new("hot fraction", "a share from 0 to 1", fraction.to_string(), remedy)))
}

fn scatter(beads: usize, [cold, hot]: &[f64; 2], hot_count: usize, seed: u64) -> Vec<f64> {
    let mut temperatures = vec![*cold; beads];
    for bead in rand::seq::index::sample(&mut ChaCha8Rng::seed_from_u64(seed), beads, hot_count) {
        temperatures[bead] = *hot;
    }
    temperatures
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a draw that favours a place, repeats a bead or forgets its seed.
    #[test]
    fn hot_beads_are_scattered_evenly_and_by_their_seed() {
        let draw = |seed| TemperatureProfile::scattered(1.0, 10.0, 0.25, seed).temperatures(16).unwrap();
        let mut times_hot = [0; 16];
        for seed in 0..4000 {
            let hot: Vec<usize> = (0..16).filter(|bead| draw(seed)[*bead] == 10.0).collect();
            assert_eq!(hot.len(), 4);
            for bead in hot {
                times_hot[bead] += 1;
            }
        }
        // Binomial: 1000 times each, give or take 27.
        assert!(times_hot.iter().all(|times: &i32| (times - 1000).abs() < 110), "{times_hot:?}");
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
        let share = |fraction| {
            let drawn = TemperatureProfile::scattered(1.0, 10.0, fraction, 0).temperatures(16);
            drawn.unwrap().iter().filter(|t| **t == 10.0).count()
        };
        assert_eq!([share(0.0), share(0.2), share(1.0)], [0, 3, 16]);
        assert!(TemperatureProfile::scattered(1.0, 10.0, 1.1, 0).temperatures(16).is_err());
        assert!(TemperatureProfile::scattered(1.0, 10.0, f64::NAN, 0).temperatures(16).is_err());
    }

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
