//! Runs convolutions by 3 x 3 kernels through small products of spectra.
//!
//! Both directions of time pass as their sum and their difference, which the spectra of halved weights turn into the sum
//! and the difference of the results. The rounding of the large sum is then common to both directions and cancels in
//! what the network returns.

use crate::band::Band;
use crate::kernel::{Axis, Kernels, Kind, LANES, Plane, Product, Transform};
use crate::shape::{Layout, Shape};

/// How the sums of a convolution are cut into tiles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tiling {
    axes: [Axis; 2],
    /// Tiles along rows and columns.
    tiles: [usize; 2],
    sums: Shape,
    /// Row of the input at which it begins.
    top: usize,
}

/// Rows of a product below which its weights are not read often enough.
const PRODUCT_ROWS: usize = 24;
/// Most samples that are gathered to fill a product.
const MOST_SAMPLES: usize = 8;
/// Both directions of time are taken as sum and difference, by weights of half the size.
const HALF: f32 = 0.5;

/// Spectra of all maps in hand: (point, tile, channel).
#[derive(Clone, Copy)]
pub(crate) struct Spectrum {
    tiling: Tiling,
    /// Tiles of all maps.
    tiles: usize,
    channels: usize,
}

impl Tiling {
    /// The tiling of `sums` with fewest products, unless the direct sum is about as short.
    pub(crate) fn of(sums: Shape) -> Option<Self> {
        let best = |pixels: usize| {
            let cost = |axis: &Axis| pixels.div_ceil(axis.outputs()) * axis.points();
            let axis = Axis::ALL.into_iter().min_by_key(cost)?;
            Some((axis, pixels.div_ceil(axis.outputs()), cost(&axis)))
        };
        let (rows, columns) = (best(sums.rows)?, best(sums.columns)?);
        let tiling = Self { axes: [rows.0, columns.0], tiles: [rows.1, columns.1], sums, top: 0 };
        (5 * rows.2 * columns.2 < 4 * 9 * sums.pixels()).then_some(tiling)
    }

    /// Samples that fill the rows of its products, both directions of time counted.
    pub(crate) fn samples(&self) -> usize {
        PRODUCT_ROWS.div_ceil(2 * self.count()).min(MOST_SAMPLES)
    }

    /// Rows of sums that fill its products if `maps` are in hand, and in one row of tiles.
    pub(crate) fn band_rows(&self, maps: usize) -> (usize, usize) {
        let tile = self.axes[0].outputs();
        (PRODUCT_ROWS.div_ceil(maps * self.tiles[1]) * tile, tile)
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

    /// Rows and columns that the input must have, border included.
    pub(crate) fn covered(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.tiles[axis] * self.axes[axis].outputs() + 2)
    }

    /// The spectra of `maps` maps of `channels`.
    pub(crate) fn spectrum(self, maps: usize, channels: usize) -> Spectrum {
        Spectrum { tiling: self, tiles: maps * self.count(), channels }
    }

    /// Halves (3 x 3) planes of weights of length `plane` and multiplies them by `G` from both sides.
    pub(crate) fn transform_weights(
        &self,
        kernels: &Kernels,
        weights: &[f32],
        plane: usize,
        spectrum: &mut [f32],
    ) {
        let [down, right] = self.axes.map(Axis::filter);
        let mut row = vec![0.0; 3 * plane];
        for (down, spectra) in down.iter().zip(spectrum.chunks_exact_mut(right.len() * plane)) {
            row.fill(0.0);
            for (factor, weights) in down.iter().zip(weights.chunks_exact(3 * plane)) {
                kernels.add_multiple(HALF * factor, weights, &mut row);
            }
            for (right, spectrum) in right.iter().zip(spectra.chunks_exact_mut(plane)) {
                spectrum.fill(0.0);
                for (factor, row) in right.iter().zip(row.chunks_exact(plane)) {
                    kernels.add_multiple(*factor, row, spectrum);
                }
            }
        }
    }

    /// Writes the gradient of weights from that of their spectrum.
    pub(crate) fn transform_weight_gradient(
        &self,
        kernels: &Kernels,
        spectrum: &[f32],
        plane: usize,
        gradient: &mut [f32],
    ) {
        let [down, right] = self.axes.map(Axis::filter);
        gradient.fill(0.0);
        let mut row = vec![0.0; 3 * plane];
        for (down, spectra) in down.iter().zip(spectrum.chunks_exact(right.len() * plane)) {
            row.fill(0.0);
            for (right, spectrum) in right.iter().zip(spectra.chunks_exact(plane)) {
                for (factor, row) in right.iter().zip(row.chunks_exact_mut(plane)) {
                    kernels.add_multiple(*factor, spectrum, row);
                }
            }
            for (factor, gradient) in down.iter().zip(gradient.chunks_exact_mut(3 * plane)) {
                kernels.add_multiple(HALF * factor, &row, gradient);
            }
        }
    }
}

impl Spectrum {
    /// Numbers in the spectra.
    pub(crate) fn len(&self) -> usize {
        self.tiling.points() * self.plane()
    }

    /// Distance between points: an odd number of vectors, lest all points of a tile share a line of the cache.
    fn plane(&self) -> usize {
        ((self.tiles * self.channels / LANES) | 1) * LANES
    }

    fn tiles_of(&self, map: usize) -> Plane {
        let [_, right] = self.tiling.axes;
        Plane {
            origin: map * self.tiling.count() * self.channels,
            row: right.points() * self.plane(),
            column: self.plane(),
            tile_row: self.tiling.tiles[1] * self.channels,
            tile_column: self.channels,
            rows: usize::MAX,
            columns: usize::MAX,
        }
    }

    /// The map it reads, from row `top` on.
    fn input_plane(&self, layout: &Layout, top: usize) -> Plane {
        let [down, right] = self.tiling.axes;
        Plane {
            origin: top * layout.row(),
            row: layout.row(),
            column: self.channels,
            tile_row: down.outputs() * layout.row(),
            tile_column: right.outputs() * self.channels,
            rows: usize::MAX,
            columns: usize::MAX,
        }
    }

    fn sums_plane(&self) -> Plane {
        let [down, right] = self.tiling.axes;
        let row = self.tiling.sums.columns * self.channels;
        Plane {
            origin: 0,
            row,
            column: self.channels,
            tile_row: down.outputs() * row,
            tile_column: right.outputs() * self.channels,
            rows: self.tiling.sums.rows,
            columns: self.tiling.sums.columns,
        }
    }

    fn transform(&self, kind: Kind, from: Plane, to: Plane) -> Transform {
        let Tiling { axes, tiles, .. } = self.tiling;
        Transform { kind, axes, tiles, channels: self.channels, from, to }
    }

    /// The rows of the input that the tiles read.
    pub(crate) fn input_rows(&self, layout: &Layout) -> std::ops::Range<usize> {
        let top = self.tiling.top * layout.row();
        top..top + self.tiling.covered()[0] * layout.row()
    }

    /// The spectrum of input map number `map`, given its [`Self::input_rows`].
    pub(crate) fn read_map(
        &self,
        kernels: &Kernels,
        map: usize,
        layout: &Layout,
        from: &[f32],
        to: &mut [f32],
    ) {
        let transform = self.transform(Kind::Input, self.input_plane(layout, 0), self.tiles_of(map));
        kernels.transform(&transform, from, to);
    }

    /// The sums of map number `map` from the products.
    pub(crate) fn write_sums(&self, kernels: &Kernels, map: usize, from: &[f32], to: &mut [f32]) {
        kernels.transform(&self.transform(Kind::Output, self.tiles_of(map), self.sums_plane()), from, to);
    }

    /// The gradient of the products from that of the sums of map number `map`.
    pub(crate) fn read_sums_gradient(&self, kernels: &Kernels, map: usize, from: &[f32], to: &mut [f32]) {
        kernels.transform(
            &self.transform(Kind::OutputGradient, self.sums_plane(), self.tiles_of(map)),
            from,
            to,
        );
    }

    /// Adds the gradient of input map number `map`, from that of its spectrum.
    pub(crate) fn write_map_gradient(
        &self,
        kernels: &Kernels,
        map: usize,
        layout: &Layout,
        from: &[f32],
        to: &mut [f32],
    ) {
        let to_plane = self.input_plane(layout, self.tiling.top);
        let transform = self.transform(Kind::InputGradient, self.tiles_of(map), to_plane);
        kernels.transform(&transform, from, to);
    }

    /// At every point, `self x weights = other`: tiles by channels times channels by channels.
    pub(crate) fn multiply(
        &self,
        kernels: &Kernels,
        spectrum: &[f32],
        weights: &[f32],
        other: &Self,
        products: &mut [f32],
    ) {
        let product = Product {
            rows: self.tiles,
            columns: other.channels,
            segments: 1,
            depth: self.channels,
            a_row: self.channels,
            a_segment: 0,
            a_step: 1,
            b_segment: 0,
            b_step: other.channels,
            c_row: other.channels,
            accumulate: false,
        };
        let weights = weights.chunks_exact(self.channels * other.channels);
        let products = products.chunks_exact_mut(other.plane());
        for ((a, b), c) in spectrum.chunks_exact(self.plane()).zip(weights).zip(products) {
            kernels.multiply(&product, a, b, c);
        }
    }

    /// At every point, adds `transpose of self x other` to the gradient of the weights.
    pub(crate) fn correlate(
        &self,
        kernels: &Kernels,
        spectrum: &[f32],
        other: &Self,
        products: &[f32],
        gradient: &mut [f32],
    ) {
        let product = Product {
            rows: self.channels,
            columns: other.channels,
            segments: 1,
            depth: self.tiles,
            a_row: 1,
            a_segment: 0,
            a_step: self.channels,
            b_segment: 0,
            b_step: other.channels,
            c_row: other.channels,
            accumulate: true,
        };
        let products = products.chunks_exact(other.plane());
        let gradient = gradient.chunks_exact_mut(self.channels * other.channels);
        for ((a, b), c) in spectrum.chunks_exact(self.plane()).zip(products).zip(gradient) {
            kernels.multiply(&product, a, b, c);
        }
    }
}
