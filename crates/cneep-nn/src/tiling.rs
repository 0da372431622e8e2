//! Cuts the sums of a convolution into tiles that small products of spectra make.
//!
//! A kernel is a sum of pieces of a few taps: neighbours, or of one phase of the stride. The spectra of all
//! pieces are read from the same map, and their products add up before they turn into sums.
//!
//! Both directions of time pass as their sum and their difference, which the spectra of halved weights turn
//! into the sum and the difference of the results. The rounding of the large sum is then common to both
//! directions and cancels in what the network returns.

use crate::band::Band;
use crate::kernel::{Axis, Kernels};
use crate::shape::{Shape, stored};

/// How a convolution is cut into tiles of its sums and pieces of its kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tiling {
    /// Both of the same taps and stride.
    pub(crate) axes: [Axis; 2],
    /// Tiles along rows and columns.
    pub(crate) tiles: [usize; 2],
    kernel: usize,
    stride: usize,
    pub(crate) sums: Shape,
    /// Row of the sums at which it begins.
    top: usize,
}

/// Multiply-adds in the time that it takes to transform a number, as measured.
const TRANSFORM_COST: usize = 6;
/// Rows of a product below which its weights are read too seldom; twice as many where they leave the cache.
const MIN_PRODUCT_ROWS: usize = 24;
/// Most samples that are gathered to fill a product.
const MAX_MICRO_BATCH: usize = 8;
/// Both directions of time are taken as sum and difference, by weights of half the size.
const HALF: f32 = 0.5;

impl Tiling {
    /// The cheapest tiling of the `sums` of maps of so many channels, unless the direct sum is as cheap.
    pub(crate) fn of(channels: usize, sums: Shape, kernel: usize, stride: usize) -> Option<Self> {
        let fits = |axis: &Axis| axis.taps() <= kernel && [1, stride].contains(&axis.stride());
        let alike = |a: &Axis, b: &Axis| (a.taps(), a.stride()) == (b.taps(), b.stride());
        let of = |down: Axis| {
            let right = Axis::ALL.into_iter().filter(move |right| alike(&down, right));
            right.map(move |right| {
                let axes = [down, right];
                let tiles = [sums.rows.div_ceil(down.outputs()), sums.columns.div_ceil(right.outputs())];
                Self { axes, tiles, kernel, stride, sums, top: 0 }
            })
        };
        let tilings = Axis::ALL.into_iter().filter(fits).flat_map(of);
        let exact = tilings.filter(Self::is_exact);
        let tiling = exact.min_by_key(|tiling| tiling.cost(channels))?;
        let direct = kernel * kernel * sums.pixels() * stored(channels) * stored(sums.channels);
        (10 * tiling.cost(channels) < 9 * direct).then_some(tiling)
    }

    /// Time in multiply-adds of a direct sum, for maps of so many channels.
    fn cost(&self, channels: usize) -> usize {
        let (inputs, outputs) = (self.pieces() * stored(channels), stored(self.sums.channels));
        let cost = self.count() * self.points() * (inputs * outputs + TRANSFORM_COST * (inputs + outputs));
        // The weights of several pieces leave the cache.
        if self.pieces() > 1 { cost + cost / 2 } else { cost }
    }

    /// Whether it rounds little enough: the errors of pieces add up, and grow with the points.
    fn is_exact(&self) -> bool {
        match self.pieces() {
            1 => true,
            2..=4 => self.axes.iter().all(|axis| axis.points() <= 6),
            _ => false,
        }
    }

    /// Rows that its products should have.
    fn product_rows(&self) -> usize {
        if self.pieces() > 1 { 2 * MIN_PRODUCT_ROWS } else { MIN_PRODUCT_ROWS }
    }

    /// Pixels from one tap of a piece to the next, and from one input of a tile.
    pub(crate) fn step(&self) -> usize {
        self.stride / self.axes[0].stride()
    }

    /// Where pieces begin in the kernel along one axis.
    fn starts(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let (step, taps) = (self.step(), self.axes[0].taps());
        (0..self.kernel).filter(move |start| (start / step).is_multiple_of(taps))
    }

    /// Row and column of the kernel at which each piece begins.
    pub(crate) fn piece_starts(&self) -> impl Iterator<Item = [usize; 2]> + use<> {
        let columns = self.starts();
        self.starts().flat_map(move |row| columns.clone().map(move |column| [row, column]))
    }

    /// Pieces of the kernel.
    pub(crate) fn pieces(&self) -> usize {
        self.starts().count().pow(2)
    }

    /// Samples that fill the rows of its products, both directions of time counted.
    pub(crate) fn samples(&self) -> usize {
        self.product_rows().div_ceil(2 * self.count()).min(MAX_MICRO_BATCH)
    }

    /// Rows of sums that fill its products if `maps` are in hand, and in one row of tiles.
    pub(crate) fn band_rows(&self, maps: usize) -> (usize, usize) {
        let tile = self.axes[0].outputs();
        (self.product_rows().div_ceil(maps * self.tiles[1]) * tile, tile)
    }

    /// The tiles of one band of its sums, which begins with a tile.
    pub(crate) fn band(self, band: &Band) -> Self {
        let tiles = [band.rows.div_ceil(self.axes[0].outputs()), self.tiles[1]];
        Self { tiles, sums: Shape { rows: band.rows, ..self.sums }, top: band.start, ..self }
    }

    /// Points of a spectrum.
    pub(crate) fn points(&self) -> usize {
        self.axes[0].points() * self.axes[1].points()
    }

    /// Tiles of a map.
    pub(crate) fn count(&self) -> usize {
        self.tiles[0] * self.tiles[1]
    }

    /// Rows and columns of the input from one tile to the next.
    pub(crate) fn tile_distances(&self) -> [usize; 2] {
        self.axes.map(|axis| axis.outputs() * self.stride)
    }

    /// Row of the input at which it begins.
    pub(crate) fn input_top(&self) -> usize {
        self.top * self.stride
    }

    /// Rows and columns that the input must have, border included.
    pub(crate) fn covered(&self) -> [usize; 2] {
        let last_start = self.starts().last().unwrap_or(0);
        [0, 1].map(|axis| {
            let last_sum = self.tiles[axis] * self.axes[axis].outputs() - 1;
            let last_tap = self.axes[axis].taps() - 1;
            last_start + self.stride * last_sum + self.step() * last_tap + 1
        })
    }

    /// Halves weights, planes of length `plane` for every tap, and multiplies pieces by `G` from both sides.
    pub(crate) fn transform_weights(
        &self,
        kernels: &Kernels,
        weights: &[f32],
        plane: usize,
        spectrum: &mut [f32],
    ) {
        let [down, right] = self.axes.map(Axis::filter);
        let mut row = vec![0.0; self.kernel * plane];
        let mut spectra = spectrum.chunks_exact_mut(plane);
        for [top, left] in self.piece_starts() {
            for down in &down {
                row.fill(0.0);
                let rows = weights.chunks_exact(self.kernel * plane).skip(top).step_by(self.step());
                for (factor, weights) in down.iter().zip(rows) {
                    kernels.add_multiple(HALF * factor, weights, &mut row);
                }
                for (right, spectrum) in right.iter().zip(&mut spectra) {
                    spectrum.fill(0.0);
                    let columns = row.chunks_exact(plane).skip(left).step_by(self.step());
                    for (factor, row) in right.iter().zip(columns) {
                        kernels.add_multiple(*factor, row, spectrum);
                    }
                }
            }
        }
    }

    /// Writes the gradient of weights from that of their spectra.
    pub(crate) fn transform_weight_gradient(
        &self,
        kernels: &Kernels,
        spectrum: &[f32],
        plane: usize,
        gradient: &mut [f32],
    ) {
        let [down, right] = self.axes.map(Axis::filter);
        gradient.fill(0.0);
        let mut row = vec![0.0; self.kernel * plane];
        let mut spectra = spectrum.chunks_exact(plane);
        for [top, left] in self.piece_starts() {
            for down in &down {
                row.fill(0.0);
                for (right, spectrum) in right.iter().zip(&mut spectra) {
                    let columns = row.chunks_exact_mut(plane).skip(left).step_by(self.step());
                    for (factor, row) in right.iter().zip(columns) {
                        kernels.add_multiple(*factor, spectrum, row);
                    }
                }
                let rows = gradient.chunks_exact_mut(self.kernel * plane).skip(top).step_by(self.step());
                for (factor, gradient) in down.iter().zip(rows) {
                    kernels.add_multiple(HALF * factor, &row, gradient);
                }
            }
        }
    }
}
