//! Counts the multiply-adds that a plan costs for every sample, in both orders of its channels.

use crate::kernel::Kind;
use crate::plan::Plan;
use crate::shape::stored;
use crate::tiling::Tiling;

impl Plan {
    /// Multiply-adds of the forward pass of one sample.
    pub(crate) fn forward_work(&self) -> u64 {
        let stages = (0..self.stages.len()).map(|index| self.stage_work(index)[0]);
        (stages.sum::<usize>() + self.head_work()) as u64
    }

    /// Multiply-adds of the backward pass of one sample.
    pub(crate) fn backward_work(&self) -> u64 {
        let stages = (0..self.stages.len()).map(|index| self.stage_work(index)[1]);
        // The head's weights, and the map of either direction.
        (stages.sum::<usize>() + 3 * self.head_work()) as u64
    }

    fn head_work(&self) -> usize {
        self.packing.head.len()
    }

    /// Forward and backward.
    fn stage_work(&self, index: usize) -> [usize; 2] {
        let (stage, packing) = (&self.stages[index], &self.packing.stages[index]);
        if let Some(tiling) = &stage.tiling {
            return tiled_work(tiling, stage.input.channels, self.bands(stage).is_one());
        }
        let taps = stage.kernel * stage.kernel * stage.sums.pixels() * stage.outputs();
        if index == 0 {
            // The even part and the odd part stand for both directions, and their gradient is not asked for.
            let work = taps * (packing.inputs + packing.odd_inputs);
            [work, work]
        } else {
            let work = 2 * taps * packing.inputs;
            [work, 2 * work]
        }
    }
}

/// Forward and backward, of a convolution of `channels` by Winograd's products.
fn tiled_work(tiling: &Tiling, channels: usize, one_band: bool) -> [usize; 2] {
    // Two maps, one of each direction.
    let tiles = 2 * tiling.count();
    let (inputs, outputs) = (stored(channels), stored(tiling.sums.channels));
    let transforms = |kind: Kind| {
        let spectra = match kind {
            Kind::Input | Kind::InputGradient => tiling.pieces() * inputs,
            Kind::Output | Kind::RectifiedOutput | Kind::OutputGradient => outputs,
        };
        tiles * spectra * kind.multiply_adds(tiling.axes)
    };
    let products = tiles * tiling.pieces() * tiling.points();
    let (sums, map_gradient) = (products * channels * outputs, products * tiling.sums.channels * inputs);
    // The spectra of one band last until the way back, those of several are read again.
    let again = if one_band { 0 } else { transforms(Kind::Input) };
    [
        transforms(Kind::Input) + sums + transforms(Kind::Output),
        again + transforms(Kind::OutputGradient) + sums + map_gradient + transforms(Kind::InputGradient),
    ]
}

#[cfg(test)]
mod tests {
    use crate::inputs::{InputMap, Inputs};
    use crate::kernel::executed;
    use crate::layer::Layer;
    use crate::network::Network;
    use crate::parameters::Packed;
    use crate::shape::Shape;
    use crate::stage::Stage;
    use crate::workspace::Workspace;

    struct Zeros;

    impl Inputs for Zeros {
        fn write(&self, _: usize, input: &mut InputMap<'_>) {
            let Shape { channels, rows, .. } = input.shape();
            for row in 0..channels * rows {
                input.row_mut(row / rows, row % rows).fill(0.0);
            }
        }
    }

    fn network([rows, columns]: [usize; 2], layers: Vec<Layer>) -> Network {
        Network::new(Shape { channels: 2, rows, columns }, layers, "fc").unwrap()
    }

    /// By hand: 16 channels of 9 x 7 pixels by 3 x 3 x 2 taps, then 32 channels of 9 x 7 by 3 x 3 x 16, then
    /// a head of 4 x 3 x 32. The first layer costs one direction's sums and its weights' gradient; the second
    /// both directions' sums, weights' gradient and map's gradient; the head two products (maps subtracted
    /// first) and two gradients of maps. Would catch a direction or a gradient counted twice.
    #[test]
    fn direct_convolutions_cost_what_a_hand_counts() {
        let layers = vec![
            Layer::convolution("a", 16, 3, 1),
            Layer::convolution("b", 32, 3, 1),
            Layer::MaxPool { size: 2 },
        ];
        let network = network([9, 7], layers).with_direct_convolutions();
        let (first, second, head) = (9 * 7 * 16 * 3 * 3 * 2, 9 * 7 * 32 * 3 * 3 * 16, 4 * 3 * 32);
        assert_eq!((first, second, head), (18_144, 290_304, 384));
        assert_eq!(network.multiply_adds(), first + second + head);
        assert_eq!(network.multiply_adds_per_evaluation(), first + 2 * second + head);
        assert_eq!(network.multiply_adds_per_sample(), 2 * first + 6 * second + 4 * head);
    }

    /// Against what the kernels were told to do, for every algorithm, in one band and in several, with
    /// channels that fill no vector. Would catch a term left out and an algorithm that changed while its
    /// count did not.
    #[test]
    fn the_count_is_what_the_kernels_execute() {
        let stacks = [
            ([20, 40], vec![(32, 5, 2), (32, 3, 1), (64, 3, 1)]),
            ([97, 130], vec![(18, 3, 1), (17, 3, 2), (20, 5, 1)]),
            ([37, 23], vec![(20, 3, 1), (24, 7, 1), (5, 1, 1)]),
        ];
        for (frame, layers) in stacks {
            let layers = layers.into_iter().enumerate().map(|(index, (outputs, kernel, stride))| {
                Layer::convolution(format!("{index}"), outputs, kernel, stride)
            });
            let network = network(frame, layers.collect());
            // The small frame has all tiles in one band, the large ones have some stage in several.
            let in_one_band = |stage: &Stage| stage.tiling.is_none() || network.plan.bands(stage).is_one();
            assert_eq!(network.plan.stages.iter().all(in_one_band), frame == [20, 40]);
            for network in [network.clone(), network.with_direct_convolutions()] {
                let samples = network.plan.micro_batch;
                let packed = Packed::new(&network.plan);
                let mut workspace = Workspace::new(&network.plan);
                let mut gradient = vec![0.0; network.plan.packing.len()];
                let start = executed();
                network.forward(&packed, &Zeros, 0..samples, true, &mut workspace);
                for slot in 0..samples {
                    network.contribute(&packed, slot, &mut workspace);
                }
                let forward = executed() - start;
                network.backward(&packed, &vec![1.0; samples], &mut workspace, &mut gradient);
                let both = executed() - start;
                let samples = samples as u64;
                assert_eq!(forward, samples * network.multiply_adds_per_evaluation(), "{frame:?}");
                assert_eq!(both, samples * network.multiply_adds_per_sample(), "{frame:?}");
            }
        }
    }
}
