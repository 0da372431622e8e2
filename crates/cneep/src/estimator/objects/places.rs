//! Finds the objects of a field: places where the picture fluctuates, and the pixels that are nearest to
//! each.

use crate::estimator::local::blurred;
use ndarray::Array2;

/// Share of the largest fluctuation from which on a place counts.
const SHARE: f64 = 0.05;

/// The pixels of every object, as places in the frame row by row; none belongs to two.
pub(super) struct Places {
    pub(super) pixels: Vec<Vec<usize>>,
    /// Row and column of every object, in order along the longer side of the frame.
    pub(super) centres: Vec<[f64; 2]>,
}

impl Places {
    /// Of the `variance` of each pixel: maxima after a blur of `scale` pixels, each with the pixels that are
    /// nearest to it and at most `reach` away.
    pub(super) fn of(variance: &Array2<f64>, scale: f64, reach: f64) -> Self {
        let mut sorted: Vec<f64> = variance.iter().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        // The quietest tenth shows little else than noise.
        let floor = sorted[sorted.len() / 10];
        let above = variance.mapv(|value| (value - floor).max(0.0) as f32);
        let smooth = blurred(&above, scale);
        let (rows, columns) = smooth.dim();
        let highest = smooth.iter().copied().fold(0.0_f32, f32::max);
        let around = scale.ceil() as usize;
        let mut centres: Vec<[f64; 2]> = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                let own = smooth[[row, column]];
                if own < SHARE as f32 * highest {
                    continue;
                }
                let near = |at: usize, end: usize| at.saturating_sub(around)..(at + around + 1).min(end);
                let rises = near(row, rows).any(|r| {
                    near(column, columns).any(|c| {
                        let other = smooth[[r, c]];
                        other > own || (other == own && (r, c) < (row, column))
                    })
                });
                if !rises {
                    centres.push([row as f64, column as f64]);
                }
            }
        }
        // Along the longer side, so that neighbours in space are near each other in order.
        if columns > rows {
            centres.sort_by(|a, b| a[1].total_cmp(&b[1]).then(a[0].total_cmp(&b[0])));
        }
        let mut pixels = vec![Vec::new(); centres.len()];
        let mut nearest = vec![(f64::INFINITY, usize::MAX); rows * columns];
        let ceiling = reach.ceil() as usize;
        for (object, centre) in centres.iter().enumerate() {
            let range = |at: f64, end: usize| {
                (at as usize).saturating_sub(ceiling)..(at as usize + ceiling + 1).min(end)
            };
            for row in range(centre[0], rows) {
                for column in range(centre[1], columns) {
                    let distance = (row as f64 - centre[0]).hypot(column as f64 - centre[1]);
                    let place = &mut nearest[row * columns + column];
                    if distance <= reach && distance < place.0 {
                        *place = (distance, object);
                    }
                }
            }
        }
        for (pixel, &(_, object)) in nearest.iter().enumerate() {
            if object != usize::MAX {
                pixels[object].push(pixel);
            }
        }
        Self { pixels, centres }
    }

    /// The number of the object of every pixel of a frame of this `shape`, from 1 on; 0 for none.
    pub(super) fn labels(&self, shape: (usize, usize)) -> Array2<f32> {
        let mut labels = Array2::zeros(shape);
        for (object, pixels) in self.pixels.iter().enumerate() {
            for &pixel in pixels {
                labels[[pixel / shape.1, pixel % shape.1]] = (object + 1) as f32;
            }
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches an object that is found twice, a pixel that belongs to two, and noise taken for an object.
    #[test]
    fn every_object_is_found_once() {
        let at = [[12.0, 10.0], [12.0, 30.0], [31.0, 20.0]];
        let variance = Array2::from_shape_fn((45, 42), |(row, column)| {
            let ring = |of: &[f64; 2]| {
                let squared = (row as f64 - of[0]).powi(2) + (column as f64 - of[1]).powi(2);
                squared * (-squared / 9.0).exp()
            };
            1.0 + 0.01 * ((row * 7 + column * 3) as f64).sin() + at.iter().map(ring).sum::<f64>()
        });
        let places = Places::of(&variance, 3.0, 8.0);
        let mut found = places.centres.clone();
        found.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().zip(&at).all(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]) < 1.5), "{found:?}");
        let mut all: Vec<usize> = places.pixels.concat();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
