//! Multiplies by small matrices that are known when the program is compiled.

use super::points::{Entries, MAX_POINTS};
use super::simd::Simd;
use std::marker::PhantomData;

/// A small matrix known when the program is compiled.
pub(super) trait Matrix: Sized {
    const ROWS: usize;
    const COLUMNS: usize;
    const ENTRIES: Entries;

    /// Its product with `x`.
    #[inline(always)]
    fn apply<S: Simd>(s: S, x: Vectors<S>) -> Vectors<S> {
        product::<S, Self>(s, x)
    }

    /// The product of its transpose with `x`.
    #[inline(always)]
    fn apply_transposed<S: Simd>(s: S, x: Vectors<S>) -> Vectors<S> {
        product::<S, Transposed<Self>>(s, x)
    }
}

/// A row or column of a tile, sixteen channels at once, filled up with zeros.
pub(super) type Vectors<S> = [<S as Simd>::Vector; MAX_POINTS];

/// The transpose of a matrix: what its adjoint, the gradient, multiplies by.
pub(super) struct Transposed<M>(PhantomData<M>);

impl<M: Matrix> Matrix for Transposed<M> {
    const ROWS: usize = M::COLUMNS;
    const COLUMNS: usize = M::ROWS;
    const ENTRIES: Entries = {
        let (mut entries, mut at) = ([[0.0; MAX_POINTS]; MAX_POINTS], 0);
        while at < MAX_POINTS * MAX_POINTS {
            entries[at / MAX_POINTS][at % MAX_POINTS] = M::ENTRIES[at % MAX_POINTS][at / MAX_POINTS];
            at += 1;
        }
        entries
    };

    #[inline(always)]
    fn apply<S: Simd>(s: S, x: Vectors<S>) -> Vectors<S> {
        M::apply_transposed(s, x)
    }
}

/// `M x`, with nothing done for zeros and no product for ones.
///
/// Spelled out, because the compiler does not unroll loops over entries far enough to see them as constants.
#[inline(always)]
fn product<S: Simd, M: Matrix>(s: S, x: Vectors<S>) -> Vectors<S> {
    let mut out = [s.splat(0.0); MAX_POINTS];
    macro_rules! rows {
        ($($i:literal)*) => { $(if $i < M::ROWS { out[$i] = rows!(of $i: 0 1 2 3 4 5 6); })* };
        (of $i:literal: $($j:literal)*) => {{
            let mut sum = None;
            $(if $j < M::COLUMNS { sum = add_multiple(s, const { M::ENTRIES[$i][$j] }, x[$j], sum); })*
            sum.unwrap_or(s.splat(0.0))
        }};
    }
    rows!(0 1 2 3 4 5 6);
    out
}

/// `sum + factor x`, the sum so far being nothing before the first term.
#[inline(always)]
fn add_multiple<S: Simd>(s: S, factor: f32, x: S::Vector, sum: Option<S::Vector>) -> Option<S::Vector> {
    match sum {
        _ if factor == 0.0 => sum,
        None if factor == 1.0 => Some(x),
        None => Some(s.mul(s.splat(factor), x)),
        Some(sum) if factor == 1.0 => Some(s.add(sum, x)),
        Some(sum) if factor == -1.0 => Some(s.sub(sum, x)),
        Some(sum) => Some(s.mul_add(s.splat(factor), x, sum)),
    }
}
