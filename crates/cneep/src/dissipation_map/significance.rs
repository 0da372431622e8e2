//! Tests every cell of a dissipation map against zero dissipation.

use super::grid::MapGrid;
use crate::statistics::{AllSignFlips, discovery_threshold};
use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Share of the cells called significant that may be false, on average.
const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// Cells whose sums scatter less than this share of the widest scatter are not tested: nothing happens there
/// but rounding, and what a model of the whole frame draws there has no weight.
const LEAST_SCATTER: f64 = 1e-3;

/// Which cells of the mean map dissipate beyond doubt.
///
/// In equilibrium the sum of a cell's antisymmetric entropy production over a block of held-out time is as
/// likely as its negative. All signs of the blocks' sums are tried, and each cell's one-sided p-value is the
/// share of choices whose total is no smaller. Cells are then called significant so that on average at most 5
/// % of those called are false.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignificanceMap {
    /// Cells on the frame.
    pub grid: MapGrid,
    /// Probability, under equilibrium, of as large a sum in this cell, shape (row, column); 1 in cells that
    /// scatter less than a thousandth of the liveliest, which are not tested.
    #[serde(with = "super::nested")]
    pub p_values: Array2<f64>,
    /// Blocks of time; no p-value is smaller than 2 to the power of minus their number.
    pub block_count: usize,
    /// Held-out transitions that were used.
    pub unseen_transitions: usize,
    /// Share of significant cells that may be false, on average.
    pub false_discovery_rate: f64,
    /// Largest p-value of a significant cell; absent if there is none.
    pub threshold: Option<f64>,
    /// Number of cells tested.
    pub tested_cells: usize,
    /// Number of significant cells.
    pub significant_cells: usize,
}

impl SignificanceMap {
    /// The test of the `sums` of maps over blocks of held-out time, shape (row, column) each; none of fewer
    /// than two.
    pub(super) fn of(grid: MapGrid, sums: &[Array2<f64>], unseen_transitions: usize) -> Option<Self> {
        if sums.len() < 2 {
            return None;
        }
        let scatter = Array2::from_shape_fn(sums[0].dim(), |cell| {
            sums.iter().map(|sum| sum[cell].powi(2)).sum::<f64>().sqrt()
        });
        let least = LEAST_SCATTER * scatter.iter().copied().fold(0.0, f64::max);
        let tested = scatter.mapv(|scatter| scatter > 0.0 && scatter >= least);
        let p_values = p_values(sums, &tested);
        let of_tests = tested.iter().zip(&p_values).filter(|(tested, _)| **tested).map(|(_, &p)| p);
        let of_tests: Vec<f64> = of_tests.collect();
        let tested_cells = of_tests.len();
        let mut significance = Self {
            grid,
            p_values,
            block_count: sums.len(),
            unseen_transitions,
            false_discovery_rate: FALSE_DISCOVERY_RATE,
            threshold: discovery_threshold(of_tests, FALSE_DISCOVERY_RATE),
            tested_cells,
            significant_cells: 0,
        };
        significance.significant_cells =
            significance.mask().iter().filter(|&&significant| significant).count();
        Some(significance)
    }

    /// Whether each cell is significant, shape (row, column).
    pub fn mask(&self) -> Array2<bool> {
        self.p_values.mapv(|p| self.threshold.is_some_and(|threshold| p <= threshold))
    }
}

/// One-sided p-values of the `tested` cells; 1 elsewhere.
fn p_values(sums: &[Array2<f64>], tested: &Array2<bool>) -> Array2<f64> {
    let (rows, columns) = sums[0].dim();
    let of_row = |(flips, of_cell): &mut (AllSignFlips, Vec<f64>), row: usize| -> Vec<f64> {
        let cells = (0..columns).map(|column| {
            if !tested[[row, column]] {
                return 1.0;
            }
            of_cell.clear();
            of_cell.extend(sums.iter().map(|sum| sum[[row, column]]));
            flips.p_value(of_cell)
        });
        cells.collect()
    };
    let lines: Vec<Vec<f64>> = (0..rows).into_par_iter().map_init(Default::default, of_row).collect();
    Array2::from_shape_fn((rows, columns), |(row, column)| lines[row][column])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::s;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// The test of 20 sums of 15 maps of noise, as likely as its negative; `inside` is added to each map in a
    /// patch of 3 x 4 cells.
    fn significance(seed: u64, inside: f64) -> SignificanceMap {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let sums: Vec<Array2<f64>> = (0..20)
            .map(|_| {
                let noise = || 15.0_f64.sqrt() * Distribution::<f64>::sample(&StandardNormal, &mut random);
                let mut sum = Array2::from_shape_simple_fn((12, 12), noise);
                sum.slice_mut(s![2..5, 6..10]).mapv_inplace(|value| value + 15.0 * inside);
                // Rounding in place of a dead row: positive throughout, and of no weight.
                sum.slice_mut(s![11, ..]).fill(15e-7);
                sum
            })
            .collect();
        SignificanceMap::of(MapGrid { rows: 12, columns: 12, cell: 4 }, &sums, 300).unwrap()
    }

    /// 200 maps of noise at 5 %: 10 may show a cell, 2 to 19 within three standard deviations. Catches tests
    /// of 144 cells at 5 % each, which would always show some.
    #[test]
    fn noise_seldom_shows_a_cell() {
        let alarms = (0..200).filter(|&seed| significance(seed, 0.0).significant_cells > 0);
        let count = alarms.count();
        assert!(count <= 19, "{count}");
    }

    /// Catches rows taken for columns, a mask of the wrong side, discoveries out of control, and rounding
    /// taken for dissipation.
    #[test]
    fn a_dissipating_patch_is_found_and_little_else() {
        let found = significance(1, 0.4);
        let mask = found.mask();
        let inside = mask.slice(s![2..5, 6..10]).iter().filter(|&&cell| cell).count();
        assert!(inside >= 11 && found.significant_cells <= inside + 2, "{inside} {found:?}");
        assert_eq!((found.block_count, found.unseen_transitions), (20, 300));
        assert_eq!(found.tested_cells, 11 * 12);
        assert!(found.p_values.row(11).iter().all(|&p| p == 1.0));
        let opposite = significance(1, -0.4);
        assert!(opposite.p_values.slice(s![2..5, 6..10]).iter().all(|&p| p > 0.9));
    }

    #[test]
    fn one_block_tests_nothing() {
        let grid = MapGrid { rows: 1, columns: 1, cell: 1 };
        assert_eq!(SignificanceMap::of(grid, &[Array2::ones((1, 1))], 9), None);
    }
}
