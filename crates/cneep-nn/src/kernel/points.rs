//! Derives the matrices of short convolutions from the points that they interpolate at (Cook & Toom).
//!
//! Along one axis, `m` outputs of a filter `g` of `t` taps on `m + t - 1` inputs `d` are `A (G g * B d)`, with
//! `m + t - 1` products instead of `m t` (Winograd; Lavin & Gray, DOI 10.1109/CVPR.2016.435). `B` follows from the points
//! alone, so filters of all lengths read the same spectrum of a map.

/// Most points, and the side of the largest matrix.
pub(super) const MOST: usize = 7;

/// A small matrix, filled up with zeros.
pub(super) type Entries = [[f32; MOST]; MOST];

/// The points of a set of `points` but the last, which is infinity. Powers of two keep all matrices but `G` exact.
const fn finite_points(points: usize) -> [f64; MOST - 1] {
    match points {
        6 => [0., 1., -1., 0.5, -2., f64::NAN],
        7 => [0., 1., -1., 0.5, -0.5, 2.],
        _ => panic!("sets have 6 or 7 points"),
    }
}

/// Coefficients of the product of `x - a` over all finite points `a` but number `without`, the lowest power first.
const fn product_without(points: usize, without: usize) -> [f64; MOST] {
    let a = finite_points(points);
    let (mut coefficients, mut point) = ([0.0; MOST], 0);
    coefficients[0] = 1.0;
    while point < points - 1 {
        let mut power = if point == without { 0 } else { MOST };
        while power > 0 {
            power -= 1;
            let lower = if power > 0 { coefficients[power - 1] } else { 0.0 };
            coefficients[power] = lower - a[point] * coefficients[power];
        }
        point += 1;
    }
    coefficients
}

/// `base` to the power `exponent`.
const fn power(base: f64, exponent: usize) -> f64 {
    let (mut value, mut times) = (1.0, 0);
    while times < exponent {
        value *= base;
        times += 1;
    }
    value
}

/// The matrix `B`: the spectrum at a point is the product over all others; at infinity, that over all points.
pub(super) const fn input_matrix(points: usize) -> Entries {
    let (mut entries, mut row) = ([[0.0; MOST]; MOST], 0);
    while row < points {
        let (coefficients, mut column) = (product_without(points, row), 0);
        while column < points {
            entries[row][column] = coefficients[column] as f32;
            column += 1;
        }
        row += 1;
    }
    entries
}

/// The matrix `A`: powers of the points; infinity counts for the highest power only.
pub(super) const fn output_matrix(points: usize, taps: usize) -> Entries {
    let (mut entries, mut row) = ([[0.0; MOST]; MOST], 0);
    let (a, outputs) = (finite_points(points), points + 1 - taps);
    while row < outputs {
        let mut column = 0;
        while column < points - 1 {
            entries[row][column] = power(a[column], row) as f32;
            column += 1;
        }
        row += 1;
    }
    entries[outputs - 1][points - 1] = 1.0;
    entries
}

/// The matrix `G`, a row for every point: its powers over its product of distances to the others; at infinity, the last tap.
const fn filter_matrix(points: usize, taps: usize) -> Entries {
    let (mut entries, mut row) = ([[0.0; MOST]; MOST], 0);
    let a = finite_points(points);
    while row < points - 1 {
        let (coefficients, mut distances, mut exponent) = (product_without(points, row), 0.0, 0);
        while exponent < points {
            distances += coefficients[exponent] * power(a[row], exponent);
            exponent += 1;
        }
        let mut tap = 0;
        while tap < taps {
            entries[row][tap] = (power(a[row], tap) / distances) as f32;
            tap += 1;
        }
        row += 1;
    }
    entries[points - 1][taps - 1] = 1.0;
    entries
}

/// A short convolution along one axis of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    points: usize,
    taps: usize,
}

impl Axis {
    /// Those that are compiled, for both axes of a tile alike in taps.
    pub(crate) const ALL: [Self; 5] = [
        Self { points: 6, taps: 3 },
        Self { points: 7, taps: 3 },
        Self { points: 7, taps: 2 },
        Self { points: 7, taps: 4 },
        Self { points: 7, taps: 5 },
    ];

    /// Inputs of a tile, and products in place of `taps * outputs`.
    pub(crate) fn points(self) -> usize {
        self.points
    }

    /// Taps of the filter.
    pub(crate) fn taps(self) -> usize {
        self.taps
    }

    /// Outputs of a tile.
    pub(crate) fn outputs(self) -> usize {
        self.points + 1 - self.taps
    }

    /// The factors of the taps at every point: the matrix `G`.
    pub(crate) fn filter(self) -> Vec<Vec<f32>> {
        let entries = filter_matrix(self.points, self.taps);
        entries[..self.points].iter().map(|row| row[..self.taps].to_vec()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Would catch a wrong power, normalisation or row of any matrix.
    #[test]
    fn products_of_spectra_are_convolutions() {
        for axis in Axis::ALL {
            let (points, taps) = (axis.points, axis.taps);
            let (b, a) = (input_matrix(points), output_matrix(points, taps));
            for tap in 0..taps {
                for input in 0..points {
                    for (output, row) in a.iter().enumerate().take(axis.outputs()) {
                        let terms = axis
                            .filter()
                            .iter()
                            .enumerate()
                            .map(|(point, factors)| {
                                f64::from(row[point]) * f64::from(factors[tap]) * f64::from(b[point][input])
                            })
                            .collect::<Vec<f64>>();
                        let expected = f64::from(u8::from(input == output + tap));
                        let found: f64 = terms.iter().sum();
                        assert!((found - expected).abs() < 2e-6, "{axis:?}: {found} for {expected}");
                    }
                }
            }
        }
    }
}
