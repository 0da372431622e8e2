//! Fits a convolution with the pooling after it onto the map before it.

use crate::band::{Band, Bands, least_common_multiple};
use crate::kernel::Pooling;
use crate::layer::{Activation, Layer, ShapeError};
use crate::shape::{Layout, Shape, stored};
use crate::tiling::Tiling;

/// A convolution, its activation, and the pooling that follows it (side 1 where none does).
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) name: String,
    /// The map it reads, of the channels that the layer counts.
    pub(crate) input: Shape,
    /// The sums of the convolution.
    pub(crate) sums: Shape,
    /// The map it leaves behind.
    pub(crate) output: Shape,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) padding: usize,
    relu: bool,
    first: bool,
    pool: usize,
    /// Tiles of the sums, if it runs by Winograd's products.
    pub(crate) tiling: Option<Tiling>,
}

/// Sums of one direction that a band of a direct convolution holds, about half of the first cache.
const DIRECT_BAND: usize = 4096;

/// Larger windows could not be told apart by a place stored in single precision.
const LARGEST_POOL: usize = 4096;

impl Stage {
    /// Cuts `layers` into stages, each fitted onto the one before.
    pub(crate) fn sequence(input: Shape, layers: &[Layer]) -> Result<Vec<Self>, ShapeError> {
        if input.is_empty() {
            return Err(ShapeError::new("the input", format!("a map of {input} holds nothing")));
        }
        let mut stages: Vec<Self> = Vec::new();
        for (index, layer) in layers.iter().enumerate() {
            let before = stages.last().map_or(input, |stage| stage.output);
            match layer {
                Layer::Convolution { .. } => stages.push(Self::convolution(index, before, layer)?),
                Layer::MaxPool { size } => {
                    let fault =
                        |reason: String| ShapeError::new(format!("layer {} (max-pool)", index + 1), reason);
                    let stage = stages
                        .last_mut()
                        .ok_or_else(|| fault("a network begins with a convolution".into()))?;
                    stage.pool_by(*size).map_err(fault)?;
                }
            }
        }
        if stages.is_empty() {
            return Err(ShapeError::new("the layers", "a network has at least one convolution"));
        }
        Ok(stages)
    }

    fn convolution(index: usize, input: Shape, layer: &Layer) -> Result<Self, ShapeError> {
        let Layer::Convolution { name, outputs, kernel, stride, padding, activation } = layer else {
            unreachable!("called for convolutions only")
        };
        let (outputs, kernel, stride, padding) = (*outputs, *kernel, *stride, *padding);
        let fault = |reason: String| ShapeError::new(format!("layer {} ({name})", index + 1), reason);
        for (what, count) in [("output channels", outputs), ("kernel", kernel), ("stride", stride)] {
            if count == 0 {
                return Err(fault(format!("the {what} must be at least 1")));
            }
        }
        let side = |pixels: usize| (pixels + 2 * padding).checked_sub(kernel).map(|rest| rest / stride + 1);
        let (Some(rows), Some(columns)) = (side(input.rows), side(input.columns)) else {
            return Err(fault(format!(
                "a {kernel} x {kernel} kernel does not fit on a map of {} x {} pixels padded by {padding}",
                input.rows, input.columns
            )));
        };
        let sums = Shape { channels: outputs, rows, columns };
        let relu = *activation == Activation::Relu;
        let tiling = if index == 0 { None } else { Tiling::of(input.channels, sums, kernel, stride) };
        Ok(Self {
            name: name.clone(),
            input,
            sums,
            output: sums,
            kernel,
            stride,
            padding,
            relu,
            first: index == 0,
            pool: 1,
            tiling,
        })
    }

    /// Adds a pooling. Windows of windows are windows, so poolings in sequence are one.
    fn pool_by(&mut self, size: usize) -> Result<(), String> {
        if size == 0 {
            return Err("the window must be at least 1".into());
        }
        let Shape { rows, columns, .. } = self.output;
        if rows < size || columns < size {
            return Err(format!(
                "a window of {size} x {size} does not fit on a map of {rows} x {columns} pixels"
            ));
        }
        self.pool *= size;
        if self.pool > LARGEST_POOL {
            return Err(format!("windows may be at most {LARGEST_POOL} wide"));
        }
        self.output.rows /= size;
        self.output.columns /= size;
        Ok(())
    }

    /// Numbers in one weight: input channels, rows and columns of the kernel.
    pub(crate) fn fan_in(&self) -> usize {
        self.input.channels * self.kernel * self.kernel
    }

    /// Multiply-adds of one forward pass in one direction.
    pub(crate) fn multiply_adds(&self) -> u64 {
        self.sums.len() as u64 * self.fan_in() as u64
    }

    /// How the map it reads is stored, with `channels` numbers a pixel.
    pub(crate) fn input_layout(&self, channels: usize) -> Layout {
        let mut layout = Layout::bordered(self.input.rows, self.input.columns, channels, self.padding);
        if let Some(tiling) = &self.tiling {
            let [rows, columns] = tiling.covered();
            layout.stored_rows = layout.stored_rows.max(rows);
            layout.stored_columns = layout.stored_columns.max(columns);
        }
        layout
    }

    /// Numbers of the spectra of its weights for `inputs` stored channels; none where it convolves directly.
    pub(crate) fn spectrum_len(&self, inputs: usize) -> usize {
        self.tiling.map_or(0, |tiling| tiling.pieces() * tiling.points() * inputs * self.outputs())
    }

    /// Samples that fill its products.
    pub(crate) fn samples(&self) -> usize {
        self.tiling.map_or(1, |tiling| tiling.samples())
    }

    /// Channels of the sums as stored.
    pub(crate) fn outputs(&self) -> usize {
        stored(self.sums.channels)
    }

    /// The bands in which its sums are made, of `samples` at a time.
    pub(crate) fn bands(&self, samples: usize) -> Bands {
        let (wanted, tile) = match self.tiling {
            Some(tiling) => tiling.band_rows(2 * samples),
            None => (DIRECT_BAND / (self.sums.columns * self.outputs()), 1),
        };
        Bands::new(self.sums.rows, wanted, least_common_multiple(tile, self.pool), self.pool)
    }

    /// Numbers of the sums of a band of `rows`, as stored.
    pub(crate) fn band_len(&self, rows: usize) -> usize {
        rows * self.sums.columns * self.outputs()
    }

    /// Numbers of the argmax of every pooling window, as stored.
    pub(crate) fn argmax_len(&self) -> usize {
        if self.pool > 1 { self.output.pixels() * self.outputs() } else { 0 }
    }

    /// Where those of `band` lie among them.
    pub(crate) fn argmax(&self, band: &Band) -> std::ops::Range<usize> {
        if self.pool == 1 {
            return 0..0;
        }
        let row = self.output.columns * self.outputs();
        band.map_start * row..(band.map_start + band.map_rows) * row
    }

    /// The step from the sums of `band` to the map, stored as `map`.
    pub(crate) fn pooling(&self, band: &Band, map: &Layout) -> Pooling {
        Pooling {
            rows: band.map_rows,
            columns: self.output.columns,
            channels: self.outputs(),
            size: self.pool,
            relu: self.relu,
            // The first stage sums even and odd parts, tiled ones sum and difference.
            sum_difference: self.first || self.tiling.is_some(),
            sum_rows: band.rows,
            sum_columns: self.sums.columns,
            map_origin: map.origin() + band.map_start * map.row(),
            map_row: map.row(),
        }
    }
}
