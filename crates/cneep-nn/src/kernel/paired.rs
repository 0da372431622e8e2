//! Transforms by points in pairs `a` and `-a`, whose even and odd parts are summed once for both.
//!
//! The set is that of Lavin and Gray (DOI 10.1109/CVPR.2016.435): 0, 1, -1, 2, -2 and infinity.

use super::matrix::{Matrix, Vectors};
use super::points::{Axis, Entries};
use super::simd::Simd;

/// The matrix `B`.
pub(super) struct PairedInput;

/// The matrix `A`.
pub(super) struct PairedOutput;

/// A constant times a vector, and added to another.
#[derive(Clone, Copy)]
struct Arithmetic<S>(S);

impl<S: Simd> Arithmetic<S> {
    #[inline(always)]
    fn times(self, factor: f32, x: S::Vector) -> S::Vector {
        self.0.mul(self.0.splat(factor), x)
    }
    #[inline(always)]
    fn add(self, x: S::Vector, factor: f32, y: S::Vector) -> S::Vector {
        self.0.mul_add(self.0.splat(factor), y, x)
    }
    /// Sum and difference.
    #[inline(always)]
    fn both(self, x: S::Vector, y: S::Vector) -> [S::Vector; 2] {
        [self.0.add(x, y), self.0.sub(x, y)]
    }
}

impl Matrix for PairedInput {
    const ROWS: usize = 6;
    const COLUMNS: usize = 6;
    const ENTRIES: Entries = Axis::PAIRED.matrices().input;

    #[inline(always)]
    fn apply<S: Simd>(s: S, x: Vectors<S>) -> Vectors<S> {
        let of = Arithmetic(s);
        let [even, odd] = [of.add(x[4], -4.0, x[2]), of.add(x[3], -4.0, x[1])];
        let [one, minus_one] = of.both(even, odd);
        let [even, odd] = [s.sub(x[4], x[2]), s.sub(x[3], x[1])];
        [
            of.add(of.add(x[4], -5.0, x[2]), 4.0, x[0]),
            one,
            minus_one,
            of.add(even, 2.0, odd),
            of.add(even, -2.0, odd),
            of.add(of.add(x[5], -5.0, x[3]), 4.0, x[1]),
            s.splat(0.0),
        ]
    }

    #[inline(always)]
    fn apply_transposed<S: Simd>(s: S, x: Vectors<S>) -> Vectors<S> {
        let of = Arithmetic(s);
        let ([ones, of_ones], [twos, of_twos]) = (of.both(x[1], x[2]), of.both(x[3], x[4]));
        let odd = of.add(of_ones, 2.0, of_twos);
        let left = s.sub(x[5], of_ones);
        [
            of.times(4.0, x[0]),
            of.add(of.times(4.0, left), -2.0, of_twos),
            s.sub(of.add(of.times(-5.0, x[0]), -4.0, ones), twos),
            of.add(odd, -5.0, x[5]),
            s.add(x[0], s.add(ones, twos)),
            x[5],
            s.splat(0.0),
        ]
    }
}

impl Matrix for PairedOutput {
    const ROWS: usize = 4;
    const COLUMNS: usize = 6;
    const ENTRIES: Entries = Axis::PAIRED.matrices().output;

    #[inline(always)]
    fn apply<S: Simd>(s: S, x: Vectors<S>) -> Vectors<S> {
        let of = Arithmetic(s);
        let ([ones, of_ones], [twos, of_twos]) = (of.both(x[1], x[2]), of.both(x[3], x[4]));
        let zero = s.splat(0.0);
        [
            s.add(x[0], s.add(ones, twos)),
            of.add(of_ones, 2.0, of_twos),
            of.add(ones, 4.0, twos),
            s.add(x[5], of.add(of_ones, 8.0, of_twos)),
            zero,
            zero,
            zero,
        ]
    }

    #[inline(always)]
    fn apply_transposed<S: Simd>(s: S, x: Vectors<S>) -> Vectors<S> {
        let of = Arithmetic(s);
        let [one, minus_one] = of.both(s.add(x[0], x[2]), s.add(x[1], x[3]));
        let [even, odd] = [of.add(x[0], 4.0, x[2]), of.add(x[1], 4.0, x[3])];
        [x[0], one, minus_one, of.add(even, 2.0, odd), of.add(even, -2.0, odd), x[3], s.splat(0.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::LANES;
    use super::super::matrix::Transposed;
    use super::super::points::MAX_POINTS;
    use super::super::portable::Portable;
    use super::*;

    /// Catches a sum that is not the matrix's.
    fn is_its_matrix<M: Matrix>() {
        // SAFETY: these instructions are everywhere.
        let s = unsafe { Portable::assume() };
        for column in 0..M::COLUMNS {
            let mut x = [s.splat(0.0); MAX_POINTS];
            x[column] = s.splat(1.0);
            let found = M::apply(s, x);
            for (row, found) in found.into_iter().enumerate().take(M::ROWS) {
                let mut number = [0.0; LANES];
                s.store(&mut number, found);
                assert_eq!(number[0], M::ENTRIES[row][column], "row {row}, column {column}");
            }
        }
    }

    #[test]
    fn shared_sums_are_those_of_the_matrices() {
        is_its_matrix::<PairedInput>();
        is_its_matrix::<PairedOutput>();
        is_its_matrix::<Transposed<PairedInput>>();
        is_its_matrix::<Transposed<PairedOutput>>();
    }
}
