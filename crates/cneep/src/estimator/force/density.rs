//! Places the work of each cell on the pixels.
//!
//! `dS = F . d`, with F a force on pixels and d their changes, tells the sum, not where. Images of neighbours
//! overlap, so changes of pixels are correlated, and to F can be added whatever does no work on any change
//! that occurs: dS stays, the product F d moves. What has a place is force times change in coordinates whose
//! noises are independent, as those of different bodies are:
//!
//! - Responses v explain the changes `d = A V^-1 v`, with A the covariance of pixels and responses, and V
//!   that of responses.
//! - With `V^-1 = R R^T`, numbers `y = R^T v` are uncorrelated and of variance 1, the forces on them are `g =
//!   R^-1 f`, and `dS = g . y`.
//! - Each number is drawn by a picture of its own. That R is taken whose pictures L can be orthonormal and
//!   nearest to the motion `A R` of the pixels, each pixel weighed by its deviation: symmetric
//!   orthogonalisation (Loewdin 1950, doi 10.1063/1.1747632; weighed, Reed, Weinstock and Weinhold 1985, doi
//!   10.1063/1.449486).
//! - The density is `(L g)(L y)`, which sums to dS.
//!
//! For pixels that move independently it is F d. For the true force the mean of y is g, and the mean density
//! `(L g)^2` is nowhere negative. The work of each cell is placed among the pixels and responses of the cells
//! around it, so that the cost grows as the frame does.

use super::grid::Grid;
use super::kernels::Kernels;
use super::pixel_response_covariance;
use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, ArrayViewMut3, Axis};

/// Least variance, as a share of the largest, of mixtures of responses and of pictures that is told from
/// none.
const LEAST_VARIANCE: f64 = 1e-9;
/// Weight of pixels that do not move: their variance counts as this share of the largest around.
const LEAST_WEIGHT: f64 = 0.1;

/// Densities of the work of all cells of a frame.
pub(super) struct Density {
    channels: usize,
    cells: Vec<OfCell>,
}

/// Density of the work of one cell.
struct OfCell {
    /// The first of its own responses.
    own: usize,
    /// Responses of the cells around it and its own.
    near: Vec<usize>,
    /// Pixels on the frame: row, column.
    pixels: Vec<(usize, usize)>,
    /// `R^T`, shape (number, response near).
    of_changes: Array2<f64>,
    /// `R^-1` for forces on the cell's own responses, shape (number, own response).
    of_forces: Array2<f64>,
    /// L, shape (number, pixel).
    pictures: Array2<f32>,
    /// Where work is drawn that no picture shows: share of each pixel, 1 in all.
    kernel: Vec<f32>,
}

impl Density {
    /// The density under these covariances of pixels and responses, in [`pixel_response_covariance::shape`];
    /// none if none were measured.
    pub(super) fn new(grid: &Grid, channels: usize, kernels: &Kernels, covariances: &[f32]) -> Option<Self> {
        if covariances.iter().all(|product| *product == 0.0) {
            return None;
        }
        let cells = (0..grid.cells()).map(|cell| OfCell::new(grid, channels, kernels, covariances, cell));
        Some(Self { channels, cells: cells.collect() })
    }

    /// Adds the densities of the work of `forces` on `changes` of responses, shape (window, response) both,
    /// to the maps of as many windows.
    pub(super) fn add(&self, forces: &Array2<f32>, changes: &Array2<f32>, maps: &mut ArrayViewMut3<f32>) {
        for cell in &self.cells {
            cell.add(self.channels, forces, changes, maps);
        }
    }
}

impl OfCell {
    fn new(grid: &Grid, channels: usize, kernels: &Kernels, covariances: &[f32], cell: usize) -> Self {
        let around = Grid { reach: 1, ..*grid };
        let cells: Vec<usize> =
            (0..around.neighbours()).filter_map(|place| around.neighbour(cell, place)).collect();
        let own = cells.iter().position(|&near| near == cell).unwrap_or(0) * channels;
        let near: Vec<usize> = cells.iter().flat_map(|near| near * channels..(near + 1) * channels).collect();
        let places: Vec<usize> =
            pixel_response_covariance::pixels(grid, cell).into_iter().map(|(place, _)| place).collect();
        let (covariance, weights) = tables(grid, channels, kernels, covariances, &cells, &places);
        // V from the same pixels, so that the changes explained do the work of the responses.
        let products = weights.tr_mul(&covariance);
        let products = (&products + products.transpose()) * 0.5;
        let whitening = Roots::of(&products);
        let responses = weighed(&covariance * &whitening.inverse);
        let turn = Roots::of(&responses.tr_mul(&responses));
        let pictures = &responses * &turn.inverse;
        let numbers = turn.vectors.tr_mul(&whitening.inverse.transpose());
        let work = &numbers * products.columns(own, channels);
        let ((top, left), width) = (grid.frame_origin(), grid.field().1);
        Self {
            own: cell * channels,
            pixels: places.iter().map(|place| (place / width - top, place % width - left)).collect(),
            of_changes: Array2::from_shape_fn((near.len(), near.len()), |at| numbers[at]),
            of_forces: Array2::from_shape_fn((near.len(), channels), |at| work[at]),
            pictures: Array2::from_shape_fn((near.len(), places.len()), |(i, x)| pictures[(x, i)] as f32),
            kernel: squares(&weights.columns(own, channels).into_owned()),
            near,
        }
    }

    fn add(
        &self,
        channels: usize,
        forces: &Array2<f32>,
        changes: &Array2<f32>,
        maps: &mut ArrayViewMut3<f32>,
    ) {
        let windows = forces.nrows();
        let own = |of: &Array2<f32>| {
            Array2::from_shape_fn((windows, channels), |(w, k)| f64::from(of[(w, self.own + k)]))
        };
        let near =
            Array2::from_shape_fn((windows, self.near.len()), |(w, i)| f64::from(changes[(w, self.near[i])]));
        let (own_forces, own_changes) = (own(forces), own(changes));
        let draw = |numbers: Array2<f64>| numbers.mapv(|number| number as f32).dot(&self.pictures);
        let density = draw(own_forces.dot(&self.of_forces.t())) * draw(near.dot(&self.of_changes.t()));
        let work = (own_forces * own_changes).sum_axis(Axis(1));
        for ((mut map, density), work) in maps.outer_iter_mut().zip(density.outer_iter()).zip(work) {
            let shown: f64 = density.iter().map(|&density| f64::from(density)).sum();
            let rest = (work - shown) as f32;
            for ((&pixel, density), share) in self.pixels.iter().zip(density).zip(&self.kernel) {
                map[pixel] += density + rest * share;
            }
        }
    }
}

/// The `responses` of pixels, shape (pixel, number), times the deviation of each pixel.
fn weighed(mut responses: DMatrix<f64>) -> DMatrix<f64> {
    let variances: Vec<f64> = responses.row_iter().map(|row| row.norm_squared()).collect();
    let largest = variances.iter().copied().fold(0.0, f64::max);
    for (mut row, variance) in responses.row_iter_mut().zip(variances) {
        row *= (variance + LEAST_WEIGHT * largest).sqrt();
    }
    responses
}

/// Covariances of pixels and responses, and weights of pixels in responses, shape (pixel, response) both, for
/// the `places` of the field and the kernels of `cells`.
fn tables(
    grid: &Grid,
    channels: usize,
    kernels: &Kernels,
    covariances: &[f32],
    cells: &[usize],
    places: &[usize],
) -> (DMatrix<f64>, DMatrix<f64>) {
    let [_, _, rows, columns] = pixel_response_covariance::shape(grid, channels);
    let (padded, width) = (grid.padded_patch(), grid.field().1);
    let mut of_place = vec![usize::MAX; grid.field().0 * width];
    places.iter().enumerate().for_each(|(pixel, &place)| of_place[place] = pixel);
    let mut covariance = DMatrix::zeros(places.len(), cells.len() * channels);
    let mut weights = covariance.clone();
    for (which, &cell) in cells.iter().enumerate() {
        let around = pixel_response_covariance::pixels(grid, cell);
        for channel in 0..channels {
            let response = which * channels + channel;
            let products = &covariances[(cell * channels + channel) * rows * columns..][..rows * columns];
            for &(place, slot) in around.iter().filter(|(place, _)| of_place[*place] != usize::MAX) {
                covariance[(of_place[place], response)] = f64::from(products[slot]);
            }
            let kernel = &kernels.of(cell)[channel * grid.patch * padded..][..grid.patch * padded];
            for (row, line) in kernel.chunks_exact(padded).enumerate() {
                let start = grid.origin(cell) + row * width;
                let seen = of_place[start..].iter().zip(&line[..grid.patch]);
                for (pixel, weight) in seen.filter(|(pixel, _)| **pixel != usize::MAX) {
                    weights[(*pixel, response)] = f64::from(*weight);
                }
            }
        }
    }
    (covariance, weights)
}

/// Eigenvectors U of a symmetric matrix, and `U w^-1/2`, with zeros where an eigenvalue w is none.
struct Roots {
    vectors: DMatrix<f64>,
    inverse: DMatrix<f64>,
}

impl Roots {
    fn of(matrix: &DMatrix<f64>) -> Self {
        let SymmetricEigen { eigenvectors, eigenvalues } = SymmetricEigen::new(matrix.clone());
        let least = LEAST_VARIANCE * eigenvalues.max();
        let inverse = |value: f64| if value > least { 1.0 / value.sqrt() } else { 0.0 };
        let inverse = &eigenvectors * DMatrix::from_diagonal(&eigenvalues.map(inverse));
        Self { vectors: eigenvectors, inverse }
    }
}

/// Share of each pixel in the squares of `kernels`, shape (pixel, kernel); all alike where these are zero.
fn squares(kernels: &DMatrix<f64>) -> Vec<f32> {
    let sum = kernels.norm_squared();
    let share = |squares: f64| if sum > 0.0 { squares / sum } else { 1.0 / kernels.nrows() as f64 };
    kernels.row_iter().map(|row| share(row.norm_squared()) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::force::settings::ForceSettings;
    use nalgebra::DVector;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    const PATCH: usize = 5;
    const PADDED: usize = 8;

    /// Cells side by side along a frame of 5 x 15 pixels.
    fn grid() -> Grid {
        let settings = ForceSettings { cell: Some(PATCH), stride: Some(PATCH), ..ForceSettings::default() };
        Grid::new(&settings.plan(PATCH, 3 * PATCH), PATCH, 3 * PATCH).unwrap()
    }

    /// A film of bodies whose changes are independent: pixels move by `images`, shape (body, pixel of the
    /// frame), and are read by `kernels`, shape (response, pixel of the frame).
    struct Film {
        grid: Grid,
        channels: usize,
        kernels: DMatrix<f64>,
        density: Density,
    }

    impl Film {
        fn new(images: &DMatrix<f64>, deviations: &[f64], kernels: DMatrix<f64>) -> Self {
            let grid = grid();
            let channels = kernels.nrows() / grid.cells();
            let variances = DVector::from_iterator(deviations.len(), deviations.iter().map(|d| d * d));
            let of_pixels = images.transpose() * DMatrix::from_diagonal(&variances) * images;
            let covariances = &kernels * of_pixels;
            let [.., rows, columns] = pixel_response_covariance::shape(&grid, channels);
            let mut products = vec![0.0; kernels.nrows() * rows * columns];
            let mut weights = vec![0.0; kernels.nrows() * PATCH * PADDED];
            let width = grid.field().1;
            for response in 0..kernels.nrows() {
                let cell = response / channels;
                for (place, slot) in pixel_response_covariance::pixels(&grid, cell) {
                    let pixel = place / width * 3 * PATCH + place % width;
                    products[response * rows * columns + slot] = covariances[(response, pixel)] as f32;
                }
                for (row, column) in (0..PATCH).flat_map(|row| (0..PATCH).map(move |column| (row, column))) {
                    let pixel = row * 3 * PATCH + cell * PATCH + column;
                    weights[(response * PATCH + row) * PADDED + column] = kernels[(response, pixel)] as f32;
                }
            }
            let of_cell = channels * PATCH * PADDED;
            let density = Density::new(&grid, channels, &Kernels { weights, of_cell }, &products).unwrap();
            Self { grid, channels, kernels, density }
        }

        /// Density of `forces` on responses, shape (window, response), for these changes of pixels, shape
        /// (window, pixel).
        fn density(&self, forces: &DMatrix<f64>, changes: &DMatrix<f64>) -> Array2<f64> {
            let responses = changes * self.kernels.transpose();
            let table = |of: &DMatrix<f64>| Array2::from_shape_fn(of.shape(), |at| of[at] as f32);
            let mut maps = ndarray::Array3::zeros((changes.nrows(), PATCH, 3 * PATCH));
            self.density.add(&table(forces), &table(&responses), &mut maps.view_mut());
            assert_eq!(self.channels * self.grid.cells(), self.kernels.nrows());
            maps.mapv(f64::from).into_shape_with_order((changes.nrows(), 3 * PATCH * PATCH)).unwrap()
        }
    }

    fn normal(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut random))
    }

    /// Kernels of one pixel each: catches pictures that smear, and weights that enter twice.
    #[test]
    fn pixels_that_move_independently_keep_force_times_change() {
        let pixels = 3 * PATCH * PATCH;
        let place = |response: usize| {
            let (cell, pixel) = (response / (PATCH * PATCH), response % (PATCH * PATCH));
            pixel / PATCH * 3 * PATCH + cell * PATCH + pixel % PATCH
        };
        let kernels = DMatrix::from_fn(pixels, pixels, |response, pixel| f64::from(place(response) == pixel));
        let deviations: Vec<f64> = (0..pixels).map(|pixel| 1.0 + 0.5 * (pixel as f64).sin()).collect();
        let film = Film::new(&DMatrix::identity(pixels, pixels), &deviations, kernels);
        let (forces, changes) = (normal(4, pixels, 1), normal(4, pixels, 2));
        let density = film.density(&forces, &changes);
        for window in 0..4 {
            for response in 0..pixels {
                let expected = forces[(window, response)] * changes[(window, place(response))];
                assert!((density[(window, place(response))] - expected).abs() < 1e-4);
            }
        }
    }

    /// Three bodies, a cell each, whose images reach far into the neighbours' cells, so that every response
    /// follows two or three. Catches a sum that is not exact, work that is left in a neighbour's cell as by
    /// force times change, and a negative pixel where the mean change is diffusion times force.
    #[test]
    fn overlapping_bodies_keep_their_work() {
        let pixels = 3 * PATCH * PATCH;
        let image = |body: usize, pixel: usize| {
            let (row, column) = ((pixel / (3 * PATCH)) as f64, (pixel % (3 * PATCH)) as f64);
            let (across, along) = (row - 2.0, column - (2 + PATCH * body) as f64);
            (-across * across / 4.0 - along * along / 14.0).exp()
        };
        let images = DMatrix::from_fn(3, pixels, image);
        let kernels = DMatrix::from_fn(3, pixels, |cell, pixel| {
            // The first leans to its neighbour's side: what it reads is mostly the other body's edge.
            let lean = if cell == 0 { 2.0 } else { 0.0 };
            let column = (pixel % (3 * PATCH)) as f64 - lean;
            let inside = pixel % (3 * PATCH) / PATCH == cell;
            if inside { (-(column - (2 + PATCH * cell) as f64).powi(2) / 3.0).exp() } else { 0.0 }
        });
        let deviations = [1.0, 0.7, 1.3];
        let film = Film::new(&images, &deviations, kernels.clone());
        let mut steps = normal(400, 3, 3);
        for (body, deviation) in deviations.iter().enumerate() {
            steps.column_mut(body).scale_mut(*deviation);
        }
        let of_bodies = normal(400, 3, 4);
        // Forces on responses that do the work of those on bodies.
        let read = &kernels * images.transpose();
        let forces = &of_bodies * read.clone().try_inverse().unwrap();
        let density = film.density(&forces, &(&steps * &images));
        let (mut misplaced, mut plainly) = (0.0, 0.0);
        for window in 0..400 {
            let work: Vec<f64> =
                (0..3).map(|body| of_bodies[(window, body)] * steps[(window, body)]).collect();
            let changes = steps.row(window) * &images;
            let plain = (forces.row(window) * &kernels).component_mul(&changes);
            let map = density.row(window);
            assert!((map.sum() - work.iter().sum::<f64>()).abs() < 1e-4, "{} {work:?}", map.sum());
            for (body, work) in work.iter().enumerate() {
                let own = |pixel: &usize| pixel % (3 * PATCH) / PATCH == body;
                let sum = |of: &dyn Fn(usize) -> f64| (0..pixels).filter(own).map(of).sum::<f64>();
                misplaced += (sum(&|pixel| map[pixel]) - work).abs();
                plainly += (sum(&|pixel| plain[pixel]) - work).abs();
            }
        }
        assert!(misplaced < 0.4 * plainly, "{misplaced} {plainly}");
        let steady = DMatrix::from_row_slice(1, 3, &[0.6, -1.0, 0.8]);
        let drift = DMatrix::from_fn(1, 3, |_, body| steady[body] * deviations[body].powi(2));
        let mean = film.density(&(&steady * read.try_inverse().unwrap()), &(drift * images));
        assert!(mean.iter().all(|&pixel| pixel >= 0.0), "{mean:?}");
    }
}
