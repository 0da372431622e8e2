//! Handles the channels of pixels, sixteen at once: rectifiers, their gradient, and sums over channels.

use super::simd::{LANES, Simd};
use std::array::from_fn;

/// Adds its channel's `bias` to each of `numbers`, and puts zero for what is then negative.
#[inline(always)]
pub(super) fn rectify<S: Simd>(s: S, bias: &[f32], numbers: &mut [f32]) {
    for pixel in numbers.chunks_exact_mut(bias.len()) {
        for (numbers, bias) in pixel.chunks_exact_mut(LANES).zip(bias.chunks_exact(LANES)) {
            s.store(numbers, s.relu(s.add(s.load(numbers), s.load(bias))));
        }
    }
}

/// Writes `slopes` where `numbers` are positive, zero elsewhere, and adds what it writes to its channel's
/// `sums`.
#[inline(always)]
pub(super) fn rectify_backward<S: Simd>(
    s: S,
    numbers: &[f32],
    slopes: &[f32],
    to: &mut [f32],
    sums: &mut [f32],
) {
    let channels = sums.len();
    let zero = s.splat(0.0);
    for (block, sums) in sums.chunks_exact_mut(LANES).enumerate() {
        let part = block * LANES..(block + 1) * LANES;
        let mut sum = s.load(sums);
        let pixels = numbers.chunks_exact(channels).zip(slopes.chunks_exact(channels));
        for ((numbers, slopes), to) in pixels.zip(to.chunks_exact_mut(channels)) {
            let numbers = s.load(&numbers[part.clone()]);
            let slope = s.where_greater(numbers, zero, s.load(&slopes[part.clone()]), zero);
            s.store(&mut to[part.clone()], slope);
            sum = s.add(sum, slope);
        }
        s.store(sums, sum);
    }
}

/// Writes the sum of every pixel's channels times `weights`, and `bias`.
#[inline(always)]
pub(super) fn sum_channels<S: Simd>(s: S, weights: &[f32], bias: f32, pixels: &[f32], to: &mut [f32]) {
    for (to, pixel) in to.iter_mut().zip(pixels.chunks_exact(weights.len())) {
        let mut sum = s.splat(0.0);
        for (numbers, weights) in pixel.chunks_exact(LANES).zip(weights.chunks_exact(LANES)) {
            sum = s.mul_add(s.load(numbers), s.load(weights), sum);
        }
        let mut lanes = [0.0; LANES];
        s.store(&mut lanes, sum);
        let eight: [f32; 8] = from_fn(|lane| lanes[lane] + lanes[lane + 8]);
        let four: [f32; 4] = from_fn(|lane| eight[lane] + eight[lane + 4]);
        *to = bias + ((four[0] + four[2]) + (four[1] + four[3]));
    }
}

/// Writes `slopes`, one a pixel, times `weights` of channels where `numbers` are positive, zero elsewhere;
/// adds what it writes to its channel's `sums`, and `numbers` times slopes to `gradient`.
#[inline(always)]
pub(super) fn sum_channels_backward<S: Simd>(
    s: S,
    weights: &[f32],
    (numbers, slopes): (&[f32], &[f32]),
    to: &mut [f32],
    (sums, gradient): (&mut [f32], &mut [f32]),
) {
    let channels = weights.len();
    let zero = s.splat(0.0);
    let blocks = sums.chunks_exact_mut(LANES).zip(gradient.chunks_exact_mut(LANES));
    for (block, (sums, gradient)) in blocks.enumerate() {
        let part = block * LANES..(block + 1) * LANES;
        let weights = s.load(&weights[part.clone()]);
        let [mut sum, mut of_weights] = [s.load(sums), s.load(gradient)];
        let pixels = numbers.chunks_exact(channels).zip(slopes);
        for ((numbers, slope), to) in pixels.zip(to.chunks_exact_mut(channels)) {
            let (numbers, slope) = (s.load(&numbers[part.clone()]), s.splat(*slope));
            let below = s.where_greater(numbers, zero, s.mul(slope, weights), zero);
            s.store(&mut to[part.clone()], below);
            sum = s.add(sum, below);
            of_weights = s.mul_add(slope, numbers, of_weights);
        }
        s.store(sums, sum);
        s.store(gradient, of_weights);
    }
}
