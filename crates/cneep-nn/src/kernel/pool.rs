//! Turns the sums of a convolution into its map (largest of each window, bias, `ReLU`), forward and backward.
//!
//! Both directions of time pass together.

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
    /// Whether the sums of both directions stand as their sum and their difference.
    pub(crate) sum_difference: bool,
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
    fn argmax_at(&self, row: usize, column: usize, channel: usize) -> usize {
        (row * self.columns + column) * self.channels + channel
    }
}

/// Writes `map = relu(largest of each window of sums + bias)` of both directions and, where it pools and
/// `argmax` are given, the place of each first maximum.
///
/// `ReLU` keeps order, so pooling before it changes nothing but the work.
#[inline(always)]
pub(super) fn pool<S: Simd>(
    s: S,
    p: &Pooling,
    sums: [&[f32]; 2],
    bias: &[f32],
    maps: [&mut [f32]; 2],
    argmax: [&mut [f32]; 2],
) {
    match (p.sum_difference, argmax[0].is_empty()) {
        (true, true) => windows::<S, true, false>(s, p, sums, bias, maps, argmax),
        (true, false) => windows::<S, true, true>(s, p, sums, bias, maps, argmax),
        (false, true) => windows::<S, false, false>(s, p, sums, bias, maps, argmax),
        (false, false) => windows::<S, false, true>(s, p, sums, bias, maps, argmax),
    }
}

#[inline(always)]
fn windows<S: Simd, const SUM_DIFFERENCE: bool, const ARGMAX: bool>(
    s: S,
    p: &Pooling,
    sums: [&[f32]; 2],
    bias: &[f32],
    [forward, reversed]: [&mut [f32]; 2],
    [forward_argmax, reversed_argmax]: [&mut [f32]; 2],
) {
    for channel in (0..p.channels).step_by(LANES) {
        let bias = s.load(&bias[channel..]);
        for row in 0..p.rows {
            for column in 0..p.columns {
                let (top, left) = (row * p.size, column * p.size);
                let mut largest = pair::<S, SUM_DIFFERENCE>(s, sums, p.sums_at(top, left, channel));
                let mut place = (s.splat(0.0), s.splat(0.0));
                for down in 0..p.size {
                    for right in 0..p.size {
                        let at = p.sums_at(top + down, left + right, channel);
                        let candidate = pair::<S, SUM_DIFFERENCE>(s, sums, at);
                        if ARGMAX {
                            let here = s.splat((down * p.size + right) as f32);
                            place.0 = s.where_greater(candidate.0, largest.0, here, place.0);
                            place.1 = s.where_greater(candidate.1, largest.1, here, place.1);
                        }
                        largest = (s.max(candidate.0, largest.0), s.max(candidate.1, largest.1));
                    }
                }
                if ARGMAX {
                    let at = p.argmax_at(row, column, channel);
                    s.store(&mut forward_argmax[at..], place.0);
                    s.store(&mut reversed_argmax[at..], place.1);
                }
                let mut value = (s.add(largest.0, bias), s.add(largest.1, bias));
                if p.relu {
                    value = (s.relu(value.0), s.relu(value.1));
                }
                let at = p.map_at(row, column, channel);
                s.store(&mut forward[at..], value.0);
                s.store(&mut reversed[at..], value.1);
            }
        }
    }
}

/// The sums of both directions at one place.
#[inline(always)]
fn pair<S: Simd, const SUM_DIFFERENCE: bool>(s: S, sums: [&[f32]; 2], at: usize) -> (S::Vector, S::Vector) {
    let (x, y) = (s.load(&sums[0][at..]), s.load(&sums[1][at..]));
    if SUM_DIFFERENCE { (s.add(x, y), s.sub(x, y)) } else { (x, y) }
}

/// Writes the gradient of the sums of both directions from that of their maps, and adds its total to the
/// gradient of the bias.
#[inline(always)]
pub(super) fn pool_backward<S: Simd>(
    s: S,
    p: &Pooling,
    maps: [&[f32]; 2],
    gradients: [&[f32]; 2],
    argmax: [&[f32]; 2],
    sums: [&mut [f32]; 2],
    bias: &mut [f32],
) {
    if p.sum_difference {
        scatter::<S, true>(s, p, maps, gradients, argmax, sums, bias);
    } else {
        scatter::<S, false>(s, p, maps, gradients, argmax, sums, bias);
    }
}

#[inline(always)]
fn scatter<S: Simd, const SUM_DIFFERENCE: bool>(
    s: S,
    p: &Pooling,
    maps: [&[f32]; 2],
    gradients: [&[f32]; 2],
    argmax: [&[f32]; 2],
    mut sums: [&mut [f32]; 2],
    bias: &mut [f32],
) {
    if !p.sum_rows.is_multiple_of(p.size) || !p.sum_columns.is_multiple_of(p.size) {
        sums[0].fill(0.0);
        sums[1].fill(0.0);
    }
    for channel in (0..p.channels).step_by(LANES) {
        let mut total = s.load(&bias[channel..]);
        for row in 0..p.rows {
            for column in 0..p.columns {
                let at = p.map_at(row, column, channel);
                let forward = relu_backward(s, p, maps[0], gradients[0], at);
                let reversed = relu_backward(s, p, maps[1], gradients[1], at);
                total = s.add(total, s.add(forward, reversed));
                if p.size == 1 {
                    let at = p.sums_at(row, column, channel);
                    store_both::<S, SUM_DIFFERENCE>(s, &mut sums, at, [forward, reversed]);
                    continue;
                }
                let at = p.argmax_at(row, column, channel);
                let place = (s.load(&argmax[0][at..]), s.load(&argmax[1][at..]));
                for down in 0..p.size {
                    for right in 0..p.size {
                        let here = s.splat((down * p.size + right) as f32);
                        let here =
                            [s.where_equal(place.0, here, forward), s.where_equal(place.1, here, reversed)];
                        let at = p.sums_at(row * p.size + down, column * p.size + right, channel);
                        store_both::<S, SUM_DIFFERENCE>(s, &mut sums, at, here);
                    }
                }
            }
        }
        s.store(&mut bias[channel..], total);
    }
}

/// The gradient before the activation.
#[inline(always)]
fn relu_backward<S: Simd>(s: S, p: &Pooling, map: &[f32], gradient: &[f32], at: usize) -> S::Vector {
    let (zero, gradient) = (s.splat(0.0), s.load(&gradient[at..]));
    if p.relu { s.where_greater(s.load(&map[at..]), zero, gradient, zero) } else { gradient }
}

/// Writes the gradients of the sums of both directions at one place.
#[inline(always)]
fn store_both<S: Simd, const SUM_DIFFERENCE: bool>(
    s: S,
    sums: &mut [&mut [f32]; 2],
    at: usize,
    [x, y]: [S::Vector; 2],
) {
    let (x, y) = if SUM_DIFFERENCE { (s.add(x, y), s.sub(x, y)) } else { (x, y) };
    s.store(&mut sums[0][at..], x);
    s.store(&mut sums[1][at..], y);
}

/// Replaces `(x, y)` by `(x + y, x - y)`, of the two directions their sum and difference, or the reverse.
#[inline(always)]
pub(super) fn butterfly<S: Simd>(s: S, x: &mut [f32], y: &mut [f32]) {
    for (x, y) in x.chunks_exact_mut(LANES).zip(y.chunks_exact_mut(LANES)) {
        let (first, second) = (s.load(x), s.load(y));
        s.store(x, s.add(first, second));
        s.store(y, s.sub(first, second));
    }
}

/// Writes `x + y` and `x - y`.
#[inline(always)]
pub(super) fn sum_and_difference<S: Simd>(
    s: S,
    x: &[f32],
    y: &[f32],
    sum: &mut [f32],
    difference: &mut [f32],
) {
    let from = x.chunks_exact(LANES).zip(y.chunks_exact(LANES));
    let to = sum.chunks_exact_mut(LANES).zip(difference.chunks_exact_mut(LANES));
    for ((x, y), (sum, difference)) in from.zip(to) {
        let (x, y) = (s.load(x), s.load(y));
        s.store(sum, s.add(x, y));
        s.store(difference, s.sub(x, y));
    }
}
