//! Measures what a movie holds: its levels, its brightness in time, repeated frames, patterns of a codec.

use super::movie::Video;
use crate::camera::{Evidence, Observer};
use crate::caution::Caution;
use crate::depth::Depth;
use crate::error::Result;
use crate::series::Trend;
use serde::Serialize;

/// Fraction of pixels at the ceiling that no longer passes for the peaks of the picture.
pub(super) const MOST_SATURATED: f64 = 1e-3;
/// The same at a level at which no camera ends.
const MOST_PEAKS: f64 = 0.01;
/// Counts above zero from which a pixel that was at zero a frame before has jumped, not crept, out of the
/// dark.
const JUMP: f32 = 2.0;
/// Autocorrelation from which a periodic pattern counts as strong.
const STRONG_PATTERN: f64 = 0.5;
/// Most frames of which the mean picture is made.
const MOST_AVERAGED: usize = 32;
/// Variance of what rounding may leave of a movie, in squares of the step between levels, and in squares of
/// the range of real intensities.
const ROUNDING: f64 = 0.35;
const FINEST: f64 = 2.5e-7;

/// What a movie holds, and what speaks against using it as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// What the movie is called.
    pub name: String,
    /// Number of frames.
    pub frames: usize,
    /// Rows of a frame, in pixels.
    pub rows: usize,
    /// Columns of a frame, in pixels.
    pub columns: usize,
    /// Type of the pixels.
    pub depth: Depth,
    /// Frame interval in seconds, where known.
    pub frame_interval: Option<f64>,
    /// Edge of a pixel in micrometres, where known.
    pub pixel_size: Option<f64>,
    /// Order in which the movie is held.
    pub axes: &'static str,
    /// Smallest pixel.
    pub minimum: f32,
    /// Mean over all pixels and frames.
    pub mean: f64,
    /// Largest pixel.
    pub maximum: f32,
    /// Fraction of pixels that lie at the ceiling: the depth's maximum, or an observed one at which they pile
    /// up.
    pub saturated: f64,
    /// Fraction of pixels that jump from zero to more than two counts in the next frame: noise that was cut
    /// off at zero does, darkness does not.
    pub clipped: f64,
    /// Change of brightness over the movie.
    pub brightness: Brightness,
    /// Frames identical to the one before.
    pub duplicate_frames: usize,
    /// Frames that have one value everywhere, and the number of the first.
    pub flat_frames: Option<(usize, usize)>,
    /// Whether two frames are never nearly identical, so that identical ones are no chance.
    pub(super) frames_differ: bool,
    /// Level of the brightest pixel of all frames, where it is one and in changing places.
    pub stretched_to: Option<f32>,
    /// Strong periodic pattern in the differences between frames, such as video codecs leave.
    pub pattern: Option<Pattern>,
    /// What tells what the camera did.
    #[serde(skip)]
    pub(super) evidence: Evidence,
    /// Everything a reader of the numbers must know: what the file's reader assumed, then what was seen here.
    pub cautions: Vec<Caution>,
}

/// Change of a movie's brightness.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Brightness {
    /// Mean of the first frame.
    pub first: f64,
    /// Mean of the last frame.
    pub last: f64,
    /// Change of the linear trend over the whole movie, relative to the mean (to the range of the pixels
    /// where some are negative); none for a black movie.
    pub relative_drift: Option<f64>,
    /// Probability that a steady brightness drifts as far, its slow fluctuations counted; none for fewer than
    /// 16 frames.
    pub drift_p_value: Option<f64>,
}

/// Spikes at regular distances in the mean absolute difference between consecutive frames.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Pattern {
    /// Distance of the spikes, in frames: a codec's group length.
    pub period: usize,
    /// Autocorrelation at that distance.
    pub autocorrelation: f64,
}

/// Measures `video`, frame by frame; the cautions are those of its reader alone.
pub(super) fn measure(video: &Video) -> Result<Inspection> {
    let frames = video.frames();
    let (count, rows, columns) = frames.shape();
    let mut levels = Levels::new(frames.depth());
    let mut means = Vec::with_capacity(count);
    let mut differences = Vec::with_capacity(count - 1);
    let mut pixels = vec![0.0_f32; rows * columns];
    let mut previous: Vec<f32> = Vec::new();
    let mut jumps = 0_u64;
    let mut peaks = Peaks::default();
    let mut flat = None;
    let averaged = count.min(MOST_AVERAGED);
    let (picture, ceiling) = mean_picture(video, averaged)?;
    let mut observer = Observer::new(frames.shape(), &picture, averaged, ceiling);
    for index in 0..count {
        frames.read_block(index, 0..rows, 0..columns, &mut pixels)?;
        let (mut sum, mut difference) = (0.0_f64, 0.0_f64);
        for &pixel in &pixels {
            levels.add(pixel);
            sum += f64::from(pixel);
        }
        for (&before, &pixel) in previous.iter().zip(&pixels) {
            difference += f64::from((pixel - before).abs());
            jumps += u64::from(before == 0.0 && pixel > JUMP);
        }
        if pixels.iter().all(|pixel| *pixel == pixels[0]) {
            flat = Some(flat.map_or((1, index), |(count, first)| (count + 1, first)));
        }
        observer.watch(&pixels);
        peaks.add(&pixels);
        means.push(sum / (rows * columns) as f64);
        if index > 0 {
            differences.push(difference / (rows * columns) as f64);
        }
        previous.clone_from(&pixels);
    }
    let mean = means.iter().sum::<f64>() / count as f64;
    let drift = slope(&means) * (count - 1) as f64;
    let scale = if levels.minimum < 0.0 { f64::from(levels.maximum - levels.minimum) } else { mean };
    Ok(Inspection {
        name: video.name().into(),
        frames: count,
        rows,
        columns,
        depth: frames.depth(),
        frame_interval: video.calibration().frame_interval,
        pixel_size: video.calibration().pixel_size,
        axes: "(frame, row, column)",
        minimum: levels.minimum,
        mean,
        maximum: levels.maximum,
        saturated: levels.saturated((count * rows * columns) as f64),
        clipped: match levels.ceiling {
            Some(_) => jumps as f64 / ((count - 1) * rows * columns) as f64,
            None => 0.0,
        },
        brightness: Brightness {
            first: means[0],
            last: means[count - 1],
            relative_drift: (scale > 0.0).then(|| drift / scale),
            drift_p_value: Trend::of(&means).map(|trend| trend.p_value),
        },
        duplicate_frames: differences.iter().filter(|&&difference| difference == 0.0).count(),
        flat_frames: flat,
        frames_differ: always_differ(&differences),
        stretched_to: peaks.level(count, levels.at_maximum),
        evidence: observer.finish(levels.rounding_variance()),
        pattern: pattern(&differences),
        cautions: video.cautions().to_vec(),
    })
}

/// Mean of `averaged` frames at equal distances, and the highest level in them if more pixels lie there than
/// pass for peaks (infinite if not).
fn mean_picture(video: &Video, averaged: usize) -> Result<(Vec<f32>, f32)> {
    let frames = video.frames();
    let (count, rows, columns) = frames.shape();
    let mut mean = vec![0.0_f32; rows * columns];
    let mut pixels = mean.clone();
    let (mut highest, mut reached) = (f32::NEG_INFINITY, 0_usize);
    for k in 0..averaged {
        frames.read_block(k * count / averaged, 0..rows, 0..columns, &mut pixels)?;
        for (mean, &pixel) in mean.iter_mut().zip(&pixels) {
            *mean += pixel / averaged as f32;
            if pixel > highest {
                (highest, reached) = (pixel, 0);
            }
            reached += usize::from(pixel == highest);
        }
    }
    let piled_up = reached as f64 > MOST_SATURATED * (averaged * rows * columns) as f64;
    Ok((mean, if piled_up { highest } else { f32::INFINITY }))
}

/// Whether hardly any two frames that differ do so by less than a fifth of the usual difference.
fn always_differ(differences: &[f64]) -> bool {
    let mut differing: Vec<f64> =
        differences.iter().copied().filter(|&difference| difference > 0.0).collect();
    differing.sort_by(f64::total_cmp);
    let at = |share: usize| differing.get(differing.len() * share / 100);
    at(50).zip(at(1)).is_some_and(|(usual, small)| *small > 0.2 * usual)
}

/// The brightest pixels of the frames.
#[derive(Default)]
struct Peaks {
    levels: Vec<f32>,
    places: Vec<usize>,
}

impl Peaks {
    fn add(&mut self, pixels: &[f32]) {
        let mut lanes = [f32::NEG_INFINITY; 8];
        let (eights, rest) = pixels.as_chunks::<8>();
        for eight in eights {
            for (lane, &pixel) in lanes.iter_mut().zip(eight) {
                *lane = if pixel > *lane { pixel } else { *lane };
            }
        }
        let brightest = lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
        self.levels.push(brightest);
        self.places.push(pixels.iter().position(|pixel| *pixel == brightest).unwrap_or(0));
    }

    /// The level, if all but a hundredth of the frames reach it, mostly with one pixel, and not always the
    /// same one.
    fn level(&self, frames: usize, at_maximum: u64) -> Option<f32> {
        let highest = self.levels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let reached = self.levels.iter().filter(|level| **level == highest).count();
        let still = self.places.windows(2).filter(|pair| pair[0] == pair[1]).count();
        let all = 100 * reached >= 99 * frames && at_maximum <= 3 * frames as u64;
        (frames >= 16 && all && 2 * still < frames).then_some(highest)
    }
}

/// Range of the pixels, and how many lie at its top.
struct Levels {
    minimum: f32,
    maximum: f32,
    at_maximum: u64,
    ceiling: Option<f32>,
    histogram: Vec<u64>,
}

impl Levels {
    fn new(depth: Depth) -> Self {
        let ceiling = depth.maximum();
        Self {
            minimum: f32::INFINITY,
            maximum: f32::NEG_INFINITY,
            at_maximum: 0,
            ceiling,
            histogram: vec![0; ceiling.map_or(0, |ceiling| ceiling as usize + 1)],
        }
    }

    fn add(&mut self, pixel: f32) {
        self.minimum = self.minimum.min(pixel);
        if pixel > self.maximum {
            (self.maximum, self.at_maximum) = (pixel, 0);
        }
        self.at_maximum += u64::from(pixel == self.maximum);
        if let Some(level) = self.histogram.get_mut(pixel as usize) {
            *level += 1;
        }
    }

    /// The largest number of which all levels are multiples, as 16 where a 12-bit camera writes the upper end
    /// of 16 bits; 1 for real intensities.
    fn step(&self) -> usize {
        let divide = |mut a: usize, mut b: usize| {
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        let taken = self.histogram.iter().enumerate().filter(|(_, count)| **count > 0);
        taken.map(|(level, _)| level).fold(0, divide).max(1)
    }

    /// Variance of the noise that rounding may have made.
    fn rounding_variance(&self) -> f64 {
        let step = if self.histogram.is_empty() { 0.0 } else { self.step() as f64 };
        let range = f64::from(self.maximum - self.minimum);
        (ROUNDING * step * step).max(FINEST * range * range)
    }

    /// Fraction of `total` pixels at the depth's maximum; or at the observed one, where they pile up three
    /// times higher than one level below (a 12-bit camera in 16 bits; at a level of no camera only if they
    /// are over 1 %, as peaks of equal height pile up too), or are over 1 % of all real intensities.
    fn saturated(&self, total: f64) -> f64 {
        let fraction = self.at_maximum as f64 / total;
        let step = self.step();
        let below = (self.maximum as usize).checked_sub(step).and_then(|level| self.histogram.get(level));
        let piled_up = match below {
            _ if self.minimum == self.maximum => false,
            Some(&below) => {
                let full = (self.maximum as usize / step + 1).is_power_of_two();
                let most = if full { MOST_SATURATED } else { MOST_PEAKS };
                fraction > most && self.at_maximum > 3 * below && self.maximum >= 15.0
            }
            None => fraction > MOST_PEAKS,
        };
        if self.ceiling == Some(self.maximum) || piled_up { fraction } else { 0.0 }
    }
}

/// Slope of the least-squares line through `values`, per step.
fn slope(values: &[f64]) -> f64 {
    let centre = (values.len() - 1) as f64 / 2.0;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let deviation = |at: usize| at as f64 - centre;
    let covariance: f64 = values.iter().enumerate().map(|(at, value)| deviation(at) * (value - mean)).sum();
    let variance: f64 = (0..values.len()).map(|at| deviation(at).powi(2)).sum();
    if variance > 0.0 { covariance / variance } else { 0.0 }
}

/// The strongest regular spikes in `differences`: high autocorrelation at a lag and its double, low beside
/// it.
///
/// A smooth oscillation (a beating heart) is high beside its period too, and is not reported.
fn pattern(differences: &[f64]) -> Option<Pattern> {
    let count = differences.len();
    let (slope, mean) = (slope(differences), differences.iter().sum::<f64>() / count as f64);
    let centre = (count as f64 - 1.0) / 2.0;
    let residues: Vec<f64> =
        differences.iter().enumerate().map(|(at, d)| d - mean - slope * (at as f64 - centre)).collect();
    let variance: f64 = residues.iter().map(|r| r * r).sum::<f64>() / count as f64;
    if variance <= 1e-12 * mean * mean {
        return None;
    }
    let correlation = |lag: usize| {
        let products = residues.iter().zip(&residues[lag..]).map(|(a, b)| a * b);
        products.sum::<f64>() / (count - lag) as f64 / variance
    };
    let longest = (count / 4).min(300);
    let correlations: Vec<f64> =
        (0..=2 * longest + 1).map(|lag| if lag < count { correlation(lag) } else { 0.0 }).collect();
    let spike = |lag: usize| {
        let beside = correlations[lag - 1].max(correlations[lag + 1]);
        correlations[lag].min(correlations[2 * lag]) > STRONG_PATTERN && correlations[lag] - beside > 0.3
    };
    let period = (2..=longest).find(|&lag| spike(lag))?;
    Some(Pattern { period, autocorrelation: correlations[period] })
}
