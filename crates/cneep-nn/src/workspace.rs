//! Owns the maps that one thread needs for the handful of samples it has in hand.

use crate::plan::Plan;
use crate::shape::stored;
use crate::spectrum::Spectrum;

/// Maps of one [`Plan::micro_batch`]; those of a sample lie side by side, forward before reversed.
///
/// Its size depends on the plan alone, never on the batch.
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
    pub(crate) sum_difference: Vec<f32>,
    /// Products of spectra, of the band at work.
    pub(crate) products: Vec<f32>,
    /// Sums of one sample, of the band at work; their gradient on the way back.
    pub(crate) sums: Vec<f32>,
    /// Contributions of one sample.
    pub(crate) contributions: Vec<f32>,
    /// Whether the forward pass keeps `argmax`.
    pub(crate) keeps_argmax: bool,
}

/// Maps of one stage.
pub(crate) struct StageMaps {
    /// Where in its pooling window each maximum lies.
    pub(crate) argmax: Vec<f32>,
    /// The spectra of the band of the map it reads, or their gradient; empty where it convolves directly.
    pub(crate) spectrum: Vec<f32>,
    /// The gradient of the spectra of its weights; zero between batches.
    pub(crate) weights_gradient: Vec<f32>,
    /// The map left behind, bordered for the next stage.
    pub(crate) map: Vec<f32>,
}

impl Workspace {
    /// Maps for `plan`.
    pub(crate) fn new(plan: &Plan) -> Self {
        let (first, samples) = (&plan.stages[0], plan.micro_batch);
        let packing = &plan.packing.stages[0];
        let (mut products, mut sums, mut sum_difference, mut gradient) = (0, 0, 0, 0);
        let stages = plan.stages.iter().enumerate().map(|(index, stage)| {
            let map = 2 * samples * plan.layouts[index].len();
            let rows = plan.bands(stage).most_rows();
            sums = sums.max(2 * stage.band_len(rows));
            gradient = gradient.max(map);
            let (mut spectrum, mut weights) = (0, 0);
            if let Some(tiling) = stage.tiling {
                let band = plan.bands(stage).iter().next().map_or(tiling, |band| tiling.band(&band));
                let inputs = stored(stage.input.channels);
                let inner = Spectrum::of_inputs(band, 2 * samples, stage.input.channels);
                spectrum = inner.len();
                weights = stage.spectrum_len(inputs);
                sum_difference = sum_difference.max(2 * inner.input_rows(&stage.input_layout(inputs)).len());
                products = products.max(Spectrum::of_sums(band, 2 * samples).len());
            }
            StageMaps {
                argmax: vec![0.0; 2 * samples * stage.argmax_len()],
                spectrum: vec![0.0; spectrum],
                weights_gradient: vec![0.0; weights],
                map: vec![0.0; map],
            }
        });
        let stages = stages.collect();
        Self {
            sample: vec![0.0; plan.input.len()],
            even: vec![0.0; samples * first.input_layout(packing.inputs).len()],
            odd: vec![0.0; samples * first.input_layout(packing.odd_inputs).len()],
            stages,
            gradient: vec![0.0; gradient],
            gradient_before: vec![0.0; gradient],
            sum_difference: vec![0.0; sum_difference],
            products: vec![0.0; products],
            sums: vec![0.0; sums],
            contributions: vec![0.0; plan.features().pixels()],
            keeps_argmax: true,
        }
    }

    /// Numbers it holds.
    pub(crate) fn len(&self) -> usize {
        let stage = |maps: &StageMaps| {
            let StageMaps { argmax, spectrum, weights_gradient, map } = maps;
            argmax.len() + spectrum.len() + weights_gradient.len() + map.len()
        };
        let Self {
            sample,
            even,
            odd,
            stages,
            gradient,
            gradient_before,
            sum_difference,
            products,
            sums,
            contributions,
            keeps_argmax: _,
        } = self;
        [sample, even, odd, gradient, gradient_before, sum_difference, products, sums, contributions]
            .map(Vec::len)
            .iter()
            .sum::<usize>()
            + stages.iter().map(stage).sum::<usize>()
    }
}
