//! Looks for a narrow line in the spectrum of series, such as vibration leaves.

use super::noise_memory::median;
use std::f64::consts::TAU;

/// Frequencies on each side with which a line is compared, and those next to it that belong to it.
const BESIDE: usize = 12;
const BELONGING: usize = 2;

/// Power of one series at the frequencies `k / (2 n)`, `k` from 0 to `n - 1`, in cycles a frame: the mean over
/// half overlapping segments under Hann's window (Welch 1967, doi:10.1109/TAU.1967.1161901).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spectrum {
    power: Vec<f64>,
    segments: usize,
}

/// A narrow line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// In cycles a frame.
    pub(super) frequency: f64,
    /// Its height over the spectrum beside it, as a standard normal variable.
    pub(super) z: f64,
    /// Root mean square of the oscillation, in units of the series.
    pub(super) amplitude: f64,
}

impl Spectrum {
    pub(super) fn of(series: &[f64]) -> Self {
        let length = match series.len() / 3 {
            0..128 => 64,
            128..256 => 128,
            256..512 => 256,
            _ => 512,
        };
        let half = length / 2;
        let mut power = vec![0.0; half];
        let cosines: Vec<f64> = (0..length).map(|at| (TAU * at as f64 / length as f64).cos()).collect();
        let segments = (series.len() / half).saturating_sub(1);
        for segment in 0..segments {
            let values = &series[segment * half..][..length];
            let mean = values.iter().sum::<f64>() / length as f64;
            let windowed: Vec<f64> =
                values.iter().zip(&cosines).map(|(v, cosine)| (v - mean) * (0.5 - 0.5 * cosine)).collect();
            for (k, power) in power.iter_mut().enumerate() {
                let (mut real, mut imaginary) = (0.0, 0.0);
                for (at, value) in windowed.iter().enumerate() {
                    let turn = k * at;
                    real += value * cosines[turn % length];
                    imaginary += value * cosines[(turn + length / 4 * 3) % length];
                }
                *power += (real * real + imaginary * imaginary) / segments as f64;
            }
        }
        Self { power, segments }
    }

    /// The highest line in the mean of `spectra` of one length; others are left out.
    pub(super) fn line(spectra: &[Self]) -> Option<Line> {
        let length = spectra.iter().map(|spectrum| spectrum.power.len()).max()?;
        let alike = || spectra.iter().filter(|s| s.power.len() == length && s.segments > 0);
        let segments: usize = alike().map(|spectrum| spectrum.segments).sum();
        let power = |k: usize| alike().map(|s| s.power[k] * s.segments as f64).sum::<f64>() / segments as f64;
        let power: Vec<f64> = (0..length).map(power).collect();
        // Half overlapping segments under Hann's window count for 0.95 each.
        let degrees = 1.9 * segments as f64;
        let scatter = 2.0 / (9.0 * degrees);
        // Where nothing lies below it, a rise towards zero frequency cannot be told from a line.
        let best = (BELONGING + 5..length - BELONGING - 4).map(|k| {
            let left = &power[k.saturating_sub(BESIDE).max(1)..k - BELONGING];
            let right = &power[k + 1 + BELONGING..(k + BESIDE).min(length)];
            let beside = [left, right].map(|beside| median(beside.to_vec()));
            let background = beside[0].max(beside[1]);
            // Wilson and Hilferty: the cube root of a mean of squares is nearly normal.
            let z = ((power[k] / background).cbrt() - 1.0 + scatter) / scatter.sqrt();
            let above: f64 = (k + 1 - BELONGING..k + BELONGING).map(|k| power[k] - background).sum();
            let energy = 0.375 * (2 * length) as f64 * (2 * length) as f64 / 2.0;
            let amplitude = (above.max(0.0) / energy).sqrt();
            Line { frequency: k as f64 / (2 * length) as f64, z, amplitude }
        });
        best.filter(|line| line.z.is_finite()).max_by(|a, b| a.z.total_cmp(&b.z))
    }
}
