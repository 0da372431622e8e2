//! Offers the vector operations in pairs of AVX registers, with fused multiply-add.

use super::simd::Simd;
use std::arch::x86_64::{
    __m256, _CMP_EQ_OQ, _CMP_GT_OQ, _mm256_add_ps, _mm256_and_ps, _mm256_blendv_ps, _mm256_cmp_ps,
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_storeu_ps, _mm256_sub_ps,
};

/// Proof that this machine has AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The machine must have AVX2 and FMA.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Self(())
    }
}

/// Calls an intrinsic on both halves under the proof of `self`.
macro_rules! halves {
    (|$half:ident| $body:expr) => {{
        // SAFETY: a value of `Avx2` exists only where the machine has AVX2 and FMA.
        let at = |$half: usize| unsafe { $body };
        [at(0), at(1)]
    }};
}

impl Simd for Avx2 {
    type Vector = [__m256; 2];
    const TILE_ROWS: usize = 6;
    const TILE_VECTORS: usize = 1;

    #[inline(always)]
    unsafe fn read(self, from: *const f32) -> [__m256; 2] {
        // SAFETY: the instructions by the proof of `self`, the address by the caller's promise.
        unsafe { [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))] }
    }
    #[inline(always)]
    unsafe fn write(self, to: *mut f32, x: [__m256; 2]) {
        // SAFETY: the instructions by the proof of `self`, the address by the caller's promise.
        unsafe {
            _mm256_storeu_ps(to, x[0]);
            _mm256_storeu_ps(to.add(8), x[1]);
        }
    }
    #[inline(always)]
    fn splat(self, x: f32) -> [__m256; 2] {
        // SAFETY: the proof of `self`.
        let x = unsafe { _mm256_set1_ps(x) };
        [x, x]
    }
    #[inline(always)]
    fn add(self, x: [__m256; 2], y: [__m256; 2]) -> [__m256; 2] {
        halves!(|i| _mm256_add_ps(x[i], y[i]))
    }
    #[inline(always)]
    fn sub(self, x: [__m256; 2], y: [__m256; 2]) -> [__m256; 2] {
        halves!(|i| _mm256_sub_ps(x[i], y[i]))
    }
    #[inline(always)]
    fn mul(self, x: [__m256; 2], y: [__m256; 2]) -> [__m256; 2] {
        halves!(|i| _mm256_mul_ps(x[i], y[i]))
    }
    #[inline(always)]
    fn mul_add(self, x: [__m256; 2], y: [__m256; 2], z: [__m256; 2]) -> [__m256; 2] {
        halves!(|i| _mm256_fmadd_ps(x[i], y[i], z[i]))
    }
    #[inline(always)]
    fn relu(self, x: [__m256; 2]) -> [__m256; 2] {
        // The second operand is returned where either is not a number.
        halves!(|i| _mm256_max_ps(_mm256_setzero_ps(), x[i]))
    }
    #[inline(always)]
    fn max(self, x: [__m256; 2], y: [__m256; 2]) -> [__m256; 2] {
        halves!(|i| _mm256_max_ps(x[i], y[i]))
    }
    #[inline(always)]
    fn where_greater(self, x: [__m256; 2], y: [__m256; 2], yes: [__m256; 2], no: [__m256; 2]) -> [__m256; 2] {
        halves!(|i| _mm256_blendv_ps(no[i], yes[i], _mm256_cmp_ps::<_CMP_GT_OQ>(x[i], y[i])))
    }
    #[inline(always)]
    fn where_equal(self, x: [__m256; 2], y: [__m256; 2], yes: [__m256; 2]) -> [__m256; 2] {
        halves!(|i| _mm256_and_ps(_mm256_cmp_ps::<_CMP_EQ_OQ>(x[i], y[i]), yes[i]))
    }
}

super::table::kernels!("AVX2+FMA", Avx2, "avx2,fma");
