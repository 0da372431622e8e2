//! Weighs the difference of the two last maps, forward and backward.

use super::simd::{LANES, Simd};

/// Writes, for each pixel, the sum over channels of `weights * (forward - reversed)`.
///
/// All three are `channels` numbers a pixel. The order of the sum is fixed, so exchanging the two maps
/// changes signs and nothing else.
#[inline(always)]
pub(super) fn head_forward<S: Simd>(
    s: S,
    channels: usize,
    weights: &[f32],
    forward: &[f32],
    reversed: &[f32],
    contributions: &mut [f32],
) {
    for (pixel, contribution) in contributions.iter_mut().enumerate() {
        let mut total = s.splat(0.0);
        for at in (pixel * channels..(pixel + 1) * channels).step_by(LANES) {
            let difference = s.sub(s.load(&forward[at..]), s.load(&reversed[at..]));
            total = s.mul_add(s.load(&weights[at..]), difference, total);
        }
        let mut lanes = [0.0; LANES];
        s.store(&mut lanes, total);
        for half in [8, 4, 2, 1] {
            for lane in 0..half {
                lanes[lane] += lanes[lane + half];
            }
        }
        *contribution = lanes[0];
    }
}

/// Writes the gradients of both maps, `derivative * weights` and its negative, and adds `derivative *
/// (forward - reversed)` to the gradient of the weights.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "two maps, the weights, and the gradient of each")]
pub(super) fn head_backward<S: Simd>(
    s: S,
    derivative: f32,
    weights: &[f32],
    forward: &[f32],
    reversed: &[f32],
    forward_gradient: &mut [f32],
    reversed_gradient: &mut [f32],
    weights_gradient: &mut [f32],
) {
    let (up, down) = (s.splat(derivative), s.splat(-derivative));
    for at in (0..weights.len()).step_by(LANES) {
        let weight = s.load(&weights[at..]);
        let difference = s.sub(s.load(&forward[at..]), s.load(&reversed[at..]));
        s.store(&mut forward_gradient[at..], s.mul(up, weight));
        s.store(&mut reversed_gradient[at..], s.mul(down, weight));
        let total = s.mul_add(up, difference, s.load(&weights_gradient[at..]));
        s.store(&mut weights_gradient[at..], total);
    }
}
