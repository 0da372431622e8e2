//! Hands samples to the network, written where it wants them.

use crate::shape::Shape;

/// A source of samples.
pub trait Inputs: Sync {
    /// Writes sample `index`, normalised, over all of `input`.
    fn write(&self, index: usize, input: &mut InputMap<'_>);
}

/// The window into which a sample is written: channels of rows of pixels, as PyTorch has them.
#[derive(Debug)]
pub struct InputMap<'a> {
    values: &'a mut [f32],
    shape: Shape,
}

impl<'a> InputMap<'a> {
    /// A window of `shape` over `values`.
    ///
    /// # Panics
    /// If `values` has any other length.
    pub fn new(values: &'a mut [f32], shape: Shape) -> Self {
        assert_eq!(values.len(), shape.len(), "an input map needs one number per pixel and channel");
        Self { values, shape }
    }

    /// Channels, rows and columns.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Row `row` of channel `channel`.
    pub fn row_mut(&mut self, channel: usize, row: usize) -> &mut [f32] {
        let columns = self.shape.columns;
        let start = (channel * self.shape.rows + row) * columns;
        &mut self.values[start..start + columns]
    }
}
