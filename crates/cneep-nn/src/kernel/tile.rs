//! Multiplies matrices that are addressed by strides, one tile of register sums at a time.

use super::simd::{LANES, Simd};

/// One product: `c[m][n] (+)= sum over s < segments, k < depth of a[m, s, k] * b[s, k][n]`.
///
/// Element `a[m, s, k]` stands at `m * a_row + s * a_segment + k * a_step`, row `b[s, k]` at `s * b_segment +
/// k * b_step`, row `c[m]` at `m * c_row`. Every convolution of this crate, forward and backward, is such a
/// product over a channels-last map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product {
    pub(crate) rows: usize,
    /// Numbers in a row of `b` and `c`, a multiple of [`LANES`].
    pub(crate) columns: usize,
    pub(crate) segments: usize,
    pub(crate) depth: usize,
    pub(crate) a_row: usize,
    pub(crate) a_segment: usize,
    pub(crate) a_step: usize,
    pub(crate) b_segment: usize,
    pub(crate) b_step: usize,
    pub(crate) c_row: usize,
    /// Whether to add to what stands in `c`, rather than replace it.
    pub(crate) accumulate: bool,
}

impl Product {
    /// Panics unless every address lies within the slices of these lengths.
    pub(crate) fn check(&self, a: usize, b: usize, c: usize) {
        assert!(self.columns.is_multiple_of(LANES));
        if self.rows == 0 || self.columns == 0 {
            return;
        }
        assert!((self.rows - 1) * self.c_row + self.columns <= c, "a product runs over its result");
        if self.segments == 0 || self.depth == 0 {
            return;
        }
        let (rows, segments, depth) = (self.rows - 1, self.segments - 1, self.depth - 1);
        assert!(
            rows * self.a_row + segments * self.a_segment + depth * self.a_step < a,
            "a product overreads"
        );
        assert!(segments * self.b_segment + depth * self.b_step + self.columns <= b, "a product overreads");
    }
}

/// Computes `product`.
///
/// # Safety
/// Every address that `product` describes must lie within `a` and `b` for reading and `c` for writing, and
/// `c` must not overlap the others.
#[inline(always)]
pub(super) unsafe fn multiply<S: Simd>(s: S, product: &Product, a: *const f32, b: *const f32, c: *mut f32) {
    const {
        assert!(S::TILE_ROWS >= 1 && S::TILE_ROWS <= 12, "tiles of 1 to 12 rows are compiled");
        assert!(S::TILE_VECTORS >= 1 && S::TILE_VECTORS <= 2, "tiles of 1 or 2 vectors are compiled");
    }
    let blocks = product.rows.div_ceil(S::TILE_ROWS).max(1);
    let vectors = product.columns / LANES;
    let mut vector = 0;
    while vector < vectors {
        let width = S::TILE_VECTORS.min(vectors - vector);
        let mut row = 0;
        for block in 0..blocks {
            let end = product.rows * (block + 1) / blocks;
            // SAFETY: rows `row..end` and vectors `vector..vector + width` are part of the product.
            unsafe {
                let (a, b) = (a.add(row * product.a_row), b.add(vector * LANES));
                let c = c.add(row * product.c_row + vector * LANES);
                match width {
                    1 => tile_of_rows::<S, 1>(s, end - row, product, a, b, c),
                    _ => tile_of_rows::<S, 2>(s, end - row, product, a, b, c),
                }
            }
            row = end;
        }
        vector += width;
    }
}

/// Calls the tile that is `rows` high.
#[inline(always)]
unsafe fn tile_of_rows<S: Simd, const N: usize>(
    s: S,
    rows: usize,
    product: &Product,
    a: *const f32,
    b: *const f32,
    c: *mut f32,
) {
    macro_rules! heights {
        ($($rows:literal)*) => {
            match rows {
                // SAFETY: as promised to `multiply`.
                $($rows if $rows <= S::TILE_ROWS && N <= S::TILE_VECTORS => unsafe {
                    tile::<S, $rows, N>(s, product, a, b, c);
                },)*
                0 => {}
                _ => unreachable!("no tile is that high or wide"),
            }
        };
    }
    heights!(1 2 3 4 5 6 7 8 9 10 11 12);
}

/// Computes `M` rows of `N` vectors.
#[allow(clippy::needless_range_loop, reason = "plain counts unroll into registers")]
#[inline(always)]
unsafe fn tile<S: Simd, const M: usize, const N: usize>(
    s: S,
    product: &Product,
    a: *const f32,
    b: *const f32,
    c: *mut f32,
) {
    let Product { segments, depth, a_row, a_segment, a_step, b_segment, b_step, c_row, .. } = *product;
    let mut sums = [[s.splat(0.0); N]; M];
    // SAFETY: all addresses are part of the product, as promised to `multiply`.
    unsafe {
        if product.accumulate {
            for m in 0..M {
                for n in 0..N {
                    sums[m][n] = s.read(c.add(m * c_row + n * LANES));
                }
            }
        }
        for segment in 0..segments {
            let (mut a, mut b) = (a.add(segment * a_segment), b.add(segment * b_segment));
            for _ in 0..depth {
                let mut right = [s.splat(0.0); N];
                for n in 0..N {
                    right[n] = s.read(b.add(n * LANES));
                }
                for m in 0..M {
                    let left = s.splat(*a.add(m * a_row));
                    for n in 0..N {
                        sums[m][n] = s.mul_add(left, right[n], sums[m][n]);
                    }
                }
                a = a.wrapping_add(a_step);
                b = b.wrapping_add(b_step);
            }
        }
        for m in 0..M {
            for n in 0..N {
                s.write(c.add(m * c_row + n * LANES), sums[m][n]);
            }
        }
    }
}
