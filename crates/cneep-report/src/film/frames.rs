//! Scales the frames of a movie to bytes, fewer and smaller until they fit a page.

use super::block::{Block, Kind, deflated};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};

/// Longest edge that is shown, in pixels, before the size in bytes is looked at.
const LONGEST: usize = 512;
/// Frames that are not thinned for their number alone.
const MOST_FRAMES: usize = 4000;
/// Frames with more pixels along their longer edge are binned before frames are left out.
const SMALL: usize = 160;
/// Frames looked at for the range of the grey values, and for how far they can be deflated.
const SAMPLES: usize = 16;
/// Shares of the pixels that are darker than black and brighter than white.
const DARKER: f64 = 0.002;
const BRIGHTER: f64 = 0.001;

/// The frames of one movie as they are shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilmFrames {
    /// What the movie is called.
    pub name: String,
    /// Frames, rows and columns of the movie.
    pub shape: [usize; 3],
    /// Edge of a pixel as shown, in pixels of the movie.
    pub binned: usize,
    /// Frames of the movie from one that is shown to the next.
    pub stride: usize,
    /// Counts that are shown black and white; in between in proportion.
    pub range: [f32; 2],
    /// Grey values, shape (frame, row, column).
    pub grey: Block,
}

impl FilmFrames {
    /// The frames of `video` in about `budget` bytes at most: pixels are binned and frames left out where
    /// more would be needed.
    ///
    /// # Errors
    /// Those of reading frames.
    pub fn of(video: &Video, budget: usize) -> Result<Self> {
        let frames = video.frames();
        let (count, rows, columns) = frames.shape();
        let longest = rows.max(columns);
        let mut binned = longest.div_ceil(LONGEST);
        let mut stride = count.div_ceil(MOST_FRAMES);
        let samples: Vec<Array2<f32>> = (0..count.min(SAMPLES))
            .map(|sample| frames.frame(sample * count / count.min(SAMPLES)))
            .collect::<Result<_>>()?;
        let range = range_of(&samples);
        let expected = |binned: usize, stride: usize| {
            let bytes: Vec<u8> = samples.iter().flat_map(|frame| grey(frame, binned, range)).collect();
            let share = deflated(&bytes).len() as f64 / samples.len() as f64;
            share * 4.0 / 3.0 * count.div_ceil(stride) as f64
        };
        while expected(binned, stride) > budget as f64 && stride < count {
            if longest / binned > SMALL { binned += 1 } else { stride += 1 + stride / 4 }
        }
        let mut shown = Vec::new();
        for index in (0..count).step_by(stride) {
            shown.extend(grey(&frames.frame(index)?, binned, range));
        }
        let shape = [count.div_ceil(stride), rows.div_ceil(binned), columns.div_ceil(binned)];
        let grey = Block::of_bytes(Kind::U8, &shape, &shown);
        let name = video.name().to_owned();
        Ok(Self { name, shape: [count, rows, columns], binned, stride, range, grey })
    }

    /// Mean over the frames that are shown, as shares of white, shape (row, column).
    ///
    /// # Errors
    /// Those of [`Block::bytes`].
    pub fn mean(&self) -> Result<Array2<f64>> {
        let [count, rows, columns] = *self.grey.shape() else {
            let (found, remedy) = (format!("{:?}", self.grey.shape()), "Map the movie again.");
            return Err(Error::Format(Fault::new("film", "frames of rows and columns", found, remedy)));
        };
        let mut sum = Array2::<f64>::zeros((rows, columns));
        for frame in self.grey.bytes()?.chunks_exact((rows * columns).max(1)) {
            sum.iter_mut().zip(frame).for_each(|(sum, &grey)| *sum += f64::from(grey));
        }
        Ok(sum / (255.0 * count as f64))
    }

    /// What was left out, in words; none if nothing was.
    pub fn reduction(&self) -> Option<String> {
        let binned = (self.binned > 1).then(|| format!("pixels are binned {0} x {0}", self.binned));
        let thinned = (self.stride > 1).then(|| format!("every {} frame is shown", ordinal(self.stride)));
        let parts: Vec<String> = binned.into_iter().chain(thinned).collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}

/// `2nd`, `3rd`, `4th`, ...
fn ordinal(number: usize) -> String {
    let end = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}

/// Counts of black and white: nearly the lowest and the highest.
pub(super) fn range_of(samples: &[Array2<f32>]) -> [f32; 2] {
    let mut values: Vec<f32> = samples.iter().flatten().copied().collect();
    values.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    let [low, high] = [at(DARKER), at(1.0 - BRIGHTER)];
    if high > low { [low, high] } else { [low, low + 1.0] }
}

/// Means over squares of `binned` pixels, those at the edges smaller, as shares of 255.
pub(super) fn grey(frame: &Array2<f32>, binned: usize, [low, high]: [f32; 2]) -> Vec<u8> {
    let (rows, columns) = frame.dim();
    let squares = (0..rows).step_by(binned).flat_map(|row| {
        (0..columns).step_by(binned).map(move |column| {
            let (down, right) = ((row + binned).min(rows), (column + binned).min(columns));
            let mean = frame.slice(s![row..down, column..right]).mean().unwrap_or(low);
            (255.0 * ((mean - low) / (high - low)).clamp(0.0, 1.0)).round() as u8
        })
    });
    squares.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::Calibration;
    use cneep_movie::video::Frames;
    use ndarray::Array3;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn noise(frames: usize, rows: usize, columns: usize) -> Video {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let frames = Array3::from_shape_simple_fn((frames, rows, columns), || random.random_range(0..60_000));
        Video::new("noise", Frames::U16(frames), Calibration::default()).unwrap()
    }

    /// Catches a page that grows with the movie, and a reduction that is not told.
    #[test]
    fn a_long_film_is_thinned_and_says_so() {
        let video = noise(120, 200, 170);
        let whole = FilmFrames::of(&video, 100_000_000).unwrap();
        assert_eq!((whole.binned, whole.stride, whole.reduction()), (1, 1, None));
        let small = FilmFrames::of(&video, 400_000).unwrap();
        assert!(small.grey.size() < 440_000, "{}", small.grey.size());
        assert_eq!(
            small.grey.shape()[1..],
            [200_usize.div_ceil(small.binned), 170_usize.div_ceil(small.binned)]
        );
        let told = small.reduction().unwrap();
        assert!(told.contains("binned 2 x 2") && told.contains("frame is shown"), "{told}");
    }

    /// Catches rows taken for columns, and a range that lets one hot pixel darken all others.
    #[test]
    fn grey_values_are_where_they_were() {
        let mut frame = Array2::from_shape_fn((40, 60), |(row, column)| (row * 60 + column) as f32);
        frame[[3, 4]] = 1e9;
        let [low, high] = range_of(&[frame.clone()]);
        assert!(low < 10.0 && (2380.0..2400.0).contains(&high), "{low} {high}");
        let shown = grey(&frame, 3, [0.0, 2400.0]);
        assert_eq!(shown.len(), 14 * 20);
        assert_eq!(shown[5 * 20 + 2], (255.0_f32 * frame[[16, 7]] / 2400.0).round() as u8);
        assert_eq!(["2nd", "3rd", "11th", "21st", "40th"], [2, 3, 11, 21, 40].map(ordinal)[..]);
    }
}
