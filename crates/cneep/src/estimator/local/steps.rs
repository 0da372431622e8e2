//! Sums the products of a frame's fields with the change of its pixels.

use super::bands::Band;
use super::family::{Family, Seen};
use super::image::Sharpness;
use super::nodes::Nodes;
use super::settings::LocalMember;
use crate::transition::Run;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::{Array2, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, Zip, s};
use rayon::prelude::*;
use std::ops::Range;

/// Steps whose products are summed by one thread at a time; fixed, so that the bits do not depend on the
/// threads.
const STEPS_AT_ONCE: usize = 32;
/// Steps of frames that are cut into bands, of which one thread holds the frames.
const STEPS_HELD: usize = 8;
/// Features that one thread gathers at a time.
const FEATURES_AT_ONCE: usize = 64;

/// What is multiplied, and where it is summed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Products {
    pub(super) family: Family,
    pub(super) sharpness: Sharpness,
    pub(super) nodes: Nodes,
}

/// Features of all steps of some runs, of which those of their windows, in order, are sums.
#[derive(Debug, Clone)]
pub(super) struct StepFeatures {
    /// Shape (step, feature).
    of_runs: Vec<Array2<f32>>,
    /// Run and first step of every window.
    windows: Vec<(usize, usize)>,
    len: usize,
    /// Of a window.
    steps: usize,
}

impl StepFeatures {
    /// Of windows of one step each.
    #[cfg(test)]
    pub(super) fn of_steps_alone(features: Array2<f32>) -> Self {
        let windows = (0..features.nrows()).map(|step| (0, step)).collect();
        Self { len: features.ncols(), of_runs: vec![features], windows, steps: 1 }
    }

    /// Those of the `windows` named, shape (window, feature).
    pub(super) fn rows(&self, windows: &[usize]) -> Array2<f32> {
        let mut chosen = Array2::zeros((windows.len(), self.len));
        for (mut row, &window) in chosen.outer_iter_mut().zip(windows) {
            let (run, start) = self.windows[window];
            (start..start + self.steps).for_each(|step| row += &self.of_runs[run].row(step));
        }
        chosen
    }

    /// The same, shape (feature, window).
    pub(super) fn columns(&self, windows: &[usize]) -> Array2<f32> {
        let mut chosen = Array2::zeros((self.len, windows.len()));
        let chunks: Vec<_> = chosen.axis_chunks_iter_mut(Axis(0), FEATURES_AT_ONCE).collect();
        chunks.into_par_iter().enumerate().for_each(|(chunk, mut chosen)| {
            let first = chunk * FEATURES_AT_ONCE;
            let own = first..first + chosen.nrows();
            for (mut column, &window) in chosen.axis_iter_mut(Axis(1)).zip(windows) {
                let (run, start) = self.windows[window];
                for step in start..start + self.steps {
                    column += &self.of_runs[run].slice(s![step, own.clone()]);
                }
            }
        });
        chosen
    }
}

/// What makes pixels ready: `(pixel - background) / std`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ready {
    pub(super) background: Array2<f32>,
    pub(super) std: f32,
}

impl Ready {
    /// Frame number `frame` of `video`, shape (row, column).
    pub(super) fn frame(&self, video: &Video, frame: usize) -> Result<Array2<f32>> {
        let mut pixels = video.frames().frame(frame)?;
        Zip::from(&mut pixels)
            .and(&self.background)
            .for_each(|pixel, background| *pixel = (*pixel - background) / self.std);
        Ok(pixels)
    }
}

impl Products {
    /// Those of `member` on frames of `rows` x `columns` pixels.
    pub(super) fn of(member: &LocalMember, rows: usize, columns: usize) -> Self {
        Self {
            family: member.family,
            sharpness: member.sharpness(),
            nodes: Nodes::new(rows, columns, member.spacing),
        }
    }

    /// Number of features: one an image, field and node, those of a node together.
    pub(super) fn len(&self) -> usize {
        self.family.features() * self.nodes.count()
    }

    /// Features of every step between the `frames` of `video`, shape (step, feature).
    pub(super) fn of_steps(&self, ready: &Ready, video: &Video, frames: Range<usize>) -> Result<Array2<f32>> {
        let mut features = Array2::zeros((frames.len().saturating_sub(1), self.len()));
        let chunks: Vec<_> = features.axis_chunks_iter_mut(Axis(0), STEPS_AT_ONCE).collect();
        let bands = self.bands(ready.background.nrows());
        chunks.into_par_iter().enumerate().try_for_each(|(chunk, mut rows)| {
            let first = frames.start + chunk * STEPS_AT_ONCE;
            if bands.len() > 1 {
                return self.add_bands(&bands, ready, video, first, rows);
            }
            let fields = |frame: usize| Ok(self.family.of(&ready.frame(video, frame)?, self.sharpness));
            let mut before = fields(first)?;
            for (step, row) in rows.outer_iter_mut().enumerate() {
                let after = fields(first + step + 1)?;
                match bands[..] {
                    [ref whole] if self.nodes.count() == 1 => add_shared([&before, &after], whole, row),
                    _ => self.sum(&before, &after, row),
                }
                before = after;
            }
            Ok(())
        })?;
        Ok(features)
    }

    /// Pixels that a thread holds while it sums products of frames of `rows` x `columns`.
    pub(super) fn pixels_held(&self, rows: usize, columns: usize) -> usize {
        let bands = self.bands(rows);
        let seen = bands.iter().map(Band::rows_seen).max().unwrap_or(rows);
        let frames = if bands.len() > 1 { STEPS_HELD + 1 } else { 0 };
        (self.family.images_held() * seen + frames * rows) * columns
    }

    /// Bands in which frames of so many rows are seen: one, if their fields are those of the whole frame.
    fn bands(&self, rows: usize) -> Vec<Band> {
        match self.family.reach(self.sharpness) {
            Some(reach) if self.nodes.count() == 1 => Band::of(rows, reach),
            _ => vec![Band::whole(rows)],
        }
    }

    /// Adds the features of the steps from frame `first` on, shape (step, feature), band by band.
    fn add_bands(
        &self,
        bands: &[Band],
        ready: &Ready,
        video: &Video,
        first: usize,
        mut features: ArrayViewMut2<f32>,
    ) -> Result<()> {
        for (part, mut features) in features.axis_chunks_iter_mut(Axis(0), STEPS_HELD).enumerate() {
            let first = first + part * STEPS_HELD;
            let frames = (first..=first + features.nrows()).map(|frame| ready.frame(video, frame));
            let frames: Vec<Array2<f32>> = frames.collect::<Result<_>>()?;
            for band in bands {
                let fields = |frame: &Array2<f32>| self.family.of(&band.seen(frame), self.sharpness);
                let mut before = fields(&frames[0]);
                for (after, mut features) in frames[1..].iter().zip(features.outer_iter_mut()) {
                    let after = fields(after);
                    add_shared([&before, &after], band, features.view_mut());
                    before = after;
                }
            }
        }
        Ok(())
    }

    /// Those of all steps of the `runs`, for windows of `window` frames.
    pub(super) fn of_runs(
        &self,
        ready: &Ready,
        videos: &[Video],
        runs: &[Run],
        window: usize,
    ) -> Result<StepFeatures> {
        let of_run = |run: &Run| self.of_steps(ready, &videos[run.movie], run.frames(window));
        let of_runs = runs.iter().map(of_run).collect::<Result<_>>()?;
        let starts = |(number, run): (usize, &Run)| (0..run.starts.len()).map(move |start| (number, start));
        let windows = runs.iter().enumerate().flat_map(starts).collect();
        Ok(StepFeatures { of_runs, windows, len: self.len(), steps: window - 1 })
    }

    fn sum(&self, before: &Seen, after: &Seen, mut features: ArrayViewMut1<f32>) {
        let count = self.family.features();
        let mut sums = vec![0.0; self.nodes.count()];
        let mut number = 0;
        for change in before.changes(after) {
            for (before, after) in before.fields(after) {
                let [before, after, change] =
                    [before, after, &change].map(|of| of.as_slice().expect("standard order"));
                let write = |row: usize, line: &mut [f32]| {
                    let own = row * line.len()..(row + 1) * line.len();
                    let means =
                        before[own.clone()].iter().zip(&after[own.clone()]).map(|(a, b)| 0.5 * (a + b));
                    line.iter_mut().zip(means).zip(&change[own]).for_each(|((to, mean), d)| *to = mean * d);
                };
                self.nodes.sums(write, &mut sums);
                for (node, sum) in sums.iter().enumerate() {
                    features[node * count + number] = *sum;
                }
                number += 1;
            }
        }
    }

    /// Maps of the `coefficients`, one a field and image; of a single node one number each.
    pub(super) fn coefficient_maps(&self, coefficients: &[f32]) -> Vec<Array2<f32>> {
        let fields = self.family.features();
        let of_field = |field: usize| {
            let own: Vec<f32> = coefficients.iter().skip(field).step_by(fields).copied().collect();
            match own[..] {
                [everywhere] => Array2::from_elem((1, 1), everywhere),
                _ => self.nodes.interpolated(&own),
            }
        };
        (0..fields).map(of_field).collect()
    }

    /// Adds to `map` the density of the features between two frames made ready, times their `coefficients`
    /// (see [`Self::coefficient_maps`]).
    pub(super) fn add_density(
        &self,
        coefficients: &[Array2<f32>],
        [before, after]: [&Array2<f32>; 2],
        map: &mut Array2<f64>,
    ) {
        for band in self.bands(map.nrows()) {
            let fields = |frame: &Array2<f32>| self.family.of(&band.seen(frame), self.sharpness);
            let (before, after) = (fields(before), fields(after));
            let mut map = map.slice_mut(s![band.own(), ..]);
            let mut coefficients = coefficients.iter();
            for change in before.changes(&after) {
                for ((before, after), weights) in before.fields(&after).zip(&mut coefficients) {
                    let weights = weights.broadcast(map.dim()).expect("one number, or one a pixel");
                    Zip::from(&mut map)
                        .and(weights)
                        .and(band.own_of(before))
                        .and(band.own_of(after))
                        .and(band.own_of(&change))
                        .for_each(|cell, weight, a, b, d| *cell += f64::from(weight * 0.5 * (a + b) * d));
                }
            }
        }
    }
}

/// Adds the features of the own rows of a `band` between two frames seen, one a field and image, to those
/// of a single node.
fn add_shared([before, after]: [&Seen; 2], band: &Band, mut features: ArrayViewMut1<f32>) {
    let mut features = features.iter_mut();
    for change in before.changes(after) {
        for ((before, after), feature) in before.fields(after).zip(&mut features) {
            *feature += sum_of_products([before, after, &change].map(|field| band.own_of(field)));
        }
    }
}

/// Sum over all pixels of the mean of a field before and after times the change, in lanes of a fixed number.
fn sum_of_products(of: [ArrayView2<f32>; 3]) -> f32 {
    const LANES: usize = 16;
    let [before, after, change] =
        of.each_ref().map(|of| of.to_slice().expect("standard order").as_chunks::<LANES>());
    let mut lanes = [0.0_f32; LANES];
    for ((before, after), change) in before.0.iter().zip(after.0).zip(change.0) {
        for lane in 0..LANES {
            lanes[lane] += 0.5 * (before[lane] + after[lane]) * change[lane];
        }
    }
    let rest = before.1.iter().zip(after.1).zip(change.1).map(|((a, b), d)| 0.5 * (a + b) * d);
    lanes.iter().sum::<f32>() + rest.sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::units::Calibration;
    use cneep_movie::video::Frames;
    use ndarray::Array3;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Of a tall frame: catches a band whose fields see too little, a step of the wrong frames, and a map
    /// whose sum is not that of features times coefficients, in bands or not.
    #[test]
    fn features_and_maps_in_bands_are_those_of_whole_frames() {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        let pixels = Array3::from_shape_fn((12, 300, 11), |_| random.random_range(0..200_u8));
        let video = Video::new("tall", Frames::U8(pixels), Calibration::default()).unwrap();
        let ready = Ready { background: Array2::from_elem((300, 11), 50.0), std: 40.0 };
        for (family, spacing, bands) in [
            (Family::Invariants, 0, 2),
            (Family::Currents, 0, 1),
            (Family::Currents, 8, 1),
            (Family::NormalFlow, 8, 1),
        ] {
            let nodes = Nodes::new(300, 11, spacing);
            let products = Products { family, sharpness: Sharpness::Recorded, nodes };
            assert_eq!(products.bands(300).len(), bands);
            are_those_of_whole_frames(&products, &ready, &video);
        }
    }

    fn are_those_of_whole_frames(products: &Products, ready: &Ready, video: &Video) {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let features = products.of_steps(ready, video, 0..12).unwrap();
        let frames: Vec<Array2<f32>> = (0..12).map(|frame| ready.frame(video, frame).unwrap()).collect();
        let coefficients: Vec<f32> = (0..products.len()).map(|_| random.random_range(-1.0..1.0)).collect();
        for (step, features) in features.outer_iter().enumerate() {
            let mut whole = ndarray::Array1::zeros(products.len());
            let [before, after] =
                [step, step + 1].map(|frame| products.family.of(&frames[frame], products.sharpness));
            match products.nodes.count() {
                1 => add_shared([&before, &after], &Band::whole(300), whole.view_mut()),
                _ => products.sum(&before, &after, whole.view_mut()),
            }
            for (found, whole) in features.iter().zip(&whole) {
                assert!((found - whole).abs() < 1e-3 * (1.0 + whole.abs()), "{found} for {whole}");
            }
            let mut map = Array2::zeros((300, 11));
            let maps = products.coefficient_maps(&coefficients);
            products.add_density(&maps, [&frames[step], &frames[step + 1]], &mut map);
            let terms = features.iter().zip(&coefficients).map(|(x, w)| f64::from(*x) * f64::from(*w));
            let (sum, total) = (map.sum(), terms.clone().sum::<f64>());
            let size = terms.map(f64::abs).sum::<f64>();
            assert!((sum - total).abs() < 1e-5 * size, "{sum} for {total}");
        }
    }
}
