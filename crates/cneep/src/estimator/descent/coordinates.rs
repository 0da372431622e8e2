//! Turns the axes in which a first layer is trained: its responses to frames and to changes between frames.

use cneep_nn::Tensor;

/// Coordinates in which the first layer is trained. Frame kernels `w_c` and `w_(n-1-c)` of a window become
/// their half sum `s` (response to what stays) and their half difference over the gain, `d` (response to what
/// changes under reversal): `w = s +- gain d`. Changes between frames are faint beside the frames, so their
/// response must grow far more, and noise in it does less harm: an optimiser that moves every coordinate
/// alike moves `d` too slowly.
pub(in crate::estimator) struct Coordinates {
    outputs: usize,
    window: usize,
    /// Numbers of one frame's kernel.
    kernel: usize,
    gain: f32,
}

impl Coordinates {
    /// For the first convolution's `weight`, shape (output, frame, row, column), which begins the flat
    /// vector. None at gain 1, where the weights themselves are trained, as in the paper: Adam's steps depend
    /// on the axes.
    pub(in crate::estimator) fn new(weight: &Tensor, gain: f64) -> Option<Self> {
        let [outputs, window] = [weight.shape[0], weight.shape[1]];
        let kernel = weight.range.len() / (outputs * window);
        (gain != 1.0).then_some(Self { outputs, window, kernel, gain: gain as f32 })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn first_layer() -> (Tensor, Vec<f32>) {
        let weight = Tensor { name: "layer1.conv.weight".into(), shape: vec![2, 3, 1, 2], range: 0..12 };
        (weight, (0_u8..15).map(|i| f32::from(i) * 0.25 - 1.0).collect())
    }

    #[test]
    fn leaving_undoes_entering_and_touches_no_other_parameter() {
        let (weight, parameters) = first_layer();
        let coordinates = Coordinates::new(&weight, 8.0).unwrap();
        let mut there = parameters.clone();
        coordinates.enter(&mut there);
        assert_ne!(there, parameters);
        assert_eq!(there[12..], parameters[12..]);
        coordinates.leave(&mut there);
        assert_eq!(there, parameters);
    }

    /// Catches the paper's settings trained along turned axes.
    #[test]
    fn at_gain_one_the_weights_themselves_are_trained() {
        assert!(Coordinates::new(&first_layer().0, 1.0).is_none());
    }

    /// The chain rule for a linear function f = g . w: its slope along a coordinate is that of f(leave(x)).
    #[test]
    fn the_gradient_enters_by_the_chain_rule() {
        let (weight, slope) = first_layer();
        let coordinates = Coordinates::new(&weight, 4.0).unwrap();
        let mut entered = slope.clone();
        coordinates.enter_gradient(&mut entered);
        for number in 0..slope.len() {
            let mut unit = vec![0.0; slope.len()];
            unit[number] = 1.0;
            coordinates.leave(&mut unit);
            let along: f32 = unit.iter().zip(&slope).map(|(x, g)| x * g).sum();
            assert!((along - entered[number]).abs() < 1e-5, "{number}: {along} {}", entered[number]);
        }
    }
}
