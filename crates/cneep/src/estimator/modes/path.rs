//! Cuts the path of a mode through a window into steps, smoothed as far as noise of the camera blurs them.
//!
//! dS of a window is the sum of force times change along its path (Stratonovich: the force at the middle of
//! each step). Noise enters that sum mostly at the two ends of the window. Of a mode that diffuses, and whose
//! coordinate every frame blurs by noise of `rho` times the variance of a step, the most likely path `x` has
//! the steps `D x = (1 + rho D D^T)^-1 D c`, D taking differences of consecutive frames; its mean is that of
//! `c`.
//!
//! Reversal exchanges step p with its mirror, p', and changes the sign of both. So what is kept are sums and
//! differences of the two: with the path's middle a + b on step p and a - b on its mirror,
//! `(a + b) d_p + (a - b) d_p' = a (d_p + d_p') + b (d_p - d_p')`.
//! Each product has one factor that keeps its bits, and one that changes its sign and nothing else.

use super::statistics::OfMode;
use nalgebra::DMatrix;

/// What smooths the steps of one mode.
pub(super) struct Smoother {
    /// `(1 + rho D D^T)^-1`.
    matrix: DMatrix<f64>,
}

/// One of the terms whose products sum to those of all steps.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Product {
    /// Where on the path a mode is, as far as it drives.
    pub(super) place: f64,
    /// The change that is driven.
    pub(super) change: f64,
}

impl Smoother {
    /// For windows of `window` frames with noise of `rho` times a step's variance.
    pub(super) fn new(window: usize, rho: f64) -> Self {
        let steps = window - 1;
        // A single step is only scaled, which its coefficient does as well.
        let rho = if steps == 1 { 0.0 } else { rho };
        let matrix = DMatrix::from_fn(steps, steps, |row, column| match row.abs_diff(column) {
            0 => 1.0 + 2.0 * rho,
            1 => -rho,
            _ => 0.0,
        });
        let inverse = matrix.cholesky().expect("positive whatever rho >= 0 is").inverse();
        // To the last bit the same from both ends.
        let mirrored = |row: usize, column: usize| inverse[(steps - 1 - row, steps - 1 - column)];
        Self {
            matrix: DMatrix::from_fn(steps, steps, |row, column| {
                0.5 * (inverse[(row, column)] + mirrored(row, column))
            }),
        }
    }

    /// Forces on the raw steps that do as much work as `forces` do on the changes of the [`Product`]s.
    pub(super) fn on_raw_steps(&self, forces: &[f64]) -> Vec<f64> {
        let (steps, half) = (forces.len(), forces.len() / 2);
        let mut smoothed = forces.to_vec();
        if steps % 2 == 1 {
            smoothed[half] = forces[2 * half];
        }
        for p in 0..half {
            let (on_sum, on_difference) = (forces[2 * p], forces[2 * p + 1]);
            (smoothed[p], smoothed[steps - 1 - p]) = (on_sum + on_difference, on_sum - on_difference);
        }
        let along = |row: usize| smoothed.iter().enumerate().map(move |(column, force)| (row, column, force));
        (0..forces.len())
            .map(|row| along(row).map(|(i, j, force)| self.matrix[(i, j)] * force).sum())
            .collect()
    }

    /// Writes the [`Product`]s of a window whose frames have the coordinates `of`: of each pair of steps one
    /// with the place a and one with b, last of all the step in the middle, if there is one. Means and raw
    /// steps count as far as `within`.
    pub(super) fn products(&self, of: impl Fn(usize) -> f64, within: OfMode, products: &mut [Product]) {
        let steps = self.matrix.nrows();
        let (half, window) = (steps / 2, steps + 1);
        let step = |p: usize| (of(p + 1) - of(p)).clamp(-within.change, within.change);
        let mut sum = if window % 2 == 1 { of(half) } else { 0.0 };
        for frame in 0..window / 2 {
            sum += of(frame) + of(window - 1 - frame);
        }
        let mean = (sum / window as f64).clamp(-within.mean, within.mean);
        if steps % 2 == 1 {
            products[2 * half].change = step(half);
        }
        for p in 0..half {
            let (before, after) = (step(p), step(steps - 1 - p));
            products[2 * p].change = before + after;
            products[2 * p + 1].change = before - after;
        }
        self.smooth(products);
        place(mean, products);
    }

    /// Smooths the changes of all products: sums of two steps among themselves, and differences among
    /// themselves.
    fn smooth(&self, products: &mut [Product]) {
        let steps = products.len();
        if steps == 1 {
            return;
        }
        let half = steps / 2;
        let mut smoothed = vec![0.0; steps];
        for p in 0..half {
            let (mut sum, mut difference) = (0.0, 0.0);
            for q in 0..half {
                let (near, far) = (self.matrix[(p, q)], self.matrix[(p, steps - 1 - q)]);
                sum += (near + far) * products[2 * q].change;
                difference += (near - far) * products[2 * q + 1].change;
            }
            if steps % 2 == 1 {
                sum += 2.0 * self.matrix[(p, half)] * products[2 * half].change;
            }
            (smoothed[2 * p], smoothed[2 * p + 1]) = (sum, difference);
        }
        if steps % 2 == 1 {
            let own = self.matrix[(half, half)] * products[2 * half].change;
            smoothed[2 * half] =
                (0..half).fold(own, |sum, q| sum + self.matrix[(half, q)] * products[2 * q].change);
        }
        products.iter_mut().zip(smoothed).for_each(|(product, change)| product.change = change);
    }
}

/// Writes the places of a path of this mean whose changes are already there.
fn place(mean: f64, products: &mut [Product]) {
    let steps = products.len();
    let half = steps / 2;
    // Half the sum of the coordinates of two mirrored frames, less that of the outermost two.
    let mut even = 0.0;
    let mut total = 0.0;
    for p in 0..half {
        total += 2.0 * even;
        products[2 * p].place = even + 0.25 * products[2 * p + 1].change;
        even += 0.5 * products[2 * p + 1].change;
    }
    // Frames in the middle: two if the number of steps is odd.
    total += if steps % 2 == 1 { 2.0 * even } else { even };
    let offset = mean - total / (steps + 1) as f64;
    for p in 0..half {
        products[2 * p].place += offset;
    }
    // Half the difference of the coordinates of two mirrored frames, from the middle outwards.
    let mut odd = 0.0;
    if steps % 2 == 1 {
        products[2 * half].place = even + offset;
        odd = -0.5 * products[2 * half].change;
    }
    for p in (0..half).rev() {
        let outer = odd - 0.5 * products[2 * p].change;
        products[2 * p + 1].place = 0.5 * (outer + odd);
        odd = outer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: OfMode = OfMode { mean: f64::INFINITY, change: f64::INFINITY };

    fn wave(frame: usize) -> f64 {
        (frame as f64 * 1.9).sin() + 0.1 * frame as f64
    }

    fn products(window: usize, rho: f64, of: impl Fn(usize) -> f64) -> Vec<Product> {
        let mut products = vec![Product::default(); window - 1];
        Smoother::new(window, rho).products(of, FREE, &mut products);
        products
    }

    /// The referee: the whole path smoothed as a least-squares problem over frames, and its Stratonovich sum
    /// with itself and with the other path. Catches a wrong mirror, a middle step counted twice and a mean
    /// that smoothing moves.
    #[test]
    fn products_sum_to_the_stratonovich_sum_along_the_most_likely_path() {
        for window in 2..=9 {
            for rho in [0.0, 0.7] {
                let other = |frame: usize| (frame as f64 * 0.8).cos();
                let naive = |of: &dyn Fn(usize) -> f64| -> DMatrix<f64> {
                    let mut normal = DMatrix::<f64>::identity(window, window);
                    for step in 0..if window == 2 { 0 } else { window - 1 } {
                        for (i, j, sign) in [(0, 0, 1.0), (1, 1, 1.0), (0, 1, -1.0), (1, 0, -1.0)] {
                            normal[(step + i, step + j)] += sign * rho;
                        }
                    }
                    normal.try_inverse().unwrap() * DMatrix::from_fn(window, 1, |frame, _| of(frame))
                };
                let (x, y) = (naive(&wave), naive(&other));
                let expected: f64 =
                    (0..window - 1).map(|t| 0.5 * (x[t] + x[t + 1]) * (y[t + 1] - y[t])).sum();
                let (x, y) = (products(window, rho, wave), products(window, rho, other));
                let found: f64 = x.iter().zip(&y).map(|(x, y)| x.place * y.change).sum();
                assert!((found - expected).abs() < 1e-12, "{window} {rho}: {found} {expected}");
            }
        }
    }

    /// Bit for bit, by turns the place and the change of a product change their signs.
    #[test]
    fn reversal_changes_one_sign_of_each_product() {
        for window in 2..=9 {
            let forward = products(window, 0.7, wave);
            let back = products(window, 0.7, |frame| wave(window - 1 - frame));
            for (index, (forward, back)) in forward.iter().zip(&back).enumerate() {
                let middle = window % 2 == 0 && index == window - 2;
                let signs = if middle || index % 2 == 0 { (1.0, -1.0) } else { (-1.0, 1.0) };
                assert_eq!(forward.place.to_bits(), (signs.0 * back.place).to_bits(), "{window} {index}");
                assert_eq!(forward.change.to_bits(), (signs.1 * back.change).to_bits(), "{window} {index}");
            }
        }
    }

    /// Catches forces drawn on the map that do another amount of work than those that were summed.
    #[test]
    fn forces_on_raw_steps_do_the_same_work() {
        for (window, forces) in [(6, &[0.3, -0.8, 0.5, 0.1, 0.9][..]), (5, &[0.3, -0.8, 0.5, 0.1])] {
            let rho = 0.4;
            let products = products(window, rho, wave);
            let work: f64 = forces.iter().zip(&products).map(|(force, product)| force * product.change).sum();
            let raw = Smoother::new(window, rho).on_raw_steps(forces);
            let on_raw: f64 = raw.iter().enumerate().map(|(t, force)| force * (wave(t + 1) - wave(t))).sum();
            assert!((work - on_raw).abs() < 1e-12);
        }
    }
}
