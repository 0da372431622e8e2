//! Hands samples to the network, written where it wants them.

/// A source of samples.
pub trait Inputs: Sync {
    /// Writes sample `index`, normalised, over all of `input`.
    fn write(&self, index: usize, input: &mut InputMap<'_>);
}

/// The window into which a sample is written: rows of pixels, each pixel its channels side by side.
#[derive(Debug)]
pub struct InputMap<'a> {
    values: &'a mut [f32],
    rows: usize,
    columns: usize,
    channels: usize,
}

impl<'a> InputMap<'a> {
    /// A window of `rows` x `columns` pixels of `channels` over `values`.
    ///
    /// # Panics
    /// If `values` has any other length.
    pub fn new(values: &'a mut [f32], rows: usize, columns: usize, channels: usize) -> Self {
        assert_eq!(
            values.len(),
            rows * columns * channels,
            "an input map needs one number per pixel and channel"
        );
        Self { values, rows, columns, channels }
    }

    /// Rows of pixels.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of pixels.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Channels of a pixel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Row `row`: `columns * channels` numbers in the order (column, channel).
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let length = self.columns * self.channels;
        &mut self.values[row * length..(row + 1) * length]
    }
}
