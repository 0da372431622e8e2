//! Offers the vector operations in one AVX-512 register each.

use super::simd::Simd;
use std::arch::x86_64::{
    __m512, _CMP_EQ_OQ, _CMP_GT_OQ, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_mask_blend_ps, _mm512_maskz_mov_ps, _mm512_max_ps, _mm512_mul_ps, _mm512_set1_ps,
    _mm512_setzero_ps, _mm512_storeu_ps, _mm512_sub_ps,
};

/// Proof that this machine has AVX-512F.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The machine must have AVX-512F.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Self(())
    }
}

/// Calls intrinsics under the proof of `self`.
macro_rules! proven {
    ($body:expr) => {
        // SAFETY: a value of `Avx512` exists only where AVX-512F does; addresses are the caller's promise.
        unsafe { $body }
    };
}

impl Simd for Avx512 {
    type Vector = __m512;
    const TILE_ROWS: usize = 12;
    const TILE_VECTORS: usize = 2;

    #[inline(always)]
    unsafe fn read(self, from: *const f32) -> __m512 {
        proven!(_mm512_loadu_ps(from))
    }
    #[inline(always)]
    unsafe fn write(self, to: *mut f32, x: __m512) {
        proven!(_mm512_storeu_ps(to, x));
    }
    #[inline(always)]
    fn splat(self, x: f32) -> __m512 {
        proven!(_mm512_set1_ps(x))
    }
    #[inline(always)]
    fn add(self, x: __m512, y: __m512) -> __m512 {
        proven!(_mm512_add_ps(x, y))
    }
    #[inline(always)]
    fn sub(self, x: __m512, y: __m512) -> __m512 {
        proven!(_mm512_sub_ps(x, y))
    }
    #[inline(always)]
    fn mul(self, x: __m512, y: __m512) -> __m512 {
        proven!(_mm512_mul_ps(x, y))
    }
    #[inline(always)]
    fn mul_add(self, x: __m512, y: __m512, z: __m512) -> __m512 {
        proven!(_mm512_fmadd_ps(x, y, z))
    }
    #[inline(always)]
    fn relu(self, x: __m512) -> __m512 {
        // The second operand is returned where either is not a number.
        proven!(_mm512_max_ps(_mm512_setzero_ps(), x))
    }
    #[inline(always)]
    fn max(self, x: __m512, y: __m512) -> __m512 {
        proven!(_mm512_max_ps(x, y))
    }
    #[inline(always)]
    fn where_greater(self, x: __m512, y: __m512, yes: __m512, no: __m512) -> __m512 {
        proven!(_mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, y), no, yes))
    }
    #[inline(always)]
    fn where_equal(self, x: __m512, y: __m512, yes: __m512) -> __m512 {
        proven!(_mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(x, y), yes))
    }
}

super::table::kernels!("AVX-512", Avx512, "avx512f");
