//! Finds the distance over which the mean dissipation map is correlated, without what noise does to it.

use super::autocorrelation::{coarser, products, rings};
use super::grid::MapGrid;
use crate::statistics::{jackknife_error, quadratic_sign_flip_p_value};
use cneep_movie::units::{Calibration, Measured};
use ndarray::{Array2, Axis, stack};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Blocks of time correlate below this probability of as much by chance.
const SIGNIFICANCE_LEVEL: f64 = 0.05;
/// Correlation that is left at the correlation length.
const LEFT: f64 = 1.0 / std::f64::consts::E;
/// Cells to which correlation is followed before the map is made coarser by a factor of two.
const FARTHEST: usize = 24;
/// From fewer blocks no choice of signs is rare.
const FEWEST_BLOCKS: usize = 6;

/// Over what distance the mean dissipation map is correlated: where the autocorrelation of its deviations
/// from its own mean over the frame, averaged over all directions, has fallen to 1/e.
///
/// It is made of products between maps of different blocks of unseen time, as if halves of the blocks were
/// correlated with each other in all ways in which there are halves. Noise of one block is independent of
/// that of another and drops out; what all blocks share stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MapCorrelation {
    /// The length, with its error by the jackknife over blocks, in micrometres with a known pixel size,
    /// otherwise in pixels. Absent if blocks do not correlate beyond doubt, or the correlation does not fall
    /// to 1/e within [`Self::farthest`].
    pub length: Option<Measured>,
    /// Probability, under equilibrium, that maps of blocks agree as well as they do.
    pub p_value: f64,
    /// Whether they agree beyond doubt (5 %).
    pub is_significant: bool,
    /// Longest distance to which the correlation was followed, in the unit of the length; none if it was not.
    pub farthest: Option<Measured>,
    /// Edge of a cell of the map in the same unit: nothing finer is known.
    pub cell: Measured,
    /// Blocks of time.
    pub block_count: usize,
}

impl MapCorrelation {
    /// That of the `sums` of maps over blocks of unseen time, shape (row, column) each; none of fewer than
    /// six blocks. Sums of flipped signs are taken to scatter with `dependence` times the variance that
    /// signs of independent blocks have.
    pub(super) fn of(
        grid: MapGrid,
        calibration: &Calibration,
        sums: &[Array2<f64>],
        dependence: f64,
    ) -> Option<Self> {
        if sums.len() < FEWEST_BLOCKS {
            return None;
        }
        let deviations: Vec<Array2<f64>> = sums.iter().map(|sum| sum - sum.mean().unwrap_or(0.0)).collect();
        let (unit, pixel) = match calibration.pixel_size {
            Some(size) => ("µm", size),
            None => ("pixels", 1.0),
        };
        let cell = grid.cell as f64 * pixel;
        let stated = |cells: f64| Measured::new(cells * cell, None, unit);
        let p_value = quadratic_sign_flip_p_value(&gram(&deviations), dependence, 0);
        let is_significant = p_value < SIGNIFICANCE_LEVEL;
        let found = is_significant.then(|| followed(deviations));
        let length = found.as_ref().and_then(|found| found.length);
        Some(Self {
            length: length.map(|(length, error)| Measured::new(length * cell, Some(error * cell), unit)),
            p_value,
            is_significant,
            farthest: found.map(|found| stated(found.farthest)),
            cell: stated(1.0),
            block_count: sums.len(),
        })
    }
}

/// Scalar products of all pairs of maps.
fn gram(maps: &[Array2<f64>]) -> Array2<f64> {
    let product = |(a, b): (usize, usize)| (&maps[a] * &maps[b]).sum();
    Array2::from_shape_fn((maps.len(), maps.len()), product)
}

/// How far correlation was followed, and where it fell to 1/e, with the error; in cells.
struct Followed {
    length: Option<(f64, f64)>,
    farthest: f64,
}

/// Follows the correlation of the maps of blocks, ever coarser, to half the shorter edge of the map.
fn followed(mut maps: Vec<Array2<f64>>) -> Followed {
    let mut coarseness = 1.0;
    loop {
        let (rows, columns) = maps[0].dim();
        let half = rows.min(columns) / 2;
        let farthest = half.min(FARTHEST);
        let length = fall(&maps, farthest);
        if length.is_some() || half <= FARTHEST {
            let length = length.map(|(length, error)| (coarseness * length, coarseness * error));
            return Followed { length, farthest: coarseness * farthest as f64 };
        }
        maps = maps.iter().map(coarser).collect();
        coarseness *= 2.0;
    }
}

/// Where the correlation between the maps of different blocks has fallen to 1/e, with its error by leaving
/// out one block at a time, in cells; none if it does not within `farthest`, whichever block is left out.
fn fall(maps: &[Array2<f64>], farthest: usize) -> Option<(f64, f64)> {
    let views: Vec<_> = maps.iter().map(|map| map.view()).collect();
    let total = stack(Axis(0), &views).ok()?.sum_axis(Axis(0));
    // All blocks, all but one, and each block by itself.
    let without = maps.iter().map(|map| &total - map);
    let all: Vec<Array2<f64>> = std::iter::once(total.clone()).chain(without).chain(maps.to_vec()).collect();
    let (sums, blocks) = all.split_at(maps.len() + 1);
    let mut curves: Vec<Vec<(f64, f64)>> = vec![Vec::new(); sums.len()];
    for ring in rings(maps[0].dim(), farthest) {
        let of = |map: &Array2<f64>| products(map, &ring);
        let of_sums: Vec<f64> = sums.par_iter().map(of).collect();
        let of_blocks: Vec<f64> = blocks.par_iter().map(of).collect();
        let every_block: f64 = of_blocks.iter().sum();
        for (index, (curve, of_sum)) in curves.iter_mut().zip(of_sums).enumerate() {
            let left_out = index.checked_sub(1).map_or(0.0, |block| of_blocks[block]);
            curve.push((ring.distance, of_sum - (every_block - left_out)));
        }
        if curves.iter().all(|curve| crossing(curve).is_some()) {
            break;
        }
    }
    let lengths: Vec<f64> = curves.iter().map(|curve| crossing(curve)).collect::<Option<_>>()?;
    let (length, without) = lengths.split_first()?;
    Some((*length, jackknife_error(without)?))
}

/// Distance at which a `curve` of distances and values falls below the share 1/e of its first value, on the
/// line between two points; none if it does not, or does not begin above zero.
fn crossing(curve: &[(f64, f64)]) -> Option<f64> {
    let level = LEFT * curve.first().filter(|(_, value)| *value > 0.0)?.1;
    let place = curve.iter().position(|(_, value)| *value < level)?;
    let [before, after] = [curve[place - 1], curve[place]];
    Some(before.0 + (after.0 - before.0) * (before.1 - level) / (before.1 - after.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    fn noise(random: &mut ChaCha8Rng, shape: (usize, usize)) -> Array2<f64> {
        Array2::from_shape_simple_fn(shape, || StandardNormal.sample(random))
    }

    /// White noise smoothed by a Gaussian of this `deviation`, of variance 1, on a ring in both directions:
    /// its autocorrelation is `exp(-r^2 / (4 deviation^2))`, which is 1/e at twice the deviation.
    fn smooth(random: &mut ChaCha8Rng, shape: (usize, usize), deviation: f64) -> Array2<f64> {
        let mut map = noise(random, shape);
        let reach = (4.0 * deviation).ceil() as isize;
        let weight = |x: isize| (-(x as f64).powi(2) / (2.0 * deviation * deviation)).exp();
        for axis in [Axis(0), Axis(1)] {
            let length = map.len_of(axis).cast_signed();
            for mut lane in map.lanes_mut(axis) {
                let old = lane.to_vec();
                for (place, value) in lane.iter_mut().enumerate() {
                    let at = |x: isize| old[(place.cast_signed() + x).rem_euclid(length) as usize];
                    *value = (-reach..=reach).map(|x| weight(x) * at(x)).sum();
                }
            }
        }
        let deviation = map.std(0.0);
        map / deviation
    }

    /// Twenty blocks of a `signal`, each with noise of its own, `loudness` times as large and itself smooth.
    fn blocks(signal: &Array2<f64>, loudness: f64, seed: u64) -> Vec<Array2<f64>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..20).map(|_| signal + loudness * smooth(&mut random, signal.dim(), 1.0)).collect()
    }

    fn correlation(sums: &[Array2<f64>]) -> MapCorrelation {
        let (rows, columns) = sums[0].dim();
        MapCorrelation::of(MapGrid { rows, columns, cell: 1 }, &Calibration::default(), sums, 1.0).unwrap()
    }

    fn length(sums: &[Array2<f64>]) -> (f64, f64) {
        let length = correlation(sums).length.unwrap();
        (length.value, length.standard_error.unwrap())
    }

    /// Fields of one length under noise of another, three times as large: catches noise that enters, which
    /// would halve the length, and an error that does not say how far lengths scatter.
    #[test]
    fn the_length_of_a_smooth_map_is_recovered_under_noise() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let (mut pulls, mut of_fields) = (Vec::new(), Vec::new());
        for seed in 0..12 {
            let signal = smooth(&mut random, (64, 60), 2.0);
            let (exact, _) = length(&vec![signal.clone(); 20]);
            of_fields.push(exact);
            let (found, error) = length(&blocks(&signal, 3.0, seed));
            assert!(error > 0.0 && error < 0.8, "{found} {error}");
            pulls.push((found - exact) / error);
        }
        let mean = of_fields.iter().sum::<f64>() / 12.0;
        assert!((mean - 4.0).abs() < 0.2, "{mean}: twice the deviation of the smoothing");
        let square = pulls.iter().map(|pull| pull * pull).sum::<f64>() / 12.0;
        assert!(square < 3.0 && square > 0.2 && pulls.iter().all(|pull| pull.abs() < 4.0), "{pulls:?}");
    }

    /// 60 sets of noise alone, white or smooth, at 5 %: three may show a length, nine at most within three
    /// standard deviations and a half. Catches noise that is told for structure.
    #[test]
    fn noise_has_no_length() {
        let shown = |seed: u64| {
            let none = Array2::zeros((16, 20));
            let sums = if seed.is_multiple_of(2) {
                blocks(&none, 1.0, seed)
            } else {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                (0..20).map(|_| noise(&mut random, (16, 20))).collect()
            };
            correlation(&sums)
        };
        let sets: Vec<MapCorrelation> = (0..60).map(shown).collect();
        assert!(sets.iter().all(|set| set.is_significant || set.length.is_none()));
        let alarms = sets.iter().filter(|set| set.is_significant).count();
        assert!(alarms <= 9, "{alarms}");
    }

    /// Catches a map that is made coarser without its distances, and cells taken for pixels or pixels for
    /// micrometres.
    #[test]
    fn long_lengths_are_followed_coarsely_and_stated_in_their_unit() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        // Waves of 50 cells fall to 1/e where their cosine does.
        let wave = Array2::from_shape_fn((200, 200), |(row, column)| {
            let phase = |place: usize| std::f64::consts::TAU * place as f64 / 50.0;
            phase(row).sin() + phase(column).sin() + 1e-3 * random_share(row, column)
        });
        let sums: Vec<Array2<f64>> =
            (0..8).map(|_| &wave + &(0.1 * noise(&mut random, wave.dim()))).collect();
        let fine = correlation(&sums[..]).length.unwrap().value;
        let double = Array2::from_shape_fn((200, 200), |(row, column)| wave[[row / 4, column / 4]]);
        let wide: Vec<Array2<f64>> =
            (0..8).map(|_| &double + &(0.1 * noise(&mut random, double.dim()))).collect();
        let found = correlation(&wide);
        let long = found.length.unwrap().value;
        assert!((long / fine / 4.0 - 1.0).abs() < 0.15, "{fine} {long}");
        let calibration = Calibration { pixel_size: Some(0.5), ..Calibration::default() };
        let grid = MapGrid { rows: 200, columns: 200, cell: 4 };
        let stated = MapCorrelation::of(grid, &calibration, &sums, 1.0).unwrap();
        let of_cells = stated.length.unwrap();
        assert!((of_cells.value - 2.0 * fine).abs() < 1e-9 && of_cells.unit == "µm", "{of_cells}");
        assert_eq!((stated.cell.value, stated.block_count), (2.0, 8));
    }

    fn random_share(row: usize, column: usize) -> f64 {
        ((row * 31 + column * 17) as f64).sin()
    }

    /// A slope across the frame never falls within it: catches an edge of the frame told for a length.
    #[test]
    fn what_does_not_fall_within_the_frame_has_no_length() {
        let slope = Array2::from_shape_fn((12, 40), |(_, column)| column as f64);
        let found = correlation(&blocks(&slope, 0.1, 3));
        assert!(found.is_significant && found.length.is_none(), "{found:?}");
        assert_eq!(found.farthest.unwrap().value, 6.0);
        let grid = MapGrid { rows: 12, columns: 40, cell: 1 };
        assert_eq!(MapCorrelation::of(grid, &Calibration::default(), &vec![slope; 5], 1.0), None);
    }
}
