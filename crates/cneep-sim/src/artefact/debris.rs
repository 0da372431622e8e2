//! Lets something round drift through the picture.

use super::scene::Scene;
use crate::microscope::{Body, Coordinate, Point};
use rand::{Rng, RngExt};

/// What drifts through, and how.
pub(super) struct Debris {
    pub(super) crossings: usize,
    /// Time of one crossing.
    pub(super) frames: usize,
    pub(super) brightness: f64,
    /// Standard deviation of the blob, in pixels of the drawing.
    pub(super) width: f64,
    pub(super) one_way: bool,
}

impl Debris {
    /// Adds the crossings to `scene`, on a frame of (rows, columns), at random times and in random rows.
    pub(super) fn cross(&self, scene: &mut Scene, (rows, columns): (usize, usize), random: &mut impl Rng) {
        let (moments, margin) = (scene.passing.len(), 3.0 * self.width);
        for _ in 0..self.crossings {
            let first = random.random_range(0..moments.saturating_sub(self.frames).max(1));
            let row = random.random_range(0.0..rows as f64);
            let backwards = !self.one_way && random.random::<bool>();
            for moment in first..moments.min(first + self.frames) {
                let share = (moment - first) as f64 / (self.frames - 1) as f64;
                let share = if backwards { 1.0 - share } else { share };
                let column = share * (columns as f64 + 2.0 * margin) - margin;
                let at = Point { x: Coordinate::still(column), y: Coordinate::still(row) };
                let (width, brightness) = (self.width, self.brightness);
                scene.passing[moment].push(Body::Blob { at, width, brightness, lit_by: None });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Steps of all crossings along the columns.
    fn steps(one_way: bool) -> Vec<f64> {
        let debris = Debris { crossings: 1, frames: 40, brightness: 0.5, width: 2.0, one_way };
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let columns = |moment: &Vec<Body>| match moment.as_slice() {
            [Body::Blob { at, .. }] => Some(at.x.rest),
            _ => None,
        };
        let scenes = (0..40).flat_map(|_| {
            let mut scene = Scene::still(200, 0);
            debris.cross(&mut scene, (20, 30), &mut random);
            let places: Vec<f64> = scene.passing.iter().filter_map(columns).collect();
            assert_eq!((places.len(), places[0].min(places[39])), (40, -6.0));
            places.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>()
        });
        scenes.collect()
    }

    /// Catches debris that turns back, or comes from one side when it may come from both.
    #[test]
    fn debris_crosses_the_whole_frame_from_the_side_it_may_come_from() {
        assert!(steps(true).iter().all(|step| *step > 0.0));
        let forwards = steps(false).iter().filter(|step| **step > 0.0).count() / 39;
        assert!((10..=30).contains(&forwards), "{forwards} of 40");
    }
}
