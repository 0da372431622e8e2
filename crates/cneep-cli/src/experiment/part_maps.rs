//! Scores dissipation maps part by part: does the picture show entropy production where it happens.

use super::settings::Settings;
use crate::commands::microscope_options::MicroscopeOptions;
use crate::commands::simulate::System;
use cneep::Result;
use cneep::dissipation_map::{DissipationMap, MapGrid, PartComparison};
use cneep::entropy_production::{Comparison, Truth};
use cneep::microscope::{Body, Coordinate};
use ndarray::{Array2, ArrayView2, Axis};

/// Where the parts of a system lie on the frames that are read out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Parts {
    /// Beads in this many equal vertical strips.
    Strips(usize),
    /// Moving nodes of a network.
    Nodes {
        /// Where each rests: [column, row], in pixels as read out.
        places: Vec<[f64; 2]>,
        /// Whether each is hotter than the coldest.
        hot: Vec<bool>,
    },
}

/// Scores of the maps of some movies; lists have one entry a part.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PartScores {
    pub(super) map_rates: Vec<f64>,
    pub(super) realised_rates: Vec<f64>,
    pub(super) part_correlation: Option<f64>,
    pub(super) map_correlation: Option<f64>,
    pub(super) misplaced: Option<f64>,
    pub(super) hot_node_auc: Option<f64>,
}

impl Parts {
    /// The parts of the system of `settings`; none if there is only one, or a crop cuts through the strips.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>> {
        let options = &settings.microscope;
        match &settings.system {
            System::BeadSpring(row) => {
                Ok((row.beads > 1 && options.crop.is_none()).then_some(Self::Strips(row.beads)))
            }
            System::FilamentNetwork(filaments) => {
                // Drawn whole, as hidden nodes rest somewhere too.
                let shown = MicroscopeOptions { hide_beads: Vec::new(), ..options.clone() };
                let drawing = filaments.drawing(&shown)?;
                let places = drawing.bodies.iter().filter_map(|body| match body {
                    Body::Blob { at, .. } if at.x.motion.is_some() => Some(read_out(&at.x, &at.y, options)),
                    _ => None,
                });
                let network = filaments.network()?;
                let temperatures = network.temperatures();
                let coldest = temperatures.iter().copied().fold(f64::INFINITY, f64::min);
                let hot = temperatures.iter().map(|temperature| *temperature > coldest).collect();
                Ok(Some(Self::Nodes { places: places.collect(), hot }))
            }
            System::Gyrator(_) | System::StirredTrap(_) | System::Ratchet(_) => Ok(None),
        }
    }

    /// Entropy production of every transition at each part, shape (transition, part), in `k_B`: of a bead in its strip, of a
    /// node in the cells nearest to it.
    fn series(&self, map: &DissipationMap) -> Array2<f64> {
        let places = match self {
            Self::Strips(count) => return map.strip_sums(*count),
            Self::Nodes { places, .. } => places,
        };
        let owner = owners(places, map.grid);
        let mut sums = Array2::zeros((map.transitions.len_of(Axis(0)), places.len()));
        for (mut sums, map) in sums.outer_iter_mut().zip(map.transitions.outer_iter()) {
            for (&owner, &cell) in owner.iter().zip(&map) {
                sums[owner] += f64::from(cell);
            }
        }
        sums
    }

    /// Scores `maps` against the `truth` of the same movies. Local values are compared where they are exact.
    pub(super) fn scores(&self, maps: &[DissipationMap], truth: &Truth) -> PartScores {
        let exact: Vec<ArrayView2<f64>> = truth.local_entropy_production.outer_iter().collect();
        let parts = PartComparison::of_shares(maps, &exact, |map| self.series(map));
        let of_parts = |score: fn(&PartComparison) -> f64| parts.iter().map(score).collect::<Vec<f64>>();
        let map_rates = of_parts(|part| part.map_rate);
        let hot_node_auc = match self {
            Self::Strips(_) => None,
            Self::Nodes { hot, .. } => area_under_curve(&map_rates, hot),
        };
        let Some(exact_rates) = truth.exact_local_rate.as_ref().filter(|_| dissipates(truth)) else {
            return PartScores { map_rates, hot_node_auc, ..PartScores::default() };
        };
        let realised_rates = of_parts(|part| part.realised_rate);
        let correlations = of_parts(|part| part.correlation).iter().sum::<f64>();
        let rates: Vec<(f64, f64)> = map_rates.iter().copied().zip(exact_rates.iter().copied()).collect();
        PartScores {
            part_correlation: Some(correlations / parts.len() as f64),
            map_correlation: (rates.len() > 2).then(|| Comparison::of(&rates, 1.0).correlation()),
            misplaced: misplaced(&map_rates, &realised_rates),
            hot_node_auc,
            map_rates,
            realised_rates,
        }
    }
}

/// Whether anything but rounding is produced.
fn dissipates(truth: &Truth) -> bool {
    truth.local_entropy_production.iter().any(|exact| exact.abs() > super::measure::ROUNDING)
}

/// Half the distance between the shares of the parts, where both sums are positive.
fn misplaced(shown: &[f64], realised: &[f64]) -> Option<f64> {
    let (all_shown, all_realised) = (shown.iter().sum::<f64>(), realised.iter().sum::<f64>());
    let distance = || shown.iter().zip(realised).map(|(s, r)| (s / all_shown - r / all_realised).abs());
    (all_shown > 0.0 && all_realised > 0.0).then(|| 0.5 * distance().sum::<f64>())
}

/// Chance that a marked value exceeds one that is not, ties counting half; none without both kinds.
fn area_under_curve(values: &[f64], marked: &[bool]) -> Option<f64> {
    let of_kind = |kind: bool| {
        values.iter().zip(marked).filter(move |(_, marked)| **marked == kind).map(|(value, _)| *value)
    };
    let count = of_kind(true).count() * of_kind(false).count();
    let win = |marked: f64, other: f64| match marked.partial_cmp(&other) {
        Some(std::cmp::Ordering::Greater) => 1.0,
        Some(std::cmp::Ordering::Equal) => 0.5,
        _ => 0.0,
    };
    let wins = || of_kind(true).flat_map(|marked| of_kind(false).map(move |other| win(marked, other)));
    (count > 0).then(|| wins().sum::<f64>() / count as f64)
}

/// The part nearest to the middle of each cell, in the order of the cells.
fn owners(places: &[[f64; 2]], grid: MapGrid) -> Vec<usize> {
    let middle = |index: usize| (index as f64 + 0.5) * grid.cell as f64 - 0.5;
    let cells = (0..grid.rows * grid.columns).map(|cell| [cell % grid.columns, cell / grid.columns]);
    let nearest = |[x, y]: [f64; 2]| {
        let distance = |place: &[f64; 2]| (place[0] - x).hypot(place[1] - y);
        let order = |a: &usize, b: &usize| distance(&places[*a]).total_cmp(&distance(&places[*b]));
        (0..places.len()).min_by(order).unwrap_or(0)
    };
    cells.map(|cell| nearest(cell.map(middle))).collect()
}

/// [column, row] of a place after binning and crop, in pixels as read out.
fn read_out(x: &Coordinate, y: &Coordinate, options: &MicroscopeOptions) -> [f64; 2] {
    let binned = |pixel: f64| (pixel + 0.5) / options.binning as f64 - 0.5;
    let corner = options.crop.map_or([0.0; 2], |crop| [crop.column as f64, crop.row as f64]);
    [binned(x.rest) - corner[0], binned(y.rest) - corner[1]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep::Calibration;
    use ndarray::{Array3, array};

    /// Catches rows taken for columns, and cells that fall to a farther node.
    #[test]
    fn every_cell_belongs_to_the_nearest_node() {
        let grid = MapGrid { rows: 2, columns: 3, cell: 4 };
        assert_eq!(owners(&[[1.5, 1.5], [9.5, 1.5], [1.5, 5.5]], grid), [0, 0, 1, 2, 2, 1]);
    }

    #[test]
    fn the_area_counts_pairs_in_the_right_order() {
        assert_eq!(area_under_curve(&[3.0, 1.0, 2.0], &[true, false, false]), Some(1.0));
        assert_eq!(area_under_curve(&[1.5, 1.0, 2.0], &[true, false, false]), Some(0.5));
        assert_eq!(area_under_curve(&[1.0, 1.0], &[true, false]), Some(0.5));
        assert_eq!(area_under_curve(&[1.0, 1.0], &[true, true]), None);
    }

    /// A map that shows each part's own series scaled by 2, but the third at the fourth place: shares move by known amounts.
    #[test]
    fn maps_are_scored_against_the_local_values() {
        let local = array![[1.0, 2.0, 0.0], [3.0, -1.0, 4.0], [0.0, 1.0, 2.0]];
        let shown = |order: [usize; 3]| DissipationMap {
            name: String::new(),
            grid: MapGrid { rows: 1, columns: 3, cell: 4 },
            window: 2,
            calibration: Calibration { frame_interval: Some(0.5), ..Calibration::default() },
            transitions: Array3::from_shape_fn((3, 1, 3), |(t, _, c)| 2.0 * local[[t, order[c]]] as f32),
        };
        let truth = Truth {
            trajectory: Array3::zeros((1, 4, 3)),
            entropy_production: local.sum_axis(Axis(1)).insert_axis(Axis(0)),
            local_entropy_production: local.clone().insert_axis(Axis(0)),
            frame_interval: 0.5,
            exact_rate: Some(8.0),
            exact_local_rate: Some(vec![8.0 / 3.0, 4.0 / 3.0, 4.0]),
        };
        let right = Parts::Strips(3).scores(&[shown([0, 1, 2])], &truth);
        let close = |found: &[f64], expected: &[f64]| {
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12)
        };
        assert!(close(&right.map_rates, &[16.0 / 3.0, 8.0 / 3.0, 8.0]), "{right:?}");
        assert!(close(&right.realised_rates, &[8.0 / 3.0, 4.0 / 3.0, 4.0]));
        let numbers = [right.part_correlation, right.map_correlation, right.misplaced].map(Option::unwrap);
        assert!(close(&numbers, &[1.0, 1.0, 0.0]), "{numbers:?}");
        let wrong = Parts::Strips(3).scores(&[shown([0, 2, 1])], &truth);
        assert!((wrong.misplaced.unwrap() - (0.5 - 1.0 / 6.0)).abs() < 1e-12, "{wrong:?}");
        assert!(wrong.map_correlation.unwrap() < 0.0 && wrong.part_correlation.unwrap() < 0.5);
    }

    /// Catches nodes placed on the frame before binning, and hidden nodes that shift the others.
    #[test]
    fn nodes_rest_where_they_are_read_out() {
        let parts = |microscope: &str| {
            let text = format!(
                "simulate = {{ system = \"filament-network\", hot-fraction = 0.25 }}\ntest = {{ movies = 1 }}\n{microscope}"
            );
            let settings = Settings::of(toml::from_str(&text).unwrap()).unwrap();
            let Some(Parts::Nodes { places, hot }) = Parts::of(&settings).unwrap() else { panic!("nodes") };
            assert_eq!((places.len(), hot.iter().filter(|hot| **hot).count()), (16, 4));
            places
        };
        let first = parts("microscope = { hide-beads = [0, 7] }")[0];
        let expected = 1.5 * 80.0 / 6.0 - 0.5;
        assert!((first[0] - expected).abs() < 1e-12 && (first[1] - expected).abs() < 1e-12, "{first:?}");
        let binned = parts("microscope = { binning = 2 }")[1];
        assert!((binned[0] - 2.5 * 80.0 / 12.0 + 0.5).abs() < 1e-12, "{binned:?}");
    }
}
