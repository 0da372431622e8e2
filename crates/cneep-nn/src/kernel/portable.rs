//! Offers the vector operations in plain Rust, for machines with none of the instruction sets named here.

use super::simd::{LANES, Simd};

/// Sixteen numbers in an array, which the compiler spreads over whatever registers there are.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

type Array = [f32; LANES];

impl Portable {
    /// # Safety
    /// None is needed; the name matches the other instruction sets.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Self
    }
}

/// The array of `at(lane)`.
#[inline(always)]
fn each(at: impl Fn(usize) -> f32) -> Array {
    let mut out = [0.0; LANES];
    for (lane, x) in out.iter_mut().enumerate() {
        *x = at(lane);
    }
    out
}

impl Simd for Portable {
    type Vector = Array;
    const TILE_ROWS: usize = 3;
    const TILE_VECTORS: usize = 1;

    #[inline(always)]
    unsafe fn read(self, from: *const f32) -> Array {
        // SAFETY: the caller's promise; an array of f32 has the alignment of f32.
        unsafe { from.cast::<Array>().read() }
    }
    #[inline(always)]
    unsafe fn write(self, to: *mut f32, x: Array) {
        // SAFETY: the caller's promise; an array of f32 has the alignment of f32.
        unsafe { to.cast::<Array>().write(x) }
    }
    #[inline(always)]
    fn splat(self, x: f32) -> Array {
        [x; LANES]
    }
    #[inline(always)]
    fn add(self, x: Array, y: Array) -> Array {
        each(|i| x[i] + y[i])
    }
    #[inline(always)]
    fn sub(self, x: Array, y: Array) -> Array {
        each(|i| x[i] - y[i])
    }
    #[inline(always)]
    fn mul(self, x: Array, y: Array) -> Array {
        each(|i| x[i] * y[i])
    }
    #[inline(always)]
    fn mul_add(self, x: Array, y: Array, z: Array) -> Array {
        // Not `f32::mul_add`, which is a library call where the machine cannot fuse.
        each(|i| x[i] * y[i] + z[i])
    }
    #[inline(always)]
    fn relu(self, x: Array) -> Array {
        each(|i| if x[i] < 0.0 { 0.0 } else { x[i] })
    }
    #[inline(always)]
    fn max(self, x: Array, y: Array) -> Array {
        each(|i| if x[i] > y[i] { x[i] } else { y[i] })
    }
    #[inline(always)]
    fn where_greater(self, x: Array, y: Array, yes: Array, no: Array) -> Array {
        each(|i| if x[i] > y[i] { yes[i] } else { no[i] })
    }
    #[inline(always)]
    fn where_equal(self, x: Array, y: Array, yes: Array) -> Array {
        each(|i| if x[i] == y[i] { yes[i] } else { 0.0 })
    }
}

super::table::kernels!("portable", Portable);
