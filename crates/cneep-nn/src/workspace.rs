//! Owns the maps that one thread needs for the handful of samples it has in hand.

use crate::band::Bands;
use crate::network::Network;
use crate::parameters::Packed;
use crate::shape::stored;
use crate::stage::Stage;
use std::sync::Mutex;

/// Maps of up to [`Network::group`] samples; those of one sample lie side by side, forward before reversed.
///
/// Its size depends on the network alone, never on the batch.
pub(crate) struct Workspace {
    /// A sample as written.
    pub(crate) sample: Vec<f32>,
    /// Even and odd parts of the samples, bordered.
    pub(crate) even: Vec<f32>,
    pub(crate) odd: Vec<f32>,
    pub(crate) stages: Vec<StageMaps>,
    /// Gradients of the maps after the stage at work, and before it.
    pub(crate) gradient: Vec<f32>,
    pub(crate) gradient_before: Vec<f32>,
    /// Rows of the maps of one sample, of the band at work, as sum and difference of the directions.
    pub(crate) mixed: Vec<f32>,
    /// Products of spectra, of the band at work.
    pub(crate) products: Vec<f32>,
    /// Sums of one sample, of the band at work; their gradient on the way back.
    pub(crate) sums: Vec<f32>,
    /// Contributions of one sample.
    pub(crate) contributions: Vec<f32>,
    /// Whether the places of maxima are kept.
    pub(crate) keeps_places: bool,
}

/// Maps of one stage.
pub(crate) struct StageMaps {
    /// Places of maxima.
    pub(crate) places: Vec<f32>,
    /// The spectrum of the band of the map it reads; its gradient on the way back. Empty where it convolves directly.
    pub(crate) spectrum: Vec<f32>,
    /// The gradient of the spectrum of its weights; zero between batches.
    pub(crate) weights_gradient: Vec<f32>,
    /// The map left behind, bordered for the next stage.
    pub(crate) map: Vec<f32>,
}

impl Workspace {
    /// Maps for `network`.
    pub(crate) fn new(network: &Network) -> Self {
        let (first, group) = (&network.stages[0], network.group());
        let packing = &network.packing.stages[0];
        let (mut products, mut sums, mut mixed, mut gradient) = (0, 0, 0, 0);
        let stages = network.stages.iter().enumerate().map(|(index, stage)| {
            let map = 2 * group * network.output_layout(index).len();
            let rows = network.bands(stage).most_rows();
            sums = sums.max(2 * stage.band_len(rows));
            gradient = gradient.max(map);
            let (mut spectrum, mut weights) = (0, 0);
            if let Some(tiling) = stage.tiling {
                let band = network.bands(stage).iter().next().map_or(tiling, |band| tiling.band(&band));
                let inputs = stored(stage.input.channels);
                let inner = band.spectrum(2 * group, inputs);
                spectrum = inner.len();
                weights = stage.spectrum_len(inputs);
                mixed = mixed.max(2 * inner.input_rows(&stage.input_layout(inputs)).len());
                products = products.max(band.spectrum(2 * group, stage.outputs()).len());
            }
            StageMaps {
                places: vec![0.0; 2 * group * stage.places_len()],
                spectrum: vec![0.0; spectrum],
                weights_gradient: vec![0.0; weights],
                map: vec![0.0; map],
            }
        });
        let stages = stages.collect();
        Self {
            sample: vec![0.0; network.input().len()],
            even: vec![0.0; group * first.input_layout(packing.inputs).len()],
            odd: vec![0.0; group * first.input_layout(packing.odd_inputs).len()],
            stages,
            gradient: vec![0.0; gradient],
            gradient_before: vec![0.0; gradient],
            mixed: vec![0.0; mixed],
            products: vec![0.0; products],
            sums: vec![0.0; sums],
            contributions: vec![0.0; network.features().pixels()],
            keeps_places: true,
        }
    }

    /// Numbers it holds.
    fn len(&self) -> usize {
        let stage = |maps: &StageMaps| {
            let StageMaps { places, spectrum, weights_gradient, map } = maps;
            places.len() + spectrum.len() + weights_gradient.len() + map.len()
        };
        let Self {
            sample,
            even,
            odd,
            stages,
            gradient,
            gradient_before,
            mixed,
            products,
            sums,
            contributions,
            keeps_places: _,
        } = self;
        [sample, even, odd, gradient, gradient_before, mixed, products, sums, contributions]
            .map(Vec::len)
            .iter()
            .sum::<usize>()
            + stages.iter().map(stage).sum::<usize>()
    }
}

impl Network {
    /// Samples that a thread takes through the network together: enough to fill the products of every stage.
    pub(crate) fn group(&self) -> usize {
        let samples = |stage: &Stage| stage.tiling.map_or(1, |tiling| tiling.samples());
        self.stages.iter().map(samples).max().unwrap_or(1)
    }

    /// The bands of `stage`.
    pub(crate) fn bands(&self, stage: &Stage) -> Bands {
        stage.bands(self.group())
    }

    /// Bytes of memory that each thread works in, whatever the batch.
    pub fn workspace_size(&self) -> usize {
        let workspace = self.pool.take(self);
        let size = workspace.len() * size_of::<f32>();
        self.pool.give(workspace);
        size
    }
}

/// Buffers at rest between calls, so that the memory of one call serves the next.
#[derive(Default)]
pub(crate) struct Pool {
    packed: Mutex<Vec<Packed>>,
    workspaces: Mutex<Vec<Workspace>>,
    gradients: Mutex<Vec<Vec<f32>>>,
}

/// One of the buffers at rest.
fn wake<T>(resting: &Mutex<Vec<T>>) -> Option<T> {
    resting.lock().ok().and_then(|mut resting| resting.pop())
}

/// Lays a buffer to rest.
fn rest<T>(resting: &Mutex<Vec<T>>, buffer: T) {
    if let Ok(mut resting) = resting.lock() {
        resting.push(buffer);
    }
}

impl Pool {
    /// Room for the parameters of `network`.
    pub(crate) fn take_packed(&self, network: &Network) -> Packed {
        wake(&self.packed).unwrap_or_else(|| Packed::new(network))
    }

    /// Lays packed parameters to rest.
    pub(crate) fn give_packed(&self, packed: Packed) {
        rest(&self.packed, packed);
    }

    /// A workspace for `network`, whose maps may hold anything inside their borders.
    pub(crate) fn take(&self, network: &Network) -> Workspace {
        wake(&self.workspaces).unwrap_or_else(|| Workspace::new(network))
    }

    /// Lays a workspace to rest.
    pub(crate) fn give(&self, workspace: Workspace) {
        rest(&self.workspaces, workspace);
    }

    /// A packed gradient of zeros for `network`.
    pub(crate) fn take_gradient(&self, network: &Network) -> Vec<f32> {
        let mut gradient = wake(&self.gradients).unwrap_or_default();
        gradient.clear();
        gradient.resize(network.packing.len(), 0.0);
        gradient
    }

    /// Lays a gradient to rest.
    pub(crate) fn give_gradient(&self, gradient: Vec<f32>) {
        rest(&self.gradients, gradient);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Layer, Network, Shape};

    fn network(edge: usize) -> Network {
        let layers = vec![
            Layer::convolution("a", 32, 5, 2),
            Layer::MaxPool { size: 2 },
            Layer::convolution("b", 32, 3, 1),
            Layer::convolution("c", 64, 3, 1),
        ];
        Network::new(Shape { channels: 2, rows: edge, columns: edge }, layers, "fc").unwrap()
    }

    /// Would catch whole maps of sums or spectra, or groups of samples that do not shrink with the frame: a frame of
    /// 512 x 512 has 67 MB of sums and 150 MB of spectra.
    #[test]
    fn a_large_frame_needs_little_more_than_its_pooled_maps() {
        let megabytes = |edge: usize| network(edge).workspace_size() / 1_000_000;
        assert!(megabytes(32) < 3, "{} MB", megabytes(32));
        assert!(megabytes(512) < 50, "{} MB", megabytes(512));
        assert!(megabytes(1024) < 4 * megabytes(512) + 10, "{} MB", megabytes(1024));
    }
}
