//! Chooses the instruction set at run time, once for all kernels.
#![allow(
    clippy::inline_always,
    reason = "generic kernels take on the instructions of the entry they are inlined in"
)]

/// Compiles one generic kernel for one instruction set.
macro_rules! entry {
    ($simd:ident, $feature:literal, $call:path, ($($argument:ident: $kind:ty),*)) => {{
        #[target_feature(enable = $feature)]
        unsafe fn entry($($argument: $kind),*) {
            // SAFETY: the table is chosen only where the machine has these instructions; addresses are the
            // caller's promise.
            #[allow(unused_unsafe, reason = "only some kernels take addresses")]
            unsafe { $call($simd::assume(), $($argument),*) }
        }
        entry
    }};
    ($simd:ident, $call:path, ($($argument:ident: $kind:ty),*)) => {{
        unsafe fn entry($($argument: $kind),*) {
            // SAFETY: these instructions are everywhere; addresses are the caller's promise.
            #[allow(unused_unsafe, reason = "only some kernels take addresses")]
            unsafe { $call($simd::assume(), $($argument),*) }
        }
        entry
    }};
}

/// Compiles every generic kernel for one instruction set into its table `KERNELS`.
macro_rules! kernels {
    ($name:literal, $($set:tt),+) => {
        pub(super) static KERNELS: super::Kernels = super::Kernels {
            name: $name,
            multiply: super::entry!(
                $($set),+, super::tile::multiply,
                (product: &super::Product, a: *const f32, b: *const f32, c: *mut f32)
            ),
            pool: super::entry!(
                $($set),+, super::pool::pool,
                (
                    p: &super::Pooling, sums: [&[f32]; 2], bias: &[f32], maps: [&mut [f32]; 2],
                    places: [&mut [f32]; 2]
                )
            ),
            unpool: super::entry!(
                $($set),+, super::pool::unpool,
                (
                    p: &super::Pooling, maps: [&[f32]; 2], gradients: [&[f32]; 2], places: [&[f32]; 2],
                    sums: [&mut [f32]; 2], bias: &mut [f32]
                )
            ),
            butterfly: super::entry!($($set),+, super::pool::butterfly, (x: &mut [f32], y: &mut [f32])),
            mix: super::entry!(
                $($set),+, super::pool::mix, (x: &[f32], y: &[f32], sum: &mut [f32], difference: &mut [f32])
            ),
            transform: super::entry!(
                $($set),+, super::winograd::transform,
                (transform: &super::Transform, from: *const f32, to: *mut f32)
            ),
            add_multiple: super::entry!(
                $($set),+, super::combine::add_multiple, (factor: f32, from: &[f32], to: &mut [f32])
            ),
            weigh: super::entry!(
                $($set),+, super::head::weigh,
                (
                    channels: usize, weights: &[f32], forward: &[f32], reversed: &[f32],
                    contributions: &mut [f32]
                )
            ),
            unweigh: super::entry!(
                $($set),+, super::head::unweigh,
                (
                    slope: f32, weights: &[f32], forward: &[f32], reversed: &[f32],
                    forward_gradient: &mut [f32], reversed_gradient: &mut [f32], weights_gradient: &mut [f32]
                )
            ),
        };
    };
}
use entry;
use kernels;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod combine;
mod head;
#[cfg(target_arch = "aarch64")]
mod neon;
mod pool;
mod portable;
mod simd;
mod tile;
mod winograd;

pub(crate) use pool::Pooling;
pub(crate) use simd::LANES;
pub(crate) use tile::Product;
pub(crate) use winograd::{Axis, Kind, Plane, Transform};

use std::sync::OnceLock;

/// Lowers the instruction set: `portable`, `avx2` or `avx512`; read once.
const VARIABLE: &str = "CNEEP_INSTRUCTION_SET";

/// The arithmetic of one instruction set.
///
/// A table is reachable only through [`available`], which asks the machine first; that makes the pointers sound.
#[allow(clippy::type_complexity, reason = "the signatures of the kernels, each named once more below")]
pub(crate) struct Kernels {
    pub(crate) name: &'static str,
    multiply: unsafe fn(&Product, *const f32, *const f32, *mut f32),
    pool: unsafe fn(&Pooling, [&[f32]; 2], &[f32], [&mut [f32]; 2], [&mut [f32]; 2]),
    unpool: unsafe fn(&Pooling, [&[f32]; 2], [&[f32]; 2], [&[f32]; 2], [&mut [f32]; 2], &mut [f32]),
    butterfly: unsafe fn(&mut [f32], &mut [f32]),
    mix: unsafe fn(&[f32], &[f32], &mut [f32], &mut [f32]),
    transform: unsafe fn(&Transform, *const f32, *mut f32),
    add_multiple: unsafe fn(f32, &[f32], &mut [f32]),
    weigh: unsafe fn(usize, &[f32], &[f32], &[f32], &mut [f32]),
    unweigh: unsafe fn(f32, &[f32], &[f32], &[f32], &mut [f32], &mut [f32], &mut [f32]),
}

impl Kernels {
    /// Computes `product`.
    pub(crate) fn multiply(&self, product: &Product, a: &[f32], b: &[f32], c: &mut [f32]) {
        product.check(a.len(), b.len(), c.len());
        // SAFETY: the machine has the instructions, by the construction of `available`; addresses were checked.
        unsafe { (self.multiply)(product, a.as_ptr(), b.as_ptr(), c.as_mut_ptr()) }
    }
    /// See [`pool::pool`].
    pub(crate) fn pool(
        &self,
        p: &Pooling,
        sums: [&[f32]; 2],
        bias: &[f32],
        maps: [&mut [f32]; 2],
        places: [&mut [f32]; 2],
    ) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.pool)(p, sums, bias, maps, places) }
    }
    /// See [`pool::unpool`].
    pub(crate) fn unpool(
        &self,
        p: &Pooling,
        maps: [&[f32]; 2],
        gradients: [&[f32]; 2],
        places: [&[f32]; 2],
        sums: [&mut [f32]; 2],
        bias: &mut [f32],
    ) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.unpool)(p, maps, gradients, places, sums, bias) }
    }
    /// See [`pool::butterfly`].
    pub(crate) fn butterfly(&self, x: &mut [f32], y: &mut [f32]) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.butterfly)(x, y) }
    }
    /// See [`pool::mix`].
    pub(crate) fn mix(&self, x: &[f32], y: &[f32], sum: &mut [f32], difference: &mut [f32]) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.mix)(x, y, sum, difference) }
    }
    /// See [`winograd::transform`].
    pub(crate) fn transform(&self, transform: &Transform, from: &[f32], to: &mut [f32]) {
        transform.check(from.len(), to.len());
        // SAFETY: the machine has the instructions, by the construction of `available`; addresses were checked.
        unsafe { (self.transform)(transform, from.as_ptr(), to.as_mut_ptr()) }
    }
    /// Adds `factor * from` to `to`, both a whole number of vectors long.
    pub(crate) fn add_multiple(&self, factor: f32, from: &[f32], to: &mut [f32]) {
        debug_assert!(from.len() == to.len() && to.len().is_multiple_of(LANES));
        if factor != 0.0 {
            // SAFETY: the machine has the instructions, by the construction of `available`.
            unsafe { (self.add_multiple)(factor, from, to) }
        }
    }
    /// See [`head::weigh`].
    pub(crate) fn weigh(
        &self,
        channels: usize,
        weights: &[f32],
        forward: &[f32],
        reversed: &[f32],
        contributions: &mut [f32],
    ) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe { (self.weigh)(channels, weights, forward, reversed, contributions) }
    }
    /// See [`head::unweigh`].
    #[expect(clippy::too_many_arguments, reason = "two maps, the weights, and the gradient of each")]
    pub(crate) fn unweigh(
        &self,
        slope: f32,
        weights: &[f32],
        forward: &[f32],
        reversed: &[f32],
        forward_gradient: &mut [f32],
        reversed_gradient: &mut [f32],
        weights_gradient: &mut [f32],
    ) {
        // SAFETY: the machine has the instructions, by the construction of `available`.
        unsafe {
            (self.unweigh)(
                slope,
                weights,
                forward,
                reversed,
                forward_gradient,
                reversed_gradient,
                weights_gradient,
            );
        }
    }
}

/// The instruction sets of this machine, the fastest first.
pub(crate) fn available() -> Vec<&'static Kernels> {
    let mut sets: Vec<&'static Kernels> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            sets.push(&avx512::KERNELS);
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            sets.push(&avx2::KERNELS);
        }
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("neon") {
        sets.push(&neon::KERNELS);
    }
    sets.push(&portable::KERNELS);
    sets
}

/// The fastest instruction set that the machine has and the variable `CNEEP_INSTRUCTION_SET` permits.
pub(crate) fn chosen() -> &'static Kernels {
    static CHOSEN: OnceLock<&'static Kernels> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let wish = std::env::var(VARIABLE).unwrap_or_default();
        let forbidden: &[&str] = match wish.as_str() {
            "portable" => &["AVX-512", "AVX2+FMA", "NEON"],
            "avx2" => &["AVX-512"],
            _ => &[],
        };
        let permitted = available().into_iter().find(|set| !forbidden.contains(&set.name));
        permitted.unwrap_or(&portable::KERNELS)
    })
}

/// The instruction set in use: `AVX-512`, `AVX2+FMA`, `NEON` or `portable`.
///
/// The fastest that the machine has; the environment variable `CNEEP_INSTRUCTION_SET` (`avx512`, `avx2`, `portable`),
/// read once, lowers it. Results differ between sets in the last bits.
pub fn instruction_set() -> &'static str {
    chosen().name
}
