//! Holds a linear overdamped Langevin system.

use super::lyapunov;
use super::steady_state::SteadyState;
use cneep_movie::error::{Error, Fault, Result};
use nalgebra::DMatrix;

/// Overdamped motion under a linear force: for every coordinate i,
/// `gamma_i dx_i = (F x)_i dt + sqrt(2 gamma_i T_i) dW_i`.
///
/// The force matrix F is general: minus a stiffness matrix for springs, not symmetric for forces that stir.
/// Every coordinate belongs to a *part* (a bead, a node), and local rates are stated per part.
#[derive(Debug, Clone, PartialEq)]
pub struct LangevinSystem {
    force_matrix: DMatrix<f64>,
    friction: Vec<f64>,
    temperature: Vec<f64>,
    parts: Vec<usize>,
    steady_state: SteadyState,
}

impl LangevinSystem {
    /// A system of n coordinates from its `force_matrix` (n x n, force per displacement), and per coordinate
    /// its `friction`, `temperature` and part (`parts`, counted from 0 without gaps).
    ///
    /// # Errors
    /// [`Error::Mismatch`] for lengths that differ; [`Error::Setting`] for no coordinates, a force that is
    /// not finite, a friction or temperature that is not positive and finite, a part without coordinates, or
    /// a force that lets some displacement grow or persist, so that there is no steady state.
    pub fn new(
        force_matrix: DMatrix<f64>,
        friction: Vec<f64>,
        temperature: Vec<f64>,
        parts: Vec<usize>,
    ) -> Result<Self> {
        let size = force_matrix.nrows();
        check_shapes(&force_matrix, [friction.len(), temperature.len(), parts.len()])?;
        check_values(&force_matrix, &friction, &temperature)?;
        check_parts(&parts)?;
        let drift = DMatrix::from_fn(size, size, |i, j| force_matrix[(i, j)] / friction[i]);
        let diffusion: Vec<f64> = temperature.iter().zip(&friction).map(|(t, g)| t / g).collect();
        let steady_state = lyapunov::continuous(&drift, &diffusion)
            .and_then(|covariance| SteadyState::new(drift, diffusion, covariance, parts.clone()))
            .ok_or_else(no_steady_state)?;
        Ok(Self { force_matrix, friction, temperature, parts, steady_state })
    }

    /// Number of coordinates.
    pub fn coordinate_count(&self) -> usize {
        self.parts.len()
    }

    /// Number of parts: beads or nodes.
    pub fn part_count(&self) -> usize {
        self.steady_state.part_count()
    }

    /// Part to which each coordinate belongs.
    pub fn parts(&self) -> &[usize] {
        &self.parts
    }

    /// Force on coordinate i per displacement of coordinate j, n x n.
    pub fn force_matrix(&self) -> &DMatrix<f64> {
        &self.force_matrix
    }

    /// Friction of each coordinate.
    pub fn friction(&self) -> &[f64] {
        &self.friction
    }

    /// Temperature of each coordinate, in units of energy.
    pub fn temperature(&self) -> &[f64] {
        &self.temperature
    }

    /// The exact stationary state.
    pub fn steady_state(&self) -> &SteadyState {
        &self.steady_state
    }
}

fn setting(subject: &str, expected: impl Into<String>, found: impl Into<String>, remedy: &str) -> Result<()> {
    Err(Error::Setting(Fault::new(subject, expected, found, remedy)))
}

/// More coordinates than this would take minutes to solve and gigabytes to hold.
const MOST_COORDINATES: usize = 1000;

/// Refuses a number of coordinates whose exact answer is out of reach, before anything is allocated for them.
pub(super) fn check_coordinate_count(subject: &str, count: Option<usize>) -> Result<()> {
    match count {
        Some(count) if count <= MOST_COORDINATES => Ok(()),
        _ => setting(
            subject,
            format!("at most {MOST_COORDINATES} coordinates to solve for"),
            count.map_or("too many to count".to_string(), |count| count.to_string()),
            "Build a smaller system.",
        ),
    }
}

/// Refuses a `value` that is not positive and finite.
pub(super) fn check_positive(subject: &str, value: f64) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    let expected = format!("a positive, finite {subject}");
    setting(subject, expected, value.to_string(), "Give a number above zero.")
}

fn no_steady_state() -> Error {
    Error::Setting(Fault::new(
        "force matrix",
        "forces that pull every displacement back",
        "a displacement that grows or persists, so that there is no steady state",
        "Tie the system to fixed points, and keep stiffness positive and stirring weak enough.",
    ))
}

fn check_shapes(force_matrix: &DMatrix<f64>, lengths: [usize; 3]) -> Result<()> {
    let size = force_matrix.nrows();
    if size == 0 {
        return setting("force matrix", "at least one coordinate", "none", "Give the system a coordinate.");
    }
    if force_matrix.ncols() != size || lengths != [size; 3] {
        let [frictions, temperatures, parts] = lengths;
        return Err(Error::Mismatch(Fault::new(
            "Langevin system",
            "a square force matrix, and one friction, temperature and part per coordinate",
            format!(
                "{size} x {} forces, {frictions} frictions, {temperatures} temperatures, {parts} parts",
                force_matrix.ncols()
            ),
            "Give all of them for the same coordinates.",
        )));
    }
    Ok(())
}

fn check_values(force_matrix: &DMatrix<f64>, friction: &[f64], temperature: &[f64]) -> Result<()> {
    if let Some(force) = force_matrix.iter().find(|force| !force.is_finite()) {
        return setting("force matrix", "finite forces", force.to_string(), "Check the stiffness.");
    }
    for (subject, values) in [("friction", friction), ("temperature", temperature)] {
        if let Some((i, value)) = values.iter().enumerate().find(|(_, v)| !(v.is_finite() && **v > 0.0)) {
            let found = format!("{value} at coordinate {i}");
            return setting(
                subject,
                "positive, finite values",
                found,
                "Give every coordinate a positive value.",
            );
        }
    }
    Ok(())
}

fn check_parts(parts: &[usize]) -> Result<()> {
    let mut seen = vec![false; parts.len()];
    for &part in parts {
        let Some(seen) = seen.get_mut(part) else {
            let expected = format!("part numbers below {}", parts.len());
            return setting("parts", expected, part.to_string(), "Count the parts from 0 without gaps.");
        };
        *seen = true;
    }
    let count = parts.iter().max().map_or(0, |last| last + 1);
    match seen[..count].iter().position(|seen| !seen) {
        Some(gap) => {
            let found = format!("none in part {gap}");
            setting("parts", "a coordinate in every part", found, "Count the parts from 0 without gaps.")
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(forces: [f64; 4], temperature: Vec<f64>, parts: Vec<usize>) -> Result<LangevinSystem> {
        LangevinSystem::new(DMatrix::from_row_slice(2, 2, &forces), vec![1.0; 2], temperature, parts)
    }

    #[test]
    fn impossible_systems_are_refused_by_what_is_wrong_with_them() {
        let spring = [-1.0, 0.0, 0.0, -1.0];
        let refused = |result: Result<LangevinSystem>| result.unwrap_err().to_string();
        assert!(refused(pair([1.0, 0.0, 0.0, -1.0], vec![1.0; 2], vec![0, 1])).contains("no steady state"));
        assert!(refused(pair([-1.0, 1.0, 1.0, -1.0], vec![1.0; 2], vec![0, 1])).contains("no steady state"));
        assert!(refused(pair([f64::NAN; 4], vec![1.0; 2], vec![0, 1])).contains("found NaN"));
        assert!(refused(pair(spring, vec![1.0, 0.0], vec![0, 1])).contains("found 0 at coordinate 1"));
        assert!(refused(pair(spring, vec![1.0; 3], vec![0, 1])).contains("3 temperatures"));
        assert!(refused(pair(spring, vec![1.0; 2], vec![1, 1])).contains("found none in part 0"));
        assert!(refused(pair(spring, vec![1.0; 2], vec![0, 9])).contains("part numbers below 2, found 9"));
    }
}
