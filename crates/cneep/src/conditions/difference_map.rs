//! Maps where on the picture two conditions differ.

use super::units::Units;
use crate::dissipation_map::MapGrid;
use crate::estimator::Estimator;
use crate::statistics::discovery_threshold;
use crate::transition::Transition;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Share of the cells called different that may be so by chance, on average.
const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// Cells whose units scatter less than this share of the widest scatter are not tested.
const LEAST_SCATTER: f64 = 1e-3;

/// Difference of the mean dissipation maps of two conditions by a common estimator, each unit counted once,
/// and the test of each cell by the permutations of the test of the whole.
///
/// It says something about places only if places are the same in all movies: one field of view before and
/// after, or patterns of one geometry. Of cells that lie anywhere it shows the difference of averages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DifferenceMap {
    /// Cells on the frame.
    pub grid: MapGrid,
    /// Unit of the differences.
    pub unit: String,
    /// Other minus control, shape (row, column).
    #[serde(with = "crate::dissipation_map::nested")]
    pub differences: Array2<f64>,
    /// Two-sided p-values, shape (row, column); 1 in cells that hardly change, which are not tested.
    #[serde(with = "crate::dissipation_map::nested")]
    pub p_values: Array2<f64>,
    /// Largest p-value of a cell that differs; absent if there is none.
    pub threshold: Option<f64>,
    /// Share of cells that differ by chance, on average.
    pub false_discovery_rate: f64,
    /// Number of cells tested.
    pub tested_cells: usize,
    /// Number of cells that differ.
    pub different_cells: usize,
    /// The least p-value that so few units allow; above the false discovery rate over the number of tested
    /// cells a single cell cannot be found.
    pub least_p_value: f64,
}

impl DifferenceMap {
    /// That of the `units` of `videos`, which `estimator` was trained on together, whatever their condition.
    ///
    /// # Errors
    /// Those of mapping; [`Error::Stopped`] if stopped.
    pub fn of(
        estimator: &Estimator,
        videos: &[Video],
        units: &Units,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let mut means: Vec<Array2<f64>> = Vec::new();
        let mut found: Option<MapGrid> = None;
        let window = estimator.record().window;
        let time = (window - 1) as f64 * videos[0].calibration().interval_or_frame();
        progress.begin("difference map (movies)", videos.len() as u64);
        for (movie, video) in videos.iter().enumerate() {
            estimator.map_each(video, |grid, start, map| {
                if progress.stop_requested() {
                    return Err(Error::stopped("the difference map"));
                }
                if found.is_none() {
                    found = Some(grid);
                    means = vec![Array2::zeros((grid.rows, grid.columns)); units.segments.len()];
                }
                if let Some((unit, weight)) = units.place_of(Transition { movie, start }) {
                    add(&mut means[unit], weight / time, &map);
                }
                Ok(())
            })?;
            progress.advance(1);
        }
        progress.end();
        let grid = found.ok_or_else(|| {
            Error::Mismatch(Fault::new("movies", "at least one transition", "none", "Give longer movies."))
        })?;
        let unit = videos[0].calibration().rate_unit().symbol();
        Ok(Self::of_means(grid, unit, &means, units))
    }

    fn of_means(grid: MapGrid, unit: &str, means: &[Array2<f64>], units: &Units) -> Self {
        let of_cell = |cell: (usize, usize)| -> Vec<f64> { means.iter().map(|mean| mean[cell]).collect() };
        let scatter = Array2::from_shape_fn((grid.rows, grid.columns), |cell| {
            of_cell(cell).iter().map(|value| value * value).sum::<f64>().sqrt()
        });
        let least = LEAST_SCATTER * scatter.iter().copied().fold(0.0, f64::max);
        let is_tested = |cell: (usize, usize)| scatter[cell] > 0.0 && scatter[cell] >= least;
        let cells: Vec<(usize, usize)> =
            (0..grid.rows).flat_map(|row| (0..grid.columns).map(move |column| (row, column))).collect();
        let p_value = |&cell: &(usize, usize)| {
            if is_tested(cell) { units.permutations.test(&of_cell(cell), 1.0).p_value } else { 1.0 }
        };
        let p_values: Vec<f64> = cells.par_iter().map(p_value).collect();
        let p_values = Array2::from_shape_fn((grid.rows, grid.columns), |(row, column)| {
            p_values[row * grid.columns + column]
        });
        let tested: Vec<f64> =
            cells.iter().filter(|cell| is_tested(**cell)).map(|&cell| p_values[cell]).collect();
        let tested_cells = tested.len();
        let threshold = discovery_threshold(tested, FALSE_DISCOVERY_RATE);
        let is_found = |p: f64| threshold.is_some_and(|threshold| p <= threshold);
        Self {
            differences: Array2::from_shape_fn((grid.rows, grid.columns), |cell| {
                difference(&of_cell(cell), units)
            }),
            different_cells: p_values.iter().filter(|&&p| is_found(p)).count(),
            grid,
            unit: unit.to_owned(),
            p_values,
            threshold,
            false_discovery_rate: FALSE_DISCOVERY_RATE,
            tested_cells,
            least_p_value: units.permutations.least_p_value(),
        }
    }

    /// Whether each cell differs, shape (row, column).
    pub fn mask(&self) -> Array2<bool> {
        self.p_values.mapv(|p| self.threshold.is_some_and(|threshold| p <= threshold))
    }
}

fn add(mean: &mut Array2<f64>, weight: f64, map: &ArrayView2<f32>) {
    mean.zip_mut_with(map, |sum, &cell| *sum += weight * f64::from(cell));
}

/// Mean over the units of the second condition minus that over those of the first; of pairs their mean.
fn difference(values: &[f64], units: &Units) -> f64 {
    let mean = |second: bool| {
        let own = values.iter().zip(&units.is_second).filter(|(_, of)| **of == second);
        let (sum, count) = own.fold((0.0, 0.0), |(sum, count), (value, _)| (sum + value, count + 1.0));
        sum / count
    };
    if units.is_second.contains(&true) { mean(true) - mean(false) } else { mean(false) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::{EntropyProduction, MovieEntropy, Role};
    use cneep_movie::units::Calibration;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Six movies a side with mean maps of 8 x 8 cells of noise, the second with `more` in a corner of 2 x 3.
    fn map(more: f64, seed: u64) -> DifferenceMap {
        let movie =
            MovieEntropy { values: vec![0.0; 4], roles: vec![Role::OutOfFold; 4], ..Default::default() };
        let entropy = EntropyProduction::new(2, Calibration::default(), vec![movie; 16]);
        let conditions: Vec<Option<usize>> = (0..16).map(|movie| Some(usize::from(movie >= 8))).collect();
        let units = Units::of(&entropy, &conditions, None).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let means: Vec<Array2<f64>> = (0..16)
            .map(|movie| {
                Array2::from_shape_fn((8, 8), |(row, column)| {
                    let inside = movie >= 8 && row < 2 && column < 3;
                    draw() + if inside { more } else { 0.0 }
                })
            })
            .collect();
        DifferenceMap::of_means(MapGrid { rows: 8, columns: 8, cell: 4 }, "k_B/s", &means, &units)
    }

    /// Catches rows taken for columns, a difference of the wrong sign, and cells that differ by chance.
    #[test]
    fn a_corner_that_differs_is_found_and_little_else() {
        let found = map(6.0, 1);
        let inside = found.mask().slice(ndarray::s![..2, ..3]).iter().filter(|&&cell| cell).count();
        assert!(inside == 6 && found.different_cells <= 7, "{found:?}");
        assert!(found.differences[[1, 2]] > 3.0 && found.differences[[2, 1]] < 3.0);
        let alarms = (0..40).filter(|&seed| map(0.0, seed).different_cells > 0).count();
        assert!(alarms <= 6, "{alarms}");
    }
}
