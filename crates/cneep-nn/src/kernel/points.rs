//! Derives the matrices of short convolutions from the points that they interpolate at (Cook & Toom).
//!
//! Along one axis, `m` outputs of a filter `g` of `t` taps on `m + t - 1` inputs `d` are `A (G g * B d)`,
//! with `m + t - 1` products instead of `m t` (Winograd; Lavin & Gray, DOI 10.1109/CVPR.2016.435). If outputs
//! lie `s` inputs apart, they are the sum of `s` such convolutions, each of every `s`-th input with every
//! `s`-th tap.

/// Most points, and the side of the largest matrix.
pub(super) const MAX_POINTS: usize = 7;

/// A small matrix, filled up with zeros.
pub(super) type Entries = [[f32; MAX_POINTS]; MAX_POINTS];

/// A short convolution along one axis of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    points: usize,
    taps: usize,
    stride: usize,
    paired: bool,
}

/// The matrices of an axis: `B` by points and inputs, `A` by outputs and points, `G` by points and taps.
pub(super) struct Matrices {
    pub(super) input: Entries,
    pub(super) output: Entries,
    filter: Entries,
}

impl Axis {
    /// Those that are compiled, for pairs of equal taps and stride.
    pub(crate) const ALL: [Self; 6] = [
        Self::new(6, 3, 1),
        Self::new(7, 3, 1),
        Self::new(7, 3, 2),
        Self::new(6, 2, 1),
        Self::new(6, 4, 1),
        Self::new(7, 5, 1),
    ];

    /// Four outputs of three taps by the points 0, 1, -1, 2, -2 and infinity, whose transforms share sums:
    /// fewer operations than by the six points of [`Self::ALL`].
    pub(crate) const PAIRED: Self = Self { points: 6, taps: 3, stride: 1, paired: true };

    pub(super) const fn new(points: usize, taps: usize, stride: usize) -> Self {
        Self { points, taps, stride, paired: false }
    }

    /// All points but the last, which is infinity. Powers of two keep `A` and `B` exact.
    const fn finite_points(self, points: usize) -> &'static [f64] {
        match points {
            _ if self.paired => &[0., 1., -1., 2., -2.],
            4 => &[0., 1., -1.],
            6 => &[0., 1., -1., 0.5, -2.],
            7 => &[0., 1., -1., 0.5, -0.5, 2.],
            _ => panic!("sets have 4, 6 or 7 points"),
        }
    }

    /// Inputs of a tile, and products in place of `taps * outputs`.
    pub(crate) const fn points(self) -> usize {
        self.points
    }

    /// Taps of the filter.
    pub(crate) const fn taps(self) -> usize {
        self.taps
    }

    /// Inputs from one output to the next.
    pub(crate) const fn stride(self) -> usize {
        self.stride
    }

    /// Outputs of a tile.
    pub(crate) const fn outputs(self) -> usize {
        (self.points - self.taps) / self.stride + 1
    }

    /// The factors of the taps at every point: the matrix `G`.
    pub(crate) fn filter(self) -> Vec<Vec<f32>> {
        let Matrices { filter, .. } = self.matrices();
        filter[..self.points].iter().map(|row| row[..self.taps].to_vec()).collect()
    }

    /// Entries of `B` that are not zero.
    pub(super) fn input_terms(self) -> usize {
        self.matrices().input.as_flattened().iter().filter(|entry| **entry != 0.0).count()
    }

    /// Entries of `A` that are not zero.
    pub(super) fn output_terms(self) -> usize {
        self.matrices().output.as_flattened().iter().filter(|entry| **entry != 0.0).count()
    }

    /// The matrices of all phases of the stride, one below the other.
    pub(super) const fn matrices(self) -> Matrices {
        let zeros = [[0.0; MAX_POINTS]; MAX_POINTS];
        let mut matrices = Matrices { input: zeros, output: zeros, filter: zeros };
        let (mut first, mut phase) = (0, 0);
        while phase < self.stride {
            let taps = (self.taps - phase).div_ceil(self.stride);
            let points = self.outputs() + taps - 1;
            let a = if taps == 1 { &[] } else { self.finite_points(points) };
            let mut point = 0;
            while point < points {
                let mut at = 0;
                while at < points {
                    matrices.input[first + point][phase + self.stride * at] =
                        input_factor(a, taps, point, at);
                    at += 1;
                }
                at = 0;
                while at < self.outputs() {
                    matrices.output[at][first + point] = output_factor(a, taps, point, at);
                    at += 1;
                }
                at = 0;
                while at < taps {
                    matrices.filter[first + point][phase + self.stride * at] =
                        filter_factor(a, taps, point, at);
                    at += 1;
                }
                point += 1;
            }
            first += points;
            phase += 1;
        }
        matrices
    }
}

/// Coefficients, lowest power first, of the product of `x - a` over all finite points but one.
const fn product_without(a: &[f64], without: usize) -> [f64; MAX_POINTS] {
    let (mut coefficients, mut point) = ([0.0; MAX_POINTS], 0);
    coefficients[0] = 1.0;
    while point < a.len() {
        let mut power = if point == without { 0 } else { MAX_POINTS };
        while power > 0 {
            power -= 1;
            let lower = if power > 0 { coefficients[power - 1] } else { 0.0 };
            coefficients[power] = lower - a[point] * coefficients[power];
        }
        point += 1;
    }
    coefficients
}

const fn power(base: f64, exponent: usize) -> f64 {
    let (mut value, mut times) = (1.0, 0);
    while times < exponent {
        value *= base;
        times += 1;
    }
    value
}

const fn one_if(yes: bool) -> f32 {
    if yes { 1.0 } else { 0.0 }
}

/// `B`: the product over all other points; at infinity, over all points. A single tap needs no interpolation.
const fn input_factor(a: &[f64], taps: usize, point: usize, input: usize) -> f32 {
    if taps == 1 { one_if(point == input) } else { product_without(a, point)[input] as f32 }
}

/// `A`: powers of the points; infinity counts for the highest power only.
const fn output_factor(a: &[f64], taps: usize, point: usize, output: usize) -> f32 {
    if taps == 1 {
        one_if(point == output)
    } else if point == a.len() {
        one_if(output == a.len() + 1 - taps)
    } else {
        power(a[point], output) as f32
    }
}

/// `G`: powers of a point over the product of its distances to the others; at infinity, the last tap.
const fn filter_factor(a: &[f64], taps: usize, point: usize, tap: usize) -> f32 {
    if taps == 1 {
        return 1.0;
    }
    if point == a.len() {
        return one_if(tap == taps - 1);
    }
    let (coefficients, mut distances, mut exponent) = (product_without(a, point), 0.0, 0);
    while exponent <= a.len() {
        distances += coefficients[exponent] * power(a[point], exponent);
        exponent += 1;
    }
    (power(a[point], tap) / distances) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Would catch a wrong power, normalisation, phase or row of any matrix.
    #[test]
    fn products_of_spectra_are_convolutions() {
        for axis in Axis::ALL.into_iter().chain([Axis::PAIRED]) {
            let Matrices { input: b, output: a, filter: g } = axis.matrices();
            for (tap, input) in (0..axis.taps).flat_map(|tap| (0..axis.points).map(move |input| (tap, input)))
            {
                for (output, a) in a.iter().enumerate().take(axis.outputs()) {
                    let factors = a.iter().zip(&b).zip(&g).take(axis.points);
                    let term = |((a, b), g): ((&f32, &[f32; MAX_POINTS]), &[f32; MAX_POINTS])| {
                        f64::from(a * b[input]) * f64::from(g[tap])
                    };
                    let found: f64 = factors.map(term).sum();
                    let expected = f64::from(u8::from(input == axis.stride * output + tap));
                    assert!((found - expected).abs() < 1e-6, "{axis:?}: {found} for {expected}");
                }
            }
            let filters_alike = Axis { taps: 3, ..axis }.matrices();
            assert_eq!(b, filters_alike.input, "all filters of a stride read the same spectrum");
        }
    }
}
