//! Watches the frames of a movie go by, for all that tells what the camera did.

use super::codec_grid::CodecGrid;
use super::common_motion::CommonMotion;
use super::frame_order::FrameOrder;
use super::lamp::Lamp;
use super::lanes::{dot, sum};
use super::median::median;
use super::noise_memory::NoiseMemory;
use super::noise_pulses::NoisePulses;
use super::projections::Projections;
use super::readout::Readout;
use super::windows::Windows;

/// Watches frames, first to last.
#[derive(Debug)]
pub(crate) struct Observer {
    windows: Windows,
    dimmer: Vec<f32>,
    mean: Vec<f32>,
    at: usize,
    /// The level at which pixels are cut off.
    ceiling: f32,
    taken: Vec<f32>,
    /// Deviations from the mean picture, not a number where pixels are cut off.
    whole: Vec<f32>,
    before: Vec<f32>,
    change: Vec<f32>,
    change_before: Vec<f32>,
    /// Mean of all pixels, and of their dimmer and brighter halves.
    means: Vec<f64>,
    halves: Vec<[f64; 2]>,
    readout: Readout,
    noise: NoiseMemory,
    projections: Projections,
    order: FrameOrder,
    grid: CodecGrid,
    shape: (usize, usize),
    averaged: usize,
}

/// What the frames of one movie showed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evidence {
    pub(super) readout: Readout,
    pub(super) noise: NoiseMemory,
    pub(super) pulses: NoisePulses,
    pub(super) motion: CommonMotion,
    pub(super) lamp: Lamp,
    pub(super) order: FrameOrder,
    pub(super) grid: CodecGrid,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Frames that made the mean picture.
    pub(super) averaged: usize,
    /// Variance of the noise that rounding may have made.
    pub(super) floor: f64,
}

impl Observer {
    /// An observer of so many `frames` of `rows` x `columns` pixels; `mean` is the mean of so many of them
    /// (`averaged`), and pixels are cut off at the level `ceiling`.
    pub(crate) fn new(
        (frames, rows, columns): (usize, usize, usize),
        mean: &[f32],
        averaged: usize,
        ceiling: f32,
    ) -> Self {
        let windows = Windows::new(rows, columns);
        let nothing = vec![0.0; windows.pixels()];
        let mut reference = nothing.clone();
        windows.take(mean, &mut reference);
        let dim = median(reference.iter().copied().map(f64::from).collect()) as f32;
        let dimmer = reference.iter().map(|level| f32::from(u8::from(*level < dim))).collect();
        Self {
            readout: Readout::new(frames),
            noise: NoiseMemory::new(&windows),
            projections: Projections::new((frames, rows, columns), &windows, &reference),
            order: FrameOrder::new(frames, windows.pixels()),
            grid: CodecGrid::new(frames),
            dimmer,
            windows,
            mean: reference,
            at: 0,
            ceiling,
            whole: nothing.clone(),
            taken: nothing.clone(),
            before: nothing.clone(),
            change: nothing.clone(),
            change_before: nothing,
            means: Vec::with_capacity(frames),
            halves: Vec::with_capacity(frames),
            shape: (rows, columns),
            averaged,
        }
    }

    /// Watches the next frame, row by row.
    pub(crate) fn watch(&mut self, frame: &[f32]) {
        std::mem::swap(&mut self.taken, &mut self.before);
        std::mem::swap(&mut self.change, &mut self.change_before);
        self.windows.take(frame, &mut self.taken);
        let (dim, all) = (dot(&self.taken, &self.dimmer), sum(&self.taken));
        let count = sum(&self.dimmer);
        self.halves.push([dim / count, (all - dim) / (self.taken.len() as f64 - count)]);
        self.means.push(all / self.taken.len() as f64);
        for ((pixel, mean), whole) in self.taken.iter_mut().zip(&self.mean).zip(&mut self.whole) {
            let deviation = *pixel - mean;
            *whole = if *pixel < self.ceiling { deviation } else { f32::NAN };
            *pixel = deviation;
        }
        if self.at > 0 {
            let pairs = self.taken.iter().zip(&self.before);
            self.change.iter_mut().zip(pairs).for_each(|(change, (now, before))| *change = now - before);
            let changes = [&self.change_before[..], &self.change[..]];
            self.grid.add(self.at, &self.windows, &self.change);
            self.readout.add(self.at, &self.windows, [&self.before, &self.taken], changes);
        }
        self.noise.add(&self.whole);
        self.projections.add(&self.taken);
        self.order.add(self.at, &self.taken);
        self.at += 1;
    }

    /// What was seen of a movie whose rounding leaves noise of at most the variance `floor`.
    pub(crate) fn finish(self, floor: f64) -> Evidence {
        Evidence {
            pulses: NoisePulses::of(&self.noise.energy),
            motion: CommonMotion::of(self.projections),
            lamp: Lamp::of(&self.means, &self.halves),
            readout: self.readout,
            noise: self.noise.finish(),
            order: self.order.finish(),
            grid: self.grid,
            rows: self.shape.0,
            columns: self.shape.1,
            averaged: self.averaged,
            floor,
        }
    }
}
