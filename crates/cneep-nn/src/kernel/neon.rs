//! Offers the vector operations in fours of NEON registers.

use super::simd::Simd;
use std::arch::aarch64::{
    float32x4_t, vaddq_f32, vandq_u32, vbslq_f32, vceqq_f32, vcgtq_f32, vdupq_n_f32, vfmaq_f32, vld1q_f32,
    vmaxq_f32, vmulq_f32, vreinterpretq_f32_u32, vreinterpretq_u32_f32, vst1q_f32, vsubq_f32,
};

/// Proof that this machine has NEON.
#[derive(Clone, Copy)]
pub(crate) struct Neon(());

impl Neon {
    /// # Safety
    /// The machine must have NEON.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Self(())
    }
}

/// Calls an intrinsic on all four quarters under the proof of `self`.
macro_rules! quarters {
    (|$quarter:ident| $body:expr) => {{
        // SAFETY: a value of `Neon` exists only where the machine has NEON.
        let at = |$quarter: usize| unsafe { $body };
        [at(0), at(1), at(2), at(3)]
    }};
}

impl Simd for Neon {
    type Vector = [float32x4_t; 4];
    const TILE_ROWS: usize = 6;
    const TILE_VECTORS: usize = 1;

    #[inline(always)]
    unsafe fn read(self, from: *const f32) -> [float32x4_t; 4] {
        // SAFETY: the instructions by the proof of `self`, the address by the caller's promise.
        unsafe { [vld1q_f32(from), vld1q_f32(from.add(4)), vld1q_f32(from.add(8)), vld1q_f32(from.add(12))] }
    }
    #[inline(always)]
    unsafe fn write(self, to: *mut f32, x: [float32x4_t; 4]) {
        // SAFETY: the instructions by the proof of `self`, the address by the caller's promise.
        unsafe {
            vst1q_f32(to, x[0]);
            vst1q_f32(to.add(4), x[1]);
            vst1q_f32(to.add(8), x[2]);
            vst1q_f32(to.add(12), x[3]);
        }
    }
    #[inline(always)]
    fn splat(self, x: f32) -> [float32x4_t; 4] {
        quarters!(|_i| vdupq_n_f32(x))
    }
    #[inline(always)]
    fn add(self, x: [float32x4_t; 4], y: [float32x4_t; 4]) -> [float32x4_t; 4] {
        quarters!(|i| vaddq_f32(x[i], y[i]))
    }
    #[inline(always)]
    fn sub(self, x: [float32x4_t; 4], y: [float32x4_t; 4]) -> [float32x4_t; 4] {
        quarters!(|i| vsubq_f32(x[i], y[i]))
    }
    #[inline(always)]
    fn mul(self, x: [float32x4_t; 4], y: [float32x4_t; 4]) -> [float32x4_t; 4] {
        quarters!(|i| vmulq_f32(x[i], y[i]))
    }
    #[inline(always)]
    fn mul_add(self, x: [float32x4_t; 4], y: [float32x4_t; 4], z: [float32x4_t; 4]) -> [float32x4_t; 4] {
        quarters!(|i| vfmaq_f32(z[i], x[i], y[i]))
    }
    #[inline(always)]
    fn relu(self, x: [float32x4_t; 4]) -> [float32x4_t; 4] {
        quarters!(|i| vmaxq_f32(vdupq_n_f32(0.0), x[i]))
    }
    #[inline(always)]
    fn max(self, x: [float32x4_t; 4], y: [float32x4_t; 4]) -> [float32x4_t; 4] {
        self.where_greater(x, y, x, y)
    }
    #[inline(always)]
    fn where_greater(
        self,
        x: [float32x4_t; 4],
        y: [float32x4_t; 4],
        yes: [float32x4_t; 4],
        no: [float32x4_t; 4],
    ) -> [float32x4_t; 4] {
        quarters!(|i| vbslq_f32(vcgtq_f32(x[i], y[i]), yes[i], no[i]))
    }
    #[inline(always)]
    fn where_equal(
        self,
        x: [float32x4_t; 4],
        y: [float32x4_t; 4],
        yes: [float32x4_t; 4],
    ) -> [float32x4_t; 4] {
        quarters!(|i| vreinterpretq_f32_u32(vandq_u32(vceqq_f32(x[i], y[i]), vreinterpretq_u32_f32(yes[i]))))
    }
}

super::table::kernels!("NEON", Neon, "neon");
