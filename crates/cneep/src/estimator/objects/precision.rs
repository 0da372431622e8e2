//! Finds the inverse of a covariance of modes in space by regressions on neighbours.

use ndarray::Array2;

/// Share of a variance that regression leaves at least: of what is nearly the same as others, noise alone
/// would be left. It is so many times the error of correlations, within these limits.
const ERRORS_LEFT: f64 = 2.0;
const LEAST_LEFT: std::ops::RangeInclusive<f64> = 0.01..=0.5;

/// The inverse of a covariance, `C^-1 = (I - F)^T V^-1 (I - F)`, with the coefficients F of the regression of
/// every mode on those of its neighbours that come before it, and the variances V that these leave. It is
/// positive whatever the numbers, and as sparse as there are neighbours (Vecchia 1988, J. R. Stat. Soc. B 50,
/// 297; Pourahmadi 1999, doi 10.1093/biomet/86.3.677).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Precision {
    /// Variance that is left of every mode; 0 of one that tells nothing.
    pub(super) left: Vec<f64>,
    /// Coefficient of every pair: of the first mode in the regression of the second.
    pub(super) coefficients: Vec<f64>,
}

impl Precision {
    /// That of modes with these `variances`, and `correlations` of the `pairs`, which are in order of the
    /// second mode and name the mode that comes before first. Pairs without correlation have no part in any
    /// regression; others are known to within `chance`.
    pub(super) fn new(
        variances: &[f64],
        pairs: &[(usize, usize)],
        correlations: &[f64],
        chance: f64,
    ) -> Self {
        let least = (ERRORS_LEFT * chance).clamp(*LEAST_LEFT.start(), *LEAST_LEFT.end());
        let mut before: Vec<Vec<Known>> = vec![Vec::new(); variances.len()];
        for (pair, (&(i, j), &correlation)) in pairs.iter().zip(correlations).enumerate() {
            if correlation != 0.0 {
                before[j].push(Known { mode: i, pair, correlation });
            }
        }
        let between = |i: usize, j: usize| {
            let (first, second) = (i.min(j), i.max(j));
            let place = before[second].binary_search_by_key(&first, |known| known.mode);
            place.map_or(0.0, |place| before[second][place].correlation)
        };
        let mut left = variances.to_vec();
        let mut coefficients = vec![0.0; pairs.len()];
        for (j, known) in before.iter().enumerate() {
            let Regression { taken, left: share } = Regression::of(known, between, least);
            left[j] *= share;
            for (known, coefficient) in taken {
                let scale = (variances[j] / variances[known.mode]).sqrt();
                coefficients[known.pair] = coefficient * scale;
            }
        }
        Self { left, coefficients }
    }

    /// Puts `C^-1` times every column of `sides` in its place; shape (mode, side). The `pairs` are those that
    /// it was made for.
    pub(super) fn multiply(&self, pairs: &[(usize, usize)], sides: &mut Array2<f64>) {
        let width = sides.ncols();
        let rows = sides.as_slice_mut().expect("standard order");
        let both = |(i, j): (usize, usize), rows: &mut [f64], act: &dyn Fn(&mut [f64], &mut [f64])| {
            let (above, below) = rows.split_at_mut(j * width);
            act(&mut above[i * width..][..width], &mut below[..width]);
        };
        let subtract = |from: &mut [f64], factor: f64, values: &[f64]| {
            from.iter_mut().zip(values).for_each(|(slot, value)| *slot -= factor * value);
        };
        let regressions = pairs.iter().zip(&self.coefficients).filter(|(_, factor)| **factor != 0.0);
        for (&pair, &factor) in regressions.clone().rev() {
            both(pair, rows, &|first, second| subtract(second, factor, first));
        }
        for (row, &left) in rows.chunks_mut(width.max(1)).zip(&self.left) {
            let inverse = if left > 0.0 { left.recip() } else { 0.0 };
            for value in row {
                *value *= inverse;
            }
        }
        for (&pair, &factor) in regressions {
            both(pair, rows, &|first, second| subtract(first, factor, second));
        }
    }
}

/// A mode that may tell of another.
#[derive(Debug, Clone, Copy)]
struct Known {
    mode: usize,
    pair: usize,
    correlation: f64,
}

/// The regression of a mode of variance 1 on others.
struct Regression {
    /// Those that have a part in it, with their coefficients.
    taken: Vec<(Known, f64)>,
    /// Share of the variance that is left.
    left: f64,
}

impl Regression {
    /// Takes the modes that are `known` one after another, those with the largest correlation first; one that
    /// would leave less than the `least` share of it, or of the mode, is left out.
    fn of(known: &[Known], between: impl Fn(usize, usize) -> f64, least: f64) -> Self {
        let mut order = known.to_vec();
        order.sort_by(|a, b| b.correlation.abs().total_cmp(&a.correlation.abs()).then(a.mode.cmp(&b.mode)));
        // Rows of the Cholesky factor of the correlations of those taken, and what it makes of theirs with
        // the mode.
        let (mut rows, mut shares): (Vec<Vec<f64>>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut taken: Vec<Known> = Vec::new();
        let mut left = 1.0;
        for candidate in order {
            let mut row: Vec<f64> = Vec::with_capacity(taken.len() + 1);
            for (other, of_other) in taken.iter().zip(&rows) {
                let known: f64 = row.iter().zip(of_other).map(|(a, b)| a * b).sum();
                row.push((between(candidate.mode, other.mode) - known) / of_other[row.len()]);
            }
            let pivot = 1.0 - row.iter().map(|value| value * value).sum::<f64>();
            if pivot < least {
                continue;
            }
            let known: f64 = row.iter().zip(&shares).map(|(a, b)| a * b).sum();
            let share = (candidate.correlation - known) / pivot.sqrt();
            if left - share * share < least {
                continue;
            }
            left -= share * share;
            row.push(pivot.sqrt());
            rows.push(row);
            shares.push(share);
            taken.push(candidate);
        }
        for place in (0..taken.len()).rev() {
            let known: f64 = (place + 1..taken.len()).map(|later| rows[later][place] * shares[later]).sum();
            shares[place] = (shares[place] - known) / rows[place][place];
        }
        Self { taken: taken.into_iter().zip(shares).collect(), left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    /// Modes in groups of four that know nothing of other groups: the inverse is exact, and that of the dense
    /// matrix is the referee.
    #[test]
    fn it_is_the_inverse_of_what_falls_apart_into_groups() {
        let count = 12;
        let mut pairs = Vec::new();
        for j in 0..count {
            pairs.extend((0..j).filter(|i| i / 4 == j / 4).map(|i| (i, j)));
        }
        let correlations: Vec<f64> = (0..pairs.len()).map(|pair| 0.3 * (1.0 + pair as f64).sin()).collect();
        let variances: Vec<f64> = (0..count).map(|mode| 0.5 + mode as f64).collect();
        let mut dense = DMatrix::from_diagonal(&variances.clone().into());
        for (&(i, j), &correlation) in pairs.iter().zip(&correlations) {
            dense[(i, j)] = correlation * (variances[i] * variances[j]).sqrt();
            dense[(j, i)] = dense[(i, j)];
        }
        let sides = Array2::from_shape_fn((count, 3), |(mode, side)| ((mode * (side + 2)) as f64).cos());
        let right = DMatrix::from_fn(count, 3, |mode, side| sides[[mode, side]]);
        let expected = dense.cholesky().unwrap().solve(&right);
        let mut found = sides;
        Precision::new(&variances, &pairs, &correlations, 0.0).multiply(&pairs, &mut found);
        let apart = found.indexed_iter().map(|((mode, side), value)| (value - expected[(mode, side)]).abs());
        assert!(apart.fold(0.0, f64::max) < 1e-12);
    }

    /// Correlations that no positive matrix has, and modes that are the same: the inverse stays positive and
    /// finite.
    #[test]
    fn it_is_positive_whatever_the_numbers() {
        let pairs = [(0, 1), (0, 2), (1, 2), (2, 3)];
        let precision = Precision::new(&[1.0, 2.0, 1.0, 0.0], &pairs, &[0.9, -0.9, 0.9, 1.0], 0.0);
        let mut inverse = Array2::eye(4);
        precision.multiply(&pairs, &mut inverse);
        let matrix = DMatrix::from_fn(4, 4, |i, j| inverse[[i, j]]);
        assert!(matrix.iter().all(|value| value.is_finite()), "{matrix}");
        assert!((&matrix - matrix.transpose()).amax() < 1e-9 * matrix.amax());
        let of_three = matrix.view((0, 0), (3, 3)).symmetric_eigenvalues();
        assert!(of_three.iter().all(|&value| value > 0.1), "{of_three}");
        assert!(matrix.row(3).amax() == 0.0, "one that tells nothing has no force");
    }
}
