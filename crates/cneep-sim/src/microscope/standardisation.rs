//! Chooses the zero and the unit of displacements on the picture.

use crate::langevin::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// Mean and standard deviation by which every coordinate is standardised before it moves a blob.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Standardisation {
    /// Those of the exact stationary state: the same for every movie of a system, however short.
    #[default]
    Stationary,
    /// Those of all frames of the trajectories filmed together. Two sets filmed apart differ in scale.
    Measured,
    /// Given ones, such as those of a training set, for every coordinate.
    Constants {
        /// Mean of each coordinate.
        mean: Vec<f64>,
        /// Standard deviation of each coordinate.
        standard_deviation: Vec<f64>,
    },
}

impl Standardisation {
    /// Mean and standard deviation of each coordinate for `trajectories` of one system.
    ///
    /// # Errors
    /// [`Error::Setting`] for constants that do not fit, or coordinates that never moved.
    pub(super) fn constants(&self, trajectories: &[Trajectory]) -> Result<(Vec<f64>, Vec<f64>)> {
        let Some(first) = trajectories.first() else { return Ok((Vec::new(), Vec::new())) };
        let coordinates = first.parts().len();
        let (mean, deviation) = match self {
            Self::Stationary => (vec![0.0; coordinates], first.stationary_deviation().to_vec()),
            Self::Measured => (0..coordinates).map(|coordinate| measure(trajectories, coordinate)).unzip(),
            Self::Constants { mean, standard_deviation } => (mean.clone(), standard_deviation.clone()),
        };
        let fault = |expected: String, found: String| {
            let remedy = "Give the constants of a training set, or standardise by the stationary state.";
            Err(Error::Setting(Fault::new("standardisation", expected, found, remedy)))
        };
        if [mean.len(), deviation.len()] != [coordinates; 2] {
            let found = format!("{} and {}", mean.len(), deviation.len());
            return fault(format!("{coordinates} means and standard deviations"), found);
        }
        if let Some(bad) = mean.iter().find(|mean| !mean.is_finite()) {
            return fault("finite means".into(), bad.to_string());
        }
        match deviation.iter().find(|deviation| !(deviation.is_finite() && **deviation > 0.0)) {
            Some(bad) => fault("positive, finite standard deviations".into(), bad.to_string()),
            None => Ok((mean, deviation)),
        }
    }
}

/// Mean and standard deviation of one coordinate over all frames.
fn measure(trajectories: &[Trajectory], coordinate: usize) -> (f64, f64) {
    let values = || trajectories.iter().flat_map(|path| path.positions().column(coordinate).into_iter());
    let count = values().count() as f64;
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::published;
    use ndarray::array;

    /// Catches a deviation taken per movie, or with n - 1, where the published one is neither.
    #[test]
    fn the_published_constants_are_those_of_the_training_set() {
        let Some(movies) = published::training_positions() else { return };
        let system = published::two_beads();
        let movies: Vec<_> = movies.into_iter().map(|path| system.trajectory(path, 0.01).unwrap()).collect();
        let (mean, deviation) = Standardisation::Measured.constants(&movies).unwrap();
        for bead in 0..2 {
            assert!((mean[bead] - published::MEAN[bead]).abs() < 5e-9, "{mean:?}");
            assert!((deviation[bead] - published::DEVIATION[bead]).abs() < 5e-9, "{deviation:?}");
        }
    }

    #[test]
    fn each_kind_gives_its_own_constants() {
        let path = array![[1.0, 2.0], [3.0, 2.0]];
        let still = [published::two_beads().trajectory(path, 0.01).unwrap()];
        let constants = |kind: Standardisation| kind.constants(&still);
        let (mean, deviation) = constants(Standardisation::Stationary).unwrap();
        assert_eq!((mean, deviation.as_slice()), (vec![0.0; 2], still[0].stationary_deviation()));
        let error = constants(Standardisation::Measured).unwrap_err().to_string();
        assert!(error.contains("positive, finite standard deviations, found 0"), "{error}");
        let given = |mean: [f64; 2], deviation: Vec<f64>| {
            constants(Standardisation::Constants { mean: mean.to_vec(), standard_deviation: deviation })
        };
        assert_eq!(given([1.0, 2.0], vec![3.0, 4.0]).unwrap(), (vec![1.0, 2.0], vec![3.0, 4.0]));
        assert!(given([1.0, 2.0], vec![3.0]).is_err());
        assert!(given([f64::NAN, 2.0], vec![3.0, 4.0]).is_err());
    }
}
