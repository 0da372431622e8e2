//! Animates a movie with the dissipation map of each transition laid over its frames.

use super::colour::Rgb;
use super::colour_bar::ColourBar;
use super::colour_map::{ROBUST_QUANTILE, SignedScale};
use super::drawing::Figure;
use super::laid_over::{dimmed, laid_over};
use super::palette::Palette;
use super::style;
use cneep_movie::atomic_file;
use cneep_movie::error::{Error, Fault, Result};
use kuva::render::render::TextAnchor;
use ndarray::{Array2, Array3, ArrayView3, Axis, s};
use std::path::Path;

/// Longest side of the movie in the animation, and the least of its shorter side where that fits, in pixels.
const LONGEST: usize = 620;
const SHORTEST: usize = 240;
/// Space around the movie, in pixels.
const MARGIN: usize = 16;
/// Strip above the movie, with the time.
const STRIP: usize = 44;

/// Which frames of a long movie are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// The first ones, one after the other.
    Consecutive,
    /// Spread evenly over the movie.
    Even,
}

/// A movie to be animated with its maps. Map `i` is laid over frame `i`, the first of its transition.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Overlay<'a> {
    /// One map per transition, shape (transition, row, column), in the unit that `label` states.
    pub maps: ArrayView3<'a, f32>,
    /// Edge of a map cell, in pixels of the frame.
    pub cell_size: usize,
    /// (row, column) of the frame's pixel where the map begins.
    pub offset: (usize, usize),
    /// Time between frames in seconds; frames are counted if it is unknown.
    pub frame_interval: Option<f64>,
    /// Quantity with its unit, written along the colour bar.
    pub label: &'a str,
    /// Most frames shown.
    pub frame_count: usize,
    /// Which ones.
    pub selection: Selection,
    /// Time for which each is shown, in seconds.
    pub delay: f64,
}

/// Where the movie stands in the animation.
struct Stage {
    /// Edge of a frame pixel in the animation, and how many frame pixels share one.
    enlarge: usize,
    reduce: usize,
    /// Rows and columns of the movie in the animation.
    rows: usize,
    columns: usize,
    /// Grey levels: black and white.
    black: f32,
    white: f32,
    scale: SignedScale,
}

impl<'a> Overlay<'a> {
    /// The first 60 maps from the corner of the frame, one after the other, a tenth of a second each.
    pub fn new(maps: &'a Array3<f32>, cell_size: usize, label: &'a str) -> Self {
        Self {
            maps: maps.view(),
            cell_size,
            offset: (0, 0),
            frame_interval: None,
            label,
            frame_count: 60,
            selection: Selection::Consecutive,
            delay: 0.1,
        }
    }

    /// The animation as a GIF that loops; `frame(i)` gives frame `i`, shape (row, column).
    ///
    /// # Errors
    /// [`Error::Setting`] without maps, frames, cell size or a sensible delay; [`Error::Mismatch`] if frames
    /// differ in size; those of `frame`.
    pub fn to_gif(&self, mut frame: impl FnMut(usize) -> Result<Array2<f32>>) -> Result<Vec<u8>> {
        self.check()?;
        let shown = self.shown();
        let frames: Vec<Array2<f32>> = shown.iter().map(|&i| frame(i)).collect::<Result<_>>()?;
        if let Some(other) = frames.iter().find(|f| f.dim() != frames[0].dim() || f.is_empty()) {
            return Err(Error::Mismatch(Fault::new(
                "frames of the overlay",
                format!("frames of {:?} pixels, like the first", frames[0].dim()),
                format!("{:?}", other.dim()),
                "Hand in the frames of one movie.",
            )));
        }
        let stage = self.stage(&frames, &shown);
        let sheet = self.sheet(&stage)?;
        let bar: Vec<Rgb> = (-16..=16).map(|step| laid_over([0; 3], f64::from(step) / 16.0)).collect();
        let compose = |(frame, &index): (&Array2<f32>, &usize)| -> Result<(Array2<Rgb>, Palette)> {
            let picture = self.picture(frame, index, &stage);
            let palette = Palette::of(picture.iter().copied(), &bar);
            let mut whole = sheet.clone();
            let (top, left) = (STRIP, MARGIN);
            whole
                .slice_mut(s![top..top + stage.rows, left..left + stage.columns])
                .zip_mut_with(&enlarged(&picture, stage.enlarge), |under, over| *under = *over);
            let stamp = self.time_stamp(index, stage.columns)?;
            whole.slice_mut(s![..stamp.nrows(), left..left + stamp.ncols()]).assign(&stamp);
            Ok((whole, palette))
        };
        encode(frames.iter().zip(&shown).map(compose), self.delay)
    }

    /// Writes [`Self::to_gif`], whole or not at all.
    ///
    /// # Errors
    /// As [`Self::to_gif`], and [`Error::Io`] if the file cannot be written.
    pub fn write(&self, path: &Path, frame: impl FnMut(usize) -> Result<Array2<f32>>) -> Result<()> {
        atomic_file::write_bytes(path, &self.to_gif(frame)?)
    }

    fn check(&self) -> Result<()> {
        let fault = |subject: &str, expected: &str, found: String| {
            Err(Error::Setting(Fault::new(
                subject,
                expected,
                found,
                "Change it, or leave the animation out.",
            )))
        };
        if self.maps.is_empty() {
            return fault(
                "maps of the overlay",
                "at least one map with a cell",
                format!("{:?}", self.maps.dim()),
            );
        }
        if self.frame_count == 0 {
            return fault("frame count of the overlay", "at least 1", "0".into());
        }
        if self.cell_size == 0 {
            return fault("cell size of the overlay", "at least 1 pixel", "0".into());
        }
        if !(0.02..=60.0).contains(&self.delay) {
            return fault("delay of the overlay", "0.02 to 60 s", self.delay.to_string());
        }
        Ok(())
    }

    fn shown(&self) -> Vec<usize> {
        let available = self.maps.len_of(Axis(0));
        let count = available.min(self.frame_count);
        match self.selection {
            Selection::Consecutive => (0..count).collect(),
            Selection::Even => (0..count).map(|i| i * available / count).collect(),
        }
    }

    fn stage(&self, frames: &[Array2<f32>], shown: &[usize]) -> Stage {
        let (rows, columns) = frames[0].dim();
        let (longer, shorter) = (rows.max(columns), rows.min(columns));
        let enlarge = SHORTEST.div_ceil(shorter).min(LONGEST / longer).max(1);
        let reduce = longer.div_ceil(LONGEST);
        let mut greys: Vec<f32> = frames.iter().flatten().copied().filter(|v| v.is_finite()).collect();
        let mut quantile = |share: f64| {
            let place = ((greys.len().saturating_sub(1)) as f64 * share).round() as usize;
            if greys.is_empty() { 0.0 } else { *greys.select_nth_unstable_by(place, f32::total_cmp).1 }
        };
        let (black, white) = (quantile(0.005), quantile(0.999));
        let values = shown.iter().flat_map(|&i| self.maps.index_axis_move(Axis(0), i).into_iter().copied());
        Stage {
            enlarge,
            reduce,
            rows: (rows / reduce) * enlarge,
            columns: (columns / reduce) * enlarge,
            black,
            white: if white > black { white } else { black + 1.0 },
            scale: SignedScale::robust(values.map(f64::from), ROBUST_QUANTILE),
        }
    }

    /// Everything that does not move: paper, and the colour bar as it looks over black.
    fn sheet(&self, stage: &Stage) -> Result<Array2<Rgb>> {
        let limit = stage.scale.limit();
        let bar = ColourBar {
            left: (MARGIN + stage.columns + 20) as f64,
            top: STRIP as f64 + 0.5,
            height: (stage.rows as f64).max(160.0),
            low: -limit,
            high: limit,
            label: self.label,
            ticks: None,
        };
        let width = (bar.left + bar.width()).ceil() + MARGIN as f64;
        let mut figure = Figure::new(width, bar.top.floor() + bar.height + MARGIN as f64);
        bar.draw(&mut figure, |value| laid_over([0; 3], value / limit));
        figure.to_pixels(figure.width() as u32)
    }

    fn time_stamp(&self, index: usize, width: usize) -> Result<Array2<Rgb>> {
        let text = match self.frame_interval {
            Some(seconds) => {
                let decimals = (1.0 - seconds.log10().floor()).clamp(0.0, 6.0) as usize;
                format!("t = {:.decimals$} s", index as f64 * seconds)
            }
            None => format!("frame {index}"),
        };
        let mut figure = Figure::new(width.max(1) as f64, (STRIP - 6) as f64);
        let baseline = STRIP as f64 - 15.0;
        figure.text(0.0, baseline, &text, style::LABEL_SIZE + 1, TextAnchor::Start, None);
        figure.to_pixels(figure.width() as u32)
    }

    /// One frame in grey under its map, one pixel per (reduced) frame pixel.
    fn picture(&self, frame: &Array2<f32>, index: usize, stage: &Stage) -> Array2<Rgb> {
        let map = self.maps.index_axis(Axis(0), index);
        let reduce = stage.reduce;
        let (rows, columns) = (frame.nrows() / reduce, frame.ncols() / reduce);
        Array2::from_shape_fn((rows, columns), |(row, column)| {
            let (row, column) = (row * reduce, column * reduce);
            let mean = frame.slice(s![row..row + reduce, column..column + reduce]).mean().unwrap_or(f32::NAN);
            let share = ((mean - stage.black) / (stage.white - stage.black)).clamp(0.0, 1.0);
            let grey = if share.is_nan() { [0; 3] } else { dimmed(f64::from(share)) };
            let value = (row + reduce / 2)
                .checked_sub(self.offset.0)
                .zip((column + reduce / 2).checked_sub(self.offset.1))
                .and_then(|(row, column)| map.get([row / self.cell_size, column / self.cell_size]))
                .copied()
                .filter(|value| value.is_finite());
            value.map_or(grey, |value| laid_over(grey, f64::from(value) / stage.scale.limit()))
        })
    }
}

fn enlarged(picture: &Array2<Rgb>, factor: usize) -> Array2<Rgb> {
    let (rows, columns) = picture.dim();
    Array2::from_shape_fn((rows * factor, columns * factor), |(row, column)| {
        picture[[row / factor, column / factor]]
    })
}

fn encode(frames: impl Iterator<Item = Result<(Array2<Rgb>, Palette)>>, delay: f64) -> Result<Vec<u8>> {
    let refuse = |error: gif::EncodingError| {
        Error::Setting(Fault::new(
            "overlay animation",
            "a size that the GIF format holds",
            error.to_string(),
            "Crop the movie or show fewer frames.",
        ))
    };
    let mut encoder: Option<gif::Encoder<Vec<u8>>> = None;
    for whole in frames {
        let (whole, palette) = whole?;
        let (height, width) = (whole.nrows() as u16, whole.ncols() as u16);
        if encoder.is_none() {
            let mut fresh = gif::Encoder::new(Vec::new(), width, height, &[]).map_err(refuse)?;
            fresh.set_repeat(gif::Repeat::Infinite).map_err(refuse)?;
            encoder = Some(fresh);
        }
        let Some(encoder) = encoder.as_mut() else { continue };
        let frame = gif::Frame {
            width,
            height,
            delay: (100.0 * delay).round() as u16,
            buffer: whole.iter().map(|&colour| palette.index(colour)).collect(),
            palette: Some(palette.bytes()),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).map_err(refuse)?;
    }
    let bytes =
        encoder.map(|encoder| encoder.into_inner().map_err(|error| refuse(error.into()))).transpose()?;
    Ok(bytes.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(maps: &Array3<f32>) -> Overlay<'_> {
        Overlay {
            frame_interval: Some(0.01),
            frame_count: 6,
            selection: Selection::Even,
            ..Overlay::new(maps, 4, "ΔS (k_B)")
        }
    }

    /// Catches a lost frame, a non-integer enlargement, and a colour shown where the map is zero.
    #[test]
    fn the_gif_has_every_frame_in_full_size() {
        let mut maps = Array3::<f32>::zeros((30, 5, 10));
        maps.slice_mut(s![.., 1, 2]).fill(1.0);
        maps.slice_mut(s![.., 3, 8]).fill(-1.0);
        let bytes = overlay(&maps).to_gif(|_| Ok(Array2::from_elem((20, 40), 100.0))).unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes.as_slice()).unwrap();
        assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
        assert!((480..=800).contains(&decoder.width()) && decoder.height() >= 240);
        let (width, mut count) = (usize::from(decoder.width()), 0);
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            count += 1;
            assert_eq!(frame.delay, 10);
            let at = |row: usize, column: usize| {
                let place = 4 * ((STRIP + 12 * row) * width + MARGIN + 12 * column);
                [frame.buffer[place], frame.buffer[place + 1], frame.buffer[place + 2]]
            };
            let (warm, cold, zero) = (at(6, 10), at(14, 34), at(0, 0));
            assert!(
                warm[0] > warm[2].saturating_add(40) && cold[2] > cold[0].saturating_add(20),
                "{warm:?} {cold:?}"
            );
            assert!(zero[0].abs_diff(zero[2]) < 8, "{zero:?}");
        }
        assert_eq!(count, 6);
    }

    #[test]
    fn even_frames_span_the_movie_and_wrong_settings_are_refused() {
        let maps = Array3::<f32>::zeros((60, 2, 2));
        assert_eq!(overlay(&maps).shown(), [0, 10, 20, 30, 40, 50]);
        let frame = |i| Ok(Array2::zeros((8, 8 + i)));
        assert!(matches!(overlay(&maps).to_gif(frame), Err(Error::Mismatch(_))));
        let none = Overlay { cell_size: 0, ..overlay(&maps) };
        assert!(matches!(none.to_gif(frame), Err(Error::Setting(_))));
    }
}
