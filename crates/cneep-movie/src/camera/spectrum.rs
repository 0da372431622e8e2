//! Looks for a narrow line in the spectrum of series, such as vibration leaves.

use super::median::median;
use std::f64::consts::TAU;

/// Most segments of one series: those of a longer one are spread over it.
const MOST_SEGMENTS: usize = 48;
/// The lowest frequency at which a line is looked for, in those of the spectrum.
const LOWEST: usize = 16;
/// Frequencies on each side with which a line is compared, and those next to it that belong to it.
const BESIDE: usize = 12;
const BELONGING: usize = 2;

/// Frequencies beside a line that tell its background, in those of the spectrum.
const BACKGROUND: [f64; 6] = [-5.0, -4.0, -3.0, 3.0, 4.0, 5.0];

/// Power of one series at the frequencies `k / (2 n)`, `k` from 0 to `n - 1`, in cycles a frame, of half
/// overlapping segments under Hann's window (Welch 1967, doi:10.1109/TAU.1967.1161901).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spectrum {
    segments: Vec<Vec<f64>>,
}

/// A narrow line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// In cycles a frame.
    pub(super) frequency: f64,
    /// Its height over the spectrum beside it, as a standard normal variable.
    pub(super) z: f64,
    /// Its height over the spectrum beside it.
    pub(super) ratio: f64,
    /// Root mean square of the oscillation, in units of the series.
    pub(super) amplitude: f64,
}

impl Spectrum {
    pub(super) fn of(series: &[f64]) -> Self {
        let length = segment_length(series.len());
        let half = length / 2;
        let cosines: Vec<f64> = (0..length).map(|at| (TAU * at as f64 / length as f64).cos()).collect();
        let power = |start: usize| -> Vec<f64> {
            let values = &series[start..][..length];
            let mean = values.iter().sum::<f64>() / length as f64;
            let windowed: Vec<f64> =
                values.iter().zip(&cosines).map(|(v, cosine)| (v - mean) * (0.5 - 0.5 * cosine)).collect();
            let at_frequency = |k: usize| {
                let (mut real, mut imaginary, mut turn) = (0.0, 0.0, 0);
                for value in &windowed {
                    real += value * cosines[turn];
                    imaginary += value * cosines[(turn + length / 4 * 3) & (length - 1)];
                    turn = (turn + k) & (length - 1);
                }
                real * real + imaginary * imaginary
            };
            (0..half).map(at_frequency).collect()
        };
        let count = (series.len() / half).saturating_sub(1);
        let kept = count.min(MOST_SEGMENTS);
        Self { segments: (0..kept).map(|k| power(k * count / kept * half)).collect() }
    }

    /// Sums over `parts` (a series of each, with its share of a common change) at `frequency`, in cycles a
    /// frame: the energy of the line that parts show together, and that which each would give the whole by
    /// itself, weighed by its share. They are equal if all parts oscillate at once.
    pub(super) fn together(parts: &[(&[f32], f64)], frequency: f64) -> (f64, f64) {
        let Some(frames) = parts.first().map(|part| part.0.len()) else { return (0.0, 0.0) };
        let length = segment_length(frames);
        let line = (frequency * length as f64).round();
        let mut sums = (0.0, 0.0);
        for (offset, sign) in
            BACKGROUND.iter().map(|&k| (k, -1.0 / BACKGROUND.len() as f64)).chain([(0.0, 1.0)])
        {
            let waves: Vec<(f64, f64)> = (0..length)
                .map(|at| {
                    let hann = 0.5 - 0.5 * (TAU * at as f64 / length as f64).cos();
                    let (sine, cosine) = (TAU * at as f64 * (line + offset) / length as f64).sin_cos();
                    (hann * cosine, hann * sine)
                })
                .collect();
            let mut start = 0;
            while start + length <= frames {
                let (mut real, mut imaginary) = (0.0, 0.0);
                for &(series, share) in parts {
                    let values = series[start..][..length].iter().map(|value| f64::from(*value));
                    let (mut a, mut b) = (0.0, 0.0);
                    for (value, (cosine, sine)) in values.zip(&waves) {
                        a += value * cosine;
                        b += value * sine;
                    }
                    sums.1 += sign * (a * a + b * b) / share;
                    real += a;
                    imaginary += b;
                }
                sums.0 += sign * (real * real + imaginary * imaginary);
                start += length / 2;
            }
        }
        let shown: f64 = parts.iter().map(|part| part.1).sum();
        (sums.0, sums.1 * shown)
    }

    /// The highest line in the median of all segments of `spectra` of one length; others are left out. A
    /// line is there all the time; what happens now and then is not in the median.
    pub(super) fn line<'a>(spectra: impl Iterator<Item = &'a Self> + Clone) -> Option<Line> {
        let segments = spectra.flat_map(|spectrum| &spectrum.segments);
        let length = segments.clone().map(Vec::len).max()?;
        let alike: Vec<&Vec<f64>> = segments.filter(|segment| segment.len() == length).collect();
        let power: Vec<f64> =
            (0..length).map(|k| median(alike.iter().map(|segment| segment[k]).collect())).collect();
        // Half overlapping segments under Hann's window count for 0.95 each, and their median scatters 2.08
        // times as much as their mean (of exponential variables).
        let degrees = 1.9 * alike.len() as f64 / 2.08;
        let scatter = 2.0 / (9.0 * degrees);
        // What moves slowly has humps towards zero frequency that are as narrow as lines.
        let best = (LOWEST..length - BELONGING - 4).map(|k| {
            let left = &power[k.saturating_sub(BESIDE).max(1)..k - BELONGING];
            let right = &power[k + 1 + BELONGING..(k + BESIDE).min(length)];
            let beside = [left, right].map(|beside| median(beside.to_vec()));
            // A broad peak is still high three and four frequencies beside its top.
            let near = [k - 4, k - 3, k + 3, k + 4].map(|k| power[k]);
            let background = near.into_iter().chain(beside).fold(0.0, f64::max);
            // Wilson and Hilferty: the cube root of a mean of squares is nearly normal.
            let z = ((power[k] / background).cbrt() - 1.0 + scatter) / scatter.sqrt();
            let above: f64 = (k + 1 - BELONGING..k + BELONGING).map(|k| power[k] - background).sum();
            let energy = 0.375 * (2 * length) as f64 * (2 * length) as f64 / 2.0;
            let amplitude = (above.max(0.0) / energy).sqrt();
            Line { frequency: k as f64 / (2 * length) as f64, z, ratio: power[k] / background, amplitude }
        });
        best.filter(|line| line.z.is_finite()).max_by(|a, b| a.z.total_cmp(&b.z))
    }
}

/// Length of the segments of a series of so many values.
fn segment_length(values: usize) -> usize {
    match values / 3 {
        0..128 => 64,
        128..256 => 128,
        256..512 => 256,
        _ => 512,
    }
}
