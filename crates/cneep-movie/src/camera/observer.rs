//! Watches the frames of a movie go by, for all that tells what the camera did.

use super::codec_grid::CodecGrid;
use super::frame_order::FrameOrder;
use super::noise_memory::NoiseMemory;
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
    taken: Vec<f32>,
    before: Vec<f32>,
    change: Vec<f32>,
    change_before: Vec<f32>,
    evidence: Evidence,
}

/// What the frames of one movie showed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evidence {
    pub(super) readout: Readout,
    pub(super) noise: NoiseMemory,
    pub(super) projections: Projections,
    pub(super) order: FrameOrder,
    pub(super) grid: CodecGrid,
    /// Mean of the dimmer and of the brighter half of the pixels.
    pub(super) halves: Vec<[f64; 2]>,
    pub(super) means: Vec<f64>,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Frames that made the mean picture.
    pub(super) averaged: usize,
    /// Variance of noise that rounding may have made.
    pub(super) floor: f64,
}

impl Observer {
    /// An observer of so many `frames` of `rows` x `columns` pixels; `mean` is the mean of so many of them
    /// (`averaged`).
    pub(crate) fn new((frames, rows, columns): (usize, usize, usize), mean: &[f32], averaged: usize) -> Self {
        let windows = Windows::new(rows, columns);
        let nothing = vec![0.0; windows.pixels()];
        let mut reference = nothing.clone();
        windows.take(mean, &mut reference);
        let evidence = Evidence {
            readout: Readout::new(frames),
            noise: NoiseMemory::new(&windows),
            projections: Projections::new(&windows, &reference),
            order: FrameOrder::new(frames, windows.pixels()),
            grid: CodecGrid::new(frames),
            halves: Vec::new(),
            means: Vec::new(),
            rows,
            columns,
            averaged,
            floor: 0.35,
        };
        let dim = super::noise_memory::median(reference.clone().into_iter().map(f64::from).collect()) as f32;
        let dimmer = reference.iter().map(|level| f32::from(u8::from(*level < dim))).collect();
        Self {
            dimmer,
            windows,
            mean: reference,
            at: 0,
            taken: nothing.clone(),
            before: nothing.clone(),
            change: nothing.clone(),
            change_before: nothing,
            evidence,
        }
    }

    /// Watches the next frame, row by row.
    pub(crate) fn watch(&mut self, frame: &[f32]) {
        std::mem::swap(&mut self.taken, &mut self.before);
        std::mem::swap(&mut self.change, &mut self.change_before);
        self.windows.take(frame, &mut self.taken);
        let (dim, all) = (super::lanes::dot(&self.taken, &self.dimmer), self.taken.iter().map(|&p| f64::from(p)).sum::<f64>());
        let count: f32 = self.dimmer.iter().sum();
        let bright = self.taken.len() as f64 - f64::from(count);
        self.evidence.halves.push([dim / f64::from(count), (all - dim) / bright]);
        self.evidence.means.push(all / self.taken.len() as f64);
        self.taken.iter_mut().zip(&self.mean).for_each(|(pixel, mean)| *pixel -= mean);
        let seen = &mut self.evidence;
        if self.at > 0 {
            let pairs = self.taken.iter().zip(&self.before);
            self.change.iter_mut().zip(pairs).for_each(|(change, (now, before))| *change = now - before);
            let changes = [&self.change_before[..], &self.change[..]];
            seen.grid.add(self.at, &self.windows, &self.change);
            seen.readout.add(self.at, &self.windows, [&self.before, &self.taken], changes);
        }
        seen.noise.add(&self.taken);
        seen.projections.add(&self.taken);
        seen.order.add(self.at, &self.taken);
        self.at += 1;
    }

    /// What was seen of a movie whose rounding leaves noise of at most the variance `floor`.
    pub(crate) fn finish(mut self, floor: f64) -> Evidence {
        self.evidence.floor = floor;
        self.evidence.noise.forget();
        self.evidence.order.forget();
        self.evidence.projections.forget();
        self.evidence
    }
}
