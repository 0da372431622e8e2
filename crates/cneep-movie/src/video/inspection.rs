//! Measures what a movie holds: its levels, its brightness in time, repeated frames, patterns of a codec.

use super::frames_in_hand::FramesInHand;
use super::levels::MOST_SATURATED;
use super::movie::Video;
use super::pixel_hash::PixelHasher;
use crate::camera::{Evidence, Observer};
use crate::caution::Caution;
use crate::depth::Depth;
use crate::error::Result;
use crate::memory;
use crate::series::Trend;
use serde::Serialize;

/// Autocorrelation from which a periodic pattern counts as strong.
const STRONG_PATTERN: f64 = 0.5;
/// Most frames of which the mean picture is made.
const MOST_AVERAGED: usize = 32;

/// Bytes that are held of every frame.
const BYTES_A_FRAME: u64 = 128;

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

/// Measures `video`, frame by frame, and computes the hash of its pixels in passing if it is to be `hashed`;
/// the cautions are those of its reader alone.
pub(super) fn measure(video: &Video, hashed: bool) -> Result<Inspection> {
    let frames = video.frames();
    let (count, rows, columns) = frames.shape();
    let room = BYTES_A_FRAME.saturating_mul(count as u64);
    memory::require(video.name(), "numbers of each frame", room, "Give fewer frames.")?;
    let mut means = Vec::with_capacity(count);
    let mut differences = Vec::with_capacity(count - 1);
    let mut jumps = 0_u64;
    let mut peaks = Peaks::default();
    let mut flat = None;
    let averaged = count.min(MOST_AVERAGED);
    let (picture, ceiling) = mean_picture(video, averaged)?;
    let mut observer = Observer::new(frames.shape(), &picture, averaged, ceiling);
    let mut hand = FramesInHand::new(frames)?;
    let mut hasher = hashed.then(|| PixelHasher::new(frames));
    for start in (0..count).step_by(hand.most()) {
        hand.read(frames, start..count.min(start + hand.most()))?;
        let hash =
            || hand.frames().for_each(|frame| hasher.iter_mut().for_each(|all| all.add(&frame.pixels)));
        let watch = || hand.frames().for_each(|frame| observer.watch(&frame.pixels));
        let (changes, _) = rayon::join(|| hand.changes(), || rayon::join(hash, watch));
        for (index, (frame, change)) in (start..).zip(hand.frames().zip(changes)) {
            if frame.minimum == frame.maximum {
                flat = Some(flat.map_or((1, index), |(count, first)| (count + 1, first)));
            }
            peaks.levels.push(frame.maximum);
            peaks.places.push(frame.place);
            means.push(frame.sum / (rows * columns) as f64);
            if index > 0 {
                differences.push(change.distance / (rows * columns) as f64);
                jumps += change.jumps;
            }
        }
    }
    if let Some(hasher) = hasher {
        video.keep_pixel_hash(hasher.finish());
    }
    let levels = hand.into_levels();
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
