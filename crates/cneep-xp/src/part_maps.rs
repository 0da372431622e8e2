//! Scores dissipation maps part by part: does the picture show entropy production where it happens.

use super::scores::ROUNDING;
use cneep::dissipation_map::{DissipationMap, PartComparison};
use cneep::entropy_production::Comparison;
use cneep_movie::Result;
use cneep_sim::Truth;
use cneep_sim::systems::System;
use ndarray::ArrayView2;

/// Scores of the maps of some movies; lists have one entry a part.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PartScores {
    pub(crate) map_rates: Vec<f64>,
    pub(crate) realised_rates: Vec<f64>,
    pub(crate) part_correlation: Option<f64>,
    pub(crate) map_correlation: Option<f64>,
    pub(crate) misplaced: Option<f64>,
    pub(crate) hot_node_auc: Option<f64>,
}

/// Whether each part of `system` is hotter than the coldest; none where all are alike or temperatures are not
/// scattered.
pub(crate) fn hot_parts(system: &System) -> Result<Option<Vec<bool>>> {
    let System::FilamentNetwork(filaments) = system else { return Ok(None) };
    let network = filaments.network()?;
    let temperatures = network.temperatures();
    let coldest = temperatures.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(Some(temperatures.iter().map(|temperature| *temperature > coldest).collect()))
}

impl PartScores {
    /// Scores `maps` against the `truth` of the same movies, `hot` saying which parts are. Local values are
    /// compared where they are exact. There is nothing to score if the parts have no places, or there is only
    /// one.
    pub(crate) fn of(maps: &[DissipationMap], truth: &Truth, hot: Option<&[bool]>) -> Self {
        let Some(places) = truth.part_places.as_ref().filter(|places| places.len() > 1) else {
            return Self::default();
        };
        let exact: Vec<ArrayView2<f64>> = truth.local_entropy_production.outer_iter().collect();
        let parts = PartComparison::of(maps, &exact, places);
        let of_parts = |score: fn(&PartComparison) -> f64| parts.iter().map(score).collect::<Vec<f64>>();
        let map_rates = of_parts(|part| part.map_rate);
        let hot_node_auc = hot.and_then(|hot| area_under_curve(&map_rates, hot));
        let Some(exact_rates) = truth.exact_local_rate.as_ref().filter(|_| dissipates(truth)) else {
            return Self { map_rates, hot_node_auc, ..Self::default() };
        };
        let realised_rates = of_parts(|part| part.realised_rate);
        let correlations = of_parts(|part| part.correlation).iter().sum::<f64>();
        let rates: Vec<(f64, f64)> = map_rates.iter().copied().zip(exact_rates.iter().copied()).collect();
        Self {
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
    truth.local_entropy_production.iter().any(|exact| exact.abs() > ROUNDING)
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

#[cfg(test)]
mod tests {
    use super::*;
    use cneep::dissipation_map::MapGrid;
    use cneep_movie::Calibration;
    use ndarray::{Array3, Axis, array};

    #[test]
    fn the_area_counts_pairs_in_the_right_order() {
        assert_eq!(area_under_curve(&[3.0, 1.0, 2.0], &[true, false, false]), Some(1.0));
        assert_eq!(area_under_curve(&[1.5, 1.0, 2.0], &[true, false, false]), Some(0.5));
        assert_eq!(area_under_curve(&[1.0, 1.0], &[true, false]), Some(0.5));
        assert_eq!(area_under_curve(&[1.0, 1.0], &[true, true]), None);
    }

    /// A map that shows each part's own series scaled by 2, but the third at the fourth place: shares move by
    /// known amounts.
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
            part_places: Some(vec![[1.5, 1.5], [5.5, 1.5], [9.5, 1.5]]),
            exact_density: None,
        };
        let right = PartScores::of(&[shown([0, 1, 2])], &truth, None);
        let close = |found: &[f64], expected: &[f64]| {
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12)
        };
        assert!(close(&right.map_rates, &[16.0 / 3.0, 8.0 / 3.0, 8.0]), "{right:?}");
        assert!(close(&right.realised_rates, &[8.0 / 3.0, 4.0 / 3.0, 4.0]));
        let numbers = [right.part_correlation, right.map_correlation, right.misplaced].map(Option::unwrap);
        assert!(close(&numbers, &[1.0, 1.0, 0.0]), "{numbers:?}");
        let wrong = PartScores::of(&[shown([0, 2, 1])], &truth, None);
        assert!((wrong.misplaced.unwrap() - (0.5 - 1.0 / 6.0)).abs() < 1e-12, "{wrong:?}");
        assert!(wrong.map_correlation.unwrap() < 0.0 && wrong.part_correlation.unwrap() < 0.5);
    }

    /// Catches cold nodes that count as hot.
    #[test]
    fn hot_nodes_are_those_above_the_coldest() {
        let system = |text: &str| toml::from_str::<System>(text).unwrap();
        let network = system("system = \"filament-network\"\nhot-fraction = 0.25");
        let hot = hot_parts(&network).unwrap().unwrap();
        assert_eq!((hot.len(), hot.iter().filter(|hot| **hot).count()), (16, 4));
        assert_eq!(hot_parts(&system("system = \"bead-spring\"")).unwrap(), None);
    }
}
