//! Turns the sums of a convolution into its map (largest of each window, bias, `ReLU`), forward and backward.

use super::simd::{LANES, Simd};

/// The step from the sums of a convolution to the stored map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pooling {
    /// Rows and columns of the stored map.
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Stored channels, a multiple of [`LANES`].
    pub(crate) channels: usize,
    /// Side of a window; 1 pools nothing.
    pub(crate) size: usize,
    pub(crate) relu: bool,
    /// Rows and columns of the sums, which have no border.
    pub(crate) sum_rows: usize,
    pub(crate) sum_columns: usize,
    /// Where the first pixel of the stored map lies, and the distance between its rows.
    pub(crate) map_origin: usize,
    pub(crate) map_row: usize,
}

impl Pooling {
    fn sums_at(&self, row: usize, column: usize, channel: usize) -> usize {
        (row * self.sum_columns + column) * self.channels + channel
    }
    fn map_at(&self, row: usize, column: usize, channel: usize) -> usize {
        self.map_origin + row * self.map_row + column * self.channels + channel
    }
    fn place_at(&self, row: usize, column: usize, channel: usize) -> usize {
        (row * self.columns + column) * self.channels + channel
    }
}

/// Writes `map = relu(largest of each window of sums + bias)` and, where it pools, the place of each first maximum.
///
/// `ReLU` keeps order, so pooling before it changes nothing but the work.
#[inline(always)]
pub(super) fn pool<S: Simd>(
    s: S,
    p: &Pooling,
    sums: &[f32],
    bias: &[f32],
    map: &mut [f32],
    places: &mut [f32],
) {
    for channel in (0..p.channels).step_by(LANES) {
        let bias = s.load(&bias[channel..]);
        for row in 0..p.rows {
            for column in 0..p.columns {
                let (top, left) = (row * p.size, column * p.size);
                let mut largest = s.load(&sums[p.sums_at(top, left, channel)..]);
                if p.size > 1 {
                    let mut place = s.splat(0.0);
                    for down in 0..p.size {
                        for right in 0..p.size {
                            let candidate = s.load(&sums[p.sums_at(top + down, left + right, channel)..]);
                            let here = s.splat((down * p.size + right) as f32);
                            place = s.where_greater(candidate, largest, here, place);
                            largest = s.where_greater(candidate, largest, candidate, largest);
                        }
                    }
                    s.store(&mut places[p.place_at(row, column, channel)..], place);
                }
                let value = s.add(largest, bias);
                let value = if p.relu { s.relu(value) } else { value };
                s.store(&mut map[p.map_at(row, column, channel)..], value);
            }
        }
    }
}

/// Writes the gradient of the sums from that of the map, and adds its total to the gradient of the bias.
#[inline(always)]
pub(super) fn unpool<S: Simd>(
    s: S,
    p: &Pooling,
    map: &[f32],
    map_gradient: &[f32],
    places: &[f32],
    sums: &mut [f32],
    bias: &mut [f32],
) {
    let zero = s.splat(0.0);
    if !p.sum_rows.is_multiple_of(p.size) || !p.sum_columns.is_multiple_of(p.size) {
        sums.fill(0.0);
    }
    for channel in (0..p.channels).step_by(LANES) {
        let mut total = s.load(&bias[channel..]);
        for row in 0..p.rows {
            for column in 0..p.columns {
                let at = p.map_at(row, column, channel);
                let mut gradient = s.load(&map_gradient[at..]);
                if p.relu {
                    gradient = s.where_greater(s.load(&map[at..]), zero, gradient, zero);
                }
                total = s.add(total, gradient);
                if p.size == 1 {
                    s.store(&mut sums[p.sums_at(row, column, channel)..], gradient);
                    continue;
                }
                let place = s.load(&places[p.place_at(row, column, channel)..]);
                for down in 0..p.size {
                    for right in 0..p.size {
                        let here = s.splat((down * p.size + right) as f32);
                        let at = p.sums_at(row * p.size + down, column * p.size + right, channel);
                        s.store(&mut sums[at..], s.where_equal(place, here, gradient));
                    }
                }
            }
        }
        s.store(&mut bias[channel..], total);
    }
}

/// Replaces `(x, y)` by `(x + y, x - y)`, which exchanges the two time directions and their even and odd parts.
#[inline(always)]
pub(super) fn butterfly<S: Simd>(s: S, x: &mut [f32], y: &mut [f32]) {
    for (x, y) in x.chunks_exact_mut(LANES).zip(y.chunks_exact_mut(LANES)) {
        let (first, second) = (s.load(x), s.load(y));
        s.store(x, s.add(first, second));
        s.store(y, s.sub(first, second));
    }
}
