//! Places the parameters of every stage in the one vector that the kernels read.

use crate::shape::stored;
use crate::stage::Stage;
use std::ops::Range;

/// Where the numbers of a stage lie in the packed vector.
///
/// Weights are (kernel row, kernel column, input channel, output channel), channels as stored. The first
/// stage reads the even part of a sample, `x + reversed x`, and the odd part, `x - reversed x`, each with
/// weights of its own.
#[derive(Debug, Clone)]
pub(crate) struct StagePacking {
    pub(crate) weights: Range<usize>,
    /// Weights of the odd part; empty but for the first stage.
    pub(crate) odd_weights: Range<usize>,
    pub(crate) bias: Range<usize>,
    /// Input channels as stored, of the map and of the odd part.
    pub(crate) inputs: usize,
    pub(crate) odd_inputs: usize,
}

/// Where every number lies in the packed vector.
#[derive(Debug, Clone)]
pub(crate) struct Packing {
    pub(crate) stages: Vec<StagePacking>,
    /// Weights of the head: (pixel, channel as stored).
    pub(crate) head: Range<usize>,
}

impl Packing {
    pub(crate) fn new(stages: &[Stage]) -> Self {
        let mut end = 0;
        let mut take = |count: usize| {
            let range = end..end + count;
            end = range.end;
            range
        };
        let packed = stages.iter().enumerate().map(|(index, stage)| {
            let channels = stage.input.channels;
            let (inputs, odd_inputs) =
                if index == 0 { (channels.div_ceil(2), channels / 2) } else { (stored(channels), 0) };
            let taps = stage.kernel * stage.kernel * stage.outputs();
            let (weights, odd_weights) = (take(taps * inputs), take(taps * odd_inputs));
            StagePacking { weights, odd_weights, bias: take(stage.outputs()), inputs, odd_inputs }
        });
        let stages_packed = packed.collect();
        let last = stages.last().map_or(0, |stage| stage.output.pixels() * stage.outputs());
        Self { stages: stages_packed, head: take(last) }
    }

    /// Numbers in the packed vector.
    pub(crate) fn len(&self) -> usize {
        self.head.end
    }
}
