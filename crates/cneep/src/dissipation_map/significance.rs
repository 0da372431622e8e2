//! Tests every cell of a dissipation map against zero dissipation.

use super::false_discovery::discovery_threshold;
use super::sign_flips::SignFlips;
use super::{DissipationMap, MapGrid};
use crate::entropy_production::{EntropyProduction, MovieEntropy, Stretch};
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Share of the cells called significant that may be false, on average.
const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// Cells whose sums scatter less than this share of the widest scatter are not tested: nothing happens there but rounding, and
/// what a model of the whole frame draws there has no weight.
const LEAST_SCATTER: f64 = 1e-3;
/// Blocks of time at most: 2^20 signs tell probabilities of a millionth, and are counted exactly.
const MOST_BLOCKS: usize = 20;

/// Which cells of the mean map dissipate beyond doubt.
///
/// In equilibrium the sum of a cell's antisymmetric entropy production over a block of held-out time is as likely as its
/// negative. All signs of the blocks' sums are tried, and each cell's one-sided p-value is the share of choices whose total is no
/// smaller. Cells are then called significant so that on average at most 5 % of those called are false.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignificanceMap {
    /// Cells on the frame.
    pub grid: MapGrid,
    /// Probability, under equilibrium, of as large a sum in this cell, shape (row, column); 1 in cells that scatter less than a
    /// thousandth of the liveliest, which are not tested.
    pub p_values: Array2<f64>,
    /// Blocks of time; no p-value is smaller than 2 to the power of minus their number.
    pub block_count: usize,
    /// Held-out transitions that were used.
    pub held_out_transitions: usize,
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
    /// The test over the held-out transitions of `maps`, which must share grid and window; `held_out` tells of each transition
    /// of each map whether it had no part in choosing the parameters. None without two blocks of held-out transitions.
    ///
    /// Blocks are those of the rate, up to 20; only their sums are held beside the maps.
    pub fn of(maps: &[DissipationMap], held_out: &[Vec<bool>]) -> Option<Self> {
        let first = maps.first()?;
        let movie = |(map, held_out): (&DissipationMap, &Vec<bool>)| MovieEntropy {
            name: map.name.clone(),
            values: map.entropy_production(),
            held_out: held_out.clone(),
            exact: None,
        };
        let entropy = EntropyProduction {
            window: first.window,
            calibration: first.calibration,
            movies: maps.iter().zip(held_out).map(movie).collect(),
            cautions: Vec::new(),
        };
        let blocks = entropy.held_out_blocks(MOST_BLOCKS);
        if blocks.len() < 2 {
            return None;
        }
        let sums: Vec<Array2<f64>> = blocks.par_iter().map(|block| block_sum(maps, block)).collect();
        let scatter = Array2::from_shape_fn(sums[0].dim(), |cell| {
            sums.iter().map(|sum| sum[cell].powi(2)).sum::<f64>().sqrt()
        });
        let least = LEAST_SCATTER * scatter.iter().copied().fold(0.0, f64::max);
        let tested = scatter.mapv(|scatter| scatter > 0.0 && scatter >= least);
        let p_values = p_values(&sums, &tested);
        let of_tests = tested.iter().zip(&p_values).filter(|(tested, _)| **tested).map(|(_, &p)| p);
        let of_tests: Vec<f64> = of_tests.collect();
        let tested_cells = of_tests.len();
        let mut significance = Self {
            grid: first.grid,
            p_values,
            block_count: blocks.len(),
            held_out_transitions: entropy.held_out_count(),
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

fn block_sum(maps: &[DissipationMap], block: &[Stretch]) -> Array2<f64> {
    let mut total = Array2::zeros((maps[0].grid.rows, maps[0].grid.columns));
    for stretch in block {
        for transition in stretch.transitions.clone() {
            let map = maps[stretch.movie].transitions.index_axis(Axis(0), transition);
            total.zip_mut_with(&map, |sum, &cell| *sum += f64::from(cell));
        }
    }
    total
}

/// One-sided p-values of the `tested` cells; 1 elsewhere.
fn p_values(sums: &[Array2<f64>], tested: &Array2<bool>) -> Array2<f64> {
    let (rows, columns) = sums[0].dim();
    let of_row = |(flips, of_cell): &mut (SignFlips, Vec<f64>), row: usize| -> Vec<f64> {
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
    use cneep_movie::units::Calibration;
    use ndarray::{Array3, s};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Noise of standard deviation 1 as likely as its negative; `inside` is added in a patch of 3 x 4 cells.
    fn map(seed: u64, inside: f32) -> DissipationMap {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut transitions = Array3::from_shape_simple_fn((300, 12, 12), || {
            Distribution::<f32>::sample(&StandardNormal, &mut random)
        });
        transitions.slice_mut(s![.., 2..5, 6..10]).mapv_inplace(|value| value + inside);
        // Rounding in place of a dead row: positive throughout, and of no weight.
        transitions.slice_mut(s![.., 11, ..]).fill(1e-7);
        DissipationMap {
            name: "movie".into(),
            grid: MapGrid { rows: 12, columns: 12, cell: 4 },
            window: 2,
            calibration: Calibration::default(),
            transitions,
        }
    }

    fn significance(map: DissipationMap, held_out: bool) -> Option<SignificanceMap> {
        SignificanceMap::of(&[map], &[vec![held_out; 300]])
    }

    /// 200 maps of noise at 5 %: 10 may show a cell, 2 to 19 within three standard deviations. Catches tests of 144 cells at 5 % each,
    /// which would always show some.
    #[test]
    fn noise_seldom_shows_a_cell() {
        let alarms =
            (0..200).filter(|&seed| significance(map(seed, 0.0), true).unwrap().significant_cells > 0);
        let count = alarms.count();
        assert!(count <= 19, "{count}");
    }

    /// Catches rows taken for columns, a mask of the wrong side, discoveries out of control, and rounding taken for dissipation.
    #[test]
    fn a_dissipating_patch_is_found_and_little_else() {
        let found = significance(map(1, 0.4), true).unwrap();
        let mask = found.mask();
        let inside = mask.slice(s![2..5, 6..10]).iter().filter(|&&cell| cell).count();
        assert!(inside >= 11 && found.significant_cells <= inside + 2, "{inside} {found:?}");
        assert_eq!((found.block_count, found.held_out_transitions), (20, 300));
        assert_eq!(found.tested_cells, 11 * 12);
        assert!(found.p_values.row(11).iter().all(|&p| p == 1.0));
        let opposite = significance(map(1, -0.4), true).unwrap();
        assert!(opposite.p_values.slice(s![2..5, 6..10]).iter().all(|&p| p > 0.9));
    }

    /// Catches a test of transitions that trained the estimator.
    #[test]
    fn nothing_is_tested_without_held_out_transitions() {
        assert_eq!(significance(map(1, 0.4), false), None);
    }
}
