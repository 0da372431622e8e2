//! Hands out what of a movie is wanted, as a movie of its own.

use super::frames::Frames;
use super::frames_in_file::{FrameSource, FramesInFile};
use super::gather::kept;
use super::movie::Video;
use super::recording::hexadecimal;
use super::region::inside;
use super::selection::{Part, Selection};
use super::slots::Slots;
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;
use ndarray::{Array2, s};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Order of the polynomial that follows the brightness.
const ORDER: usize = 3;

/// Frames of which a part is kept.
#[derive(Debug)]
struct Selected {
    base: Video,
    first: usize,
    step: usize,
    part: Part,
    bin: usize,
    /// Pixels of the part that are inside the region, and what stands at all others.
    region: Option<(Array2<bool>, f32)>,
    /// What each frame is multiplied with.
    factors: Option<Vec<f32>>,
    depth: Depth,
}

impl Selected {
    /// The pixels of the part of frame `index`, as they are in the base.
    fn part(&self, index: usize, pixels: &mut [f32]) -> Result<()> {
        let Part { left, top, width, height, row_step } = self.part;
        let (frame, columns) = (self.first + index * self.step, left..left + width);
        if row_step == 1 {
            return self.base.frames().read_block(frame, top..top + height, columns, pixels);
        }
        let rows = (height - 1) * row_step + 1;
        let mut all = vec![0.0; rows * width];
        self.base.frames().read_block(frame, top..top + rows, columns, &mut all)?;
        for (kept, row) in pixels.chunks_exact_mut(width).zip(all.chunks(width).step_by(row_step)) {
            kept.copy_from_slice(row);
        }
        Ok(())
    }

    /// Mean over the region of each of `count` frames.
    fn means(&self, count: usize) -> Result<Vec<f64>> {
        let mean = |index: usize| {
            let mut pixels = vec![0.0; self.part.width * self.part.height];
            self.part(index, &mut pixels)?;
            let (mut sum, mut number) = (0.0, 0_usize);
            for (at, &pixel) in pixels.iter().enumerate() {
                if self.is_inside(at) {
                    sum += f64::from(pixel);
                    number += 1;
                }
            }
            Ok(sum / number as f64)
        };
        (0..count).into_par_iter().map(mean).collect()
    }

    fn is_inside(&self, at: usize) -> bool {
        self.region.as_ref().is_none_or(|(inside, _)| inside[[at / self.part.width, at % self.part.width]])
    }
}

impl FrameSource for Selected {
    fn size(&self) -> (usize, usize) {
        (self.part.height / self.bin, self.part.width / self.bin)
    }

    fn depth(&self) -> Depth {
        self.depth
    }

    fn is_raw(&self) -> bool {
        match self.base.frames() {
            Frames::File(file) => file.is_raw(),
            _ => true,
        }
    }

    fn is_always_kept(&self) -> bool {
        self.depth != Depth::F32
    }

    fn read(&self, frame: usize, slots: Slots<'_>) -> Result<()> {
        let mut pixels = vec![0.0; self.part.width * self.part.height];
        self.part(frame, &mut pixels)?;
        if let Some(factors) = &self.factors {
            for pixel in &mut pixels {
                *pixel *= factors[frame];
            }
        }
        if let Some((inside, value)) = &self.region {
            for (pixel, _) in pixels.iter_mut().zip(inside).filter(|(_, inside)| !**inside) {
                *pixel = *value;
            }
        }
        let (_, columns) = self.size();
        let width = self.part.width;
        let binned = |at: usize| {
            if self.bin == 1 {
                return pixels[at];
            }
            let (row, column) = (at / columns * self.bin, at % columns * self.bin);
            let lines = (row..row + self.bin).flat_map(|row| &pixels[row * width + column..][..self.bin]);
            let sum: f64 = lines.map(|&pixel| f64::from(pixel)).sum();
            (sum / (self.bin * self.bin) as f64) as f32
        };
        match slots {
            Slots::U8(slots) => {
                for (at, slot) in slots.iter_mut().enumerate() {
                    *slot = binned(at) as u8;
                }
            }
            Slots::U16(slots) => {
                for (at, slot) in slots.iter_mut().enumerate() {
                    *slot = binned(at) as u16;
                }
            }
            Slots::F32(slots) => {
                for (at, slot) in slots.iter_mut().enumerate() {
                    *slot = binned(at);
                }
            }
        }
        Ok(())
    }
}

impl Video {
    /// What `selection` keeps of the movie. Frames in a file stay there if what is kept takes more than
    /// `room`
    /// bytes of memory.
    ///
    /// The frame interval grows with the distance of the frames, the pixel size with the bins; the share of
    /// the interval in which rows are read shrinks with the rows that are kept. Pixels of one field are twice
    /// as high as wide, which is told.
    ///
    /// # Errors
    /// [`Error::Setting`] for frames, parts or bins that the movie has not got; [`Error::Format`] if its
    /// brightness cannot be divided by; those of the file of a region; as [`Frames::read_block`].
    pub fn selected(&self, selection: &Selection, room: u64) -> Result<Self> {
        if selection.is_all() {
            return Ok(self.clone());
        }
        let (count, rows, columns) = self.frames().shape();
        let (first, step, count_kept) = selection.frames_of(&self.name, count)?;
        let part = selection.part_of(&self.name, (rows, columns))?;
        let Part { left, top, width, height, row_step } = part;
        let rows_kept = (height - 1) * row_step + 1;
        let bin = selection.bin.unwrap_or(1);
        let mut selection = selection.clone();
        let whole = selection.region.as_ref().map(|region| inside(region, (rows, columns))).transpose()?;
        if let Some(whole) = &whole {
            let bytes: Vec<u8> = whole.iter().map(|&inside| u8::from(inside)).collect();
            let hash = hexadecimal(&Sha256::digest(&bytes));
            if let Some(expected) = selection.region_hash.filter(|expected| *expected != hash) {
                let remedy =
                    "Bring back the file of the region with which the run was trained, or train anew.";
                let fault = Fault::new(&*self.name, format!("the region {expected}"), hash, remedy);
                return Err(Error::Mismatch(fault.with_setting("region")));
            }
            selection.region_hash = Some(hash);
        }
        let region =
            whole.map(|whole| whole.slice(s![top..top + rows_kept; row_step, left..left + width]).to_owned());
        if region.as_ref().is_some_and(|region| !region.iter().any(|&inside| inside)) {
            let remedy = "Draw the region within the part of the frame that is kept.";
            let fault = Fault::new(&*self.name, "a region with pixels", "none within the frame", remedy);
            return Err(Error::Setting(fault.with_setting("region")));
        }
        let real = bin > 1 || selection.detrend;
        let depth = if real { Depth::F32 } else { self.frames().depth() };
        let region = region.map(|region| (region, 0.0));
        let base = self.clone();
        let mut selected = Selected { base, first, step, part, bin, region, factors: None, depth };
        let mut cautions = self.cautions.clone();
        if row_step > 1 {
            let kind = CautionKind::PixelsNotSquare { height_over_width: row_step as f64 };
            cautions.push(Caution::new(&*self.name, kind));
        }
        if selection.detrend || selected.region.is_some() {
            let means = selected.means(count_kept)?;
            let mean = means.iter().sum::<f64>() / means.len() as f64;
            if let Some((_, value)) = &mut selected.region {
                *value = if depth == Depth::F32 { mean as f32 } else { mean.round() as f32 };
            }
            if selection.detrend {
                let curve = smooth(&means);
                if let Some(at) = curve.iter().position(|value| *value <= 0.0 || value.is_nan()) {
                    let found = format!("{:.3} at frame {at}", curve[at]);
                    let remedy = "Leave it out: what is not positive is no brightness.";
                    let fault = Fault::new(&*self.name, "a positive brightness to divide by", found, remedy);
                    return Err(Error::Format(fault.with_setting("detrend")));
                }
                let change = curve[curve.len() - 1] / curve[0] - 1.0;
                cautions.push(Caution::new(&*self.name, CautionKind::Detrended { change }));
                selected.factors = Some(curve.iter().map(|value| (mean / value) as f32).collect());
            }
        }
        let known = self.calibration;
        let calibration = Calibration {
            frame_interval: known.frame_interval.map(|interval| interval * step as f64),
            pixel_size: known.pixel_size.map(|size| size * bin as f64),
            exposure: known.exposure.map(|exposure| exposure / step as f64),
            readout: known
                .readout
                .map(|readout| readout / step as f64 * (height * row_step) as f64 / rows as f64),
        };
        let room = if matches!(self.frames(), Frames::File(_)) { room } else { u64::MAX };
        let frames = kept(&self.name, FramesInFile::new(Arc::new(selected), 0, count_kept), room)?;
        let mut video = Self::new(&*self.name, frames, calibration)?;
        (video.cautions, video.selection) = (cautions, selection);
        Ok(video)
    }

    /// The movie with what was known of it where it came from: it is what `selection` left of its file, of
    /// which nothing more is taken away, and its reader noticed `cautions`.
    #[must_use]
    pub fn restored(mut self, selection: Selection, cautions: Vec<Caution>) -> Self {
        (self.selection, self.cautions) = (selection, cautions);
        self
    }

    /// What of its file the movie is.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }
}

/// The polynomial of third order that lies closest to `means`.
fn smooth(means: &[f64]) -> Vec<f64> {
    let count = means.len();
    let time = |at: usize| 2.0 * at as f64 / (count.max(2) - 1) as f64 - 1.0;
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut curve = vec![0.0; count];
    for order in 0..=ORDER.min(count - 1) {
        let mut column: Vec<f64> = (0..count).map(|at| (0..order).map(|_| time(at)).product()).collect();
        for known in &basis {
            let shared: f64 = column.iter().zip(known).map(|(a, b)| a * b).sum();
            column.iter_mut().zip(known).for_each(|(value, known)| *value -= shared * known);
        }
        let length = column.iter().map(|value| value * value).sum::<f64>().sqrt();
        for value in &mut column {
            *value /= length;
        }
        let height: f64 = column.iter().zip(means).map(|(a, b)| a * b).sum();
        curve.iter_mut().zip(&column).for_each(|(value, column)| *value += height * column);
        basis.push(column);
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::selection::Field;
    use ndarray::Array3;

    fn pixel((t, y, x): (usize, usize, usize)) -> u16 {
        (100 * t + 10 * y + x) as u16
    }

    fn video() -> Video {
        let calibration = Calibration {
            frame_interval: Some(0.1),
            pixel_size: Some(0.2),
            exposure: Some(0.6),
            readout: Some(0.9),
        };
        let frames = Frames::U16(Array3::from_shape_fn((12, 6, 9), pixel));
        Video::new("a.tif", frames, calibration).unwrap()
    }

    /// Catches rows taken for columns, a last frame too many, and scales of the whole movie.
    #[test]
    fn frames_parts_and_bins_are_those_of_the_plain_definition() {
        let selection = Selection {
            frames: Some((1, Some(11))),
            every: Some(3),
            crop: Some([2, 1, 6, 4]),
            ..Selection::default()
        };
        let selected = video().selected(&selection, u64::MAX).unwrap();
        let expected = Array3::from_shape_fn((4, 4, 6), |(t, y, x)| pixel((1 + 3 * t, y + 1, x + 2)));
        assert_eq!(*selected.frames(), Frames::U16(expected));
        let known = selected.calibration();
        assert!((known.frame_interval.unwrap() - 0.3).abs() < 1e-12 && known.pixel_size == Some(0.2));
        assert!(
            (known.exposure.unwrap() - 0.2).abs() < 1e-12 && (known.readout.unwrap() - 0.2).abs() < 1e-12
        );
        assert_eq!(*selected.selection(), selection);
        let binned = Selection { bin: Some(4), ..Selection::default() };
        let binned = video().selected(&binned, u64::MAX).unwrap();
        assert_eq!(binned.frames().shape(), (12, 1, 2), "what fills no bin is left out");
        assert_eq!(binned.frames().frame(2).unwrap()[[0, 1]], 200.0 + 15.0 + 5.5);
        assert_eq!(binned.calibration().pixel_size, Some(0.8));
        for wrong in [
            Selection { frames: Some((3, Some(13))), ..Selection::default() },
            Selection { every: Some(0), ..Selection::default() },
            Selection { crop: Some([4, 0, 6, 6]), ..Selection::default() },
            Selection { bin: Some(7), ..Selection::default() },
        ] {
            assert!(matches!(video().selected(&wrong, 0), Err(Error::Setting(_))), "{wrong}");
        }
    }

    /// Catches the other field, one that is counted from the crop, and an interval of half a frame.
    #[test]
    fn a_field_is_every_second_row_of_the_whole_frame() {
        for (field, crop, rows) in [
            (Field::Top, [0, 0, 9, 6], &[0, 2, 4][..]),
            (Field::Bottom, [0, 0, 9, 6], &[1, 3, 5]),
            (Field::Top, [0, 1, 9, 4], &[2, 4]),
            (Field::Bottom, [0, 1, 9, 5], &[1, 3, 5]),
        ] {
            let (field, crop) = (Some(field), Some(crop));
            let selection = Selection { field, crop, ..Selection::default() };
            let selected = video().selected(&selection, u64::MAX).unwrap();
            let expected = Array3::from_shape_fn((12, rows.len(), 9), |(t, y, x)| pixel((t, rows[y], x)));
            assert_eq!(*selected.frames(), Frames::U16(expected), "{selection}");
            assert_eq!(selected.calibration().frame_interval, Some(0.1));
            let oblong = CautionKind::PixelsNotSquare { height_over_width: 2.0 };
            assert!(selected.cautions().iter().any(|caution| caution.kind == oblong));
        }
        let whole = Selection { field: Some(Field::Top), bin: Some(3), ..Selection::default() };
        let whole = video().selected(&whole, u64::MAX).unwrap();
        assert_eq!((whole.frames().shape(), whole.calibration().readout), ((12, 1, 3), Some(0.9)));
        assert_eq!(whole.frames().frame(0).unwrap()[[0, 0]], 20.0 + 1.0, "bins are of rows of the field");
        let none = Selection { field: Some(Field::Bottom), crop: Some([0, 2, 9, 1]), ..Selection::default() };
        assert!(matches!(video().selected(&none, 0), Err(Error::Setting(_))));
    }

    /// Catches a part that is counted in other pixels than those that are seen: of the file, before bins, of
    /// both fields.
    #[test]
    fn a_part_of_what_is_kept_is_cropped_to_the_same_pixels() {
        for (field, bin, crop) in [
            (None, None, None),
            (None, Some(2), Some([1, 1, 8, 5])),
            (Some(Field::Bottom), None, Some([1, 2, 8, 4])),
            (Some(Field::Top), None, None),
        ] {
            let whole = Selection { field, crop, bin, ..Selection::default() };
            let part = Selection { crop: Some(whole.crop_of_part([1, 1, 3, 1])), ..whole.clone() };
            let [whole, part] = [whole, part].map(|of| video().selected(&of, u64::MAX).unwrap());
            for frame in [0, 11] {
                let expected = whole.frames().frame(frame).unwrap();
                let expected = expected.slice(ndarray::s![1..2, 1..4]).to_owned();
                assert_eq!(part.frames().frame(frame).unwrap(), expected, "{}", part.selection());
            }
        }
    }

    #[test]
    fn outside_a_region_nothing_happens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mask.npy");
        let mut mask = Vec::new();
        crate::npy::write_header(&mut mask, "|b1", "(6, 9)").unwrap();
        mask.extend((0..54).map(|at| u8::from(at % 9 >= 4 && at / 9 < 3)));
        std::fs::write(&path, mask).unwrap();
        let selection =
            Selection { region: Some(path.clone()), crop: Some([2, 0, 5, 6]), ..Selection::default() };
        let selected = video().selected(&selection, u64::MAX).unwrap();
        // Mean over times, rows 0 to 2 and columns 4 to 6.
        let outside = 550.0 + 10.0 + 5.0;
        for frame in 0..12 {
            let pixels = selected.frames().frame(frame).unwrap();
            for ((y, x), &value) in pixels.indexed_iter() {
                let inside = x >= 2 && y < 3;
                let expected = if inside { f32::from(pixel((frame, y, x + 2))) } else { outside };
                assert_eq!(value, expected, "{frame} {y} {x}");
            }
        }
        let kept = selected.selection().clone();
        assert!(video().selected(&kept, 0).is_ok());
        let other = Selection { region_hash: Some("0".into()), ..kept };
        assert!(matches!(video().selected(&other, 0), Err(Error::Mismatch(_))));
    }

    /// Catches a curve that follows the dynamics, and one that leaves the fading.
    #[test]
    fn fading_is_divided_out_and_nothing_else() {
        let fading = |t: usize| 1.0 - 0.3 * t as f64 / 99.0;
        let wobble = |t: usize| 1.0 + 0.05 * (t as f64 * 1.7).sin();
        let frames = Array3::from_shape_fn((100, 3, 3), |(t, _, _)| (200.0 * fading(t) * wobble(t)) as f32);
        let video = Video::new("a", Frames::F32(frames), Calibration::default()).unwrap();
        let selection = Selection { detrend: true, ..Selection::default() };
        let selected = video.selected(&selection, u64::MAX).unwrap();
        let mean = 200.0 * 0.85;
        for t in 0..100 {
            let value = f64::from(selected.frames().frame(t).unwrap()[[1, 1]]);
            assert!((value / (mean * wobble(t)) - 1.0).abs() < 0.02, "{t}: {value}");
        }
        let CautionKind::Detrended { change } = selected.cautions()[0].kind else { panic!("it is told") };
        assert!((change + 0.3).abs() < 0.02, "{change}");
    }
}
