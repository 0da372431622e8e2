//! Shows a few frames of a movie side by side, for a first look.

use super::frames::{grey, range_of};
use crate::figure::{Rgb, encode_png};
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::{Array2, s};

/// Longest edge of a picture, in pixels of the strip.
const EDGE: usize = 256;
/// Pixels between two pictures.
const GAP: usize = 6;
/// Levels of grey of a terminal of 256 colours, and the first of them.
const LEVELS: usize = 24;
const DARKEST: usize = 232;

/// Frames of one movie, spread evenly from the first to the last, all on one scale of grey.
#[derive(Debug, Clone)]
pub struct FilmStrip {
    frames: Vec<Array2<f32>>,
    range: [f32; 2],
}

impl FilmStrip {
    /// `count` frames of `video`, or all if it has fewer.
    ///
    /// # Errors
    /// Those of reading frames.
    pub fn of(video: &Video, count: usize) -> Result<Self> {
        let total = video.frames().shape().0;
        let count = count.clamp(1, total);
        let place = |number: usize| number * (total - 1) / (count - 1).max(1);
        let frames: Vec<Array2<f32>> =
            (0..count).map(|number| video.frames().frame(place(number))).collect::<Result<_>>()?;
        let range = range_of(&frames);
        Ok(Self { frames, range })
    }

    /// The pictures from left to right as a PNG: large frames binned, small ones enlarged.
    pub fn to_png(&self) -> Vec<u8> {
        let (rows, columns) = self.frames[0].dim();
        let longest = rows.max(columns);
        let (binned, zoom) = (longest.div_ceil(EDGE), (EDGE / longest).max(1));
        let (height, width) = (rows.div_ceil(binned) * zoom, columns.div_ceil(binned) * zoom);
        let count = self.frames.len();
        let mut all = Array2::from_elem((height, count * width + (count - 1) * GAP), [255; 3]);
        for (number, frame) in self.frames.iter().enumerate() {
            let small = self.small(frame, binned);
            let left = number * (width + GAP);
            let mut picture = all.slice_mut(s![.., left..left + width]);
            picture.indexed_iter_mut().for_each(|((row, column), pixel): (_, &mut Rgb)| {
                *pixel = [small[[row / zoom, column / zoom]]; 3];
            });
        }
        encode_png(&all)
    }

    /// The pictures from left to right for a terminal of 256 colours that is `width` characters wide, two
    /// pixels a character; each line ends with a line break.
    pub fn to_terminal(&self, width: usize) -> String {
        let (rows, columns) = self.frames[0].dim();
        let count = self.frames.len();
        let room = ((width + 1) / count).saturating_sub(1).max(1);
        // Characters are about twice as high as wide, so that half of one is a square.
        let binned = columns.div_ceil(room).max(rows.div_ceil(2 * room));
        let pictures: Vec<Array2<u8>> = self.frames.iter().map(|frame| self.small(frame, binned)).collect();
        let colour = |grey: u8| DARKEST + usize::from(grey) * (LEVELS - 1) / 255;
        let mut lines = String::new();
        for row in (0..pictures[0].nrows()).step_by(2) {
            for (number, picture) in pictures.iter().enumerate() {
                lines.push_str(if number == 0 { "" } else { " " });
                for column in 0..picture.ncols() {
                    let upper = colour(picture[[row, column]]);
                    let below = picture.get((row + 1, column));
                    let lower = below.map_or("49".into(), |&lower| format!("48;5;{}", colour(lower)));
                    lines += &["\x1b[38;5;", &upper.to_string(), ";", &lower, "m\u{2580}"].concat();
                }
                lines.push_str("\x1b[0m");
            }
            lines.push('\n');
        }
        lines
    }

    fn small(&self, frame: &Array2<f32>, binned: usize) -> Array2<u8> {
        let shape = (frame.nrows().div_ceil(binned), frame.ncols().div_ceil(binned));
        let values = grey(frame, binned, self.range);
        Array2::from_shape_vec(shape, values).expect("a grey value for every square")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::Calibration;
    use cneep_movie::video::Frames;
    use ndarray::Array3;

    /// A movie that brightens from frame to frame. Catches frames out of order, a scale of its own for each,
    /// and a strip that is wider than the terminal.
    #[test]
    fn frames_stand_in_order_on_one_scale() {
        let frames = Array3::from_shape_fn((9, 20, 40), |(t, row, column)| (100 * t + row + column) as u16);
        let video = Video::new("brighter", Frames::U16(frames), Calibration::default()).unwrap();
        let strip = FilmStrip::of(&video, 5).unwrap();
        let means: Vec<f32> = strip.frames.iter().map(|frame| frame.mean().unwrap()).collect();
        assert_eq!(means, [29.0, 229.0, 429.0, 629.0, 829.0]);
        let decoder = png::Decoder::new(std::io::Cursor::new(strip.to_png())).read_info().unwrap();
        assert_eq!((decoder.info().width, decoder.info().height), (5 * 240 + 4 * 6, 120));
        let shown = strip.to_terminal(80);
        let widths: Vec<usize> = shown.lines().map(|line| line.matches('\u{2580}').count() + 4).collect();
        assert!(!widths.is_empty() && widths.iter().all(|&width| (50..=80).contains(&width)), "{widths:?}");
        assert_eq!(FilmStrip::of(&video, 100).unwrap().frames.len(), 9);
    }
}
