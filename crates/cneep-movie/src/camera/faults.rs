//! Judges what was seen of movies of one camera, and says what it may have done.
//!
//! Thresholds are such that of clean movies, in equilibrium or driven, fewer than one set in fifty raises any
//! caution of this room.

use super::codec_grid::CodecGrid;
use super::common_motion::CommonMotion;
use super::frame_order::FrameOrder;
use super::lamp::Lamp;
use super::noise_memory::NoiseMemory;
use super::noise_pulses::NoisePulses;
use super::observer::Evidence;
use super::readout::{Order, Readout};
use crate::caution::{CautionKind, CommonChange, Lines};

/// Probability below which an order of rows or columns is believed. What claims by a readout of 30 % of the
/// interval has 1e-2 to 1e-5; of 104 clean sets none with a readout within the limits below had less than
/// 2.4e-3, of 48 of matter that moves none less than 0.09.
const ORDER_P_VALUE: f64 = 2e-3;
/// The t of fields that are apart, and its ratio to that of rows in sequence: where little is seen but a few
/// rows, these alternate too.
const FIELDS_T: f64 = 7.0;
const FIELDS_OVER_ROWS: f64 = 2.0;
/// Shares of the frame interval between which a readout lies: with more the picture flows, and of less no
/// camera is known to make an arrow of time.
const SHORTEST_READOUT: f64 = 0.05;
const LONGEST_READOUT: f64 = 1.2;
/// Correlation of noise that is believed, in itself and in standard errors, and how much of the whiteness of
/// noise it must have.
const NOISE_CORRELATION: f64 = 0.04;
const NOISE_Z: f64 = 5.0;
const WHITENESS: f64 = 0.4;
/// Depth and z of the grid of a codec.
const GRID_DEPTH: f64 = 0.2;
const GRID_Z: f64 = 6.5;
/// z of regular changes of the noise in a set of many movies, and what one movie needs beyond.
const PULSES_Z: f64 = 4.2;
const PULSES_OF_ONE: f64 = 2.0;
/// z of a narrow line, its height over the spectrum beside it, and its amplitude in pixels.
const LINE_Z: f64 = 8.0;
const LINE_RATIO: f64 = 3.0;
const LINE_AMPLITUDE: f64 = 0.02;
/// z of a trend, and its size in standard deviations of the series.
const TREND_Z: f64 = 6.5;
const TREND_SIZE: f64 = 1.0;
/// z of the third moment of steps, and their skewness: flows have a little.
const SKEW_Z: f64 = 5.5;
const SKEWNESS: f64 = 0.5;
/// How much of a common motion parts of the frame that lie apart must show at once: 1 is expected of a stage,
/// less than 0.4 was seen of one object.
const TOGETHER: f64 = 0.6;
/// z and size of a brightness that settles.
const FIRST_Z: f64 = 5.5;
const FIRST_SIZE: f64 = 0.005;
/// Steps of brightness from which they are a kind, their largest inequality, and the share of the ratio that
/// the dimmest half of the picture must show too.
const STEPS: usize = 6;
const UNEQUAL: f64 = 0.15;
const DIM_SHARE: f64 = 0.3;
/// Share of stretches that may be brighter by chance, and the largest that are still few.
const FEW_STRETCHES: f64 = 0.004;
const MANY_STRETCHES: f64 = 0.3;
/// Difference of frames that are no neighbours over that of neighbours, and its t.
const NEAREST_RATIO: f64 = 0.97;
const NEAREST_T: f64 = -7.0;

/// What `movies` of one camera show together, one of `among` such judgements.
pub(crate) fn faults(movies: &[&Evidence], among: usize) -> Vec<CautionKind> {
    let doubt = 2.0 * (among.max(1) as f64).ln();
    let z = |threshold: f64| (threshold * threshold + doubt).sqrt();
    let mut found = Vec::new();
    let order: Vec<&FrameOrder> = movies.iter().map(|movie| &movie.order).collect();
    if let Some(nearest) = FrameOrder::nearest(&order)
        && nearest.ratio < NEAREST_RATIO
        && nearest.t < -z(-NEAREST_T)
    {
        // What jumps from frame to frame makes all else that is looked for here.
        let (distance, ratio) = (nearest.distance, nearest.ratio);
        return vec![CautionKind::FramesNotNeighbours { distance, ratio }];
    }
    let grid = CodecGrid::grid(&movies.iter().map(|movie| &movie.grid).collect::<Vec<_>>());
    let grid = grid.filter(|grid| grid.depth > GRID_DEPTH && grid.z > z(GRID_Z));
    let pulses: Vec<&NoisePulses> = movies.iter().map(|movie| &movie.pulses).collect();
    let needed = z(PULSES_Z + PULSES_OF_ONE / (movies.len() as f64).sqrt());
    let period = NoisePulses::highest(&pulses).filter(|pulses| pulses.0 > needed).map(|pulses| pulses.1);
    if let Some(grid) = grid {
        found.push(CautionKind::CodecBlocks { depth: grid.depth, period });
    } else {
        if let Some(period) = period {
            found.push(CautionKind::NoisePulses { period });
        } else {
            found.extend(rows(movies, ORDER_P_VALUE / among.max(1) as f64, z(FIELDS_T)));
        }
        let noise: Vec<(&NoiseMemory, f64)> =
            movies.iter().map(|movie| (&movie.noise, movie.floor)).collect();
        found.extend(NoiseMemory::memory(&noise, movies[0].averaged).and_then(|memory| {
            let correlation = memory.correlations[0];
            let believed = correlation > NOISE_CORRELATION.max(z(NOISE_Z) * memory.error);
            (believed && memory.whiteness > WHITENESS).then_some(CautionKind::NoiseRemembered { correlation })
        }));
    }
    found.extend(common(movies, z));
    found.extend(brightness(movies, z));
    found
}

/// Rows, columns or fields that were not recorded at once.
fn rows(movies: &[&Evidence], p_value: f64, fields_t: f64) -> Vec<CautionKind> {
    let readout: Vec<&Readout> = movies.iter().map(|movie| &movie.readout).collect();
    let (fields, in_rows) = (Readout::fields(&readout), Readout::rows(&readout));
    let interlaced = fields.t.abs() > fields_t && fields.t.abs() > FIELDS_OVER_ROWS * in_rows.t.abs();
    let in_order = |order: Order, length: usize, lines: Lines| {
        let share = order.lag * length as f64;
        (order.p_value < p_value && (SHORTEST_READOUT..LONGEST_READOUT).contains(&share.abs()))
            .then_some(CautionKind::LinesInSequence { lines, share, t: order.t })
    };
    let rows = in_order(in_rows, movies[0].rows, Lines::Rows);
    let columns = in_order(Readout::columns(&readout), movies[0].columns, Lines::Columns);
    let interlaced = interlaced.then_some(CautionKind::Interlaced { t: fields.t });
    interlaced.into_iter().chain(rows).chain(columns).collect()
}

/// Motion and focus that the whole frame has in common.
fn common(movies: &[&Evidence], z: impl Fn(f64) -> f64) -> Vec<CautionKind> {
    let motion: Vec<&CommonMotion> = movies.iter().map(|movie| &movie.motion).collect();
    let mut found = Vec::new();
    if let Some((line, together)) = CommonMotion::line(&motion)
        && line.z > z(LINE_Z)
        && line.ratio > LINE_RATIO
        && line.amplitude > LINE_AMPLITUDE
        && together > TOGETHER
    {
        let (cycles_per_frame, amplitude) = (line.frequency, line.amplitude);
        found.push(CautionKind::CommonOscillation { cycles_per_frame, amplitude });
    }
    let trends = CommonMotion::trends(&motion);
    if let Some(((height, change), what)) = strongest(trends, CommonMotion::trends_together(&motion))
        && height.abs() > z(TREND_Z)
        && change.abs() > TREND_SIZE
    {
        found.push(CautionKind::CommonDrift { what, change });
    }
    let skewness = CommonMotion::skewness(&motion);
    if let Some(((height, skewness), what)) = strongest(skewness, CommonMotion::jumps_together(&motion))
        && height.abs() > z(SKEW_Z)
        && skewness.abs() > SKEWNESS
    {
        found.push(CautionKind::CommonJumps { what, z: height });
    }
    found
}

/// Of the axes on which parts of the frame that lie apart move `together`, that on which the first of both
/// numbers is largest, with both.
fn strongest(axes: [(f64, f64); 3], together: [f64; 3]) -> Option<((f64, f64), CommonChange)> {
    let names = [CommonChange::Sideways, CommonChange::UpAndDown, CommonChange::Focus];
    let known = axes.into_iter().zip(names).zip(together).filter(|(_, together)| *together > TOGETHER);
    known.map(|(axis, _)| axis).max_by(|(a, _), (b, _)| a.0.abs().total_cmp(&b.0.abs()))
}

/// Brightness that is not that of a steady lamp.
fn brightness(movies: &[&Evidence], z: impl Fn(f64) -> f64) -> Vec<CautionKind> {
    let lamps: Vec<&Lamp> = movies.iter().map(|movie| &movie.lamp).collect();
    let mut found = Vec::new();
    let (height, change) = Lamp::settling(&lamps);
    if height.abs() > z(FIRST_Z) && change.abs() > FIRST_SIZE {
        found.push(CautionKind::BrightnessSettles { change });
    }
    let steps = Lamp::equal_steps(&lamps);
    let alike = (DIM_SHARE..1.0 / DIM_SHARE).contains(&steps.bright_over_dim);
    if steps.count >= STEPS && steps.inequality < UNEQUAL && alike {
        found.push(CautionKind::EqualBrightnessSteps { steps: steps.count });
    }
    let stretches = Lamp::stretches(&lamps);
    let share = stretches.brighter as f64 / stretches.all.max(1) as f64;
    if stretches.brighter > 3 * stretches.darker && share > FEW_STRETCHES && share < MANY_STRETCHES {
        found.push(CautionKind::BrightStretches { share, excess: stretches.excess });
    }
    found
}
