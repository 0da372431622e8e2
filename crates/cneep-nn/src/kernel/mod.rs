//! Chooses the instruction set at run time, once for all kernels.
#![allow(
    clippy::inline_always,
    reason = "generic kernels take on the instructions of the entry they are inlined in"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod combine;
mod head;
mod matrix;
#[cfg(target_arch = "aarch64")]
mod neon;
mod paired;
mod pixels;
mod points;
mod pool;
mod portable;
mod simd;
mod table;
mod tile;
mod winograd;

pub(crate) use points::Axis;
pub(crate) use pool::Pooling;
pub(crate) use simd::LANES;
pub(crate) use table::Kernels;
#[cfg(test)]
pub(crate) use table::executed;
pub(crate) use tile::Product;
pub(crate) use winograd::{Kind, Plane, Transform};

use std::sync::OnceLock;

/// Lowers the instruction set: `portable`, `avx2` or `avx512`; read once.
const VARIABLE: &str = "CNEEP_INSTRUCTION_SET";

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
/// The fastest that the machine has; the environment variable `CNEEP_INSTRUCTION_SET` (`avx512`, `avx2`,
/// `portable`), read once, lowers it. Results differ between sets in the last bits.
pub fn instruction_set() -> &'static str {
    chosen().name
}
