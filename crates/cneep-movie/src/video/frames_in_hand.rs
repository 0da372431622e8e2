//! Holds a few consecutive frames as real numbers, with what each shows by itself and beside the one before.

use super::frames::Frames;
use super::levels::Levels;
use crate::depth::Depth;
use crate::error::Result;
use crate::memory;
use rayon::prelude::*;
use std::ops::Range;

/// Bytes of frames that are held, if two take no more.
const HELD: usize = 1 << 25;

/// Most frames that are held.
const MOST: usize = 64;

/// Counts above zero from which a pixel that was at zero a frame before has jumped, not crept, out of the
/// dark.
const JUMP: f32 = 2.0;

/// A frame, row by row.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) pixels: Vec<f32>,
    pub(super) sum: f64,
    pub(super) minimum: f32,
    pub(super) maximum: f32,
    /// Number of the first pixel at the maximum.
    pub(super) place: usize,
}

/// How a frame differs from the one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    /// Sum of the absolute differences.
    pub(super) distance: f64,
    pub(super) jumps: u64,
}

/// Frames that are held, and the one before the first of them.
#[derive(Debug)]
pub(super) struct FramesInHand {
    frames: Vec<Frame>,
    held: usize,
    before: Vec<f32>,
    /// Levels of what each thread has read.
    levels: Vec<Levels>,
    /// Whether pixels are counts, whose sums are exact in any order.
    exact: bool,
}

impl FramesInHand {
    /// Room for some of `frames`.
    ///
    /// # Errors
    /// [`crate::Error::Memory`] where there is none.
    pub(super) fn new(frames: &Frames) -> Result<Self> {
        let (count, rows, columns) = frames.shape();
        let size = rows * columns;
        let empty = || {
            let pixels = memory::zeros("frames in hand", size)?;
            Ok(Frame { pixels, sum: 0.0, minimum: 0.0, maximum: 0.0, place: 0 })
        };
        let most = (HELD / (4 * size)).clamp(2, MOST).min(count);
        Ok(Self {
            frames: (0..most).map(|_| empty()).collect::<Result<_>>()?,
            held: 0,
            before: memory::zeros("frames in hand", size)?,
            levels: vec![Levels::new(frames.depth()); rayon::current_num_threads().min(most)],
            exact: frames.depth() != Depth::F32,
        })
    }

    /// How many frames there is room for.
    pub(super) fn most(&self) -> usize {
        self.frames.len()
    }

    /// Takes the frames of `range` in place of those that are held, which must end where it begins.
    ///
    /// # Errors
    /// As [`Frames::read_block`].
    pub(super) fn read(&mut self, frames: &Frames, range: Range<usize>) -> Result<()> {
        if let Some(last) = self.held.checked_sub(1) {
            std::mem::swap(&mut self.before, &mut self.frames[last].pixels);
        }
        self.held = range.len();
        let (_, rows, columns) = frames.shape();
        let share = self.held.div_ceil(self.levels.len());
        let shares = self.frames[..self.held].par_chunks_mut(share).zip(&mut self.levels).enumerate();
        let failed = |(number, (some, levels)): (usize, (&mut [Frame], &mut Levels))| {
            let read = |(frame, index): (&mut Frame, usize)| {
                frames.read_block(index, 0..rows, 0..columns, &mut frame.pixels)?;
                frame.look(self.exact);
                levels.add(&frame.pixels, frame.minimum, frame.maximum);
                Ok(())
            };
            some.iter_mut().zip(range.start + number * share..).try_for_each(read).err()
        };
        shares.find_map_first(failed).map_or(Ok(()), Err)
    }

    /// The frames that are held.
    pub(super) fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.frames[..self.held].iter()
    }

    /// How each of them differs from the one before; of the first frame of all nothing is to be believed.
    pub(super) fn changes(&self) -> Vec<Change> {
        let before = |index: usize| match index {
            0 => &self.before,
            index => &self.frames[index - 1].pixels,
        };
        let change = |index: usize| Change::of(before(index), &self.frames[index].pixels, self.exact);
        (0..self.held).into_par_iter().map(change).collect()
    }

    /// The levels of all frames that were read.
    pub(super) fn into_levels(self) -> Levels {
        let mut levels = self.levels.into_iter();
        let mut all = levels.next().expect("a thread");
        levels.for_each(|more| all.merge(&more));
        all
    }
}

impl Frame {
    fn look(&mut self, exact: bool) {
        let pixels = &self.pixels[..];
        let mut lowest = [f32::INFINITY; 8];
        let mut highest = [f32::NEG_INFINITY; 8];
        let (eights, rest) = pixels.as_chunks::<8>();
        for eight in eights {
            for ((low, high), &pixel) in lowest.iter_mut().zip(&mut highest).zip(eight) {
                *low = if pixel < *low { pixel } else { *low };
                *high = if pixel > *high { pixel } else { *high };
            }
        }
        self.minimum = lowest.iter().chain(rest).copied().fold(f32::INFINITY, f32::min);
        self.maximum = highest.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
        self.place = pixels.iter().position(|pixel| *pixel == self.maximum).unwrap_or(0);
        self.sum = sum(pixels, exact);
    }
}

impl Change {
    fn of(before: &[f32], after: &[f32], exact: bool) -> Self {
        let distance = distance(before, after, exact);
        let jumps =
            before.iter().zip(after).map(|(before, after)| u64::from(*before == 0.0 && *after > JUMP)).sum();
        Self { distance, jumps }
    }
}

/// Sum of `pixels` in their order; where it is exact, in any.
fn sum(pixels: &[f32], exact: bool) -> f64 {
    if !exact {
        return pixels.iter().copied().map(f64::from).sum();
    }
    let (eights, rest) = pixels.as_chunks::<8>();
    let mut lanes = [0.0_f64; 8];
    for eight in eights {
        lanes.iter_mut().zip(eight).for_each(|(lane, &pixel)| *lane += f64::from(pixel));
    }
    rest.iter().copied().map(f64::from).chain(lanes).sum()
}

/// Sum of the absolute differences of pixels `a` and `b`, as [`sum`].
fn distance(a: &[f32], b: &[f32], exact: bool) -> f64 {
    let difference = |(a, b): (&f32, &f32)| f64::from((b - a).abs());
    if !exact {
        return a.iter().zip(b).map(difference).sum();
    }
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0_f64; 8];
    for (a, b) in a.iter().zip(b) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, pair)| *lane += difference(pair));
    }
    a_rest.iter().zip(b_rest).map(difference).chain(lanes).sum()
}
