//! Follows a rate along the amount of data, up to an endless amount.

use super::result::{EntropyProduction, MovieEntropy};
use super::role::Role;
use cneep_movie::units::Measured;
use serde::{Deserialize, Serialize};

/// Shares of the held-out time at which the rate is stated.
const SHARES: [f64; 4] = [0.125, 0.25, 0.5, 1.0];

/// A rate that some amount of data gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AmountPoint {
    /// Amount of data: time, frames or transitions.
    pub amount: f64,
    /// Rate.
    pub rate: f64,
    /// Its standard error, in the same unit.
    pub standard_error: f64,
}

/// The line `rate = limit + slope / amount` through rates of growing amounts of data.
///
/// It makes sense where the error of an estimator falls as one over the amount of data, as that of a fit with
/// a fixed number of coefficients does once there are many more transitions than coefficients; rates of a
/// *fixed* estimator do not lean with the amount of held-out time and need no extrapolation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Extrapolation {
    /// Rate of an endless amount of data.
    pub limit: f64,
    /// Its standard error.
    pub limit_error: f64,
    /// Rate times amount that is missing (below zero) or too much.
    pub slope: f64,
    /// Its standard error.
    pub slope_error: f64,
    /// Sum of squared residues in standard errors over the points less two: about 1 where the line holds.
    pub reduced_chi_squared: f64,
}

impl Extrapolation {
    /// Weighted least squares through `points`; none for fewer than three of different amounts with positive
    /// errors.
    ///
    /// If the points scatter more widely about the line than their errors say, the errors of the line grow in
    /// proportion.
    pub fn of(points: &[AmountPoint]) -> Option<Self> {
        let usable = |point: &AmountPoint| point.amount > 0.0 && point.standard_error > 0.0;
        if points.len() < 3 || !points.iter().all(usable) {
            return None;
        }
        let weight = |point: &AmountPoint| point.standard_error.powi(-2);
        let mean = |of: &dyn Fn(&AmountPoint) -> f64| {
            let total: f64 = points.iter().map(weight).sum();
            points.iter().map(|point| weight(point) * of(point)).sum::<f64>() / total
        };
        let (mean_inverse, mean_rate) = (mean(&|point| 1.0 / point.amount), mean(&|point| point.rate));
        let (mut spread, mut covariance, mut total) = (0.0, 0.0, 0.0);
        for point in points {
            let (weight, inverse) = (weight(point), 1.0 / point.amount - mean_inverse);
            spread += weight * inverse * inverse;
            covariance += weight * inverse * (point.rate - mean_rate);
            total += weight;
        }
        if spread <= 1e-12 * total * mean_inverse * mean_inverse {
            return None;
        }
        let slope = covariance / spread;
        let limit = mean_rate - slope * mean_inverse;
        let residue = |point: &AmountPoint| point.rate - limit - slope / point.amount;
        let squares: f64 = points.iter().map(|point| weight(point) * residue(point).powi(2)).sum();
        let reduced_chi_squared = squares / (points.len() - 2) as f64;
        let widened = reduced_chi_squared.max(1.0);
        Some(Self {
            limit,
            limit_error: (widened * (1.0 / total + mean_inverse * mean_inverse / spread)).sqrt(),
            slope,
            slope_error: (widened / spread).sqrt(),
            reduced_chi_squared,
        })
    }

    /// Rate that the line gives to an amount of data.
    pub fn rate_at(&self, amount: f64) -> f64 {
        self.limit + self.slope / amount
    }
}

/// Rate and bound of the first share of the unseen transitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnseenShare {
    /// Share of the unseen transitions.
    pub share: f64,
    /// Time that they span, in seconds, or frames where the frame interval is not known.
    pub unseen_time: f64,
    /// Mean rate.
    pub rate: Measured,
    /// Lower bound.
    pub bound: Measured,
}

impl EntropyProduction {
    /// Rate and bound of the first eighth, quarter and half of the unseen transitions, and of all of them;
    /// shares of fewer than 16 transitions are left out. The parts contain each other: of a steady state,
    /// each agrees with the last within its error.
    pub fn unseen_shares(&self) -> Vec<UnseenShare> {
        let count = self.unseen_count();
        let stated = |share: f64| {
            let part = ((share * count as f64).round() >= 16.0).then(|| self.first_unseen(share))?;
            let bound = part.bound()?;
            Some(UnseenShare { share, unseen_time: part.unseen_time(), rate: part.rate(), bound })
        };
        SHARES.into_iter().filter_map(stated).collect()
    }

    /// The result with the first `share` of the unseen transitions alone.
    fn first_unseen(&self, share: f64) -> Self {
        let mut left = (share * self.unseen_count() as f64).round() as usize;
        let mut movies = Vec::new();
        for movie in &self.movies {
            let length = movie.roles.iter().position(|&role| {
                let unseen = role != Role::InSample;
                let beyond = unseen && left == 0;
                left -= usize::from(unseen && left > 0);
                beyond
            });
            let length = length.unwrap_or(movie.values.len());
            movies.push(MovieEntropy {
                name: movie.name.clone(),
                values: movie.values[..length].to_vec(),
                roles: movie.roles[..length].to_vec(),
                ..MovieEntropy::default()
            });
        }
        let mut part = Self { movies, cautions: Vec::new(), ..self.clone() };
        let bounding = self.fit.bounded_by.as_deref();
        part.fit.bounded_by = bounding.map(|bounding| Box::new(bounding.first_unseen(share)));
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::synthetic::gaussian;

    fn point(amount: f64, rate: f64) -> AmountPoint {
        AmountPoint { amount, rate, standard_error: 0.1 / amount.sqrt() }
    }

    /// Points on the line itself; catches a fit against the amount in place of its inverse, and unweighted
    /// sums.
    #[test]
    fn exact_points_give_their_line_and_scatter_widens_its_error() {
        let points = [100.0, 200.0, 400.0, 800.0].map(|amount| point(amount, 2.0 - 50.0 / amount));
        let line = Extrapolation::of(&points).unwrap();
        assert!((line.limit - 2.0).abs() < 1e-9 && (line.slope + 50.0).abs() < 1e-6);
        assert!((line.rate_at(1600.0) - (2.0 - 50.0 / 1600.0)).abs() < 1e-9);
        assert!(line.reduced_chi_squared < 1e-9);
        let mut scattered = points;
        scattered[1].rate += 0.05;
        scattered[2].rate -= 0.05;
        let wide = Extrapolation::of(&scattered).unwrap();
        assert!(wide.limit_error > 3.0 * line.limit_error, "{wide:?}");
        assert_eq!(Extrapolation::of(&points[..2]), None);
        assert_eq!(Extrapolation::of(&[points[0]; 5]), None);
    }

    /// The error of the limit for two groups far apart, solved by hand: (x2 y1 - x1 y2) / (x2 - x1).
    #[test]
    fn the_error_of_the_limit_is_that_of_the_closed_form() {
        let near = AmountPoint { amount: 1.0, rate: 1.0, standard_error: 0.1 };
        let far = AmountPoint { amount: 4.0, rate: 1.75, standard_error: 0.2 };
        let line = Extrapolation::of(&[near, near, far, far]).unwrap();
        let exact = ((0.25_f64 * 0.1).powi(2) + 0.2_f64.powi(2)).sqrt() / 0.75 / 2.0_f64.sqrt();
        assert!((line.limit - 2.0).abs() < 1e-9 && (line.limit_error - exact).abs() < 1e-9, "{line:?}");
    }

    /// Catches shares of all transitions in place of the held-out ones, and a last share that is not the
    /// stated rate.
    #[test]
    fn shares_grow_to_the_stated_rate() {
        let mut entropy = gaussian(2, 400, 0.1, 0.0, 1);
        entropy.movies[0].roles[..200].fill(Role::InSample);
        let shares = entropy.unseen_shares();
        let times: Vec<f64> = shares.iter().map(|share| share.unseen_time).collect();
        assert_eq!(times, [75.0, 150.0, 300.0, 600.0]);
        assert_eq!(shares[3].rate, entropy.rate());
        assert_eq!(Some(&shares[3].bound), entropy.bound().as_ref());
        let first: f64 = entropy.movies[0].values[200..275].iter().sum();
        assert!((shares[0].rate.value - first / 75.0).abs() < 1e-12);
    }
}
