//! Owns the maps that one thread needs for the handful of samples it has in hand.

use crate::network::Network;
use crate::parameters::Packed;
use crate::shape::stored;
use std::sync::Mutex;

/// Samples that a thread takes through the network together.
pub(crate) const GROUP: usize = 4;

/// Maps of up to [`GROUP`] samples; those of one sample lie side by side, forward before reversed.
///
/// Its size depends on the network alone, never on the batch.
pub(crate) struct Workspace {
    /// A sample as written.
    pub(crate) sample: Vec<f32>,
    /// Even and odd parts of the samples, bordered.
    pub(crate) even: Vec<f32>,
    pub(crate) odd: Vec<f32>,
    pub(crate) stages: Vec<StageMaps>,
    /// Products of spectra, of the stage at work.
    pub(crate) products: Vec<f32>,
    /// Contributions of one sample.
    pub(crate) contributions: Vec<f32>,
}

/// Buffers at rest between calls, so that the memory of one call serves the next.
#[derive(Default)]
pub(crate) struct Pool {
    packed: Mutex<Vec<Packed>>,
    workspaces: Mutex<Vec<Workspace>>,
    gradients: Mutex<Vec<Vec<f32>>>,
}

impl Pool {
    /// Room for the parameters of `network`.
    pub(crate) fn take_packed(&self, network: &Network) -> Packed {
        let rested = self.packed.lock().ok().and_then(|mut resting| resting.pop());
        rested.unwrap_or_else(|| Packed::new(network))
    }

    /// Lays packed parameters to rest.
    pub(crate) fn give_packed(&self, packed: Packed) {
        if let Ok(mut resting) = self.packed.lock() {
            resting.push(packed);
        }
    }

    /// A workspace for `network`, whose maps may hold anything inside their borders.
    pub(crate) fn take(&self, network: &Network) -> Workspace {
        let rested = self.workspaces.lock().ok().and_then(|mut resting| resting.pop());
        rested.unwrap_or_else(|| Workspace::new(network))
    }

    /// Lays a workspace to rest.
    pub(crate) fn give(&self, workspace: Workspace) {
        if let Ok(mut resting) = self.workspaces.lock() {
            resting.push(workspace);
        }
    }

    /// A packed gradient of zeros for `network`.
    pub(crate) fn take_gradient(&self, network: &Network) -> Vec<f32> {
        let rested = self.gradients.lock().ok().and_then(|mut resting| resting.pop());
        let mut gradient = rested.unwrap_or_default();
        gradient.clear();
        gradient.resize(network.packing.len(), 0.0);
        gradient
    }

    /// Lays a gradient to rest.
    pub(crate) fn give_gradient(&self, gradient: Vec<f32>) {
        if let Ok(mut resting) = self.gradients.lock() {
            resting.push(gradient);
        }
    }
}

/// Maps of one stage.
pub(crate) struct StageMaps {
    /// Sums of the convolution; their gradient on the way back.
    pub(crate) sums: Vec<f32>,
    /// Places of maxima.
    pub(crate) places: Vec<f32>,
    /// The spectrum of the map it reads; its gradient on the way back. Empty where it convolves directly.
    pub(crate) spectrum: Vec<f32>,
    /// The map left behind, bordered for the next stage.
    pub(crate) map: Vec<f32>,
    /// The gradient of the map, in the same layout.
    pub(crate) gradient: Vec<f32>,
}

impl Workspace {
    /// Maps for `network`.
    pub(crate) fn new(network: &Network) -> Self {
        let first = &network.stages[0];
        let packing = &network.packing.stages[0];
        let mut products = 0;
        let stages = network.stages.iter().enumerate().map(|(index, stage)| {
            let map = 2 * GROUP * network.output_layout(index).len();
            let spectrum =
                |channels: usize| stage.tiling.map_or(0, |tiling| tiling.spectrum(2 * GROUP, channels).len());
            products = products.max(spectrum(stage.outputs()));
            StageMaps {
                spectrum: vec![0.0; spectrum(stored(stage.input.channels))],
                sums: vec![0.0; 2 * GROUP * stage.sums_len()],
                places: vec![0.0; 2 * GROUP * stage.places_len()],
                map: vec![0.0; map],
                gradient: vec![0.0; map],
            }
        });
        let stages = stages.collect();
        Self {
            sample: vec![0.0; network.input().len()],
            even: vec![0.0; GROUP * first.input_layout(packing.inputs).len()],
            odd: vec![0.0; GROUP * first.input_layout(packing.odd_inputs).len()],
            stages,
            products: vec![0.0; products],
            contributions: vec![0.0; network.features().pixels()],
        }
    }
}
