//! Writes the mean of two frames with the margin around a crop, and the change within it.

use super::crops::Crop;
use crate::estimator::windows::Windows;
use cneep_movie::error::Result;
use cneep_movie::video::Video;

/// Reads crops of normalised frames: `(pixel - background) / std`, zero beyond the frame.
pub(super) struct Reader<'a> {
    /// Of every pixel.
    background: &'a [f32],
    /// Maps beside the image, shape (row, column, map); none of them if empty.
    context: &'a [f32],
    /// What a change, and what is left of the image without its time average, are multiplied by.
    scales: [f32; 2],
    std: f32,
    frame: (usize, usize),
    margin: usize,
}

/// Mean and change of two frames.
pub(super) struct Step {
    /// Of the crop with its margin, shape (row, column, channel), with the maps beside it.
    pub(super) mean: Vec<f32>,
    /// Of the crop, shape (row, column).
    pub(super) change: Vec<f32>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        [scales, background, context]: [&'a [f32]; 3],
        windows: &Windows,
        frame: (usize, usize),
        margin: usize,
    ) -> Self {
        Self {
            background,
            context,
            scales: [scales[0], scales[1]],
            std: windows.normalisation().std as f32,
            frame,
            margin,
        }
    }

    /// Every step of the `window` frames from `start`.
    pub(super) fn steps(&self, video: &Video, start: usize, window: usize, crop: &Crop) -> Result<Vec<Step>> {
        let frames = (start..start + window).map(|frame| self.read(video, frame, crop));
        let frames = frames.collect::<Result<Vec<_>>>()?;
        Ok(frames.windows(2).map(|pair| self.step(&pair[0], &pair[1], crop)).collect())
    }

    fn step(&self, before: &[f32], after: &[f32], crop: &Crop) -> Step {
        let wide = crop.columns.len() + 2 * self.margin;
        let mean = before.iter().zip(after).map(|(before, after)| 0.5 * (before + after));
        let mean = if self.context.is_empty() { mean.collect() } else { self.beside(mean, crop) };
        let rows = (self.margin..).take(crop.rows.len());
        let change = rows.flat_map(|row| {
            let places = row * wide + self.margin..row * wide + self.margin + crop.columns.len();
            places.map(|place| self.scales[0] * (after[place] - before[place]))
        });
        Step { mean, change: change.collect() }
    }

    /// The `image` of a crop with its margin, and all maps beside it, shape (row, column, channel).
    fn beside(&self, image: impl Iterator<Item = f32>, Crop { rows, columns }: &Crop) -> Vec<f32> {
        let maps = self.context.len() / (self.frame.0 * self.frame.1);
        let (margin, wide) = (self.margin, columns.len() + 2 * self.margin);
        let mut channels = vec![0.0; (rows.len() + 2 * margin) * wide * (maps + 1)];
        for (place, (pixel, to)) in image.zip(channels.chunks_exact_mut(maps + 1)).enumerate() {
            to[0] = pixel;
            let row = (rows.start + place / wide).wrapping_sub(margin);
            let column = (columns.start + place % wide).wrapping_sub(margin);
            if row < self.frame.0 && column < self.frame.1 {
                let context = &self.context[(row * self.frame.1 + column) * maps..][..maps];
                to[1] = self.scales[1] * (pixel - context[0]);
                to[2..].copy_from_slice(&context[1..]);
            }
        }
        channels
    }

    /// The crop of a frame with its margin, shape (row, column).
    fn read(&self, video: &Video, frame: usize, Crop { rows, columns }: &Crop) -> Result<Vec<f32>> {
        let (margin, wide) = (self.margin, columns.len() + 2 * self.margin);
        let mut image = vec![0.0; (rows.len() + 2 * margin) * wide];
        let (above, left) = (rows.start.saturating_sub(margin), columns.start.saturating_sub(margin));
        let (below, right) =
            ((rows.end + margin).min(self.frame.0), (columns.end + margin).min(self.frame.1));
        let mut line = vec![0.0; right - left];
        for row in above..below {
            video.frames().read_block(frame, row..row + 1, left..right, &mut line)?;
            let background = &self.background[row * self.frame.1..][left..right];
            let first = (row + margin - rows.start) * wide + left + margin - columns.start;
            let pixels = line.iter().zip(background);
            for (to, (pixel, background)) in image[first..].iter_mut().zip(pixels) {
                *to = (pixel - background) / self.std;
            }
        }
        Ok(image)
    }
}

impl Step {
    /// Turned and mirrored: number `symmetry` of the eight of the square, of an image of one channel with its
    /// margin and a crop of so many `rows` and `columns`; those that would exchange them only of a square.
    pub(super) fn turned(self, symmetry: usize, [rows, columns]: [usize; 2], margin: usize) -> Self {
        let turn = |image: &[f32], rows: usize, columns: usize| {
            let place = |row: usize, column: usize| {
                let [row, column] =
                    if symmetry & 4 > 0 && rows == columns { [column, row] } else { [row, column] };
                let row = if symmetry & 1 > 0 { rows - 1 - row } else { row };
                let column = if symmetry & 2 > 0 { columns - 1 - column } else { column };
                image[row * columns + column]
            };
            (0..rows * columns).map(|pixel| place(pixel / columns, pixel % columns)).collect()
        };
        Self {
            mean: turn(&self.mean, rows + 2 * margin, columns + 2 * margin),
            change: turn(&self.change, rows, columns),
        }
    }
}
