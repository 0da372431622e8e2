//! Adds multiples of vectors.

use super::simd::{LANES, Simd};

/// Adds `factor * from` to `to`.
#[inline(always)]
pub(super) fn add_multiple<S: Simd>(s: S, factor: f32, from: &[f32], to: &mut [f32]) {
    let many = s.splat(factor);
    for (to, from) in to.chunks_exact_mut(LANES).zip(from.chunks_exact(LANES)) {
        let sum = s.mul_add(many, s.load(from), s.load(to));
        s.store(to, sum);
    }
}
