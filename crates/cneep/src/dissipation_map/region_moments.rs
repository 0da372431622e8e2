//! Measures where the light is in each region of a frame, by which dependent regions are known.

use ndarray::{Array2, ArrayView2};
use std::collections::BTreeMap;

/// Moments of each region: two of its place, three of its shape.
pub(super) const MOMENTS: usize = 5;

/// Weights of the pixels in the moments of the regions that they lie in.
#[derive(Debug, Clone)]
pub(super) struct RegionMoments {
    /// Of each pixel, row by row, its region; none outside.
    regions: Vec<Option<usize>>,
    weights: Vec<[f64; MOMENTS]>,
    count: usize,
}

impl RegionMoments {
    /// Those of the regions that `labels` gives the pixels of a frame, in ascending order of the labels,
    /// without 0.
    pub(super) fn new(labels: &ArrayView2<u32>) -> Self {
        let mut pixels: BTreeMap<u32, Vec<(usize, [f64; 2])>> = BTreeMap::new();
        for (at, ((row, column), &label)) in labels.indexed_iter().enumerate() {
            if label > 0 {
                pixels.entry(label).or_default().push((at, [row as f64, column as f64]));
            }
        }
        let mut regions = vec![None; labels.len()];
        let mut weights = vec![[0.0; MOMENTS]; labels.len()];
        for (index, pixels) in pixels.values().enumerate() {
            let mean = |of: &dyn Fn(&[f64; 2]) -> f64| -> f64 {
                pixels.iter().map(|(_, place)| of(place)).sum::<f64>() / pixels.len() as f64
            };
            let centre = [mean(&|place| place[0]), mean(&|place| place[1])];
            let products = |place: &[f64; 2]| {
                let [y, x] = [place[0] - centre[0], place[1] - centre[1]];
                [y, x, y * y, x * x, x * y]
            };
            // Light that is spread evenly has no moment.
            let means: [f64; MOMENTS] = std::array::from_fn(|k| mean(&|place| products(place)[k]));
            for (at, place) in pixels {
                regions[*at] = Some(index);
                weights[*at] = std::array::from_fn(|k| products(place)[k] - means[k]);
            }
        }
        Self { regions, weights, count: pixels.len() }
    }

    /// Number of regions.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The moments of each region in `frame`.
    pub(super) fn of(&self, frame: &Array2<f32>) -> Vec<[f64; MOMENTS]> {
        let mut moments = vec![[0.0; MOMENTS]; self.count];
        for ((region, weights), &light) in self.regions.iter().zip(&self.weights).zip(frame) {
            let Some(region) = region else { continue };
            let sums = moments[*region].iter_mut().zip(weights);
            sums.for_each(|(sum, weight)| *sum += weight * f64::from(light));
        }
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Catches even light that passes for a place, regions that are exchanged, and rows taken for columns.
    #[test]
    fn moments_tell_the_place_of_the_light_in_its_region() {
        let labels = array![[7, 7, 0, 2], [7, 7, 0, 2]];
        let moments = RegionMoments::new(&labels.view());
        let even = moments.of(&Array2::from_elem((2, 4), 3.0));
        assert!(even.iter().flatten().all(|moment| moment.abs() < 1e-12) && even.len() == 2, "{even:?}");
        let found = moments.of(&array![[0.0, 4.0, 9.0, 0.0], [0.0, 0.0, 9.0, 2.0]]);
        assert_eq!((found[0][0], found[0][1]), (1.0, 0.0));
        assert_eq!((found[1][0], found[1][1], found[1][4]), (-2.0, 2.0, -1.0));
    }
}
