//! Convolves tiles of maps as products of their spectra, point by point.
//!
//! A spectrum is a tile in the domain of Winograd's algorithm: its values at the points, as a Fourier
//! spectrum holds those at the roots of unity.

use crate::kernel::{Kernels, Kind, LANES, Plane, Product, Transform};
use crate::shape::{Layout, stored};
use crate::tiling::Tiling;

/// Spectra of all maps in hand: (piece, point, tile, channel as stored).
#[derive(Clone, Copy)]
pub(crate) struct Spectrum {
    tiling: Tiling,
    pieces: usize,
    /// Tiles of all maps.
    tiles: usize,
    /// Channels that exist, and as stored.
    existing: usize,
    channels: usize,
}

impl Spectrum {
    /// The spectra of `maps` maps of `channels` that a convolution reads, one for every piece of its kernel.
    pub(crate) fn of_inputs(tiling: Tiling, maps: usize, channels: usize) -> Self {
        Self::new(tiling, tiling.pieces(), maps, channels)
    }

    /// The products that `maps` maps of sums of all channels are made of.
    pub(crate) fn of_sums(tiling: Tiling, maps: usize) -> Self {
        Self::new(tiling, 1, maps, tiling.sums.channels)
    }

    fn new(tiling: Tiling, pieces: usize, maps: usize, existing: usize) -> Self {
        Self { tiling, pieces, tiles: maps * tiling.count(), existing, channels: stored(existing) }
    }

    /// Numbers in the spectra.
    pub(crate) fn len(&self) -> usize {
        self.pieces * self.piece()
    }

    /// Distance between pieces.
    fn piece(&self) -> usize {
        self.tiling.points() * self.plane()
    }

    /// Distance between points: an odd number of vectors, lest points of a tile share a line of the cache.
    fn plane(&self) -> usize {
        ((self.tiles * self.channels / LANES) | 1) * LANES
    }

    /// The tiles of map number `map` in the spectra of one piece.
    fn tiles_of(&self, map: usize, piece: usize) -> Plane {
        let [_, right] = self.tiling.axes;
        Plane {
            origin: piece * self.piece() + map * self.tiling.count() * self.channels,
            row: right.points() * self.plane(),
            column: self.plane(),
            tile_row: self.tiling.tiles[1] * self.channels,
            tile_column: self.channels,
            rows: usize::MAX,
            columns: usize::MAX,
        }
    }

    /// The map it reads, from row `top` on, as a piece that begins at `start` of the kernel sees it.
    fn input_plane(&self, layout: &Layout, top: usize, start: [usize; 2]) -> Plane {
        let (step, [down, right]) = (self.tiling.step(), self.tiling.tile_distances());
        Plane {
            origin: (top + start[0]) * layout.row() + start[1] * layout.channels,
            row: step * layout.row(),
            column: step * layout.channels,
            tile_row: down * layout.row(),
            tile_column: right * layout.channels,
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
        let top = self.tiling.input_top() * layout.row();
        top..top + self.tiling.covered()[0] * layout.row()
    }

    /// The spectra of input map number `map`, given its [`Self::input_rows`].
    pub(crate) fn read_map(
        &self,
        kernels: &Kernels,
        map: usize,
        layout: &Layout,
        from: &[f32],
        to: &mut [f32],
    ) {
        for (piece, start) in self.tiling.piece_starts().enumerate() {
            let (map, spectrum) = (self.input_plane(layout, 0, start), self.tiles_of(map, piece));
            kernels.transform(&self.transform(Kind::Input, map, spectrum), from, to);
        }
    }

    /// The sums of map number `map` from the products.
    pub(crate) fn write_sums(&self, kernels: &Kernels, map: usize, from: &[f32], to: &mut [f32]) {
        let transform = self.transform(Kind::Output, self.tiles_of(map, 0), self.sums_plane());
        kernels.transform(&transform, from, to);
    }

    /// The gradient of the products from that of the sums of map number `map`.
    pub(crate) fn read_sums_gradient(&self, kernels: &Kernels, map: usize, from: &[f32], to: &mut [f32]) {
        let transform = self.transform(Kind::OutputGradient, self.sums_plane(), self.tiles_of(map, 0));
        kernels.transform(&transform, from, to);
    }

    /// Adds the gradient of input map number `map`, from that of its spectra.
    pub(crate) fn write_map_gradient(
        &self,
        kernels: &Kernels,
        map: usize,
        layout: &Layout,
        from: &[f32],
        to: &mut [f32],
    ) {
        for (piece, start) in self.tiling.piece_starts().enumerate() {
            let map_plane = self.input_plane(layout, self.tiling.input_top(), start);
            let transform = self.transform(Kind::InputGradient, self.tiles_of(map, piece), map_plane);
            kernels.transform(&transform, from, to);
        }
    }

    /// At every point, `self x weights = other`: tiles by channels times channels by channels, summed over
    /// the pieces of `self` and once for every piece of `other`.
    pub(crate) fn multiply(
        &self,
        kernels: &Kernels,
        spectrum: &[f32],
        weights: &[f32],
        other: &Self,
        products: &mut [f32],
    ) {
        let points = self.tiling.points();
        let plane = self.channels * other.channels;
        let product = Product {
            rows: self.tiles,
            columns: other.channels,
            segments: self.pieces,
            depth: self.existing,
            a_row: self.channels,
            a_segment: self.piece(),
            a_step: 1,
            b_segment: points * plane,
            b_step: other.channels,
            c_row: other.channels,
            accumulate: false,
        };
        for (number, products) in products.chunks_exact_mut(other.plane()).enumerate() {
            let spectrum = &spectrum[number % points * self.plane()..];
            kernels.multiply(&product, spectrum, &weights[number * plane..], products);
        }
    }

    /// At every point of every piece, adds `transpose of self x other` to the gradient of the weights.
    pub(crate) fn correlate(
        &self,
        kernels: &Kernels,
        spectrum: &[f32],
        other: &Self,
        products: &[f32],
        gradient: &mut [f32],
    ) {
        let product = Product {
            rows: self.existing,
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
        let products = products.chunks_exact(other.plane()).cycle();
        let gradient = gradient.chunks_exact_mut(self.channels * other.channels);
        for ((a, b), c) in spectrum.chunks_exact(self.plane()).zip(products).zip(gradient) {
            kernels.multiply(&product, a, b, c);
        }
    }
}
