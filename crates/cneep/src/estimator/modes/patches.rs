//! Lays overlapping patches of one size over a frame.

use super::band::Grid;
use super::threshold::Threshold;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Frames;
use ndarray::{Ix2, SliceInfo, SliceInfoElem, s};

/// Coefficients whose products are summed at most: a dozen matrices of moments, 128 megabytes each, must fit
/// into memory.
pub(super) const MOST_MEASURED: usize = 4000;
/// Coefficients at most, whatever is stated.
const MOST_COEFFICIENTS: usize = 1 << 24;
/// Bytes that the numbers of the frames in hand take, at most: fewer frames of large patches.
const BYTES_AT_ONCE: usize = 1 << 27;

/// Patches on a regular grid that covers the frame; one patch may be the whole frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patches {
    /// Rows of a patch, in pixels.
    pub(super) rows: usize,
    /// Columns of a patch, in pixels.
    pub(super) columns: usize,
    /// First row of each row of patches.
    tops: Vec<usize>,
    /// First column of each column of patches.
    lefts: Vec<usize>,
}

impl Patches {
    /// Patches of `edge` pixels, at most `spacing` and at most an edge apart, over a frame of `rows` x
    /// `columns`; 0, or an edge that covers the frame, is one patch.
    pub(super) fn new(rows: usize, columns: usize, edge: usize, spacing: usize) -> Self {
        let edge = if edge == 0 { rows.max(columns) } else { edge };
        Self {
            rows: edge.min(rows),
            columns: edge.min(columns),
            tops: origins(rows, edge, spacing),
            lefts: origins(columns, edge, spacing),
        }
    }

    /// Number of patches.
    pub(super) fn count(&self) -> usize {
        self.tops.len() * self.lefts.len()
    }

    /// Frames, four at least and `most` at most, whose numbers of one patch are held at a time.
    pub(super) fn frames_at_once<Number>(&self, most: usize) -> usize {
        (BYTES_AT_ONCE / (self.pixels().max(1) * size_of::<Number>())).clamp(4, most)
    }

    /// Pixels of a patch.
    pub(super) fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// First row and column of `patch`, in pixels of the frame.
    pub(super) fn origin(&self, patch: usize) -> (usize, usize) {
        (self.tops[patch / self.lefts.len()], self.lefts[patch % self.lefts.len()])
    }

    /// Rows and columns of the frame that `patch` covers.
    pub(super) fn place(&self, patch: usize) -> SliceInfo<[SliceInfoElem; 2], Ix2, Ix2> {
        let (top, left) = self.origin(patch);
        s![top..top + self.rows, left..left + self.columns]
    }

    /// All pairs (driving patch, driven patch) at most `radius` patches apart along rows and along columns,
    /// in rising order.
    pub(super) fn neighbours(&self, radius: usize) -> Vec<(usize, usize)> {
        let (down, across) = (self.tops.len(), self.lefts.len());
        let near = |place: usize, count: usize| place.saturating_sub(radius)..(place + radius + 1).min(count);
        let drive = |p: usize| {
            let rows = near(p / across, down);
            rows.flat_map(move |row| near(p % across, across).map(move |column| (p, row * across + column)))
        };
        (0..self.count()).flat_map(drive).collect()
    }

    /// Rows and columns of patches.
    pub(super) fn grid(&self, modes: usize) -> Grid {
        Grid { rows: self.tops.len(), columns: self.lefts.len(), modes }
    }

    /// Number of these pairs.
    pub(super) fn neighbour_count(&self, radius: usize) -> usize {
        let along = |count: usize| {
            let radius = radius.min(count - 1);
            count * (2 * radius + 1) - radius * (radius + 1)
        };
        along(self.tops.len()).saturating_mul(along(self.lefts.len()))
    }

    /// Coefficients of so many modes in each patch, driven from patches up to `radius` away.
    pub(super) fn coefficients(&self, modes: usize, radius: usize) -> usize {
        let couplings = self.neighbour_count(radius).saturating_mul(modes);
        couplings.saturating_add(self.count()).saturating_mul(modes)
    }

    /// Refuses more modes than a patch has pixels, and more coefficients than memory holds.
    ///
    /// # Errors
    /// [`Error::Setting`] for such modes.
    pub(super) fn check(&self, modes: usize, radius: usize) -> Result<()> {
        let refuse = |expected: String, found: String, remedy: &str| {
            Err(Error::Setting(Fault::new("modes.modes", expected, found, remedy)))
        };
        if modes > self.pixels() {
            let expected = format!("at most as many modes as a patch has pixels, {}", self.pixels());
            return refuse(expected, modes.to_string(), "Take fewer modes.");
        }
        let coefficients = self.coefficients(modes, radius);
        if coefficients > MOST_COEFFICIENTS {
            let expected = format!("at most {MOST_COEFFICIENTS} coefficients");
            let found = format!("{coefficients} for {modes} modes in each of {} patches", self.count());
            let remedy = "State fewer modes, larger patches or a smaller radius, or leave them out.";
            return refuse(expected, found, remedy);
        }
        Ok(())
    }

    /// Writes the pixels of `patch` in frame `index` to `pixels`, row by row: what is above the `threshold`,
    /// if there is one.
    pub(super) fn read(
        &self,
        frames: &Frames,
        index: usize,
        patch: usize,
        threshold: Option<&Threshold>,
        pixels: &mut [f32],
    ) -> Result<()> {
        let (top, left) = self.origin(patch);
        let (rows, columns) = (top..top + self.rows, left..left + self.columns);
        frames.read_block(index, rows.clone(), columns.clone(), pixels)?;
        if let Some(threshold) = threshold {
            threshold.apply(rows, columns, pixels);
            if threshold.total.is_some() {
                let light = pixels.iter().copied().map(f64::from).sum();
                let factor = threshold.factor(patch, light) as f32;
                for pixel in pixels {
                    *pixel *= factor;
                }
            }
        }
        Ok(())
    }
}

/// Where patches of `edge` pixels begin that cover `length` pixels evenly, the first and the last at its
/// ends.
fn origins(length: usize, edge: usize, spacing: usize) -> Vec<usize> {
    let room = length.saturating_sub(edge);
    let steps = room.div_ceil(spacing.clamp(1, edge));
    (0..=steps).map(|step| (step * room + steps / 2) / steps.max(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    /// Catches a border left out, gaps between patches, and patches further apart than stated.
    #[test]
    fn patches_cover_the_frame_at_their_spacing() {
        for (length, edge, spacing) in
            [(80, 17, 9), (80, 20, 20), (40, 12, 99), (33, 16, 8), (20, 20, 1), (20, 64, 9)]
        {
            let origins = origins(length, edge, spacing);
            assert_eq!((origins[0], *origins.last().unwrap()), (0, length.saturating_sub(edge)));
            let apart = |pair: &[usize]| pair[1] > pair[0] && pair[1] - pair[0] <= spacing.min(edge);
            assert!(origins.windows(2).all(apart), "{origins:?}");
        }
        assert_eq!(origins(80, 20, 20), [0, 20, 40, 60]);
    }

    #[test]
    fn neighbours_are_counted_on_the_grid() {
        let patches = Patches::new(40, 80, 16, 8);
        assert_eq!(patches.count(), 4 * 9);
        assert_eq!(patches.neighbours(0).len(), 36);
        assert_eq!(patches.neighbours(1).len(), (3 * 4 - 2) * (3 * 9 - 2));
        for radius in [0, 1, 2, 3, 8, 1000] {
            let pairs = patches.neighbours(radius);
            assert_eq!(pairs.len(), patches.neighbour_count(radius));
            assert!(pairs.is_sorted() && pairs.iter().all(|&(p, q)| p < 36 && q < 36));
        }
        assert_eq!(Patches::new(40, 80, 0, 0).neighbours(1), [(0, 0)]);
    }

    #[test]
    fn a_patch_is_a_slice_of_the_frame() {
        let array = Array3::from_shape_fn((2, 20, 30), |(f, r, c)| (f * 1000 + r * 30 + c) as u16);
        let patches = Patches::new(20, 30, 10, 5);
        let mut pixels = vec![0.0; patches.pixels()];
        let (top, left) = patches.origin(7);
        patches.read(&Frames::U16(array.clone()), 1, 7, None, &mut pixels).unwrap();
        let slice = array.slice(s![1, top..top + 10, left..left + 10]);
        assert!(pixels.iter().zip(slice).all(|(pixel, &count)| *pixel == f32::from(count)));
    }
}
