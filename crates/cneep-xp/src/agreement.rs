//! Compares the maps that several seeds give of the same transitions.

use cneep::dissipation_map::DissipationMap;
use cneep::entropy_production::Comparison;
use cneep_movie::Result;
use cneep_movie::video::{self, Frames, Video, write_tiff};
use ndarray::{Array3, ArrayView2, Axis, stack};
use std::path::Path;

/// Transitions kept of each estimator: enough for a correlation to two digits.
const KEPT: usize = 256;

/// Keeps maps of transitions spread evenly over all `maps`, as a TIFF stack in `k_B` per cell; nothing of a
/// single transition.
pub(crate) fn keep(maps: &[DissipationMap], path: &Path) -> Result<()> {
    let all: Vec<ArrayView2<f32>> = maps.iter().flat_map(|map| map.transitions.outer_iter()).collect();
    let count = all.len().min(KEPT);
    if count < 2 {
        return Ok(());
    }
    let kept: Vec<ArrayView2<f32>> = (0..count).map(|i| all[i * all.len() / count]).collect();
    let kept = stack(Axis(0), &kept).expect("maps of one estimator share a size");
    write_tiff(path, &Frames::F32(kept), maps[0].calibration)
}

/// Correlation of kept maps over all their cells, mean over pairs of files; none for fewer than two
/// estimators that show anything. Of each the number of transitions of the same movies is given: estimators
/// with another number have another window, so that their maps do not show the same intervals and are not
/// compared.
pub(crate) fn agreement(files: &[(usize, impl AsRef<Path>)]) -> Result<Option<f64>> {
    let mut kept: Vec<(usize, Array3<f32>)> = Vec::new();
    for (transitions, path) in files.iter().filter(|(_, path)| path.as_ref().exists()) {
        if let Some(Frames::F32(maps)) = video::open(path.as_ref())?.first().map(Video::frames) {
            kept.push((*transitions, maps.clone()));
        }
    }
    kept.retain(|(_, maps)| maps.iter().any(|cell| *cell != 0.0));
    let mut correlations = Vec::new();
    for (index, (transitions, one)) in kept.iter().enumerate() {
        let same = |(of, other): &&(usize, Array3<f32>)| of == transitions && other.dim() == one.dim();
        for (_, other) in kept[index + 1..].iter().filter(same) {
            let pairs: Vec<(f64, f64)> =
                one.iter().zip(other).map(|(a, b)| (f64::from(*a), f64::from(*b))).collect();
            correlations.push(Comparison::of(&pairs, 1.0).correlation());
        }
    }
    let mean = correlations.iter().sum::<f64>() / correlations.len() as f64;
    Ok((!correlations.is_empty()).then_some(mean))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep::dissipation_map::MapGrid;
    use cneep_movie::Calibration;

    /// Catches transitions of one seed compared with others of another, windows compared with longer ones,
    /// and a sign that gets lost.
    #[test]
    fn equal_maps_agree_and_opposite_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let kept = |name: &str, of: &dyn Fn(usize) -> f32| {
            let maps = [0, 300].map(|first| DissipationMap {
                name: String::new(),
                grid: MapGrid { rows: 2, columns: 3, cell: 4 },
                window: 2,
                calibration: Calibration::default(),
                transitions: Array3::from_shape_fn((300, 2, 3), |(t, r, c)| of((first + t) * 6 + r * 3 + c)),
            });
            let path = folder.path().join(name);
            keep(&maps, &path).unwrap();
            path
        };
        let wave = |i: usize| (i as f32 * 1.7).sin();
        let one = kept("one.tif", &wave);
        let (twice, minus) = (kept("twice.tif", &|i| 2.0 * wave(i)), kept("minus.tif", &|i| -wave(i)));
        let zero = kept("zero.tif", &|_| 0.0);
        let close = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-6;
        assert!(close(agreement(&[(600, &one), (600, &twice), (600, &zero)]).unwrap(), 1.0));
        assert!(close(agreement(&[(600, &one), (600, &twice), (600, &minus)]).unwrap(), -1.0 / 3.0));
        assert!(close(agreement(&[(600, &one), (600, &twice), (598, &minus)]).unwrap(), 1.0));
        assert_eq!(agreement(&[(9, &one), (9, &zero), (9, &folder.path().join("none.tif"))]).unwrap(), None);
    }
}
