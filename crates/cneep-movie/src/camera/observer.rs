//! Watches the frames of a movie go by, for all that tells what the camera did.

use super::bursts::Bursts;
use super::codec_grid::CodecGrid;
use super::common_motion;
use super::frame_order::FrameOrder;
use super::noise_memory::NoiseMemory;
use super::projections::Projections;
use super::readout::Readout;
use super::windows::Windows;

/// Watches frames, first to last.
#[derive(Debug)]
pub struct Observer {
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
pub struct Evidence {
    pub(super) readout: Readout,
    pub(super) noise: NoiseMemory,
    pub(super) projections: Projections,
    pub(super) order: FrameOrder,
    pub(super) bursts: Bursts,
    pub(super) grid: CodecGrid,
    /// Mean of the dimmer and of the brighter half of the pixels.
    pub(super) halves: Vec<[f64; 2]>,
    pub(super) means: Vec<f64>,
}

impl Observer {
    /// An observer of so many `frames` of `rows` x `columns` pixels; `mean` is the mean of some of them.
    pub fn new((frames, rows, columns): (usize, usize, usize), mean: &[f32]) -> Self {
        let windows = Windows::new(rows, columns);
        let nothing = vec![0.0; windows.pixels()];
        let mut reference = nothing.clone();
        windows.take(mean, &mut reference);
        let evidence = Evidence {
            readout: Readout::new(frames),
            noise: NoiseMemory::new(&windows),
            projections: Projections::new(&windows, &reference),
            order: FrameOrder::new(frames, windows.pixels()),
            bursts: Bursts::new(frames, &windows),
            grid: CodecGrid::new(frames),
            halves: Vec::new(),
            means: Vec::new(),
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
    pub fn watch(&mut self, frame: &[f32]) {
        std::mem::swap(&mut self.taken, &mut self.before);
        std::mem::swap(&mut self.change, &mut self.change_before);
        self.windows.take(frame, &mut self.taken);
        self.evidence.grid.add(self.at, &self.windows, &self.taken);
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
            seen.readout.add(self.at, &self.windows, [&self.before, &self.taken], changes);
        }
        seen.noise.add(&self.taken);
        seen.projections.add(&self.taken);
        seen.bursts.add(self.at, &self.taken);
        seen.order.add(self.at, &self.taken);
        self.at += 1;
    }

    /// What was seen.
    pub fn finish(self) -> Evidence {
        self.evidence
    }
}

impl Evidence {
    /// Statistics of movies of one camera, by name. (To be replaced.)
    pub fn statistics(movies: &[&Self]) -> Vec<(&'static str, f64)> {
        let readout: Vec<&Readout> = movies.iter().map(|movie| &movie.readout).collect();
        let (rows, fields, columns) =
            (Readout::rows(&readout), Readout::fields(&readout), Readout::columns(&readout));
        let noise: Vec<_> = movies.iter().map(|movie| (&movie.noise, 0.15)).collect();
        let memory = NoiseMemory::memory(&noise, 32);
        let correlations = memory.map_or([f64::NAN; 3], |memory| memory.correlations);
        let common: Vec<&Projections> = movies.iter().map(|movie| &movie.projections).collect();
        let line = common_motion::line(&common);
        let skew = common_motion::skewed_steps(&common);
        let trends = common_motion::trends(&common);
        let first = common_motion::first_tenth(&movies.iter().map(|m| &m.means[..]).collect::<Vec<_>>());
        let steps = common_motion::equal_steps(&movies.iter().map(|m| &m.halves[..]).collect::<Vec<_>>());
        let pulses = common_motion::pulses(&movies.iter().map(|m| &m.noise.energy[..]).collect::<Vec<_>>());
        let grid = CodecGrid::grid(&movies.iter().map(|m| &m.grid).collect::<Vec<_>>());
        let mut excess: Vec<f64> = movies.iter().flat_map(|m| m.bursts.excess()).collect();
        excess.sort_by(f64::total_cmp);
        let n = excess.len();
        let order: Vec<&FrameOrder> = movies.iter().map(|movie| &movie.order).collect();
        let nearest = FrameOrder::nearest(&order);
        vec![
            ("rows t", rows.t),
            ("rows lag", rows.lag),
            ("fields t", fields.t),
            ("columns t", columns.t),
            ("columns lag", columns.lag),
            ("noise 1", correlations[0]),
            ("whiteness", memory.map_or(f64::NAN, |m| m.whiteness)),
            ("line z", line.map_or(0.0, |l| l.z)),
            ("line f", line.map_or(0.0, |l| l.frequency)),
            ("line amp", line.map_or(0.0, |l| l.amplitude)),
            ("skew x", skew[0]),
            ("skew y", skew[1]),
            ("skew focus", skew[2]),
            ("trend x z", trends[0].0),
            ("trend x", trends[0].1),
            ("trend y z", trends[1].0),
            ("trend y", trends[1].1),
            ("trend focus z", trends[2].0),
            ("trend focus", trends[2].1),
            ("first z", first.0),
            ("first", first.1),
            ("steps", steps.0 as f64),
            ("steps uneq", steps.1),
            ("steps both", steps.2),
            ("pulses", pulses.0),
            ("pulse period", pulses.1 as f64),
            ("grid depth", grid.map_or(0.0, |g| g.depth)),
            ("grid z", grid.map_or(0.0, |g| g.z)),
            ("burst 99", excess[n * 99 / 100]),
            ("burst 95", excess[n * 95 / 100]),
            ("burst 90", excess[n * 90 / 100]),
            ("burst 75", excess[n * 75 / 100]),
            ("nearest", nearest.map_or(1.0, |n| n.distance as f64)),
            ("nearest ratio", nearest.map_or(1.0, |n| n.ratio)),
            ("nearest t", nearest.map_or(0.0, |n| n.t)),
        ]
    }
}
