//! Steers the first layer by its responses to frames and to changes between frames.

use cneep_nn::Tensor;

/// Coordinates in which the first layer is trained. Frame kernels `w_c` and `w_(n-1-c)` of a window become their half sum
/// `s` (response to what stays) and their half difference over the gain, `d` (response to what changes under reversal):
/// `w = s +- gain d`. Changes between frames are faint beside the frames, so their response must grow far more, and noise
/// in it does less harm: an optimiser that moves every coordinate alike moves `d` too slowly.
pub(super) struct Coordinates {
    outputs: usize,
    window: usize,
    /// Numbers of one frame's kernel.
    kernel: usize,
    gain: f32,
}

impl Coordinates {
    /// For the first convolution's `weight`, shape (output, frame, row, column), which begins the flat vector.
    pub(super) fn new(weight: &Tensor, gain: f64) -> Self {
        let [outputs, window] = [weight.shape[0], weight.shape[1]];
        Self { outputs, window, kernel: weight.range.len() / (outputs * window), gain: gain as f32 }
    }

    /// From weights to coordinates.
    pub(super) fn enter(&self, parameters: &mut [f32]) {
        let gain = self.gain;
        self.for_each_pair(parameters, |a, b| (0.5 * (a + b), 0.5 * (a - b) / gain));
    }

    /// From coordinates back to weights.
    pub(super) fn leave(&self, parameters: &mut [f32]) {
        let gain = self.gain;
        self.for_each_pair(parameters, |s, d| (s + gain * d, s - gain * d));
    }

    /// From the gradient with respect to weights to that with respect to coordinates.
    pub(super) fn enter_gradient(&self, gradient: &mut [f32]) {
        let gain = self.gain;
        self.for_each_pair(gradient, |a, b| (a + b, gain * (a - b)));
    }

    fn for_each_pair(&self, values: &mut [f32], change: impl Fn(f32, f32) -> (f32, f32)) {
        for output in 0..self.outputs {
            for frame in 0..self.window / 2 {
                let first = (output * self.window + frame) * self.kernel;
                let second = (output * self.window + self.window - 1 - frame) * self.kernel;
                for number in 0..self.kernel {
                    let (a, b) = change(values[first + number], values[second + number]);
                    (values[first + number], values[second + number]) = (a, b);
                }
            }
        }
    }
}
