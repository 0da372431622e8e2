//! Draws the first parameters of a network.

use crate::network::Network;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

impl Network {
    /// First parameters: convolutions Kaiming normal (fan out, gain of `ReLU`; He et al., DOI
    /// 10.1109/ICCV.2015.123) with PyTorch's default bias, uniform within `1/sqrt(fan in)`; the head Xavier
    /// uniform with bias zero.
    ///
    /// Each tensor has its own random stream: the same seed gives the same bits.
    pub fn initial_parameters(&self, seed: u64) -> Vec<f32> {
        let mut parameters = vec![0.0; self.parameter_count()];
        for (index, tensor) in self.tensors().iter().enumerate() {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(index as u64);
            let values = &mut parameters[tensor.range.clone()];
            match (self.plan.stages.get(index / 2), index % 2) {
                (Some(stage), 0) => {
                    let fan_out = stage.sums.channels * stage.kernel * stage.kernel;
                    let width = (2.0 / fan_out as f64).sqrt();
                    values.fill_with(|| (width * random.sample::<f64, _>(StandardNormal)) as f32);
                }
                (Some(stage), _) => uniform(values, 1.0 / (stage.fan_in() as f64).sqrt(), &mut random),
                (None, 0) => uniform(values, (6.0 / (values.len() + 1) as f64).sqrt(), &mut random),
                (None, _) => {}
            }
        }
        parameters
    }
}

fn uniform(values: &mut [f32], bound: f64, random: &mut impl Rng) {
    values.fill_with(|| random.random_range(-bound..bound) as f32);
}

#[cfg(test)]
mod tests {
    use crate::{Activation, Layer, Network, Shape};

    /// Would catch fan in for fan out, a missing gain, and a bias drawn for the head.
    #[test]
    fn widths_are_those_of_the_schemes() {
        let layer = Layer::Convolution {
            name: "conv".into(),
            outputs: 64,
            kernel: 3,
            stride: 1,
            padding: 1,
            activation: Activation::Relu,
        };
        let network = Network::new(Shape { channels: 16, rows: 8, columns: 8 }, vec![layer], "fc").unwrap();
        let parameters = network.initial_parameters(3);
        let spread = |index: usize| {
            let values = &parameters[network.tensors()[index].range.clone()];
            let square: f64 = values.iter().map(|v| f64::from(*v).powi(2)).sum();
            let largest = values.iter().fold(0.0, |most: f32, v| most.max(v.abs()));
            ((square / values.len() as f64).sqrt(), f64::from(largest))
        };
        let kaiming = (2.0_f64 / (64.0 * 9.0)).sqrt();
        assert!((spread(0).0 / kaiming - 1.0).abs() < 0.03, "9216 draws");
        assert!(spread(1).1 < 1.0 / 12.0 && spread(1).1 > 0.9 / 12.0, "fan in 144");
        let xavier = (6.0_f64 / 4097.0).sqrt();
        assert!(spread(2).1 < xavier && spread(2).0 > 0.97 * xavier / 3.0_f64.sqrt());
        assert_eq!(spread(3), (0.0, 0.0));
        assert_eq!(parameters, network.initial_parameters(3));
        assert_ne!(parameters, network.initial_parameters(4));
    }
}
