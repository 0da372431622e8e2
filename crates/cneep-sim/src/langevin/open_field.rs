//! Lets things enter and leave the frame: a periodic box around it.
//!
//! The box is a quarter longer than the frame along each axis, half of that on either side, so that what
//! leaves on one side is out of sight before it comes back on the other.

use super::moving::check_count;
use cneep_movie::error::{Error, Fault, Result};
use rand::{Rng, RngExt};

/// Edge of the box over that of the frame.
const BOX: f64 = 1.25;
/// Most things in the box.
const MOST: f64 = 1e5;
/// Rows and columns of the smallest and of the largest frame.
pub(super) const EDGES: (usize, usize) = (8, 4096);

/// A square frame in the middle of a periodic box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpenField {
    size: usize,
}

impl OpenField {
    /// A frame of `size` x `size` pixels.
    ///
    /// # Errors
    /// [`Error::Setting`] for a size out of range.
    pub fn new(size: usize) -> Result<Self> {
        check_count("size", size, EDGES)?;
        Ok(Self { size })
    }

    /// Edge of the frame, in pixels.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Edge of the box, in pixels.
    pub fn edge(&self) -> f64 {
        BOX * self.size as f64
    }

    /// Where the box begins along either axis, in pixels of the frame.
    pub fn start(&self) -> f64 {
        -0.5 - 0.5 * (self.edge() - self.size as f64)
    }

    /// How many things are in the box, where `in_frame` are to be in the frame on the average, for a box that
    /// is longer than the frame along `axes` axes: the nearest whole number.
    ///
    /// # Errors
    /// [`Error::Setting`] for less than one, or more than 100,000.
    pub fn count(&self, in_frame: f64, axes: i32) -> Result<usize> {
        let count = (in_frame * BOX.powi(axes)).round_ties_even();
        if (1.0..=MOST).contains(&count) {
            return Ok(count as usize);
        }
        let expected = "1 to 100,000 of them in the frame and its surroundings";
        Err(Error::Setting(Fault::new("number in the field", expected, count.to_string(), "Choose another.")))
    }

    /// Things per pixel, of `count` in the box.
    pub(super) fn density(self, count: usize) -> f64 {
        count as f64 / self.edge().powi(2)
    }

    /// A place drawn evenly from the box, along one axis.
    pub(super) fn draw(self, random: &mut impl Rng) -> f64 {
        self.start() + self.edge() * random.random::<f64>()
    }

    /// The place within the box that stands for `place`, along one axis.
    pub(super) fn wrapped(self, place: f64) -> f64 {
        self.start() + (place - self.start()).rem_euclid(self.edge())
    }

    /// Whether a `place` in the box is seen, along one axis.
    pub(super) fn sees(self, place: f64) -> bool {
        let place = self.wrapped(place);
        (-0.5..self.size as f64 - 0.5).contains(&place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a box beside its frame, and things that come back in sight.
    #[test]
    fn the_frame_is_in_the_middle_of_its_box() {
        let field = OpenField::new(64).unwrap();
        assert_eq!((field.edge(), field.start()), (80.0, -8.5));
        assert_eq!(field.start() + field.edge() - 63.5, 8.0);
        assert_eq!(field.wrapped(71.5), -8.5);
        assert_eq!(
            [-0.6, -0.5, 63.4, 63.5, 79.6, 80.0].map(|x| field.sees(x)),
            [false, true, true, false, true, true]
        );
        assert_eq!((field.count(30.0, 2).unwrap(), field.count(10.0, 1).unwrap()), (47, 12));
        assert!(field.count(0.0, 2).is_err() && field.count(f64::NAN, 1).is_err());
        assert!(OpenField::new(0).is_err());
    }
}
