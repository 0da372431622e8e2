//! Evaluates the exact entropy production along a path.
//!
//! A step from x to x' produces `sum_i g_i((x + x')/2) (x'_i - x_i)`, with g the thermodynamic force: the
//! midpoint rule, odd under exchange of x and x' to the last bit.

use super::system::LangevinSystem;
use cneep_movie::error::{Error, Fault, Result};
use nalgebra::DMatrix;
use ndarray::{Array2, ArrayView1, Axis};

/// Entropy in `k_B` of every transition of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct StepEntropy {
    /// Total per transition: the sum of its parts.
    pub total: Vec<f64>,
    /// Share of every part, shape (transition, part).
    pub local: Array2<f64>,
}

impl StepEntropy {
    pub(super) fn from_local(local: Array2<f64>) -> Self {
        Self { total: local.sum_axis(Axis(1)).to_vec(), local }
    }

    /// The entropy of the same path run backwards: transitions in reverse order, signs flipped.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let local = self.local.slice(ndarray::s![..;-1, ..]).mapv(|entropy| -entropy);
        Self { total: self.total.iter().rev().map(|entropy| -entropy).collect(), local }
    }
}

impl LangevinSystem {
    /// Exact entropy production of every step of `positions`, shape (frame, coordinate), by the midpoint
    /// rule: the sum of [`Self::medium_entropy_change`] and [`Self::system_entropy_change`].
    ///
    /// Right for frames one short time step apart. A [`Trajectory`](super::Trajectory) simulated with several
    /// steps per frame carries the sum over those steps itself.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for another number of coordinates, [`Error::Format`] for fewer than two frames or
    /// a position that is not finite.
    pub fn exact_entropy_production(&self, positions: &Array2<f64>) -> Result<StepEntropy> {
        self.along(positions, &self.steady_state().thermodynamic_force_matrix())
    }

    /// Entropy change of the baths per step, heat over temperature, `F_i(midpoint) dx_i / T_i`.
    ///
    /// # Errors
    /// Those of [`Self::exact_entropy_production`].
    pub fn medium_entropy_change(&self, positions: &Array2<f64>) -> Result<StepEntropy> {
        self.along(positions, &self.steady_state().force_over_temperature_matrix())
    }

    /// Entropy change of the system per step, ln p(x) - ln p(x') with p the stationary density.
    ///
    /// # Errors
    /// Those of [`Self::exact_entropy_production`].
    pub fn system_entropy_change(&self, positions: &Array2<f64>) -> Result<Vec<f64>> {
        self.check_positions(positions)?;
        let inverse = self.steady_state().inverse_covariance();
        let surprise: Vec<f64> = positions
            .rows()
            .into_iter()
            .map(|row| {
                let state = nalgebra::DVector::from_iterator(row.len(), row.iter().copied());
                0.5 * state.dot(&(inverse * &state))
            })
            .collect();
        Ok(surprise.windows(2).map(|pair| pair[1] - pair[0]).collect())
    }

    fn along(&self, positions: &Array2<f64>, force: &DMatrix<f64>) -> Result<StepEntropy> {
        self.check_positions(positions)?;
        let mut rule = MidpointRule::new(force, self.parts());
        let mut local = Array2::zeros((positions.nrows() - 1, self.part_count()));
        for (step, mut shares) in local.rows_mut().into_iter().enumerate() {
            rule.add_step(&positions.row(step), &positions.row(step + 1), |part, share| {
                shares[part] += share;
            });
        }
        Ok(StepEntropy::from_local(local))
    }

    /// Refuses positions that are not a path of this system.
    pub(super) fn check_positions(&self, positions: &Array2<f64>) -> Result<()> {
        let (frames, coordinates) = positions.dim();
        let fault =
            |expected: String, found: String, remedy: &str| Fault::new("trajectory", expected, found, remedy);
        if coordinates != self.coordinate_count() {
            let expected = format!("{} coordinates", self.coordinate_count());
            let remedy = "Give positions of this system, shape (frame, coordinate).";
            return Err(Error::Mismatch(fault(expected, coordinates.to_string(), remedy)));
        }
        if frames < 2 {
            let remedy = "Give the whole path.";
            return Err(Error::Format(fault("at least 2 frames".into(), frames.to_string(), remedy)));
        }
        match positions.indexed_iter().find(|(_, position)| !position.is_finite()) {
            None => Ok(()),
            Some(((frame, coordinate), position)) => {
                let found = format!("{position} at frame {frame}, coordinate {coordinate}");
                let remedy = "Cut the path before it.";
                Err(Error::Format(fault("finite positions".into(), found, remedy)))
            }
        }
    }
}

/// A linear force contracted with steps at their midpoints.
#[derive(Clone)]
pub(super) struct MidpointRule<'a> {
    /// Force matrix by rows.
    rows: Vec<f64>,
    parts: &'a [usize],
    midpoint: Vec<f64>,
}

impl<'a> MidpointRule<'a> {
    pub(super) fn new(force: &DMatrix<f64>, parts: &'a [usize]) -> Self {
        Self { rows: force.transpose().as_slice().to_vec(), parts, midpoint: vec![0.0; parts.len()] }
    }

    /// Hands to `share` the part and the entropy of every coordinate in the step from `from` to `to`.
    pub(super) fn add_step(
        &mut self,
        from: &ArrayView1<f64>,
        to: &ArrayView1<f64>,
        mut share: impl FnMut(usize, f64),
    ) {
        for ((midpoint, from), to) in self.midpoint.iter_mut().zip(from).zip(to) {
            *midpoint = 0.5 * (from + to);
        }
        for (i, row) in self.rows.chunks_exact(self.parts.len()).enumerate() {
            let force: f64 = row.iter().zip(&self.midpoint).map(|(entry, x)| entry * x).sum();
            share(self.parts[i], force * (to[i] - from[i]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::{BeadSpring, Simulation, TemperatureProfile, published};

    fn chain() -> LangevinSystem {
        let chain = BeadSpring::new(3, TemperatureProfile::linear(1.0, 10.0)).unwrap();
        chain.stiffness(2.0).friction_per_bead(vec![0.5, 1.0, 3.0]).system().unwrap()
    }

    fn path(system: &LangevinSystem) -> Array2<f64> {
        let run = Simulation { frames: 300, movies: 1, ..Simulation::default() };
        system.simulate(&run, 5).unwrap()[0].positions().clone()
    }

    /// Catches a temperature, friction or covariance misplaced in any one of the three.
    #[test]
    fn baths_and_system_together_make_the_total() {
        let system = chain();
        let path = path(&system);
        let total = system.exact_entropy_production(&path).unwrap();
        let medium = system.medium_entropy_change(&path).unwrap();
        let change = system.system_entropy_change(&path).unwrap();
        for (step, total) in total.total.iter().enumerate() {
            let sum = medium.total[step] + change[step];
            assert!((sum - total).abs() < 1e-12 * (1.0 + total.abs()), "{sum} against {total}");
        }
    }

    /// Catches a force taken at the start of the step (Ito) in place of its middle.
    #[test]
    fn a_path_run_backwards_flips_every_sign_exactly() {
        let system = chain();
        let path = path(&system);
        let forwards = system.exact_entropy_production(&path).unwrap();
        let backwards =
            system.exact_entropy_production(&path.slice(ndarray::s![..;-1, ..]).to_owned()).unwrap();
        assert_eq!(backwards, forwards.reversed());
        assert_ne!(backwards, forwards);
    }

    /// Catches coordinates summed into the wrong part.
    #[test]
    fn parts_gather_their_coordinates() {
        let alone = chain();
        let forces = alone.force_matrix().clone();
        let (friction, temperature) = (alone.friction().to_vec(), alone.temperature().to_vec());
        let together = LangevinSystem::new(forces, friction, temperature, vec![1, 0, 1]).unwrap();
        let path = path(&alone);
        let single = alone.exact_entropy_production(&path).unwrap().local;
        let gathered = together.exact_entropy_production(&path).unwrap().local;
        assert_eq!(gathered.column(0), single.column(1));
        assert_eq!(gathered.column(1), &single.column(0) + &single.column(2));
    }

    #[test]
    fn positions_of_another_system_are_refused() {
        let system = chain();
        let refused = |path: Array2<f64>| system.exact_entropy_production(&path).unwrap_err().to_string();
        assert!(refused(Array2::zeros((9, 2))).contains("expected 3 coordinates, found 2"));
        assert!(refused(Array2::zeros((1, 3))).contains("at least 2 frames, found 1"));
        let mut lost = Array2::zeros((9, 3));
        lost[[4, 2]] = f64::NAN;
        assert!(refused(lost).contains("NaN at frame 4, coordinate 2"));
    }

    /// Catches beads or temperatures in the other order than the published movies.
    #[test]
    fn the_published_trajectories_have_the_published_entropy() {
        let system = published::two_beads();
        if let Some(movies) = published::training_positions() {
            let rates = movies.into_iter().map(|path| system.trajectory(path, 0.01).unwrap().realised_rate());
            let rate = rates.sum::<f64>() / 100.0;
            assert!((rate - 2.05185).abs() < 5e-6, "{rate}");
        }
        let vector = |key| published::archived::<f32>("testvec_64.npz", key);
        if let (Some(pairs), Some(medium), Some(shannon), Some(total)) = (
            vector("trajectory"),
            vector("ep_medium"),
            vector("ep_shannon"),
            published::archived::<f64>("testvec_64.npz", "ep_total_f64"),
        ) {
            for (i, pair) in pairs.chunks_exact(4).enumerate() {
                let pair =
                    Array2::from_shape_vec((2, 2), pair.iter().map(|x| f64::from(*x)).collect()).unwrap();
                let ours = [
                    system.exact_entropy_production(&pair).unwrap().total[0] - total[i],
                    system.medium_entropy_change(&pair).unwrap().total[0] - f64::from(medium[i]),
                    system.system_entropy_change(&pair).unwrap()[0] - f64::from(shannon[i]),
                ];
                // The last two were published in single precision.
                assert!(ours[0].abs() < 1e-12 && ours[1].abs() < 1e-5 && ours[2].abs() < 1e-5, "{ours:?}");
            }
        }
    }
}
